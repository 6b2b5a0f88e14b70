"""`hub new-institution`: a link for whoever sets up an institution in a browser."""

import asyncio

import click

from hub.cli.opening import opened, settings
from hub.clock import SystemClock
from hub.people.enrolment import Codes, new_institution_words
from hub.people.enrolments import Enrolments
from hub.settings import Settings
from hub.storage.vault import open_vault


@click.command()
def new_institution() -> None:
    """Give a link with which somebody sets up an institution in a browser."""
    found = settings()
    url = found.public_url or f"http://{found.host}:{found.port}"
    click.echo(new_institution_words(url, asyncio.run(_code(found))))


async def _code(found: Settings) -> str:
    async with opened(found) as database:
        codes = Codes(open_vault(found.data).derived("enrolment"))
        return await Enrolments(database, SystemClock(), codes).for_institution()
