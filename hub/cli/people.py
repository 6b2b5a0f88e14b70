"""`hub people …`: the people whom the municipality's own system knows."""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from hub import sources as outside
from hub.cli.opening import existing, institution, opened
from hub.clock import SystemClock
from hub.people import store
from hub.people.files import read_bytes, read_text
from hub.people.importing import import_people
from hub.people.tomlfile import TomlFile
from hub.settings import Settings

SOURCE = "opus"

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def people() -> None:
    """Who works here."""


@people.command("import")
@click.argument("file", type=_FILE)
@click.option("--units", type=_FILE, required=True, help='A TOML file: [units], and under it 1234 = "nord".')
@click.option("--changes", is_flag=True, help="The file names changes only (a delta): whom it does not name stays.")
@click.option("--institution", "wanted", help="Whose people they are; not needed when this hub has only one.")
def import_file(file: Path, units: Path, changes: bool, wanted: str | None) -> None:
    """Read people from KMD OPUS' XML file: those of the units that you name come, change, and leave.

    Safe to run again. Roles, telephone numbers and sign-ins are set in the hub, and stay.
    """
    known = _units(read_text(units), str(units))
    click.echo(asyncio.run(_import(file, known, changes, wanted, existing())))


async def _import(file: Path, units: dict[str, str], changes: bool, wanted: str | None, settings: Settings) -> str:
    clock = SystemClock()
    async with opened(settings) as database:
        key = await institution(database, wanted)
        async with database.read() as tx:
            site = await store.site(tx, key)
        told = outside.people(read_bytes(file), str(file), clock.now(), ZoneInfo(site.institution.timezone))
        done = await import_people(database, key, SOURCE, told, units, clock, only_changes=changes)
    return (
        f"{site.institution.name}: {len(done.added)} new, {len(done.changed)} changed, {len(done.left)} left; "
        f"{done.others} belong elsewhere or have ended."
    )


def _units(text: str, name: str) -> dict[str, str]:
    file = TomlFile(text, name)
    file.known_tables(("units",))
    units = file.values.get("units", {})
    if not isinstance(units, dict) or not units or not all(isinstance(unit, str) for unit in units.values()):
        file.problems.add(("units",), 'is missing, or no table of texts; write [units] and under it 1234 = "nord"')
    file.problems.refuse_if_any()
    return dict(units)
