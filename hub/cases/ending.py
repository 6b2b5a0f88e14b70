"""When a case is deleted: after its close, as long as the rules say of its number, unless somebody holds it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from zoneinfo import ZoneInfo

from hub.cases import casestore, keeping, placestore
from hub.cases.case import Case, What, subject
from hub.clock import Clock
from hub.incidents.retaining import SWEEP_AGAIN, rules_of
from hub.incidents.retention import Keep, Period, RetentionBook
from hub.incidents.sealing import Seals
from hub.people.store import institutions
from hub.storage import journal
from hub.storage.database import Database, Reader, Transaction

LOOK_EVERY = timedelta(hours=6)
MOST_AT_ONCE = 500


class Stay(StrEnum):
    """Why a case whose close is known is still here."""

    KEPT = "kept"
    HELD = "held"
    NEEDED = "needed"
    """What is written on it is kept longer, or is in no case system yet."""
    ARCHIVE = "archive"
    """It waits until somebody has said that the archive has it."""
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Ending:
    """How long a case is kept, by which edition."""

    period: Period
    ends: date | None
    """From which day on it may be deleted; None while it is open."""

    def stay(self, case: Case, today: date, *, needed: bool) -> Stay:
        """Why it stays; what belongs in an archive is due only once that has it."""
        if self.ends is None or self.ends > today:
            return Stay.KEPT
        if case.standing(What.HELD):
            return Stay.HELD
        if needed:
            return Stay.NEEDED
        archived = self.period.keep is not Keep.ARCHIVE or bool(case.standing(What.ARCHIVED))
        return Stay.DUE if archived else Stay.ARCHIVE


@dataclass(frozen=True, slots=True)
class Due:
    """A closed case, until when it is kept, and why it stays."""

    case: Case
    ending: Ending
    stay: Stay


def ending(case: Case, book: RetentionBook, zone: ZoneInfo) -> Ending | None:
    """None where no rule speaks of its number, and for what goes with its incident."""
    number, _ = case.kle
    if case.incident is not None or number not in book.periods or not case.steps:
        return None
    period = book.in_force(number, case.steps[0].since.astimezone(zone).date())
    closed = case.closed_at
    return Ending(period, closed.astimezone(zone).date() + timedelta(days=period.days) if closed is not None else None)


class CaseRetention:
    """Deletes the cases whose time is over; what stays is the proof that it was done."""

    def __init__(self, database: Database, clock: Clock, seals: Seals) -> None:
        self._database = database
        self._clock = clock
        self._seals = seals

    async def run(self) -> None:
        while True:
            if await self.look():
                while not await self._database.sweep():
                    await self._clock.sleep_until(self._clock.now() + SWEEP_AGAIN)
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)

    async def look(self) -> int:
        """Deletes what is due in every institution; how much there was."""
        async with self._database.read() as tx:
            known = await institutions(tx)
        count = 0
        for of in known:
            await self._list_anew(of)
            due = [one.case.id async for one in self.ahead(of, self._clock.now()) if one.stay is Stay.DUE]
            for which in due:
                count += await self._database.submit(partial(self._end, of=of, which=which), of, can_wait=True)
        return count

    async def ahead(self, of: str, until: datetime) -> AsyncIterator[Due]:
        """The closed cases whose time is over by then, and why each of them is still here."""
        async with self._database.read() as tx:
            rules = await rules_of(tx, of)
            shortest = min(one.days for periods in rules.book.periods.values() for one in periods)
            # A day more: what was closed late in the evening ends when the day begins.
            old = await casestore.closed(tx, of, until - timedelta(days=shortest - 1))
        last = until.astimezone(rules.zone).date()
        for which in old:
            async with self._database.read() as tx:
                found = await self._due(tx, of, which, rules.book, rules.zone)
            if found is not None and found.ending.ends is not None and found.ending.ends <= last:
                yield found

    async def _due(self, tx: Reader, of: str, which: str, book: RetentionBook, zone: ZoneInfo) -> Due | None:
        case = await casestore.find(tx, await self._seals.to_read(tx), of, which)
        found = ending(case, book, zone) if case is not None else None
        if case is None or found is None:
            return None
        today = self._clock.now().astimezone(zone).date()
        return Due(case, found, found.stay(case, today, needed=bool(await placestore.on(tx, of, which))))

    async def _end(self, tx: Transaction, of: str, which: str) -> bool:
        now, rules = self._clock.now(), await rules_of(tx, of)
        found = await self._due(tx, of, which, rules.book, rules.zone)
        if found is None or found.stay is not Stay.DUE:
            return False
        await keeping.drop(tx, await self._seals.to_write(tx), of, which, now)
        period = found.ending.period
        facts = {"kle": found.case.kle[0], "edition": period.edition.isoformat(), "days": period.days}
        await journal.append(tx, of, now, "case_erased", subject(which), None, facts)
        return True

    async def _list_anew(self, of: str) -> None:
        """Brings lists up to what is so: it is by them that closed cases are found."""
        while True:
            async with self._database.read() as tx:
                behind = await casestore.unlisted(tx, of, MOST_AT_ONCE)
            if not behind:
                return
            await self._database.submit(partial(self._list, of=of, some=behind), of, can_wait=True)

    async def _list(self, tx: Transaction, of: str, some: list[str]) -> None:
        for which in some:
            case = await casestore.find(tx, await self._seals.to_write(tx), of, which)
            if case is not None:
                await casestore.list_anew(tx, case)
