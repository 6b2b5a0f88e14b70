"""Imports rosters of every kind into a database as the hub does, and says what then stands there."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self

from hub import sources as outside
from hub.clock import ManualClock
from hub.people.setup import parse as parse_site
from hub.people.site import DutyState
from hub.people.store import site as read_site
from hub.roster import sourcefile, sourcestore, store
from hub.roster.actions import import_said, setup_site
from hub.roster.chores import Polling
from hub.roster.difference import Imported
from hub.roster.sourcefile import Kind
from hub.roster.sourcestore import Source
from hub.roster.understood import understood
from hub.storage.database import Database
from hub.storage.vault import Vault
from tests.people.solgaarden import RULES
from tests.roster.outside import Calendar, Planday, Turn, csv_text, ics_text, planday_shifts, planday_toml, site_toml

REGION = "region"
VAULT = Vault({"k1": b"k" * 32}, "k1")
Meant = tuple[str, str, datetime, datetime, DutyState]
Bring = Callable[[Sequence[Turn]], Awaitable[Imported]]


class Desk:
    """One institution's rosters, and the clock by which they are read."""

    def __init__(self, database: Database, clock: ManualClock, people: int, units: int) -> None:
        self.database = database
        self.clock = clock
        self.people, self.units = people, units
        make = partial(outside.source, clock=clock, allow_loopback=True)
        self.polling = Polling(database, clock, VAULT, make)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await setup_site(self.database, parse_site(site_toml(self.people, self.units)), RULES, self.clock)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def sources(self) -> dict[str, Bring]:
        """Each way in, by its name: what it is given, it brings."""
        calendar, planday = Calendar(), Planday()
        for one in (calendar, planday):
            await self._stack.enter_async_context(one.listening())
        subscribed = f'[source]\nid = "url"\nkind = "ical"\nurl = "{calendar.url}/secret.ics"\n'
        await self.add(subscribed)
        await self.add(planday_toml(planday.url, self.people, self.units))

        async def from_address(turns: Sequence[Turn]) -> Imported:
            calendar.text = ics_text(turns)
            return await self.look("url")

        async def from_planday(turns: Sequence[Turn]) -> Imported:
            planday.shifts = planday_shifts(turns)
            return await self.look("planday")

        return {"csv": self._from_csv, "ical": self._from_ics, "url": from_address, "planday": from_planday}

    async def add(self, text: str) -> None:
        """Does what `hub roster add` does."""
        said = sourcefile.parse(text, "source.toml")
        outside.check(said.kind, said.settings)
        source = Source(REGION, said.id, said.kind, said.settings, said.every, due_at=self.clock.now())
        await self.database.write(partial(sourcestore.keep, vault=VAULT, source=source), of=REGION)

    async def look(self, which: str) -> Imported:
        """Looks at a source once, also if it says what it said before."""
        async with self.database.read() as tx:
            source = await sourcestore.find(tx, VAULT, REGION, which)
        assert source is not None
        return await self.polling.look(source) or Imported(0, 0, 0, len(await self.stands(which)))

    async def file(self, kind: Kind, content: bytes, name: str = "roster") -> Imported:
        """Does what `hub roster import` does."""
        async with self.database.read() as tx:
            site = await read_site(tx, REGION)
        told = outside.read(kind, content, name, {}, site, self.clock.now())
        said = understood(told, name, kind.value, site)
        return await import_said(self.database, REGION, kind.value, said, self.clock)

    async def _from_csv(self, turns: Sequence[Turn]) -> Imported:
        return await self.file(Kind.CSV, csv_text(turns).encode())

    async def _from_ics(self, turns: Sequence[Turn]) -> Imported:
        return await self.file(Kind.ICAL, ics_text(turns).encode())

    async def stands(self, source: str) -> list[Meant]:
        """What the source's shifts are in the hub."""
        async with self.database.read() as tx:
            found = await store.of_source(tx, REGION, source)
        return sorted((one.person, one.unit, one.starts, one.ends, one.duty) for one in found.values())


async def emptied(desk: Desk, source: str) -> None:
    """Takes a source's shifts off the roster again, so that the next one is looked at alone."""
    async with desk.database.read() as tx:
        found = await store.of_source(tx, REGION, source)
    now = desk.clock.now() + timedelta(microseconds=1)
    await desk.database.write(partial(store.remove, institution=REGION, gone=list(found.values()), now=now), of=REGION)


def database_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'hub.db'}"
