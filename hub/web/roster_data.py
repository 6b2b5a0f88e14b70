"""What the roster page and its files are made of: read once, for whoever asks, and no more than they may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hub.people import access
from hub.people.localtime import midnight
from hub.people.site import Person, Unit
from hub.roster import absencestore, reststore, store
from hub.roster.hours import Hours, hours
from hub.roster.rest import RestBook
from hub.roster.sheet import DAY, By, Mark, View, days, marks
from hub.roster.shift import Absence, Attendance, Shift
from hub.web.admin import Visit
from hub.web.lists import danish
from hub.web.roster_asked import Asked

MOST_IN_A_MONTH = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """A part of the roster, with the people and units that it is about."""

    asked: Asked
    zone: ZoneInfo
    now: datetime
    weeks: Sequence[Sequence[date]]
    units: Sequence[Unit]
    people: Sequence[Person]
    shifts: Sequence[Shift]
    absences: Sequence[Absence]
    seen: Mapping[str, Attendance]
    book: RestBook
    theirs: Mapping[str, tuple[list[Shift], list[Absence]]]

    @property
    def between(self) -> tuple[datetime, datetime]:
        return midnight(self.weeks[0][0], self.zone), midnight(self.weeks[-1][-1] + DAY, self.zone)

    @property
    def counted(self) -> tuple[datetime, datetime]:
        """The week, or the month without the days around it."""
        if self.asked.view is View.WEEK:
            return self.between
        first = self.asked.day.replace(day=1)
        return midnight(first, self.zone), midnight((first + 31 * DAY).replace(day=1), self.zone)

    def marks(self, *, running: bool = False) -> list[Mark]:
        """The shifts that begin in what is shown and were asked for; `running` takes those along that run into it."""
        first, end = self.between
        units, people = {one.id for one in self.units}, {one.id for one in self.people}
        wanted = [
            one
            for one in self.shifts
            if (first < one.ends if running else first <= one.starts)
            and one.starts < end
            and one.unit in units
            and one.person in people
            and self.asked.duty in ("", one.duty)
        ]
        return list(marks(wanted, self.absences, self.seen, self.now))

    def hours_of(self, person: Person) -> Hours:
        """The hours of one person in what is shown, in all units together."""
        shifts, absences = self.theirs.get(person.id, ([], []))
        return hours(self.book.of(person.id), shifts, absences, self.zone, self.counted, person.weekly_minutes)


async def shown(visit: Visit) -> Shown:
    """The part of the roster that the address asks for."""
    zone, now = ZoneInfo(visit.site.institution.timezone), visit.hub.clock.now()
    asked = Asked.of(visit.request.query_params, now.astimezone(zone).date())
    weeks = days(asked.view, asked.day)
    between = midnight(weeks[0][0], zone), midnight(weeks[-1][-1] + DAY, zone)
    async with visit.reading() as tx:
        shifts = await store.shifts(tx, visit.by.institution, *between)
        absences = await absencestore.absences(tx, visit.by.institution, *between)
        seen = await absencestore.attended_shifts(tx, visit.by.institution, [one.id for one in shifts])
        book = await reststore.rules(tx, visit.by.institution)
    units = [one for one in visit.site.units.values() if access.may_see_unit(visit.by, one.id)]
    chosen = [one for one in units if one.id == asked.unit] or units
    people = _people(visit, asked, {one.id for one in chosen}, shifts)
    if asked.view is View.MONTH and len(people) > MOST_IN_A_MONTH and len(chosen) > 1:
        # More than anybody reads, and more than a page should be made of: a unit of it, and the others by choice.
        asked, chosen = replace(asked, unit=chosen[0].id), chosen[:1]
        people = _people(visit, asked, {chosen[0].id}, shifts)
    theirs: dict[str, tuple[list[Shift], list[Absence]]] = {}
    for shift in shifts:
        theirs.setdefault(shift.person, ([], []))[0].append(shift)
    for absence in absences:
        theirs.setdefault(absence.person, ([], []))[1].append(absence)
    return Shown(asked, zone, now, weeks, chosen, people, shifts, absences, seen, book, theirs)


def _people(visit: Visit, asked: Asked, units: set[str], shifts: Sequence[Shift]) -> list[Person]:
    """Those who belong to the units or have shifts there, and whom the search has in mind."""
    working = {one.person for one in shifts if one.unit in units and asked.duty in ("", one.duty)}
    whole = not asked.duty and not asked.unit
    found = [
        one
        for one in visit.site.people.values()
        if one.id in working or (not asked.duty and (units & set(one.units) or (whole and not one.units)))
    ]
    words = asked.search.casefold().split()
    named = [one for one in found if all(word in one.name.casefold() for word in words)]
    return sorted(named, key=lambda one: danish(one.name))


def keys(found: Shown) -> list[str]:
    """The rows, in their order."""
    return [one.id for one in (found.units if found.asked.by is By.UNIT else found.people)]
