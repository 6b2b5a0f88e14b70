"""What an outside roster says, understood: its rows as shifts and absences here, or every fault in it at once."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from hub.errors import FileProblem
from hub.people.localtime import moment, read_moment
from hub.people.site import DutyState, Role, Site
from hub.people.tomlfile import closest
from hub.ports import RosterRow, RosterTold
from hub.roster.actions import Said
from hub.roster.shift import Absence, Away, Shift

T = TypeVar("T")

LONGEST_SHIFT = timedelta(days=4)
MOST_PROBLEMS = 200

DUTIES: Mapping[str, DutyState] = {
    **{duty.value: duty for duty in DutyState},
    "aktiv": DutyState.ACTIVE,
    "vågen": DutyState.ACTIVE,
    "sovende": DutyState.SLEEPING,
    "rådighed": DutyState.STANDBY,
    "rådighedsvagt": DutyState.STANDBY,
    "telefon": DutyState.TELEPHONE,
    "telefonvagt": DutyState.TELEPHONE,
}
ROLES: Mapping[str, Role] = {
    **{role.value: role for role in Role},
    "medarbejder": Role.STAFF,
    "vagtleder": Role.SHIFT_LEAD,
    "leder": Role.MANAGER,
}
AWAY: Mapping[str, Away] = {
    "leave": Away.LEAVE,
    "orlov": Away.LEAVE,
    "ferie": Away.LEAVE,
    "fri": Away.LEAVE,
    "barsel": Away.LEAVE,
    "sick": Away.SICK,
    "syg": Away.SICK,
    "sygdom": Away.SICK,
}
_LINE = re.compile(r":(\d+)")


@dataclass(frozen=True, slots=True)
class Words:
    """What a source calls our people, units and duties, where that is something else."""

    people: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    duties: Mapping[str, str] = field(default_factory=dict)


def understood(told: RosterTold, name: str, source: str, site: Site, words: Words | None = None) -> Said:
    """The roster in this site's own terms; FileProblem names every fault in it by its place, with the mend."""
    reading = _Understanding(name, source, site, words or Words(), told)
    entries = list(reading.entries())
    # An event that repeats has one fault, and has it every week.
    problems = sorted(dict.fromkeys((*told.problems, *reading.problems)), key=_place)
    if problems:
        raise FileProblem(name, [*problems[:MOST_PROBLEMS], *_more(len(problems) - MOST_PROBLEMS, name)])
    if told.whole is not None:
        first, end = told.whole
        entries = [one for one in entries if first <= one.starts < end]
    return Said(
        shifts=[one for one in entries if isinstance(one, Shift)],
        absences=[one for one in entries if isinstance(one, Absence)],
        gone=told.gone,
        whole=told.whole,
        only_changes=told.only_changes,
    )


# A roster has few beginnings and ends, and very many shifts.
_read = lru_cache(maxsize=20_000)(read_moment)


def _place(problem: str) -> int:
    line = _LINE.search(problem)
    return int(line[1]) if line is not None else 0


def _more(count: int, name: str) -> Iterator[str]:
    if count > 0:
        yield f"{name}: and {count} more; mend these first"


class _Understanding:
    def __init__(self, name: str, source: str, site: Site, words: Words, told: RosterTold) -> None:
        self.name = name
        self.source = source
        self.site = site
        self.words = words
        self.rows = told.rows
        self.headings = told.headings
        self.problems: list[str] = []
        self.zone = ZoneInfo(site.institution.timezone)
        self._ids_by_name = {person.name.casefold(): person.id for person in site.people.values()}
        self._ids_by_email = {person.email: person.id for person in site.people.values() if person.email}
        self._duties = dict(DUTIES) | {key.casefold(): DutyState(duty) for key, duty in words.duties.items()}

    def entries(self) -> Iterator[Shift | Absence]:
        first: dict[str, str] = {}
        for row in self.rows:
            entry = self._entry(row)
            if entry is None:
                continue
            if first.setdefault(entry.id, row.place) != row.place:
                where = first[entry.id].removeprefix(f"{self.name}:")
                column, said = ("id", "has the id of") if row.id else ("from", "tells the same shift as")
                self._wrong(row, column, f"{said} line {where}; mend one of them")
            yield entry

    def _entry(self, row: RosterRow) -> Shift | Absence | None:
        before = len(self.problems)
        person = self._person(row)
        starts, ends = self._time(row, "from", row.starts), self._time(row, "to", row.ends)
        if starts and ends and starts >= ends and row.by_the_clock:
            ends = self._next_day(row)
        if starts and ends and starts >= ends:
            self._wrong(row, "to", "the shift ends before it begins; look at both dates (a night ends on the next day)")
        if row.absent:
            return self._absence(row, person, starts, ends, before)
        unit = self._known(row, "unit", self.words.units.get(row.unit, row.unit), self.site.units)
        duty = self._choice(row, "duty", row.duty or DutyState.ACTIVE, self._duties)
        role = self._choice(row, "role", row.role, ROLES)
        if starts and ends and ends - starts > LONGEST_SHIFT:
            self._wrong(row, "to", f"the shift lasts {(ends - starts).days} days; divide it, or look at both dates")
        if len(self.problems) > before or starts is None or ends is None or duty is None:
            return None
        return Shift.of(self.source, person, unit, starts, ends, duty, role=role, source_id=row.id)

    def _absence(
        self, row: RosterRow, person: str, starts: datetime | None, ends: datetime | None, before: int
    ) -> Absence | None:
        kind = self._choice(row, "absent", row.absent, AWAY)
        if len(self.problems) > before or starts is None or ends is None or kind is None:
            return None
        return Absence.of(self.source, person, None, starts, ends, kind, source_id=row.id)

    def _person(self, row: RosterRow) -> str:
        person = self.words.people.get(row.person, row.person)
        if person in self.site.people:
            return person
        by_email = self._ids_by_email.get(row.email.casefold()) if row.email else None
        if by_email is not None:
            return by_email
        if (meant := self._ids_by_name.get(person.casefold())) is not None:
            self._wrong(row, "person", f'"{person}" is a name; write the id "{meant}"')
            return person
        return self._known(row, "person", person, self.site.people)

    def _known(self, row: RosterRow, column: str, value: str, known: Collection[str]) -> str:
        if value not in known:
            mend = closest(value, list(known))
            self._wrong(row, column, f'"{value}" is no {column} here; {mend} Or add it to the site first')
        return value

    def _time(self, row: RosterRow, column: str, value: datetime | str) -> datetime | None:
        try:
            return _read(value, self.zone) if isinstance(value, str) else moment(value, self.zone)
        except ValueError as error:
            self._wrong(row, column, str(error))
            return None

    def _next_day(self, row: RosterRow) -> datetime | None:
        """The same time on the clock a day later, which in the two nights of the year is not 24 hours later."""
        shown = _read(str(row.ends), self.zone).astimezone(self.zone).replace(tzinfo=None) + timedelta(days=1)
        return self._time(row, "to", shown)

    def _choice(self, row: RosterRow, column: str, value: str, known: Mapping[str, T]) -> T | None:
        word = value.casefold()
        if word and word not in known:
            self._wrong(row, column, f'"{value}" is not a {column}; {closest(word, list(known))}')
        return known.get(word)

    def _wrong(self, row: RosterRow, column: str, text: str) -> None:
        self.problems.append(f"{row.place}: {self.headings.get(column, column)}: {text}")
