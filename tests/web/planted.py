"""Where what people write is found: the same number, name and note, planted wherever a hub takes words, and looked for.

`python -m tests.web.planted` prints a table: for each place what it was found in, and why it may be there.
"""

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import click
import httpx
from uuid_utils import uuid7

from loadtests.hubprocess import HubProcess
from tests.web.served import SUN, Served, written

CPR, NAME = "010170-1234", "Bent Plantorius"
NOTE = "FORM"
SEALED = "sealed, and opened only for those who may read it"
CLEAR: Mapping[str, str] = {
    "alarm note": "on every screen of the alarm while it is open; deleted with its record, of a drill after a year",
    "all clear": "as the alarm's note",
    "lone session": "what colleagues need at once if the timer runs out",
    "roster comment": "why somebody covers, for those who lead the roster",
    "wish": "a word to whoever plans",
    "reason for a change": "why somebody changed the site, for those who manage it",
}
DATABASE, BACKUP = "database", "back-up"
# Besides the database and its back-ups: what the inspector is given with --texts on purpose.
GIVEN = {"alarm note": {"bundle with texts"}, "all clear": {"bundle with texts"}}


def planted(place: str) -> str:
    """A text that says where it was put."""
    return f"{CPR} {NAME}: {NOTE} {place.replace(' ', '-')} skrevet her"


@dataclass(frozen=True)
class Found:
    """What was found of one place's text, and in what."""

    place: str
    within: frozenset[str]

    @property
    def allowed(self) -> frozenset[str]:
        clear = {DATABASE, BACKUP} if self.place in CLEAR else set()
        return frozenset(clear | GIVEN.get(self.place, set()))

    @property
    def why(self) -> str:
        return CLEAR.get(self.place, SEALED)


async def plant(hub: Served) -> list[str]:
    """Writes everywhere as people do, through a hub that is served; the places."""
    alarm = await hub.raised("telefon-anna", note=planted("alarm note"))
    async with hub.http("telefon-anna") as anna:
        what = {"as_of": alarm["version"], "outcome": "real", "note": planted("all clear")}
        await _done(anna.post(f"/api/alarms/{alarm['id']}/resolve", json=what))
        alone = {
            "id": str(uuid7()),
            "minutes": 30,
            "place": planted("lone session"),
            "purpose": planted("lone session"),
        }
        await _done(anna.post("/api/lone", json=alone))
        starts = datetime.now(UTC) + timedelta(days=9)
        wish = {"starts": starts.isoformat(), "ends": (starts + timedelta(hours=8)).isoformat(), "want": "free"}
        await _done(anna.post("/api/wishes", json={**wish, "strength": 2, "note": planted("wish")}))
    async with hub.signed_in("anna") as anna, hub.signed_in("leif") as leif:
        first = {"alarm": alarm["id"], "happened": planted("work record"), "outcome": "real"}
        first |= {"asked-kinds": "1", "kinds": "physical"}
        draft = {"about": "new", "happened": planted("draft")}
        await _done(anna.post("/incidents/draft", data=draft))
        made = await _done(anna.post("/incidents/new", data=first))
        record = made.headers["location"].partition("?")[0]
        await _done(anna.post(f"{record}/case", data={"course": planted("case note"), "last": "9"}))
        await _done(leif.post("/incidents", data={"q": planted("search")}))
        await _done(leif.post(f"{record}/hold", data={"form": "h", "ground": "claim", "why": planted("hold")}))
        case = {"area": "arbejdsmiljoe", "title": planted("case title"), "basis": planted("case basis")}
        opened = await _done(leif.post("/cases/register", data=case))
        said = {"what": "note", "words": planted("case journal")}
        await _done(leif.post(f"{opened.headers['location'].partition('?')[0]}/facts", data=said))
        task = {"form": "x", "how": "waived", "why": planted("task")}
        await _done(leif.post(f"{record}/tasks/1", data=task))
        until = (datetime.now(UTC).astimezone(ZoneInfo("Europe/Copenhagen")) + timedelta(hours=2)).strftime("%H:%M")
        cover = {"unit": "syd", "person": "carl", "duty": "active", "until": until, "why": planted("roster comment")}
        await _done(leif.post("/roster/covers", data=cover))
        await _done(leif.post("/admin/units/nord", data={"name": "Nord", "why": planted("reason for a change")}))
        outside = {"name": planted("outside party"), "role": "gp", "way": "link", "phone": "30 00 00 01"}
        await _done(leif.post("/messages/outside", data=outside))
        begun = {"to": "person:leif", "text": planted("message"), "cpr": "1", "about": "citizen", "citizen": "B"}
        talk = (await _done(anna.post("/messages/new", data=begun))).headers["location"].partition("?")[0]
        party = re.findall(r'<option value="([^"]{30,})"', (await anna.get(f"{talk}/sharing")).text)[0]
        share = {"outside": party, "ground": "care", "covers": planted("sharing basis"), "lasts": "week"}
        await _done(anna.post(f"{talk}/sharing", data=share))
    return ["outside party", "message", "sharing basis", "alarm note", "all clear", "lone session", "wish",
            "work record", "draft", "case note", "search", "hold",
            "task", "roster comment", "reason for a change", "case title", "case basis", "case journal"]  # fmt: skip


