"""The statistics of alarms and of what followed: on a page for those who lead, and as a monthly paper for a meeting."""

from asyncio import to_thread
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.alarms.setting import Setting
from hub.incidents import statistics
from hub.incidents.amounts import month_of
from hub.incidents.amountstore import Chosen
from hub.incidents.clockstore import clocks
from hub.incidents.figures import MOST_MONTHS, Months, first_day
from hub.people import access
from hub.people.site import Site
from hub.storage.database import Reader
from hub.web import figure_charts as pictures
from hub.web import figure_words as words
from hub.web.admin import Desks, Visit
from hub.web.drawing import drawn
from hub.web.figure_words import Told
from hub.web.incident_notes import LIST
from hub.web.incident_words import unit_name
from hub.web.monthly import Month, monthly
from hub.web.pages import Pages
from hub.web.printing import pdf
from hub.web.render import Texts

PAGE = f"{LIST}/statistics"
A_YEAR = 12


def month_word(month: int) -> str:
    """A month as addresses name it, such as 2026-11."""
    return f"{first_day(month):%Y-%m}"


def read_month(text: str) -> int | None:
    try:
        day = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return day.year * 12 + day.month - 1


def asked(visit: Visit) -> tuple[str | None, Months]:
    """The unit and the months that the address names; the last twelve, where it names none that there are."""
    query = visit.request.query_params
    here = month_of(visit.hub.clock.now().astimezone(ZoneInfo(visit.site.institution.timezone)))
    last = min(read_month(query.get("to", "")) or here, here)
    first = read_month(query.get("from", ""))
    if first is None or not last - MOST_MONTHS < first <= last:
        first = last - A_YEAR + 1
    return _unit(visit), Months(first, last)


def _unit(visit: Visit) -> str | None:
    unit = visit.request.query_params.get("unit", "")
    return unit if unit in visit.site.units and access.may_see_unit(visit.by, unit) else None


async def told(tx: Reader, wanted: Chosen, site: Site, say: Texts, now: datetime, *, papers: bool) -> Told:
    """What is counted, ready to be told."""
    zone = ZoneInfo(site.institution.timezone)
    found = await statistics.counted(tx, wanted, zone, now, papers=papers)
    book = await clocks(tx, wanted.of)
    return Told(found, site, Setting.of(site).book.kinds, book, say)


async def month_told(
    tx: Reader, wanted: Chosen, where: str, site: Site, say: Texts, now: datetime, *, papers: bool
) -> Month:
    """The last of the months that are wanted, and the year that it ends."""
    month = wanted.months.last
    of_month, of_year = [
        await told(tx, replace(wanted, months=Months(first, month)), site, say, now, papers=papers)
        for first in (month, month - A_YEAR + 1)
    ]
    return Month(of_month, of_year, where, now)


async def page(visit: Visit) -> Response:
    """The numbers of some months, each as a picture and a table; that they were read is written down."""
    unit, months = asked(visit)
    async with visit.reading() as tx:
        found = await _of(visit, tx, unit, months)
    facts = {"from": month_word(months.first), "to": month_word(months.last), "unit": unit}
    await visit.hub.incidents.looked(visit.by, "statistics_read", "incidents", facts)
    newest = month_of(visit.hub.clock.now().astimezone(ZoneInfo(visit.site.institution.timezone)))
    choices = [(month_word(one), words.month_name(one, visit.texts)) for one in range(newest, newest - MOST_MONTHS, -1)]
    charts = pictures.charts(found)
    return await visit.show(
        "statistics.html",
        told=found,
        charts=[(one, drawn(one)) for one in charts],
        totals=words.totals(found),
        concerns=words.concerns(found),
        method=words.method(found),
        period=words.period_name(found.counted, visit.texts),
        too_few=words.why_too_few(found) if found.too_few else "",
        months=choices,
        chosen={"from": facts["from"], "to": facts["to"], "unit": unit or ""},
        unit_choices=[(one.id, one.name) for one in visit.site.units.values() if access.may_see_unit(visit.by, one.id)],
    )


async def _of(visit: Visit, tx: Reader, unit: str | None, months: Months) -> Told:
    wanted, papers = statistics.chosen(visit.by, unit, months), statistics.may_count_papers(visit.by)
    return await told(tx, wanted, visit.site, visit.texts, visit.hub.clock.now(), papers=papers)


async def paper(visit: Visit) -> Response:
    """A month's paper for the meeting; that somebody took it along is written down."""
    unit, months = asked(visit)
    where = unit_name(visit.site, unit) if unit is not None else _own(visit)
    wanted, now = statistics.chosen(visit.by, unit, months), visit.hub.clock.now()
    papers = statistics.may_count_papers(visit.by)
    async with visit.reading() as tx:
        made = await month_told(tx, wanted, where, visit.site, visit.texts, now, papers=papers)
    facts = {"month": month_word(months.last), "unit": unit}
    await visit.hub.incidents.looked(visit.by, "statistics_taken", "incidents", facts)
    document = await to_thread(monthly, made, visit.pages.renderer)
    return await pdf(document, f"alarms-{month_word(months.last)}")


def _own(visit: Visit) -> str:
    units = [one.name for one in visit.site.units.values() if access.may_see_unit(visit.by, one.id)]
    return ", ".join(units) if visit.by.units else visit.texts("All units")


def statistics_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of statistics."""
    desks = Desks(pages)
    return [
        desks.page(PAGE, page, statistics.may_count),
        desks.page(f"{PAGE}.pdf", paper, statistics.may_count),
    ]
