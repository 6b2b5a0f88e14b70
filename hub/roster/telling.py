"""Tells people of their shifts: what has changed, what they are asked, and that one begins soon."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from hub.clock import Clock, woken
from hub.errors import Forbidden
from hub.people.desk import Change
from hub.people.faults import FieldProblem, say
from hub.people.site import Site
from hub.people.store import site as read_site
from hub.roster import absencestore, newsstore, store, swapstore
from hub.roster.news import Kind, News, Wants, parcel, span
from hub.roster.shift import Shift
from hub.roster.swapping import Swaps
from hub.storage import journal, outbox
from hub.storage.database import Database, Reader, Transaction

# News end the wait; whose shift begins is looked for so often.
LOOK_EVERY = timedelta(seconds=15)
SHORTEST, LONGEST = 5, 24 * 60


async def choose(change: Change, wants: Wants) -> None:
    """Keeps what whoever asks wants to be told of their own shifts."""
    if change.by.person is None:
        raise Forbidden("Only a person has shifts: sign in, or use a device of your own.")
    if wants.minutes is not None and not SHORTEST <= wants.minutes <= LONGEST:
        raise FieldProblem(
            {"minutes": say("Write a number of minutes from {first} to {last}.", first=SHORTEST, last=LONGEST)}
        )
    await newsstore.choose(change.tx, change.of, change.by.person, wants)
    facts = {"minutes": wants.minutes, "changes": wants.changes}
    subject = f"person:{change.by.person}"
    await journal.append(change.tx, change.of, change.now, "shift_telling_chosen", subject, change.by.name, facts)


class Telling:
    """Hands to the outbox what people are to be told, and ends the swaps whose time is over."""

    def __init__(self, database: Database, clock: Clock, swaps: Swaps, channels: Collection[str]) -> None:
        self._database = database
        self._clock = clock
        self._swaps = swaps
        self._channels = channels
        self._sooner = asyncio.Event()
        self._reminded: set[tuple[str, Shift]] = set()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        if any(isinstance(fact, News) for fact in facts):
            self._sooner.set()

    async def run(self) -> None:
        """Goes on for ever; after a restart it goes on where it was."""
        while True:
            await self.look()
            await woken(self._sooner, self._clock, self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Does all that is due now."""
        now = self._clock.now()
        async with self._database.read() as tx:
            over = await swapstore.due(tx, now)
        for institution, which in over:
            await self._swaps.expire(institution, which)
        async with self._database.read() as tx:
            waiting = {one.institution for one in await newsstore.waiting(tx)}
            reminded = await newsstore.reminded(tx)
            soon = {of: await _begin_soon(tx, of, minutes, now) for of, minutes in reminded.items()}
        # The outbox knows what was said before a restart; this spares it from being asked each time.
        self._reminded = {one for one in self._reminded if one[1].starts > now}
        for of in waiting:
            await self._database.write(partial(self._tell, of=of), of=of)
        for of, shifts in soon.items():
            if new := [one for one in shifts if (of, one) not in self._reminded]:
                await self._database.write(partial(self._remind, of=of, shifts=new), of=of)
                self._reminded |= {(of, one) for one in new}

    async def _tell(self, tx: Transaction, of: str) -> None:
        now = self._clock.now()
        news = await newsstore.waiting(tx, of)
        wants, site = await newsstore.chosen(tx, of), await read_site(tx, of)
        wanted = [one for one in news if one.kind is not Kind.CHANGED or wants.get(one.person, Wants()).changes]
        await self._post(tx, wanted, site, now)
        await newsstore.told(tx, news)

    async def _remind(self, tx: Transaction, of: str, shifts: Sequence[Shift]) -> None:
        now, site = self._clock.now(), await read_site(tx, of)
        # Named after the shift, so that whoever looks again adds no second one.
        news = [News(of, one.id, one.person, Kind.BEFORE, {"shift": span(one)}, now) for one in shifts]
        await self._post(tx, news, site, now)

    async def _post(self, tx: Transaction, news: Sequence[News], site: Site, now: datetime) -> None:
        parcels = [parcel(one, site, self._channels, now) for one in news]
        await outbox.add(tx, [one for one in parcels if one is not None])


async def _begin_soon(tx: Reader, of: str, minutes: Mapping[str, int], now: datetime) -> list[Shift]:
    """The shifts whose person wants to be told now that they begin."""
    until = now + timedelta(minutes=max(minutes.values()))
    coming = [one for one in await store.shifts(tx, of, now, until) if one.starts > now and one.person in minutes]
    due = [one for one in coming if one.starts - timedelta(minutes=minutes[one.person]) <= now]
    away = await absencestore.absences(tx, of, now, until) if due else []
    return [one for one in due if not any(gone.concerns(one, one.starts) for gone in away)]
