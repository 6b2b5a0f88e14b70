"""`hub holes`: where the coming roster leaves an alarm unheard."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import click

from hub.alarms.setting import Setting
from hub.cli.opening import existing, institution, opened, refuse_unknown
from hub.clock import SystemClock
from hub.people import store
from hub.reach.holes import AHEAD, spoken
from hub.reach.night import found_ahead
from hub.settings import Settings
from hub.web.render import LANGUAGES, catalogue


@click.command()
@click.option("--unit", help="Only this unit.")
@click.option("--days", type=click.IntRange(1, 92), default=AHEAD.days, show_default=True, help="How far ahead.")
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True)
@click.option("--institution", "wanted", help="Not needed when this hub has only one.")
def holes(unit: str | None, days: int, language: str, wanted: str | None) -> None:
    """List the minutes ahead in which an alarm would reach too few.

    The rules say how many of those on duty must be told (minimum_reach), and within how many seconds (minimum_within);
    a unit may have limits of its own.
    """
    for line in asyncio.run(_lines(unit, timedelta(days=days), language, wanted, existing())):
        click.echo(line)


async def _lines(
    unit: str | None, ahead: timedelta, language: str, wanted: str | None, settings: Settings
) -> Sequence[str]:
    async with opened(settings) as database:
        key = await institution(database, wanted)
        async with database.read() as tx:
            setting = Setting.of(await store.site(tx, key))
        refuse_unknown("--unit", unit, setting.site.units)
        found = await found_ahead(database, setting, SystemClock().now(), ahead)
    site, say = setting.site, catalogue(language)
    zone = ZoneInfo(site.institution.timezone)
    lines = [
        f"{site.units[one.unit].name}: {spoken(one, zone, setting.limit(one.unit).within, say)}"
        for one in found
        if unit in (None, one.unit)
    ]
    return lines or [say("No holes in the coming {n} days.", n=ahead.days)]
