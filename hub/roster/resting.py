"""The rest rules held against the roster as it stands, or as an import would make it; and what is accepted of them."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from hub.roster.rest import Breach, RestBook, Rule, breaches_of_all
from hub.roster.restfile import rest_book
from hub.roster.reststore import Deviation
from hub.storage import journal
from hub.storage.database import Database, Transaction

Say = Callable[..., str]

AHEAD = timedelta(days=56)
LONGEST_WHY = 500
_MONTH, _MINUTE = timedelta(days=31), timedelta(minutes=1)


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


async def resting(
    database: Database,
    institution: str,
    first: datetime,
    end: datetime,
    people: Collection[str] | None = None,
    planned: Planned | None = None,
) -> Resting:
    """The breaches between two moments, of these people or of all, found beside the event loop and the writer.

    With `planned`, as an import would leave the roster.
    """
    async with database.read() as tx:
        site = await read_site(tx, institution)
        book = rest_book(await reststore.own_rules(tx, institution))
        longest = max(terms.months for one in book.agreements.values() for terms in one.terms)
        around = first - longest * _MONTH, end + longest * _MONTH
        shifts = {one.id: one for one in await store.shifts(tx, institution, *around)}
        away = {one.id: one for one in await absencestore.absences(tx, institution, *around)}
        accepted = await reststore.deviations(tx, institution)
    if planned is not None:
        for found, present in ((planned.shifts, shifts), (planned.absences, away)):
            present.update({one.id: one for one in (*found.new, *(after for _, after in found.changed))})
            for gone in found.gone:
                present.pop(gone.id, None)
    theirs = [one for one in shifts.values() if people is None or one.person in people]
    zone = ZoneInfo(site.institution.timezone)
    broken = await asyncio.to_thread(breaches_of_all, book, theirs, list(away.values()), zone)
    return Resting(site, book, [one for one in broken if one.starts < end and one.ends > first], accepted)


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
        "hours": _hours(breach.found, say),
        "limit": _hours(breach.limit, say),
    }
    if breach.rule is Rule.DAILY_REST:
        return say("{person}: {hours} rest in the 24 hours before {end}; {agreement} asks for {limit}.", **values)
    if breach.rule is Rule.DAY_OFF:
        return say(
            "{person}: no day off from {first} to {end}, the longest rest was {hours}; {agreement} asks for {limit}.",
            **values,
        )
    return say("{person}: {hours} a week from {first} to {end}; {agreement} allows {limit}.", **values)


def _hours(time: timedelta, say: Say) -> str:
    hours, minutes = divmod(time // _MINUTE, 60)
    return say("{n} h {m} min", n=hours, m=minutes) if minutes else say("{n} h", n=hours)
