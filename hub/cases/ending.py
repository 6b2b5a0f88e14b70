"""When a case is deleted: after its close, as long as the rules say of its number, unless somebody holds it."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from hub.cases import casestore, placestore
from hub.cases.case import Case, What, subject
from hub.clock import Clock
from hub.incidents.retaining import book_of
from hub.incidents.retention import Keep, Period, RetentionBook
from hub.incidents.sealing import Seals
from hub.people.store import institutions
from hub.people.store import site as read_site
from hub.storage import journal
from hub.storage.database import Database, Transaction

LOOK_EVERY = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Ending:
    """How long a case is kept, by which edition."""

    period: Period
    ends: date | None
    """From which day on it may be deleted; None while it is open."""

    def over(self, case: Case, today: date) -> bool:
        """Whether it is to be deleted: what belongs in an archive only once that has it."""
        archived = self.period.keep is not Keep.ARCHIVE or bool(case.standing(What.ARCHIVED))
        return self.ends is not None and self.ends <= today and archived and not case.standing(What.HELD)


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
            await self.look()
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Deletes what is due in every institution."""
        async with self._database.read() as tx:
            known = await institutions(tx)
        for of in known:
            async with self._database.read() as tx:
                closed = await casestore.closed(tx, of, self._clock.now())
            for which in closed:
                await self._database.write(partial(self._end, of=of, which=which), of=of)

    async def _end(self, tx: Transaction, of: str, which: str) -> None:
        now, zone = self._clock.now(), ZoneInfo((await read_site(tx, of)).institution.timezone)
        case = await casestore.find(tx, await self._seals.to_read(tx), of, which)
        found = ending(case, await book_of(tx, of), zone) if case is not None else None
        if case is None or found is None or not found.over(case, now.astimezone(zone).date()):
            return
        if await placestore.on(tx, of, which):
            return  # what is written on it is kept longer
        await casestore.drop(tx, of, which)
        facts = {"kle": case.kle[0], "edition": found.period.edition.isoformat(), "days": found.period.days}
        await journal.append(tx, of, now, "case_erased", subject(which), None, facts)
