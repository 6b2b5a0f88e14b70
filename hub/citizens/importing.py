"""A list of citizens read from a file: every fault named with its line, and nothing kept while there is one."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from uuid_utils import uuid7

from hub.citizens import store
from hub.citizens.citizen import LONGEST, LONGEST_NAME, Card, Citizen, subject
from hub.citizens.number import Number, read_number
from hub.citizens.sealing import Seal, Seals
from hub.errors import FileProblem
from hub.people.site import Place, Site
from hub.storage import journal
from hub.storage.database import Transaction

NEEDED = ("name", "number", "unit")
KNOWN = (*NEEDED, "place", *LONGEST)
BY = "import"


@dataclass(frozen=True, slots=True)
class Line:
    """One citizen as the file tells of them."""

    name: str = field(repr=False)
    number: Number
    unit: str
    place: str | None
    card: Card = field(repr=False)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the lines."""

    added: int
    changed: int
    unchanged: int


def read(text: str, site: Site, file: str) -> list[Line]:
    """The lines of a CSV file with a head, separated by commas or semicolons; FileProblem names every fault."""
    head, _, _ = text.partition("\n")
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";" if ";" in head else ",", strict=True)
    problems: list[str] = []
    try:
        columns = [name.strip().casefold() for name in rows.fieldnames or ()]
        rows.fieldnames = columns
        lacks, known = [name for name in NEEDED if name not in columns], ", ".join(KNOWN)
        problems += [f'column "{name}" is missing: write {", ".join(NEEDED)} on the first line' for name in lacks]
        problems += [f'column "{name}" is not known; known are {known}' for name in columns if name not in KNOWN]
        found = [] if problems else [_line(row, rows.line_num, site, problems) for row in rows]
    except csv.Error as error:
        raise FileProblem(file, [f"line {rows.line_num}: {error}: save it as CSV once more"]) from None
    lines = [line for line in found if line is not None]
    problems += _twice(lines)
    if problems:
        raise FileProblem(file, problems)
    return lines


def _line(row: dict[str, str], at: int, site: Site, problems: list[str]) -> Line | None:
    said = {name: (row.get(name) or "").strip() for name in KNOWN}
    faults: list[str] = []
    # What a name or a number says is not repeated: faults are shown, copied and mailed.
    if None in row:
        faults.append("there are more cells than columns: put quotes around a text with the separator in it")
    if not said["name"] or len(said["name"]) > LONGEST_NAME:
        faults.append(f"name: write one of at most {LONGEST_NAME} characters")
    number = read_number(said["number"])
    if number is None:
        faults.append("number: this is no CPR number or eCPR; write six digits that are a day, and four signs")
    unit = next((one.id for one in site.units.values() if said["unit"] in (one.id, one.name)), None)
    if unit is None:
        faults.append(f'unit: there is no "{said["unit"]}" here; there is {", ".join(site.units)}')
    rooms: Sequence[Place] = [one for one in site.places.values() if one.unit == unit]
    place = next((one.id for one in rooms if said["place"] in (one.id, one.name)), None)
    if said["place"] and place is None and unit is not None:
        faults.append(f'place: there is no "{said["place"]}" in {unit}; there is {", ".join(one.id for one in rooms)}')
    over = {name: len(said[name]) - most for name, most in LONGEST.items() if len(said[name]) > most}
    faults += [f"{name}: {n} characters too long, shorten it" for name, n in over.items()]
    problems += [f"line {at}: {fault}" for fault in faults]
    if faults or number is None or unit is None:
        return None
    return Line(said["name"], number, unit, place, Card(**{name: said[name] for name in LONGEST}))


def _twice(lines: Sequence[Line]) -> Iterator[str]:
    seen: set[Number] = set()
    for line in lines:
        if line.number in seen:
            yield f"number: one that is born on {line.number.masked[:6]} stands there twice; leave one out"
        seen.add(line.number)


async def keep(tx: Transaction, seals: Seals, of: str, lines: Sequence[Line], now: datetime) -> Imported:
    """Adds those who are new and changes those who are known by their number; whoever the file leaves out stays."""
    seal = await seals.to_write(tx, of)
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    for line in lines:
        which = await store.by_number(tx, seal, line.number)
        done = await (_add(tx, seal, line, now) if which is None else _change(tx, seal, which, line, now))
        counts[done] += 1
    await journal.append(tx, of, now, "citizens_imported", "citizens", None, counts)
    return Imported(**counts)


async def _add(tx: Transaction, seal: Seal, line: Line, now: datetime) -> str:
    new = Citizen(seal.institution, str(uuid7()), line.name, line.unit, BY, now, line.place, card=line.card)
    await store.add(tx, seal, new)
    await store.give(tx, seal, new.id, line.number, now)
    facts = {"unit": line.unit, "place": line.place, "number": line.number.sort.value}
    await journal.append(tx, seal.institution, now, "citizen_added", subject(new.id), None, facts)
    return "added"


async def _change(tx: Transaction, seal: Seal, which: str, line: Line, now: datetime) -> str:
    before = await store.find(tx, seal, which)
    if before is None:
        raise ValueError("a number is somebody's")
    told = {name: getattr(line.card, name) or getattr(before.card, name) for name in LONGEST}
    after = replace(before, name=line.name, unit=line.unit, place=line.place, card=Card(**told), moved_out_at=None)
    if after == before:
        return "unchanged"
    await store.change(tx, seal, before.version, replace(after, version=before.version + 1))
    facts = {"unit": line.unit, "place": line.place, "import": True}
    await journal.append(tx, seal.institution, now, "citizen_changed", subject(which), None, facts)
    return "changed"
