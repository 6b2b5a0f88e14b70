"""Looks at the rosters outside as often as their operators want; what one of them said stands until it says more."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars

from hub.clock import Clock
from hub.errors import HubError, Invalid
from hub.people.site import Site
from hub.people.store import site as read_site
from hub.ports import RosterSource, RosterTold
from hub.roster import sourcestore, store
from hub.roster.actions import import_said
from hub.roster.difference import Imported
from hub.roster.sourcefile import words
from hub.roster.sourcestore import Source
from hub.roster.understood import understood
from hub.storage import journal
from hub.storage.database import Database, Transaction
from hub.storage.vault import Vault

LOOK_EVERY = timedelta(seconds=1)
# What a source is asked about, and a calendar that never ends is read for.
BACK, AHEAD = timedelta(days=2), timedelta(days=92)

_log = structlog.get_logger("hub.roster")

Opened = Callable[[Source, Site], RosterSource]


def asked_about(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The time that a look is about: the same all day, so that the same answer is known again."""
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - BACK, midnight + AHEAD


class Polling:
    """Looks at every source whose time has come, all of them at once: a slow one delays no other."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, opened: Opened) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._opened = opened
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def run(self) -> None:
        try:
            while True:
                await self.begin()
                await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)
        finally:
            for task in self._running.values():
                task.cancel()

    async def begin(self) -> None:
        """Begins a look at each source that is due."""
        now = self._clock.now()
        async with self._database.read() as tx:
            due = await sourcestore.due(tx, self._vault, now)
        for source in due:
            key = (source.institution, source.id)
            before = self._running.get(key)
            if before is not None and not before.done():
                continue
            if before is not None:
                # What nobody expected of a look is this chore's own fall, which is seen and told of.
                self._running.pop(key).result()
            claim = partial(sourcestore.claim, source=source, now=now)
            if await self._database.write(claim, of=source.institution):
                self._running[key] = asyncio.create_task(self._looked(source), name=f"roster {source.id}")

    async def settled(self) -> None:
        """Waits for the looks that have begun."""
        await asyncio.gather(*self._running.values())

    async def _looked(self, source: Source) -> None:
        bind_contextvars(source=source.id)
        try:
            await self.look(source)
        except HubError as refusal:
            _log.warning("the roster was not read: what it said before stands", why=refusal.detail)
        finally:
            clear_contextvars()

    async def look(self, source: Source) -> Imported | None:
        """Reads one source and takes what it says; None if it says what it said before."""
        try:
            done = await self._take(source)
        except HubError as refusal:
            await self._database.write(partial(self._failed, source=source, why=refusal.detail), of=source.institution)
            raise
        return done

    async def _take(self, source: Source) -> Imported | None:
        institution = source.institution
        async with self._database.read() as tx:
            site = await read_site(tx, institution)
        outside = self._opened(source, site)
        about = asked_about(self._clock.now(), ZoneInfo(site.institution.timezone))
        try:
            told = await outside.look(*about, source.digest)
        finally:
            await outside.close()
        done = await self._import(source, site, told) if told is not None else None
        digest = told.digest if told is not None else source.digest
        await self._database.write(partial(self._heard, source=source, digest=digest), of=institution)
        return done

    async def _import(self, source: Source, site: Site, told: RosterTold) -> Imported:
        spelt = words(source.settings, source.kind)
        said = await asyncio.to_thread(understood, told, source.id, source.id, site, spelt)
        if not said.shifts and said.whole is not None:
            async with self._database.read() as tx:
                known = await store.beginning(tx, source.institution, source.id, *said.whole)
            if known:
                # More often a system that has lost its data than a house where nobody works for three months.
                raise Invalid(
                    f"It says that nobody has a shift any more, and {len(known)} are known: these stand. If it is "
                    f"meant: hub roster remove {source.id} --shifts."
                )
        return await import_said(self._database, source.institution, source.id, said, self._clock)

    async def _heard(self, tx: Transaction, source: Source, digest: str | None) -> None:
        now = self._clock.now()
        await sourcestore.told(tx, source.institution, source.id, now, digest)
        if source.trouble is not None:
            await journal.append(tx, source.institution, now, "roster_heard_again", subject=source.id)

    async def _failed(self, tx: Transaction, source: Source, why: str) -> None:
        now = self._clock.now()
        await sourcestore.failed(tx, source.institution, source.id, now, why[:2000])
        if source.trouble is None:
            await journal.append(tx, source.institution, now, "roster_not_heard", source.id, None, {"why": why[:500]})
