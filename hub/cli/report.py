"""`hub report`: a month's statistics as a PDF, for whoever keeps the house but has no browser at hand."""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from hub.cli.opening import existing, institution, opened, refuse_unknown
from hub.clock import SystemClock
from hub.errors import Invalid
from hub.incidents.amounts import month_of
from hub.incidents.amountstore import Chosen
from hub.incidents.chores import Counting
from hub.incidents.figures import Months
from hub.people.cache import SiteCache
from hub.people.store import site as read_site
from hub.settings import Settings
from hub.storage import journal
from hub.web.monthly import Month, monthly
from hub.web.printing import printed
from hub.web.render import LANGUAGES, Renderer, catalogue
from hub.web.statistics import month_told, month_word, read_month


@click.command()
@click.argument("to", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--month", help="Such as 2026-10; the one before this if left out.")
@click.option("--unit", help="One unit's id; all of them if left out.")
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0])
@click.option("--institution", "wanted", help="Not needed when this hub has only one.")
@click.option("--recount", is_flag=True, help="Count every alarm anew from the journal first.")
def report(to: Path, month: str | None, unit: str | None, language: str, wanted: str | None, recount: bool) -> None:
    """Write a month's statistics as a PDF for the working-environment meeting, small numbers hidden.

    TO is the file to write. It tells nothing of what stands in the employees' papers: managers get that on the page.
    """
    found = asyncio.run(_month(month, unit, language, wanted, existing(), recount=recount))
    to.write_bytes(printed(monthly(found, Renderer())))
    counted = found.month.counted
    click.echo(f"{to}: {month_word(counted.months.last)}, {counted.alarms.all} alarms, {counted.drills.all} drills")


async def _month(
    month: str | None, unit: str | None, language: str, wanted: str | None, settings: Settings, *, recount: bool
) -> Month:
    now, cache, say = SystemClock().now(), SiteCache(), catalogue(language)
    async with opened(settings) as database:
        of = await institution(database, wanted)
        counting = Counting(database, cache)
        await (counting.anew(of) if recount else counting.look())
        async with database.read() as tx:
            site = await read_site(tx, of)
            refuse_unknown("--unit", unit, site.units)
            last = (
                month_of(now.astimezone(ZoneInfo(site.institution.timezone))) - 1
                if month is None
                else read_month(month)
            )
            if last is None:
                raise Invalid(f'--month: "{month}" is no month; write it like 2026-10.')
            chosen = Chosen(of, Months(last, last), (unit,) if unit else (), nowhere=unit is None)
            where = site.units[unit].name if unit else say("All units")
            found = await month_told(tx, chosen, where, site, say, now, papers=False)
        facts = {"month": month_word(last), "unit": unit}
        await database.write(
            lambda tx: journal.append(tx, of, now, "statistics_taken", "incidents", None, facts), of=of
        )
    return found
