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
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import click

from loadtests.hubprocess import HubProcess
from tests.contracts.standins import Gateway
from tests.web.planting import CPR, DIGITS, NAME, NOTE, Planting, done, settings
from tests.web.served import SUN, Served, written

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
        found["list of incidents"] = (await done(leif.get("/incidents.csv"))).content
        found["numbers"] = (await done(nobody.get("/metrics"))).content
    return found


def _unpacked(path: Path) -> bytes:
    with ZipFile(path) as file:
        return b"".join(file.read(name) for name in file.namelist())


def needles(planting: Planting) -> Iterator[tuple[str, re.Pattern[bytes]]]:
    """What is looked for: each place's own text, what opens something, and the number and the name anywhere."""
    for place in planting.places:
        yield place, re.compile(re.escape(f"{NOTE} {place.replace(' ', '-')} ".encode()))
    for what, secret in planting.secrets.items():
        yield what, re.compile(rb"(?<![\w+/=-])" + re.escape(secret.encode()) + rb"(?![\w+/=-])")
    for needle in (CPR, DIGITS, NAME, "Plantorius"):
        yield f"{needle} alone", re.compile(re.escape(needle.encode()) + rb"(?![^\n]{0,30}" + NOTE.encode() + rb" )")


def looked_for(planting: Planting, within: Mapping[str, bytes]) -> Iterator[Found]:
    """What was found of each, and where."""
    for place, needle in needles(planting):
        yield Found(place, frozenset(name for name, content in within.items() if needle.search(content)))


async def looked_through(hub: Served, gateway: Gateway, folder: Path) -> list[Found]:
    planting = Planting(hub, gateway)
    await planting.everywhere()
    return list(looked_for(planting, await carried_out(hub, folder)))


async def _alone() -> list[Found]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gateway = Gateway()
        async with gateway.listening():
            process = HubProcess(folder / "data", settings=settings(folder, gateway))
            site = written(folder, datetime.now(UTC), SUN)
            await process.command("setup", str(site), "--tokens", str(folder / "tokens"))
            tokens = json.loads((folder / "tokens").read_text("utf-8"))
            async with process:
                return await looked_through(Served(process, tokens, folder), gateway, folder)


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
