"""A roster in a CSV file, with the columns called what the file's own system calls them."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from hub.ports import RosterRow, RosterTold
from integrations.rosterfiles import refuse_too_many, text_of

LONGEST_CELL = 100
MOST_PROBLEMS = 200

# English and Danish headings, as people write them.
HEADINGS: Mapping[str, str] = {
    **{name: name for name in ("person", "unit", "from", "to", "duty", "id", "role", "date", "absent")},
    "medarbejder": "person",
    "enhed": "unit",
    "fra": "from",
    "til": "to",
    "vagttype": "duty",
    "rolle": "role",
    "dato": "date",
    "fravær": "absent",
}
NEEDED = ("person", "unit", "from", "to", "duty")
# What a spreadsheet would work out when the file is opened there: no roster needs it, and some harm whoever opens it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class CsvSettings:
    """What the file calls its columns, and what it leaves out because it is the same in every line."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """`{the field: the file's heading}`, for those that are not called what they usually are."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """`{the field: its value in every line}`."""

    def __post_init__(self) -> None:
        for one in (*self.columns, *self.fixed):
            if one not in HEADINGS.values():
                fields = ", ".join(dict.fromkeys(HEADINGS.values()))
                raise ValueError(f'"{one}" is no field of a shift; there are {fields}')


def read(content: bytes, name: str, settings: CsvSettings | None = None) -> RosterTold:
    """The file's lines as rows; what cannot be read is named by line and column, with the mend."""
    text = text_of(content, name)
    refuse_too_many(text.count("\n"), name, "lines")
    return _Reading(name, settings or CsvSettings()).whole(text)


class _Reading:
    def __init__(self, name: str, settings: CsvSettings) -> None:
        self.name = name
        self.fixed = settings.fixed
        self.known = {**HEADINGS, **{heading.strip().lower(): one for one, heading in settings.columns.items()}}
        self.needed = [one for one in NEEDED if one not in settings.fixed]
        self.problems: list[str] = []

    def whole(self, text: str) -> RosterTold:
        heading = text.split("\n", maxsplit=1)[0]
        delimiter = max(",;\t", key=heading.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows: list[RosterRow] = []
        columns: dict[str, str] = {}
        try:
            columns = self._columns(next(reader, []))
            while columns and (cells := next(reader, None)) is not None and len(self.problems) < MOST_PROBLEMS:
                rows += self._row(reader.line_num, cells, columns)
        except csv.Error as error:
            self._add(reader.line_num, f"cannot be read ({error}); look for a quote that is not closed")
        return RosterTold(rows, self.problems, columns)

    def _columns(self, headings: list[str]) -> dict[str, str]:
        """What each column holds, with its own heading; nothing if the first line cannot be used."""
        columns: dict[str, str] = {}
        if not any(heading.strip().lower() in self.known for heading in headings):
            self._add(1, f"the first line must name the columns: {', '.join(self.needed)}")
            return {}
        for heading in (written.strip()[:LONGEST_CELL] for written in headings):
            column = self.known.get(heading.lower(), "")
            if not column:
                self._add(1, f'there is no column "{heading}"; {closest(heading.lower(), self.known)} Or take it out')
            elif column in columns:
                self._add(1, f'"{heading}" and "{columns[column]}" are the same column; take one out')
            columns[column] = heading
        if missing := [column for column in self.needed if column not in columns]:
            listed = ", ".join(self.needed)
            self._add(1, f"the first line must name the columns: {', '.join(missing)} missing of {listed}")
        return {} if self.problems else columns

    def _row(self, number: int, written: list[str], columns: Mapping[str, str]) -> Iterator[RosterRow]:
        cells = [cell.strip() for cell in written]
        if not any(cells):
            return
        if len(cells) != len(columns):
            self._add(number, f"has {len(cells)} cells and the first line has {len(columns)}; make them as many")
            return
        before = len(self.problems)
        said = {**self.fixed, **dict(zip(columns, cells, strict=True))}
        for column, heading in columns.items():
            cell = said[column]
            if len(cell) > LONGEST_CELL:
                self._wrong(number, heading, f"has more than {LONGEST_CELL} characters; look at the line's quotes")
            elif cell.startswith(FORMULA):
                self._wrong(number, heading, f"begins with {cell[0]!r}, as a formula does; write the value itself")
        away = bool(said.get("absent"))
        for column in self.needed:
            if not said[column] and not (away and column in ("unit", "duty")):
                self._wrong(number, columns[column], "is empty; fill it in")
        if len(self.problems) == before:
            yield self._said(number, said)

    def _said(self, number: int, said: Mapping[str, str]) -> RosterRow:
        date = said.get("date", "")
        return RosterRow(
            place=f"{self.name}:{number}",
            person=said["person"],
            unit=said["unit"],
            starts=f"{date} {said['from']}".strip(),
            ends=f"{date} {said['to']}".strip(),
            duty=said["duty"],
            role=said.get("role", ""),
            id=said.get("id") or None,
            absent=said.get("absent", ""),
            by_the_clock=bool(date),
        )

    def _wrong(self, line: int, heading: str, text: str) -> None:
        self._add(line, f"{heading}: {text}")

    def _add(self, line: int, text: str) -> None:
        self.problems.append(f"{self.name}:{line}: {text}")


def closest(word: str, known: Collection[str]) -> str:
    """Ends a sentence about an unknown word: the one that was probably meant, or that there is none."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else "mend the spelling."
