"""`hub cases compare`: what one incident becomes under each choice of a case practice, as tables for a reviewer."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from hub.cases.comparing import PLAIN, Variant, compared
from hub.cases.example import AGO, example
from hub.cases.recording import Record
from hub.casesystems import verdicts
from hub.cli.opening import opened, settings
from hub.clock import SystemClock
from hub.kle import klestore
from hub.kle.kle import Kle, Plan
from hub.settings import Settings
from hub.web.render import LANGUAGES, catalogue

INTERFACES = {"sf2900": "SF2900", "sf1470": "SF1470", "oio_rest": "OIO REST"}
TAKEN, NO_CASE = "ok", "–"


@dataclass(frozen=True, slots=True)
class Line:
    """A record that a choice makes of the incident."""

    choice: str
    sort: str
    cells: Mapping[str, str]


@click.command()
def compare() -> None:
    """Print what one made-up incident becomes under each case model and each choice, as tables for a reviewer.

    Each table says only what the choices of one key change; every record is held to the rules of SF2900, SF1470 and
    OIO REST. With the editions of KLE that this hub has; where it knows no UUID of something, a made-up one stands in.
    """
    found = settings()
    file = found.database_url.partition("///")[2]
    bare = found.database_url.startswith("sqlite") and not Path(file).exists()
    known = {plan: Kle() for plan in Plan} if bare else asyncio.run(_known(found))
    for line in tables(known[Plan.SUBJECTS], known[Plan.FACETS], SystemClock().now()):
        click.echo(line)


async def _known(found: Settings) -> dict[Plan, Kle]:
    async with opened(found) as database, database.read() as tx:
        return {plan: await klestore.kle(tx, plan) for plan in Plan}


def tables(kle: Kle, facets: Kle, now: datetime) -> Iterator[str]:
    """The tables, in Markdown."""
    say = catalogue(LANGUAGES[0])
    facts = example(now - AGO, "29189999", "Solgården", ZoneInfo("Europe/Copenhagen"), say)
    taken: Counter[tuple[str, str]] = Counter()
    for key, some in groupby(compared(facts, kle, facets, say), lambda one: one[0].key):
        lines = []
        for variant, records in some:
            lines += [_line(variant, record, now) for record in records]
            if not records:
                lines.append(Line(_choice(variant), "", {"becomes": "cannot be chosen with what else is plain"}))
            taken.update((way, verdicts(record.out, now)[way]) for record in records for way in INTERFACES)
        yield from (_whole(lines) if key == PLAIN else _differing(key, lines))
    yield from _checked(taken)


def _choice(variant: Variant) -> str:
    return ", ".join(one for one in (variant.choice, variant.situation[0]) if one)


def _line(variant: Variant, record: Record, now: datetime) -> Line:
    out, kept = record.out, record.retention
    faults = [f"{INTERFACES[way]}: {said}" for way, said in verdicts(out, now).items() if said not in {TAKEN, NO_CASE}]
    cells = {
        "goes": record.target.value,
        "becomes": out.form.value,
        "KLE": f"{out.kle.number} {out.facet.number}",
        "also about": ", ".join(one.number for one in out.related),
        "case": "named" if out.case is not None else "none",
        "about": out.party.name if out.party is not None else "nobody",
        "citizen's view": "left out" if out.hidden else "shown",
        "sensitivity": out.sensitivity.value,
        "title": out.title,
        "says": " / ".join(out.note.splitlines()[1:]) or "its number",
        "steps": " → ".join(f"{one.progress.value} {one.since:%Y-%m-%d}" for one in out.steps),
        "status": out.status,
        "kept": f"{kept.keep.value}, {kept.days} days, edition {kept.edition}" if kept is not None else "no edition",
        "waits": f"for the {record.waits.value}" if record.waits is not None else "no",
        "checks": "; ".join(faults) or TAKEN,
    }
    return Line(_choice(variant), record.sort.value, cells)


def _whole(lines: Sequence[Line]) -> Iterator[str]:
    yield from ("## The incident, and what the plain practice makes of it", "")
    yield from _table(["", *(line.sort for line in lines)])
    for head in lines[0].cells:
        yield _row([head, *(line.cells[head] for line in lines)])
    yield ""


def _differing(key: str, lines: Sequence[Line]) -> Iterator[str]:
    """A key's choices, with the columns in which they differ, and the records that any of them changes."""
    heads = list(dict.fromkeys(head for line in lines for head in line.cells))
    by_sort = {sort: [one for one in lines if one.sort == sort] for sort in dict.fromkeys(one.sort for one in lines)}
    many = max(len(some) for some in by_sort.values())
    told = {
        head for head in heads for some in by_sort.values() if len({one.cells.get(head, "") for one in some}) > 1
    } | ({"becomes", "also about"} if any(0 < len(some) < many for some in by_sort.values()) else set())
    same = [
        sort
        for sort, some in by_sort.items()
        if len(some) == many and all(len({one.cells.get(head, "") for one in some}) == 1 for head in told)
    ]
    shown = [head for head in heads if head in told]
    yield from (f"## {key}", "")
    if shown:
        yield from _table(["choice", "record", *shown])
        for line in lines:
            if line.sort not in same:
                yield _row([line.choice, line.sort, *(line.cells.get(head, "") for head in shown)])
        yield ""
    if same:
        yield from (f"The same for all: {', '.join(same)}.", "")


def _checked(taken: Counter[tuple[str, str]]) -> Iterator[str]:
    yield from ("## Checked", "")
    yield from _table(["interface", "records", "taken as they are", "no case, so never sent there", "refused"])
    for way, name in INTERFACES.items():
        of = {said: n for (one, said), n in taken.items() if one == way}
        refused = sum(n for said, n in of.items() if said not in {TAKEN, NO_CASE})
        yield _row([name, *(str(n) for n in (sum(of.values()), of.get(TAKEN, 0), of.get(NO_CASE, 0), refused))])


def _table(heads: Sequence[str]) -> Iterator[str]:
    yield _row(heads)
    yield _row(["---"] * len(heads))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |"
