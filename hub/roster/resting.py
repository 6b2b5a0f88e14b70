"""The rest rules held against the roster as it stands, or as an import would make it; and what is accepted of them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from hub.errors import Conflict, NotFound
from hub.people import faults
from hub.people.access import Principal, leads
from hub.people.faults import NotYours
from hub.people.localtime import shown
from hub.people.site import Site
from hub.people.store import site as read_site
from hub.roster import absencestore, reststore, store
from hub.roster.actions import Planned, Said
from hub.roster.hours import hours_word
from hub.roster.rest import Breach, RestBook, Rule, breaches_of_all, made_worse
from hub.roster.reststore import Deviation
from hub.roster.shift import Absence, Shift
from hub.storage import journal
from hub.storage.database import Database, Reader, Transaction

Say = Callable[..., str]

AHEAD = timedelta(days=56)
LONGEST_WHY = 500
# So many are read one by one.
FEW = 4
_MONTH, _PIECE = timedelta(days=31), timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Resting:
    """What a roster breaks, and which of that somebody has accepted."""

    site: Site
    book: RestBook
    breaches: Sequence[Breach]
    accepted: Mapping[str, Deviation]

    @property
    def unaccepted(self) -> Sequence[Breach]:
        return [one for one in self.breaches if one.id not in self.accepted]


@dataclass(frozen=True, slots=True)
class Known:
    """What is needed to tell what a roster breaks between two moments, as it stands or with a change of it."""

    site: Site
    book: RestBook
    shifts: Mapping[str, Shift]
    absences: Mapping[str, Absence]
    accepted: Mapping[str, Deviation]
    first: datetime
    end: datetime
    people: Collection[str] | None = None

    def broken(self, planned: Planned | None = None) -> Resting:
        """The breaches, with `planned` as an import or a swap would leave the roster."""
        shifts, absences = self.shifts, self.absences
        if planned is not None:
            shifts, absences = planned.shifts.laid_over(shifts), planned.absences.laid_over(absences)
        theirs = [one for one in shifts.values() if self.people is None or one.person in self.people]
        zone = ZoneInfo(self.site.institution.timezone)
        broken = breaches_of_all(self.book, theirs, list(absences.values()), zone)
        near = [one for one in broken if one.starts < self.end and one.ends > self.first]
        return Resting(self.site, self.book, near, self.accepted)

    def broken_by(self, planned: Planned) -> Sequence[Breach]:
        """What this change would break and nobody has accepted."""
        after = self.broken(planned).unaccepted
        return made_worse(self.broken().breaches, after) if after else ()


async def known(
    tx: Reader, institution: str, first: datetime, end: datetime, people: Collection[str] | None = None
) -> Known:
    """Reads it, for these people or for all."""
    site = await read_site(tx, institution)
    book = await reststore.rules(tx, institution)
    longest = max(terms.months for one in book.agreements.values() for terms in one.terms)
    around = first - longest * _MONTH, end + longest * _MONTH
    if people is not None and len(people) <= FEW:
        shifts = [one for who in people for one in await store.shifts_of(tx, institution, who, *around)]
        away = [one for who in people for one in await absencestore.absences_of(tx, institution, who, *around)]
    else:
        shifts = await _in_pieces(partial(store.shifts, tx, institution), *around)
        away = await absencestore.absences(tx, institution, *around)
    accepted = await reststore.deviations(tx, institution)
    by_id = {one.id: one for one in shifts}, {one.id: one for one in away}
    return Known(site, book, *by_id, accepted, first, end, people)


async def _in_pieces(
    read: Callable[[datetime, datetime], Awaitable[list[Shift]]], first: datetime, end: datetime
) -> list[Shift]:
    """Everybody's shifts of many months are very many: between two pieces of them the loop goes on."""
    found: dict[str, Shift] = {}
    while first < end:
        until = min(first + _PIECE, end)
        found |= {one.id: one for one in await read(first, until)}
        first = until
    return list(found.values())


async def resting(
    database: Database,
    institution: str,
    first: datetime,
    end: datetime,
    people: Collection[str] | None = None,
    planned: Planned | None = None,
) -> Resting:
    """The breaches between two moments, of these people or of all, found beside the event loop and the writer."""
    async with database.read() as tx:
        found = await known(tx, institution, first, end, people)
    return await asyncio.to_thread(found.broken, planned)


async def resting_of_import(
    database: Database, institution: str, said: Said, planned: Planned | None = None
) -> Resting | None:
    """The breaches that touch what a source says; None if it names no shift."""
    if not said.shifts:
        return None
    first, end = min(one.starts for one in said.shifts), max(one.ends for one in said.shifts)
    return await resting(database, institution, first, end, {one.person for one in said.shifts}, planned)


async def accept(tx: Transaction, site: Site, by: Principal, breach: Breach, why: str, now: datetime) -> None:
    """Keeps why somebody who leads the person's unit accepts a breach; the journal says who did, and not why."""
    person = site.people.get(breach.person)
    if person is None:
        raise NotFound("Nobody here has that name any more.")
    if not any(leads(by, unit) for unit in person.units or (None,)):
        raise NotYours(faults.say("A deviation is for those who lead the unit to accept: ask a shift lead."))
    if not await reststore.deviate(tx, by.institution, Deviation(breach, why, by.name, now)):
        raise Conflict("This deviation was accepted before: look at it again.")
    facts = {"id": breach.id, "rule": breach.rule.value, "agreement": breach.agreement}
    await journal.append(tx, by.institution, now, "rest_deviation", f"person:{breach.person}", by.name, facts)


def spoken(breach: Breach, site: Site, book: RestBook, say: Say) -> str:
    """A breach in plain words: who, which rule, how many hours, and by which agreement."""
    zone, agreement = site.institution.timezone, book.agreements.get(breach.agreement)
    person = site.people.get(breach.person)
    values = {
        "person": person.name if person is not None else breach.person,
        "agreement": agreement.name if agreement is not None else breach.agreement,
        "first": shown(breach.starts, zone),
        "end": shown(breach.ends, zone),
        "hours": hours_word(breach.found, say),
        "limit": hours_word(breach.limit, say),
    }
    if breach.rule is Rule.DAILY_REST:
        return say("{person}: {hours} rest in the 24 hours before {end}; {agreement} asks for {limit}.", **values)
    if breach.rule is Rule.DAY_OFF:
        return say(
            "{person}: no day off from {first} to {end}, the longest rest was {hours}; {agreement} asks for {limit}.",
            **values,
        )
    return say("{person}: {hours} a week from {first} to {end}; {agreement} allows {limit}.", **values)
