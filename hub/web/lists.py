"""A list on a page: searched, sorted as Danes sort, and taken along as a file that does a spreadsheet no harm."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams
from starlette.responses import Response

from hub.people.localtime import midnight, read_day

_DANISH = str.maketrans({"æ": "z1", "ø": "z2", "å": "z3", "ä": "z1", "ö": "z2"})
_DIGITS = re.compile(r"(\d+)")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what it says, where it leads, and what a template may want to know of it."""

    cells: tuple[str, ...]
    href: str | None = None
    more: Any = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows that were asked for, in the order that was asked for."""

    path: str
    heads: tuple[str, ...]
    lines: Sequence[Line]
    whole: int
    asked: str = ""
    column: int = 0
    down: bool = False
    kept: dict[str, str] = field(default_factory=dict)

    def address(self, column: int) -> str:
        """The same list by this column; by the one that it is sorted by already, the other way round."""
        down = column == self.column and not self.down
        words = {"q": self.asked, "sort": str(column), "down": "1" if down else ""}
        return f"{self.path}?{urlencode({name: word for name, word in words.items() if word})}"

    @property
    def file(self) -> str:
        """Where the same rows can be taken along."""
        words = {"q": self.asked, "sort": str(self.column), "down": "1" if self.down else ""}
        return f"{self.path}.csv?{urlencode({name: word for name, word in words.items() if word})}"

    def order(self, column: int) -> str:
        """What a screen reader says of the column."""
        return ("descending" if self.down else "ascending") if column == self.column else "none"


def listing(
    path: str, asked: QueryParams, heads: Sequence[str], lines: Sequence[Line], *, newest_first: bool = False
) -> Listing:
    """The lines that hold every word that was searched for, sorted by the column that was chosen."""
    words = asked.get("q", "").strip()[:200]
    chosen = asked.get("sort", "0")
    column = min(int(chosen), len(heads) - 1) if chosen.isdecimal() and len(chosen) < 3 else 0
    down = asked.get("down") == "1" if "sort" in asked else newest_first
    found = [line for line in lines if all(word in _plain(line) for word in words.casefold().split())]
    found.sort(key=lambda line: danish(line.cells[column]), reverse=down)
    return Listing(path.removesuffix(".csv"), tuple(heads), found, len(lines), words, column, down)


def day(text: str, zone: ZoneInfo) -> datetime | None:
    """The beginning of the day that was written, if it is one."""
    try:
        return midnight(read_day(text), zone)
    except ValueError:
        return None


def place_after(last: tuple[datetime, str] | None) -> str:
    """Where a list goes on, as a form carries it; empty where it does not."""
    return f"{last[0].isoformat()}~{last[1]}" if last is not None else ""


def read_place(text: str) -> tuple[datetime, str] | None:
    """The same, read; None where it is none."""
    at, _, which = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, which) if moment.tzinfo is not None and which else None


def danish(text: str) -> list[tuple[int, int, str]]:
    """What a text is sorted by: æ, ø and å come last, and room 2 before room 10."""
    parts = _DIGITS.split(text.casefold().translate(_DANISH))
    return [(0, int(part[:18]), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def spreadsheet(rows: Listing, name: str) -> Response:
    """The rows as a file: what a person typed stays text there, whatever it begins with."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for cells in (rows.heads, *(line.cells for line in rows.lines)):
        writer.writerow([safe(cell) for cell in cells])
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return Response(b"\xef\xbb\xbf" + text.getvalue().encode(), media_type="text/csv; charset=utf-8", headers=headers)


def workbook(rows: Listing, name: str) -> Response:
    """The rows as a workbook: every cell is written as text, so that none can be a formula."""
    # Imported when somebody asks for one: a hub's start need not wait for it.
    import xlsxwriter  # noqa: PLC0415

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        for column, head in enumerate(rows.heads):
            sheet.write_string(0, column, head, bold)
        for row, line in enumerate(rows.lines, start=1):
            for column, cell in enumerate(line.cells):
                sheet.write_string(row, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "no-store"}
    return Response(file.getvalue(), media_type=XLSX, headers=headers)


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(line: Line) -> str:
    return " ".join(line.cells).casefold()
