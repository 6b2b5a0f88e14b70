"""`hub rest …`: what the roster breaks of the rest rules, and what is accepted of that."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import click

from hub.cli.opening import existing, institution, opened, refuse_unknown
from hub.cli.ownfiles import lay_over
from hub.clock import SystemClock
from hub.errors import Invalid, NotFound
from hub.people import store
from hub.people.access import Principal
from hub.people.files import read_text
from hub.roster import reststore
from hub.roster.restfile import rest_book
from hub.roster.resting import AHEAD, LONGEST_WHY, Resting, accept, resting, spoken
from hub.settings import Settings
from hub.storage.database import Database
from hub.web.render import LANGUAGES, catalogue

MOST_SAID = 20

_INSTITUTION = click.option("--institution", "wanted", help="Not needed when this hub has only one.")
_DAYS = click.option(
    "--days", type=click.IntRange(1, 366), default=AHEAD.days, show_default=True, help="How far ahead."
)


@click.group()
def rest() -> None:
    """What the roster breaks of the rest rules, and what is accepted of that."""


@rest.command()
@_DAYS
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True)
@_INSTITUTION
def breaches(days: int, language: str, wanted: str | None) -> None:
    """List where the coming roster leaves too little rest, each with its rule, its hours and its agreement."""
    for line in asyncio.run(_breaches(timedelta(days=days), language, wanted, existing())):
        click.echo(line)


@rest.command("accept")
@click.argument("which")
@click.option("--why", required=True, help="In a few words, for whoever looks at it afterwards.")
@click.option("--by", "who", required=True, help="Who accepts it: the id of somebody who leads the person's unit.")
@_DAYS
@_INSTITUTION
def accept_one(which: str, why: str, who: str, days: int, wanted: str | None) -> None:
    """Accept a breach, named by the word that stands first in its line; the reason is kept."""
    click.echo(asyncio.run(_accept(which, why, who, timedelta(days=days), wanted, existing())))


@rest.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_INSTITUTION
def rules(file: Path, wanted: str | None) -> None:
    """Lay an institution's own agreements over those that come with the hub; rest_rules/README.md says how."""
    click.echo(asyncio.run(_rules(file, wanted, existing())))


def said_of(found: Resting | None, language: str = "en") -> Sequence[str]:
    """What an import breaks of the rest rules, for its preview and its result; nothing where nothing is broken."""
    if found is None or not found.unaccepted:
        return []
    say = catalogue(language)
    lines = [f"  ! {spoken(one, found.site, found.book, say)}" for one in found.unaccepted[:MOST_SAID]]
    more = len(found.unaccepted) - len(lines)
    first = f"Breaches of the rest rules, for which nothing was refused: {len(found.unaccepted)}"
    return [first, *lines, *([f"  … and {more} more; see hub rest breaches"] if more else [])]


async def _breaches(ahead: timedelta, language: str, wanted: str | None, settings: Settings) -> Sequence[str]:
    async with opened(settings) as database:
        found = await _found(database, await institution(database, wanted), ahead)
    say = catalogue(language)
    lines = []
    for one in found.breaches:
        kept = found.accepted.get(one.id)
        lines.append(f"{one.id}  {spoken(one, found.site, found.book, say)}")
        if kept is not None:
            lines.append("    " + say("Accepted by {who}: {why}", who=kept.made_by, why=kept.why))
    return lines or [say("The roster of the coming {n} days keeps all rest rules.", n=ahead.days)]


async def _found(database: Database, key: str, ahead: timedelta) -> Resting:
    now = SystemClock().now()
    return await resting(database, key, now, now + ahead)


async def _accept(which: str, why: str, who: str, ahead: timedelta, wanted: str | None, settings: Settings) -> str:
    if not why.strip() or len(why) > LONGEST_WHY:
        raise Invalid(f"--why: write the reason, in at most {LONGEST_WHY} characters.")
    async with opened(settings) as database:
        key = await institution(database, wanted)
        found = await _found(database, key, ahead)
        refuse_unknown("--by", who, found.site.people)
        breach = next((one for one in found.breaches if one.id == which), None)
        if breach is None:
            raise NotFound(f'No breach is called "{which}": take the first word of a line of hub rest breaches.')
        person = found.site.people[who]
        by = Principal(key, who, person.role, person.units)
        now = SystemClock().now()
        action = partial(accept, site=found.site, by=by, breach=breach, why=why.strip(), now=now)
        await database.write(action, of=key)
    return f"Accepted: {spoken(breach, found.site, found.book, catalogue('en'))}"


async def _rules(file: Path, wanted: str | None, settings: Settings) -> str:
    text = read_text(file)
    book = rest_book(text, str(file))
    async with opened(settings) as database:
        key = await institution(database, wanted)
        async with database.read() as tx:
            site = await store.site(tx, key)
        for person in book.people:
            refuse_unknown("people", person, site.people)
        await lay_over(database, key, reststore.OWN_RULES, text)
    return f"{site.institution.name}: {book.agreements[book.default].name}, and {len(book.people)} people by their own."
