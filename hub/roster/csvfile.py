"""A roster in a CSV file as shifts, or every fault in the file at once."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from hub.errors import FileProblem
from hub.people.localtime import read_moment
from hub.people.site import DutyState, Role, Site
from hub.people.tomlfile import closest
from hub.roster.shift import Shift

T = TypeVar("T")

SOURCE = "csv"
LONGEST_CELL = 100

# English and Danish headings, as people write them.
HEADINGS: Mapping[str, str] = {
    **{name: name for name in ("person", "unit", "from", "to", "duty", "id", "role")},
    "medarbejder": "person",
    "enhed": "unit",
    "fra": "from",
    "til": "to",
    "vagttype": "duty",
    "rolle": "role",
}
NEEDED = ("person", "unit", "from", "to", "duty")
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


def parse(text: str, name: str, site: Site, source: str = SOURCE) -> list[Shift]:
    """Reads a roster for this site; FileProblem names every fault in it by line and column, with the mend."""
    reading = _Reading(name, site, source)
    shifts = list(reading.shifts(text.removeprefix("\ufeff")))
    if reading.problems:
        raise FileProblem(name, reading.problems)
    return shifts


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file: its cells by column, and what the column is called in this file."""

    number: int
    cells: Mapping[str, str]
    headings: Mapping[str, str]


class _Reading:
    def __init__(self, name: str, site: Site, source: str) -> None:
        self.name = name
        self.site = site
        self.source = source
        self.zone = ZoneInfo(site.institution.timezone)
        self.problems: list[str] = []
        self._ids_by_name = {person.name.casefold(): person.id for person in site.people.values()}

    def shifts(self, text: str) -> Iterator[Shift]:
        first: dict[str, int] = {}
        for line in self._lines(text):
            shift = self._shift(line)
            if shift is None:
                continue
            if first.setdefault(shift.id, line.number) != line.number:
                column, said = ("id", "has the id of") if line.cells.get("id") else ("from", "tells the same shift as")
                self._wrong(line, column, f"{said} line {first[shift.id]}; mend one of them")
            yield shift

    def _lines(self, text: str) -> Iterator[_Line]:
        heading = text.split("\n", maxsplit=1)[0]
        delimiter = max(",;\t", key=heading.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            columns = self._columns(next(reader, []))
            while columns and (row := next(reader, None)) is not None:
                line = self._line(reader.line_num, row, columns)
                if line is not None:
                    yield line
        except csv.Error as error:
            self._add(reader.line_num, f"cannot be read ({error}); look for a quote that is not closed")

    def _line(self, number: int, row: list[str], columns: Mapping[str, str]) -> _Line | None:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            return None
        if len(cells) != len(columns):
            self._add(number, f"has {len(cells)} cells and the first line has {len(columns)}; make them as many")
            return None
        line = _Line(number, dict(zip(columns, cells, strict=True)), columns)
        before = len(self.problems)
        for column, cell in line.cells.items():
            if len(cell) > LONGEST_CELL:
                self._wrong(line, column, f"has more than {LONGEST_CELL} characters; look at the line's quotes")
        return line if len(self.problems) == before else None

    def _columns(self, headings: list[str]) -> dict[str, str]:
        """What each column holds, with its own heading; nothing if the first line cannot be used."""
        columns: dict[str, str] = {}
        if not any(heading.strip().lower() in HEADINGS for heading in headings):
            self._add(1, f"the first line must name the columns: {', '.join(NEEDED)}")
            return {}
        for heading in (written.strip()[:LONGEST_CELL] for written in headings):
            column = HEADINGS.get(heading.lower(), "")
            if not column:
                self._add(1, f'there is no column "{heading}"; {closest(heading.lower(), HEADINGS)} Or take it out')
            elif column in columns:
                self._add(1, f'"{heading}" and "{columns[column]}" are the same column; take one out')
            columns[column] = heading
        if missing := [column for column in NEEDED if column not in columns]:
            self._add(1, f"the first line must name the columns: {', '.join(missing)} missing of {', '.join(NEEDED)}")
        return {} if self.problems else columns

    def _shift(self, line: _Line) -> Shift | None:
        before = len(self.problems)
        for column in NEEDED:
            if not line.cells[column]:
                self._wrong(line, column, "is empty; fill it in")
        person, unit = self._person(line), self._known(line, "unit", self.site.units)
        starts, ends = self._moment(line, "from"), self._moment(line, "to")
        duty = self._choice(line, "duty", DUTIES)
        role = self._choice(line, "role", ROLES)
        if starts and ends and starts >= ends:
            self._wrong(
                line, "to", "the shift ends before it begins; look at both dates (a night ends on the next day)"
            )
        if len(self.problems) > before or starts is None or ends is None or duty is None:
            return None
        own = line.cells.get("id") or None
        return Shift.of(self.source, person, unit, starts, ends, duty, role=role, source_id=own)

    def _person(self, line: _Line) -> str:
        person = line.cells["person"]
        meant = self._ids_by_name.get(person.casefold())
        if meant is not None and person not in self.site.people:
            self._wrong(line, "person", f'"{person}" is a name; write the id "{meant}"')
            return person
        return self._known(line, "person", self.site.people)

    def _known(self, line: _Line, column: str, known: Iterable[str]) -> str:
        value = line.cells[column]
        if value and value not in (ids := list(known)):
            self._wrong(
                line, column, f'"{value}" is no {column} here; {closest(value, ids)} Or add it to the site first'
            )
        return value

    def _moment(self, line: _Line, column: str) -> datetime | None:
        try:
            return read_moment(line.cells[column], self.zone) if line.cells[column] else None
        except ValueError as error:
            self._wrong(line, column, str(error))
            return None

    def _choice(self, line: _Line, column: str, known: Mapping[str, T]) -> T | None:
        value = line.cells.get(column, "").lower()
        if value and value not in known:
            self._wrong(line, column, f'"{line.cells[column]}" is not a {column}; {closest(value, list(known))}')
        return known.get(value)

    def _wrong(self, line: _Line, column: str, text: str) -> None:
        self._add(line.number, f"{line.headings[column]}: {text}")

    def _add(self, line: int, text: str) -> None:
        self.problems.append(f"{self.name}:{line}: {text}")
