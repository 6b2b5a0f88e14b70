"""`hub retention`: what goes when, what is held and what waits for the archive, and the rules that say so."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import click

from hub.cases.ending import CaseRetention, Due, Stay
from hub.cli.opening import existing, opened, refuse_unknown
from hub.cli.ownfiles import FILE, WANTED, lay_over_all
from hub.clock import SystemClock
from hub.incidents import retentionstore, talks
from hub.incidents.retaining import Reckoned, Retention, old_enough, rules_of
from hub.incidents.retention import Stage, Term
from hub.incidents.retentionfile import retention_book
from hub.incidents.sealing import Seals
from hub.messaging.frames import subject
from hub.people import store
from hub.settings import Settings
from hub.storage.database import Database
from hub.storage.vault import open_vault

_SAYS = {
    Stage.KEPT: "kept until then",
    Stage.HELD: "held",
    Stage.ARCHIVE: "waits until somebody confirms on /incidents/retention that the archive has it",
    Stage.DUE: "would be deleted now",
}
_CASE_SAYS = {
    Stay.KEPT: "kept until then",
    Stay.HELD: "held",
    Stay.NEEDED: "stays as long as what is written on it",
    Stay.ARCHIVE: "waits until somebody says on its page that the archive has it",
    Stay.DUE: "would be deleted now",
}


@click.group(invoke_without_command=True)
@click.option("--days", default=90, show_default=True, help="So many days ahead.")
@click.option("--institution", "wanted", help="Only this one.")
@click.pass_context
def retention(ctx: click.Context, days: int, wanted: str | None) -> None:
    """List what is deleted when, and what is held; nothing is deleted by this."""
    if ctx.invoked_subcommand is None:
        for line in asyncio.run(_ahead(existing(), wanted, timedelta(days=days))):
            click.echo(line)


@retention.command()
@FILE
@WANTED
def rules(file: Path, wanted: str | None) -> None:
    """Lay a municipality's own rules over those of the hub, in all its institutions."""
    own = retentionstore.OWN_RULES
    lay_over_all(file, wanted, own, retention_book, lambda book: f"{len(book.records)} sorts of records")


@retention.command()
def erase() -> None:
    """Delete what is due now, as the hub does by itself every six hours."""
    count, swept = asyncio.run(_erase(existing()))
    click.echo(f"{count} deleted.")
    if not swept:
        click.echo("Somebody reads the database: what was deleted leaves its files when this is run again.")


async def _ahead(found: Settings, wanted: str | None, ahead: timedelta) -> list[str]:
    now, seals = SystemClock().now(), Seals(open_vault(found.data))
    lines = []
    async with opened(found) as database:
        for of in await _known(database, wanted):
            async with database.read() as tx:
                rules = await rules_of(tx, of)
            records = [one async for one in old_enough(database, seals, of, now + ahead)]
            said = [line for one in records for line in _said(one, now, now + ahead)]
            said += [
                _line(f"{subject(one.conversation.id)} {one.due.paper}", one.due.at, one.due.term, one.due.stage(now))
                async for one in talks.old_enough(database, of, now + ahead, rules)
                if not one.matter.holds
            ]
            async with database.read() as tx:
                held = {one.incident: one for one in await retentionstore.holds(tx, of)}
            said += [f"  {one.incident}: held since {one.at:%Y-%m-%d}, {one.ground}" for one in held.values()]
            cases = CaseRetention(database, SystemClock(), seals)
            said += [_case_said(one) async for one in cases.ahead(of, now + ahead)]
            lines += [f"{of}:", *(said or ["  nothing"])]
    return lines


def _said(one: Reckoned, now: datetime, until: datetime) -> Iterator[str]:
    for due in one.written:
        if due.at <= until and due.stage(now) is not Stage.HELD:
            what = due.paper if due.written else "notes of the alarm"
            yield _line(f"{one.incident.id} {what}", due.at, due.term, due.stage(now))


def _line(what: str, at: datetime, term: Term, stage: Stage) -> str:
    numbers = ", ".join(f"{record.number or record.id} of {period.edition}" for record, period in term.grounds)
    return f"  {what}: {at:%Y-%m-%d} ({term.keep}, {numbers}), {_SAYS[stage]}"


def _case_said(one: Due) -> str:
    period = one.ending.period
    why = f"({period.keep}, {one.case.kle[0]} of {period.edition})"
    return f"  case {one.case.number}: {one.ending.ends} {why}, {_CASE_SAYS[one.stay]}"


async def _known(database: Database, wanted: str | None) -> list[str]:
    async with database.read() as tx:
        known = await store.institutions(tx)
    refuse_unknown("--institution", wanted, known)
    return [of for of in known if wanted in {None, of}]


async def _erase(found: Settings) -> tuple[int, bool]:
    async with opened(found) as database:
        seals = Seals(open_vault(found.data))
        count = await Retention(database, SystemClock(), seals).look()
        count += await CaseRetention(database, SystemClock(), seals).look()
        return count, await database.sweep()
