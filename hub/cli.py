"""The commands. Each imports what it needs by itself, so that `hub --help` answers at once."""

# ruff: noqa: PLC0415 – for the reason above

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hub import __version__
from hub.errors import FileProblem, HubError, Invalid, NotFound
from hub.settings import Settings

if TYPE_CHECKING:
    from hub.escalation.simulate import Row
    from hub.people.setup import SiteFile
    from hub.people.site import Site
    from hub.roster.actions import SiteAndRoster
    from hub.storage.database import Database

T = TypeVar("T")

SHIPPED_RULES = Path(__file__).resolve().parents[1] / "escalation_rules"

LONGEST_SIMULATION = timedelta(days=14)

_FILE = click.Path(path_type=Path, dir_okay=False)


class Commands(click.Group):
    """Says an expected refusal in its own words and ends with 1; anything unexpected keeps its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FileProblem as refusal:
            for problem in refusal.problems:
                click.echo(problem, err=True)
        except HubError as refusal:
            click.echo(str(refusal), err=True)
        ctx.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hub")
def main() -> None:
    """A staff duress-alarm hub: one press, everyone on duty knows, and the record stands.

    How it runs is set by environment variables: HUB_DATA (a folder, ./data), HUB_HOST, HUB_PORT, HUB_PUBLIC_URL,
    HUB_DATABASE_URL, HUB_REDIS_URL, HUB_LOG_FORMAT.
    """


@main.command()
@click.argument("file", type=_FILE)
@click.option(
    "--tokens", type=_FILE, default=Path("tokens.json"), show_default=True, help="Where new devices' tokens go."
)
def setup(file: Path, tokens: Path) -> None:
    """Create or update an institution from its site.toml. Safe to run again."""
    from hub.clock import SystemClock
    from hub.people.files import TokenFile, read_text
    from hub.people.setup import parse
    from hub.roster.actions import setup_site

    site_file = parse(read_text(file), str(file))
    rules_text, remarks = _rules(site_file, file)
    token_file = TokenFile.ready(tokens)

    async def run() -> "SiteAndRoster":
        async with _database() as database:
            return await setup_site(database, site_file, rules_text, SystemClock())

    done = _run(run())
    if done.tokens or not tokens.exists():
        token_file.write(done.tokens, {device.id for device in site_file.devices})
    _summary(site_file, done)
    if done.tokens:
        click.echo(
            f"  tokens of {len(done.tokens)} new devices are in {tokens}, which only you can read: move them to the devices."
        )
    for remark in (*site_file.remarks, *remarks):
        click.echo(f"Look at this: {remark}")


def _summary(site_file: "SiteFile", done: "SiteAndRoster") -> None:
    institution = site_file.institution
    click.echo(f"{institution.name} ({institution.id}) is {'set up' if done.site.created else 'up to date'}.")
    plural = {"person": "people"}
    for name, changes in done.site.changes.items():
        ended = "revoked" if name == "device" else "retired"
        parts = [f"{len(changes.added)} new"] if changes.added else []
        parts += [f"{len(changes.changed)} changed"] if changes.changed else []
        parts += (
            [f"{len(changes.ended)} {ended}, no longer in the file: {', '.join(changes.ended)}"]
            if changes.ended
            else []
        )
        if parts:
            click.echo(f"  {plural.get(name, name + 's')}: {'; '.join(parts)}")
    if done.roster.added or done.roster.changed or done.roster.removed:
        click.echo(f"  shifts: {done.roster.added} new; {done.roster.changed} changed; {done.roster.removed} removed")


@main.group()
def roster() -> None:
    """Who is on duty."""


@roster.command("import")
@click.argument("file", type=_FILE)
@click.option("--institution", help="Whose roster it is; not needed when this hub has only one institution.")
def import_roster(file: Path, institution: str | None) -> None:
    """Read shifts from a CSV file: person,unit,from,to,duty and, if you like, id,role.

    Safe to run again: shifts that have left the file are removed, on the days and in the units that it speaks of.
    """
    from hub.clock import SystemClock
    from hub.people import store
    from hub.people.files import read_text
    from hub.roster import csvfile
    from hub.roster.actions import import_shifts

    if file.suffix.lower() != ".csv":
        raise FileProblem(
            str(file),
            [f"{file}: only .csv is taken; export the roster as CSV with the columns {', '.join(csvfile.NEEDED)}"],
        )
    text = read_text(file)

    async def run() -> None:
        async with _database(must_exist=True) as database:
            key = await _institution(database, institution)
            async with database.read() as tx:
                site = await store.site(tx, key)
            shifts = csvfile.parse(text, str(file), site)
            done = await import_shifts(database, key, csvfile.SOURCE, shifts, SystemClock())
        click.echo(
            f"{site.institution.name}: {len(shifts)} shifts read; {done.added} new, {done.changed} changed, "
            f"{done.removed} removed, {done.unchanged} as they were."
        )

    _run(run())


@main.command()
def serve() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    from hub.app import serve as serve_until_told

    serve_until_told(_settings())


@main.command("verify-journal")
@click.option("--institution", help="Only this one.")
def verify_journal(institution: str | None) -> None:
    """Follow every journal from its first row, and name the first that was altered, removed or reordered."""
    from hub.people import store
    from hub.storage import journal

    async def run() -> bool:
        async with _database(must_exist=True) as database, database.read() as tx:
            known = sorted({*await store.institutions(tx), *await journal.institutions(tx)})
            if institution is not None and institution not in known:
                raise _no_such(institution, known)
            verdicts = [await journal.verify(tx, key) for key in known if institution in {None, key}]
        for verdict in verdicts:
            click.echo(f"{verdict.institution}: {verdict.fault or f'{verdict.rows} rows, whole'}")
        return all(verdict.whole for verdict in verdicts)

    if not _run(run()):
        raise click.exceptions.Exit(1)


@main.command("check-rules")
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--site", "institution", help="Check against this institution; without files, the rules it uses.")
def check_rules(files: tuple[Path, ...], institution: str | None) -> None:
    """Check rule files; without any, those that come with the hub."""
    from hub.escalation.rules import load, problems_with
    from hub.people.files import read_text

    site = _run(_site(institution)) if institution is not None else None
    texts = {str(file): read_text(file) for file in files}
    if not texts and site is not None:
        texts = {f"the rules of {site.institution.id}": site.rules}
    problems: list[str] = []
    for name, text in (texts or {str(file): read_text(file) for file in sorted(SHIPPED_RULES.glob("*.toml"))}).items():
        try:
            book = load(text, name)
        except FileProblem as refusal:
            problems += refusal.problems
            continue
        faults = problems_with(book, site.people, site.contacts) if site is not None else []
        problems += [f"{name}: {fault}" for fault in faults]
        click.echo(f"{name}: {book.name}: {', '.join(book.kinds)}{'' if faults else '; nothing wrong'}")
    if problems:
        raise FileProblem("rules", problems)


@main.command()
@click.option("--at", "at", help="A time, local to the institution, like 2026-11-22T02:30; now, if left out.")
@click.option("--unit", required=True, help="Where the alarm is.")
@click.option("--kind", default="alarm", show_default=True)
@click.option("--by", "raiser", help="The person who raises it, and so is never told.")
@click.option("--drill", is_flag=True, help="As practice.")
@click.option("--institution", help="Not needed when this hub has only one.")
def simulate(at: str | None, unit: str, kind: str, raiser: str | None, drill: bool, institution: str | None) -> None:
    """Show who would be told when, by what, and where nobody would be."""
    from zoneinfo import ZoneInfo

    from hub.alarms.setting import Setting
    from hub.clock import SystemClock
    from hub.escalation.simulate import simulate as play
    from hub.people import store
    from hub.people.localtime import read_moment
    from hub.roster.shift import Duty, on_duty
    from hub.roster.store import shifts as read_shifts

    async def run() -> None:
        async with _database(must_exist=True) as database:
            key = await _institution(database, institution)
            async with database.read() as tx:
                site = await store.site(tx, key)
                zone = ZoneInfo(site.institution.timezone)
                try:
                    pressed = read_moment(at, zone) if at else SystemClock().now()
                except ValueError as error:
                    raise Invalid(f"--at: {error}") from None
                shifts = await read_shifts(tx, key, pressed, pressed + LONGEST_SIMULATION)
        _refuse_unknown("--unit", unit, site.units)
        _refuse_unknown("--by", raiser, site.people)
        setting = Setting.of(site)
        _refuse_unknown("--kind", kind, setting.book.kinds)
        rows = play(
            setting.book,
            kind,
            lambda after: setting.scene(
                unit, Duty(on_duty(shifts, pressed + timedelta(seconds=after))), raiser or "", drill
            ),
        )
        what = f"{setting.book.kind(kind).name}{' (drill)' if drill else ''}"
        _draw(f"{what} in {site.units[unit].name}, {pressed.astimezone(zone):%Y-%m-%d %H:%M}", rows, site)

    _run(run())


def _draw(title: str, rows: "tuple[Row, ...]", site: "Site") -> None:
    from rich.console import Console
    from rich.table import Table

    from hub.escalation.simulate import Outcome, table

    names = {one.id: one.name for one in (*site.people.values(), *site.contacts.values())}
    heading, *lines = table(rows, names)
    drawn = Table(*heading, title=title, title_justify="left")
    for row, texts in zip(rows, lines, strict=True):
        drawn.add_row(*texts, style="" if row.outcome == Outcome.TOLD else "bold red")
    console = Console(markup=False, highlight=False)
    console.print(drawn)
    empty = [row for row in rows if row.outcome != Outcome.TOLD]
    for row in empty:
        where = "the last resort" if row.last_resort else f"step {row.step + 1}"
        console.print(f"After {row.after} s, {where} finds nobody by {', '.join(row.asked)}.")
    if not empty:
        console.print("Every step finds somebody.")


def _refuse_unknown(option: str, value: str | None, known: Collection[str]) -> None:
    if value is not None and value not in known:
        raise Invalid(f'{option}: "{value}" is not known here; it has {", ".join(known) or "none"}.')


@main.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def demo(words: tuple[str, ...]) -> None:
    """Try it with a made-up institution; --once tells the story in the terminal."""
    import runpy

    sys.argv = ["hub demo", *words]
    runpy.run_module("clients.demo", run_name="__main__", alter_sys=True)


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def _settings() -> Settings:
    return Settings.from_environment(os.environ)


@asynccontextmanager
async def _database(*, must_exist: bool = False) -> "AsyncIterator[Database]":
    from hub.storage.database import Database

    url = _settings().database_url
    file = url.partition("///")[2]
    if must_exist and url.startswith("sqlite") and not Path(file).exists():
        raise NotFound(f'There is no database at {file}: run "hub setup site.toml" first, or mend HUB_DATA.')
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()


async def _institution(database: "Database", wanted: str | None) -> str:
    """The institution that is meant: the one named, or the only one there is."""
    from hub.people import store

    async with database.read() as tx:
        known = await store.institutions(tx)
    if wanted is not None and wanted not in known:
        raise _no_such(wanted, known)
    if wanted is None and len(known) != 1:
        raise Invalid(f"Say which with --institution: this hub has {', '.join(known) or 'none yet'}.")
    return wanted or known[0]


def _no_such(wanted: str, known: list[str]) -> NotFound:
    return NotFound(f'There is no institution "{wanted}" in this hub; it has {", ".join(known) or "none yet"}.')


async def _site(institution: str) -> "Site":
    from hub.people import store

    async with _database(must_exist=True) as database:
        key = await _institution(database, institution)
        async with database.read() as tx:
            return await store.site(tx, key)


def _roles(site: "Site") -> set[str]:
    return {person.role.value for person in site.people.values()}


def _rules(site_file: "SiteFile", file: Path) -> tuple[str, list[str]]:
    """The text of the rules that a site file names, once they have been found to fit it, and what to look at in them."""
    from hub.escalation.rules import load, problems_with
    from hub.people.files import read_text
    from hub.people.tomlfile import closest

    by_path = "/" in site_file.rules or site_file.rules.endswith(".toml")
    rules = file.parent / site_file.rules if by_path else SHIPPED_RULES / f"{site_file.rules}.toml"
    if not rules.is_file():
        shipped = [known.stem for known in sorted(SHIPPED_RULES.glob("*.toml"))]
        mend = (
            "look at the path, which starts from this file's folder" if by_path else closest(site_file.rules, shipped)
        )
        where = f"{file}:{site_file.rules_line}: institution, rules"
        raise FileProblem(str(file), [f'{where}: there are no rules "{site_file.rules}"; {mend}'])
    text = read_text(rules)
    book = load(text, str(rules))
    people, contacts = {one.id for one in site_file.people}, {one.id for one in site_file.contacts}
    missing = problems_with(book, people, contacts)
    if missing:
        raise FileProblem(str(rules), [f"{rules}: {problem}" for problem in missing])
    roles = {person.role.value for person in site_file.people}
    return text, [f"{rules}: {problem}" for problem in problems_with(book, people, contacts, roles)]
