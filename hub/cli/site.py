"""`hub setup`: an institution from its file."""

import asyncio
from pathlib import Path

import click

from hub.cli.opening import opened, settings
from hub.cli.rules import rules_of
from hub.clock import SystemClock
from hub.people.actions import Changes
from hub.people.files import TokenFile, read_text
from hub.people.setup import SiteFile, parse
from hub.roster.actions import SiteAndRoster, setup_site

_FILE = click.Path(path_type=Path, dir_okay=False)
_MANY = {"person": "people"}


@click.command()
@click.argument("file", type=_FILE)
@click.option("--tokens", type=_FILE, default="tokens.json", show_default=True, help="Where new devices' tokens go.")
@click.option("--replace", is_flag=True, help="Also what was changed on the pages since the file was last read.")
def setup(file: Path, tokens: Path, replace: bool) -> None:
    """Create or update an institution from its site.toml.

    Safe to run again: people and devices that have left the file are retired or revoked, and keep their history.
    """
    site_file = parse(read_text(file), str(file))
    rules, remarks = rules_of(site_file, file)
    token_file = TokenFile.ready(tokens)
    done = asyncio.run(_write(site_file, rules, replace))
    if done.tokens or not tokens.exists():
        token_file.write(done.tokens, {device.id for device in site_file.devices})
    _tell(site_file, done)
    if done.tokens:
        click.echo(f"  tokens: {len(done.tokens)} new, in {tokens}, which only you can read; take them to the devices")
    for remark in (*site_file.remarks, *remarks):
        click.echo(f"Look at this: {remark}")


async def _write(site_file: SiteFile, rules: str, replace: bool) -> SiteAndRoster:
    async with opened(settings()) as database:
        return await setup_site(database, site_file, rules, SystemClock(), replace=replace)


def _tell(site_file: SiteFile, done: SiteAndRoster) -> None:
    institution = site_file.institution
    click.echo(f"{institution.name} ({institution.id}) is {'set up' if done.site.created else 'up to date'}.")
    for name, changes in done.site.changes.items():
        if parts := _parts(changes, "revoked" if name == "device" else "retired"):
            click.echo(f"  {_MANY.get(name, name + 's')}: {'; '.join(parts)}")
    roster = done.roster
    if roster.added or roster.changed or roster.removed:
        click.echo(f"  shifts: {roster.added} new; {roster.changed} changed; {roster.removed} removed")


def _parts(changes: Changes, ended: str) -> list[str]:
    parts = [f"{len(changes.added)} new"] if changes.added else []
    parts += [f"{len(changes.changed)} changed"] if changes.changed else []
    if changes.ended:
        parts.append(f"{len(changes.ended)} {ended}, no longer in the file: {', '.join(changes.ended)}")
    return parts
