"""`hub cases …`: what municipalities' case systems are told."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from hub.cases.comparing import Variant, compared
from hub.cases.example import AGO, example
from hub.cases.recording import Record
from hub.casesystems import verdicts
from hub.cli.opening import opened, settings
from hub.clock import SystemClock
from hub.kle import klestore
from hub.kle.kle import Kle, Plan
from hub.settings import Settings
from hub.web.render import LANGUAGES, catalogue

_HEADS = (
    "practice",
    "record",
    "becomes",
    "KLE",
    "also",
    "case",
    "about",
    "citizen",
    "steps",
    "status",
    "says",
    "waits",
)
_WAYS = ("sf2900", "sf1470")


@click.group()
def cases() -> None:
    """What municipalities' case systems are told."""


@cases.command("compare")
def compare() -> None:
    """Print what one made-up incident becomes under each case model and each choice, as a table for a reviewer.

    With the editions of KLE that this hub has; where it knows no UUID of something, a made-up one stands in.
    """
    found = settings()
    file = found.database_url.partition("///")[2]
    bare = found.database_url.startswith("sqlite") and not Path(file).exists()
    known = {plan: Kle() for plan in Plan} if bare else asyncio.run(_known(found))
    for line in table(known[Plan.SUBJECTS], known[Plan.FACETS], SystemClock().now()):
        click.echo(line)


async def _known(found: Settings) -> dict[Plan, Kle]:
    async with opened(found) as database, database.read() as tx:
        return {plan: await klestore.kle(tx, plan) for plan in Plan}


def table(kle: Kle, facets: Kle, now: datetime) -> Iterator[str]:
    """The rows of the table, in Markdown."""
    say = catalogue(LANGUAGES[0])
    facts = example(now - AGO, "29189999", "Solgården", ZoneInfo("Europe/Copenhagen"), say)
    yield _row((*_HEADS, *_WAYS))
    yield _row(["---"] * (len(_HEADS) + len(_WAYS)))
    for variant, records in compared(facts, kle, facets, say):
        if variant.practice is None:
            yield _row((variant.name, *["cannot be chosen"], *[""] * (len(_HEADS) + len(_WAYS) - 2)))
        for record in records:
            judged = verdicts(record.out, now)
            yield _row((*_cells(variant, record), *(judged[way] for way in _WAYS)))


def _cells(variant: Variant, record: Record) -> tuple[str, ...]:
    out = record.out
    return (
        variant.name,
        record.sort.value,
        out.form.value,
        out.kle.number,
        ", ".join(one.number for one in out.related),
        "named" if out.case is not None else "",
        out.party.name if out.party is not None else "",
        "left out" if out.hidden else "shown",
        " ".join(one.progress.value for one in out.steps),
        out.status,
        " / ".join(out.note.splitlines()[1:]),
        record.waits.value if record.waits is not None else "",
    )


def _row(cells: "tuple[str, ...] | list[str]") -> str:
    return f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |"