async def _done(asked: Any) -> httpx.Response:
    answer: httpx.Response = await asked
    assert answer.status_code < 400, (answer.request.url, answer.status_code, answer.text[:600])
    return answer


async def carried_out(hub: Served, folder: Path) -> dict[str, bytes]:
    """All that leaves the hub: its files, its log, back-ups, bundles and lists."""
    await hub.hub.command("backup", str(folder / "copy.db"))
    await hub.hub.command("export-journal", str(folder / "plain.zip"), "--institution", SUN)
    await hub.hub.command("export-journal", str(folder / "texts.zip"), "--institution", SUN, "--texts")
    found = {BACKUP: (folder / "copy.db").read_bytes(), "log": hub.hub.log.read_bytes()}
    found |= {
        name: _unpacked(folder / file) for name, file in (("bundle", "plain.zip"), ("bundle with texts", "texts.zip"))
    }
    kept = [path for path in hub.hub.data.rglob("*") if path.is_file() and path != hub.hub.log]
    found[DATABASE] = b"".join(path.read_bytes() for path in kept if path.name.startswith("hub.db"))
    found["other files"] = b"".join(
        path.read_bytes() for path in kept if not path.name.startswith(("hub.db", "ballast"))
    )
    async with hub.signed_in("leif") as leif, hub.http() as nobody:
        found["list of incidents"] = (await _done(leif.get("/incidents.csv"))).content
        found["numbers"] = (await _done(nobody.get("/metrics"))).content
    return found


def _unpacked(path: Path) -> bytes:
    with ZipFile(path) as file:
        return b"".join(file.read(name) for name in file.namelist())


def looked_for(places: Sequence[str], within: Mapping[str, bytes]) -> Iterator[Found]:
    """What was found of each place; and of the number and the name, whatever stands beside them."""
    for place in places:
        own = f"{NOTE} {place.replace(' ', '-')} ".encode()
        yield Found(place, frozenset(name for name, content in within.items() if own in content))
    for needle in (CPR, NAME):
        known = re.compile(re.escape(needle.encode()) + rb"(?![^\n]{0,30}" + NOTE.encode() + rb" )")
        yield Found(f"{needle} alone", frozenset(name for name, content in within.items() if known.search(content)))


async def looked_through(hub: Served, folder: Path) -> list[Found]:
    places = await plant(hub)
    return list(looked_for(places, await carried_out(hub, folder)))


async def _alone() -> list[Found]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        process = HubProcess(folder / "data")
        site = written(folder, datetime.now(UTC), SUN)
        await process.command("setup", str(site), "--tokens", str(folder / "tokens"))
        tokens = json.loads((folder / "tokens").read_text("utf-8"))
        async with process:
            return await looked_through(Served(process, tokens, folder), folder)


def told(found: Sequence[Found]) -> list[str]:
    lines = []
    for one in found:
        where = ", ".join(sorted(one.within)) or "nowhere"
        verdict = "as it may be" if one.within == one.allowed else "WRONG"
        lines.append(f"{one.place:24} {where:40} {verdict}: {one.why if one.place in CLEAR or one.within else SEALED}")
    return lines


if __name__ == "__main__":
    result = asyncio.run(_alone())
    click.echo("\n".join(told(result)))
    sys.exit(any(one.within != one.allowed for one in result))
