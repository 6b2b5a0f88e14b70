"""A house with a real hub: Jonas at his PC, Lone in trouble, Karen who leads."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from clients.demo.hubchild import HubChild
from clients.desktop.settings import NAME, Settings, write
from clients.python import Alarm, HubLine, new_id
from clients.python.over_http import HubCalls
from tests.desktop.screen import WITHIN, Screen, running

PASSWORD = "otte-hvide-svaner"
RULES = """
name = "Ved skrivebordet"

[kinds.alarm]
answers_needed = 1
reopen_after = 0
[[kinds.alarm.steps]]
tell = ["on_duty"]
by = ["live"]
receipt_within = 30
next_after = 600

[last_resort]
tell = ["role:admin"]
by = ["live"]
next_after = 600
"""
SITE = """
[institution]
id = "solgaarden"
name = "Botilbud Solgården"
municipality = "29189999"
timezone = "Europe/Copenhagen"
rules = "./rules.toml"
[[unit]]
id = "nord"
name = "Afdeling Nord"
[[place]]
id = "stue-3"
unit = "nord"
name = "Stue 3"
[[place]]
id = "kontor"
unit = "nord"
name = "Kontoret"
[[person]]
id = "jonas"
name = "Jonas Holm"
role = "staff"
units = ["nord"]
[[person]]
id = "lone"
name = "Lone <b>Frandsen</b>"
role = "staff"
units = ["nord"]
[[person]]
id = "karen"
name = "Karen Leth"
role = "admin"
units = []
password = "otte-hvide-svaner"
[[device]]
id = "pc-jonas"
kind = "pc"
person = "jonas"
[[device]]
id = "telefon-lone"
kind = "phone"
person = "lone"
[[device]]
id = "telefon-karen"
kind = "phone"
person = "karen"
[[device]]
id = "pc-kontor"
kind = "pc"
place = "kontor"
"""


class Place:
    """The house, and what people do in it besides sitting at the PC."""

    def __init__(self, hub: HubChild, tokens: dict[str, str]) -> None:
        self.hub, self.tokens = hub, tokens

    def calls(self, device: str) -> HubCalls:
        return HubCalls(self.hub.url, self.tokens[device])

    async def press(self, device: str = "telefon-lone", **more: Any) -> str:
        """Somebody presses somewhere else; the alarm's id."""
        calls = self.calls(device)
        alarm = await calls.raise_alarm({"id": new_id(), "kind": "alarm", "place": "stue-3", **more})
        await calls.close()
        return alarm["id"]

    async def open_alarms(self, by: str = "") -> list[Alarm]:
        """What is open, or what one of them has raised."""
        calls = self.calls("telefon-karen")
        found: list[Alarm] = (await calls.call("GET", "/api/alarms?state=open"))["alarms"]
        await calls.close()
        return [alarm for alarm in found if not by or alarm["raised_by"] == by]

    async def until_raised(self, by: str) -> Alarm:
        async with asyncio.timeout(WITHIN):
            while True:
                if found := await self.open_alarms(by):
                    return found[0]
                await asyncio.sleep(0.05)

    async def until_answered(self, alarm: str, answer: str) -> Alarm:
        """Waits until Jonas has said this to the alarm."""
        async with asyncio.timeout(WITHIN):
            while True:
                for known in await self.open_alarms():
                    said = [one["answer"] for one in known["answers"] if one["person"] == "jonas"]
                    if known["id"] == alarm and answer in said:
                        return known
                await asyncio.sleep(0.05)

    async def clear(self) -> None:
        """All clear everywhere."""
        async with HubLine(self.hub.url, self.tokens["telefon-karen"]) as line:
            for alarm in await self.open_alarms():
                await line.calls.act(alarm["id"], "resolve", {"as_of": alarm["version"], "outcome": "test"})

    async def invite(self) -> str:
        """The one-time address that an administrator makes for a PC of Jonas's."""
        async with httpx.AsyncClient(base_url=self.hub.url, follow_redirects=True) as browser:
            signed_in = await browser.post("/api/session", json={"username": "karen", "password": PASSWORD})
            page = await browser.post("/admin/devices", data={"kind": "pc", "person": "jonas"})
        found = re.search(r'value="(http://[^"]+/enrol/[\w-]+)"', page.text)
        assert found, (signed_in.status_code, page.text)
        return found[1]

    @asynccontextmanager
    async def desk(self, home: Path, screen: Screen) -> AsyncIterator[Process]:
        """The program of Jonas's PC at work on that screen, connected and seen."""
        settings = Settings(self.hub.url, self.tokens["pc-jonas"], sound=False)
        write(home / "config" / "tryghedshub" / NAME, settings)
        program = [sys.executable, "-P", "-m", "clients.desktop"]
        async with running(program, screen.environment(home), home / "desk.log") as child:
            await screen.until(lambda: any("kan høre alarmen" in title for title in screen.stack()))
            yield child
        said = (home / "desk.log").read_text(encoding="utf-8")
        assert "Traceback" not in said, said


async def command(env: dict[str, str], *words: str, typed: str = "", code: int = 0) -> str:
    """Runs one command of the program; what it said."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "clients.desktop", *words, env=env, stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    said, _ = await child.communicate(typed.encode())
    assert child.returncode == code, said.decode()
    return said.decode()


@asynccontextmanager
async def house(folder: Path, now: datetime) -> AsyncIterator[Place]:
    """The house with its hub running; all are on duty but Karen."""
    shift = '[[shift]]\nperson = "{}"\nunit = "nord"\nduty = "active"\nfrom = "{}"\nto = "{}"\n'
    ends = [(now + timedelta(hours=hours)).isoformat() for hours in (-8, 8)]
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    shifts = "".join(shift.format(who, *ends) for who in ("jonas", "lone"))
    (folder / "site.toml").write_text(SITE + shifts, encoding="utf-8")
    hub = HubChild(folder / "data")
    tokens = await hub.setup(folder / "site.toml")
    async with hub:
        yield Place(hub, tokens)
    log = hub.log.read_text(encoding="utf-8")
    assert "Traceback" not in log, json.dumps(log)
