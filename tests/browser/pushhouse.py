"""A house whose people can be reached with the page closed: the real hub, a push service and a text message gateway."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from clients.demo.child import free_port
from clients.demo.hubchild import HubChild
from hub.clock import SystemClock
from tests.browser.pushservice import LocalPushService
from tests.contracts.over_http import Answer, Call
from tests.contracts.standins import TOKEN, Gateway

PASSWORD = "otte-hvide-svaner"
PATIENCE = 60.0
RULES = """
name = "Til prøve"
minimum_reach = 0

[kinds.alarm]
reopen_after = 0
[[kinds.alarm.steps]]
tell = ["on_duty"]
by = ["live", "push", "sms"]
receipt_within = 120
next_after = 600

[kinds.assist]
[[kinds.assist.steps]]
tell = ["on_duty"]
by = ["live", "push", "sms"]
receipt_within = 1
next_after = 600

[kinds.watch]
[[kinds.watch.steps]]
tell = ["on_duty"]
by = ["push", "sms"]
receipt_within = 120
next_after = 600

[last_resort]
tell = ["role:manager"]
by = ["live"]
next_after = 600
"""
PEOPLE: Mapping[str, tuple[str, str, str | None]] = {
    "lone": ("Lone Frandsen", "staff", "nord"),
    "jonas": ("Jonas Holm", "staff", "nord"),
    "mette": ("Mette Østergaard", "shift_lead", "nord"),
    "amina": ("Amina Yildiz", "staff", "syd"),
    "karen": ("Karen Leth", "manager", None),
}


def site(now: datetime) -> str:
    """Jonas is on duty in one unit, Amina in the other."""
    lines = ['[institution]\nid = "house"\nname = "Botilbud Solgården"\nmunicipality = "29189999"']
    lines += ['timezone = "Europe/Copenhagen"\nrules = "./rules.toml"']
    for unit in ("nord", "syd"):
        lines += [f'[[unit]]\nid = "{unit}"\nname = "Afdeling {unit.title()}"']
        lines += [f'[[place]]\nid = "stue-{unit}"\nunit = "{unit}"\nname = "Stue {unit.title()}"']
    for number, (key, (name, role, home)) in enumerate(PEOPLE.items()):
        lines += [f'[[person]]\nid = "{key}"\nname = "{name}"\nrole = "{role}"\nunits = {[home] if home else []}']
        lines += [f'phone = "+452000000{number}"\npassword = "{PASSWORD}"']
    for key in ("jonas", "amina"):
        starts, ends = (now + timedelta(hours=hours) for hours in (-8, 8))
        lines += [f'[[shift]]\nperson = "{key}"\nunit = "{PEOPLE[key][2]}"\nduty = "active"']
        lines += [f"from = {starts.isoformat()}\nto = {ends.isoformat()}"]
    return "\n".join(lines)


class TextMessages(Gateway):
    """The gateway, which also says when a message came."""

    def __init__(self) -> None:
        super().__init__()
        self.came: asyncio.Queue[Any] = asyncio.Queue()

    def judge(self, call: Call) -> Answer:
        answer = super().judge(call)
        self.came.put_nowait(self.taken[-1])
        return answer


class Posted(NamedTuple):
    """What became of one row of the outbox."""

    outcome: str | None
    before_due: bool


class Line:
    """Somebody's live socket, as a screen without a browser."""

    def __init__(self, wire: ClientConnection) -> None:
        self._wire = wire

    async def until(self, kind: str, **facts: Any) -> Any:
        """The next frame of this kind that says so."""
        async with asyncio.timeout(PATIENCE):
            async for text in self._wire:
                frame = json.loads(text)
                if frame["type"] == kind and all(frame[name] == value for name, value in facts.items()):
                    return frame
        raise AssertionError(f"the line ended before any {kind}")

    async def heard(self, alarm: str, who: str) -> None:
        """Waits until the device of `who` has said that it shows the alarm."""
        while True:
            frame = await self.until("heard", alarm=alarm)
            if any(one["person"] == who and one["stage"] == "shown" for one in frame["by"]):
                return


class House:
    def __init__(self, hub: HubChild, push: LocalPushService, sms: TextMessages) -> None:
        self.hub, self.push, self.sms = hub, push, sms
        self._sessions: dict[str, str] = {}

    async def session(self, who: str) -> str:
        if who not in self._sessions:
            async with httpx.AsyncClient(base_url=self.hub.url, timeout=PATIENCE) as client:
                answer = await client.post("/api/session", json={"username": who, "password": PASSWORD})
            answer.raise_for_status()
            self._sessions[who] = answer.cookies["hub_session"]
        return self._sessions[who]

    async def cookies(self, who: str) -> dict[str, str]:
        return {"hub_session": await self.session(who), "hub_language": "da"}

    async def api(self, who: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        cookies = await self.cookies(who)
        async with httpx.AsyncClient(base_url=self.hub.url, cookies=cookies, timeout=PATIENCE) as client:
            answer = await client.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    @asynccontextmanager
    async def line(self, who: str) -> AsyncIterator[Line]:
        address = self.hub.url.replace("http", "ws") + "/live"
        headers = {"Cookie": f"hub_session={await self.session(who)}"}
        async with connect(address, subprotocols=[Subprotocol("hub.v1")], additional_headers=headers) as wire:
            await wire.send(json.dumps({"type": "hello", "cursor": None, "client": "test 1"}))
            line = Line(wire)
            await line.until("snapshot")
            yield line

    async def press(self, kind: str, place: str = "stue-nord", **more: Any) -> str:
        """Lone presses; the alarm's id."""
        which = str(uuid4())
        await self.api("lone", "POST", "/api/alarms", {"id": which, "kind": kind, "place": place, **more})
        return which

    async def alarm(self, which: str) -> Any:
        return await self.api("karen", "GET", f"/api/alarms/{which}")

    async def all_clear(self, which: str) -> None:
        version = (await self.alarm(which))["version"]
        await self.api("karen", "POST", f"/api/alarms/{which}/resolve", {"as_of": version, "outcome": "test"})

    def posted(self, which: str, channel: str) -> Posted:
        """What the hub's own book says about the one parcel over this channel."""
        book = sqlite3.connect(f"file:{self.hub.data / 'hub.db'}?mode=ro", uri=True)
        try:
            query = "SELECT outcome, done_at < due_at FROM outbox WHERE subject = ? AND channel = ?"
            (row,) = book.execute(query, (which, channel)).fetchall()
        finally:
            book.close()
        return Posted(row[0], bool(row[1]))


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """The hub with its keys made, and all that it reaches people by, on this machine."""
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    (folder / "site.toml").write_text(site(SystemClock().now()), encoding="utf-8")
    push, sms = LocalPushService(), TextMessages()
    async with push.serving(), sms.listening():
        port = free_port()
        settings = {
            "HUB_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "HUB_PUSH_SUBJECT": "mailto:drift@solgaarden.example",
            "HUB_OUTBOUND_LOOPBACK": "yes",
            "HUB_SMS_URL": f"{sms.url}/rest/mtsms",
            "HUB_SMS_TOKEN": TOKEN,
            "HUB_SMS_SENDER": "Tryghedshub",
        }
        hub = HubChild(folder / "data", port=port, settings=settings)
        await hub.setup(folder / "site.toml")
        await hub.command("keys")
        async with hub:
            yield House(hub, push, sms)
