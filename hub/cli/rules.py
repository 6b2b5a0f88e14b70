"""`hub check-rules` and `hub simulate`: what rules say before anyone needs them."""

import asyncio
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from hub.alarms.rulebooks import LONGEST_SIMULATION, SHIPPED, played
from hub.alarms.setting import Setting
from hub.cli.opening import existing, institution, opened, refuse_unknown
from hub.clock import SystemClock
from hub.errors import FileProblem, Invalid
from hub.escalation.rules import load, problems_with
from hub.escalation.simulate import Outcome, Row, table
from hub.people import store
from hub.people.files import read_text
from hub.people.localtime import read_moment
from hub.people.setup import SiteFile
from hub.people.site import Site
from hub.people.tomlfile import closest
from hub.roster.shift import Shift
from hub.roster.store import shifts as read_shifts
from hub.settings import Settings


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--site", "wanted", help="An institution: its own rules, or how the files would fit it.")
def check_rules(files: tuple[Path, ...], wanted: str | None) -> None:
    """Check rule files; without any, those that come with the hub."""
    site = asyncio.run(_site(wanted, existing())) if wanted is not None else None
    if site is not None and not files:
        texts = {f"the rules of {site.institution.id}": site.rules}
    else:
        texts = {_shown(file): read_text(file) for file in files or sorted(SHIPPED.glob("*.toml"))}
    problems: list[str] = []
    for name, text in texts.items():
        try:
            book = load(text, name)
        except FileProblem as refusal:
            problems += refusal.problems
            continue
        faults = problems_with(book, site.people, site.contacts) if site is not None else []
        problems += [f"{name}: {fault}" for fault in faults]
        if not faults:
            click.echo(f"{name}: {book.name}: {', '.join(book.kinds)}; nothing wrong")
    if problems:
        raise FileProblem("rules", problems)


async def _site(wanted: str | None, settings: Settings) -> Site:
    async with opened(settings) as database:
        key = await institution(database, wanted)
        async with database.read() as tx:
            return await store.site(tx, key)


def rules_of(site_file: SiteFile, file: Path) -> tuple[str, list[str]]:
    """The text of the rules that a site file names, found to fit it, and what in them may not be meant."""
    by_path = "/" in site_file.rules or site_file.rules.endswith(".toml")
    rules = file.parent / site_file.rules if by_path else SHIPPED / f"{site_file.rules}.toml"
    if not rules.is_file():
        shipped = [known.stem for known in sorted(SHIPPED.glob("*.toml"))]
        mend = f"{rules} is not there; mend the path" if by_path else closest(site_file.rules, shipped)
        where = f"{file}:{site_file.rules_line}: institution, rules"
        raise FileProblem(str(file), [f'{where}: there are no rules "{site_file.rules}"; {mend}'])
    text = read_text(rules)
    name = _shown(rules)
    book = load(text, name)
    people, contacts = {one.id for one in site_file.people}, {one.id for one in site_file.contacts}
    missing = problems_with(book, people, contacts)
    if missing:
        raise FileProblem(name, [f"{name}: {problem}" for problem in missing])
    roles = {person.role.value for person in site_file.people}
    return text, [f"{name}: {problem}" for problem in problems_with(book, people, contacts, roles)]


def _shown(rules: Path) -> str:
    return f"{SHIPPED.name}/{rules.name}" if rules.parent == SHIPPED else str(rules)


@click.command()
@click.option("--at", help="When it is pressed, local to the institution, like 2026-11-22T02:30; now, if left out.")
@click.option("--unit", required=True, help="Where the alarm is.")
@click.option("--kind", default="alarm", show_default=True)
@click.option("--by", "raiser", help="The person who raises it, and so is never told.")
@click.option("--drill", is_flag=True, help="As practice.")
@click.option("--institution", "wanted", help="Not needed when this hub has only one.")
def simulate(at: str | None, unit: str, kind: str, raiser: str | None, drill: bool, wanted: str | None) -> None:
    """Show who would be told when, by what, and where nobody would be."""
    site, pressed, shifts = asyncio.run(scene_at(at, wanted, existing()))
    refuse_unknown("--unit", unit, site.units)
    refuse_unknown("--kind", kind, Setting.of(site).book.kinds)
    refuse_unknown("--by", raiser, site.people)
    rows = played(Setting.of(site), shifts, pressed, unit, kind, raiser or "", drill)
    local = pressed.astimezone(ZoneInfo(site.institution.timezone))
    title = f"{kind}{' (drill)' if drill else ''} in {site.units[unit].name}, {local:%Y-%m-%d %H:%M}"
    _draw(title, rows, site)


async def scene_at(at: str | None, wanted: str | None, settings: Settings) -> tuple[Site, datetime, list[Shift]]:
    """The institution, the moment that is meant, and all shifts that a simulation from then on may meet."""
    async with opened(settings) as database:
        key = await institution(database, wanted)
        async with database.read() as tx:
            site = await store.site(tx, key)
            try:
                moment = read_moment(at, ZoneInfo(site.institution.timezone)) if at else SystemClock().now()
            except ValueError as error:
                raise Invalid(f"--at: {error}") from None
            return site, moment, await read_shifts(tx, key, moment, moment + LONGEST_SIMULATION)


def _draw(title: str, rows: tuple[Row, ...], site: Site) -> None:
    names = {key: one.name for key, one in site.people.items()} | {key: one.name for key, one in site.contacts.items()}
    heading, *lines = table(rows, names)
    drawn = Table(title=title, title_justify="left")
    for words in heading:
        drawn.add_column(words, overflow="fold")
    for row, texts in zip(rows, lines, strict=True):
        style = "" if row.outcome == Outcome.TOLD else "bold red"
        drawn.add_row(*(text.replace(", ", "\n") for text in texts), style=style)
    console = Console(markup=False, highlight=False)
    console.print(drawn)
    empty = [row for row in rows if row.outcome != Outcome.TOLD]
    for row in empty:
        where = "the last resort" if row.last_resort else f"step {row.step + 1}"
        instead = "; others are told instead" if row.outcome == Outcome.FALLBACK else ""
        console.print(f"After {row.after} s, {where} finds nobody by {', '.join(row.asked)}{instead}.")
    if not empty:
        console.print("Every step finds somebody.")
