"""The roster as a file for a spreadsheet: what the page shows, a row for each shift."""

from asyncio import to_thread
from datetime import timedelta

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.alarms.events import name_of
from hub.people.access import Principal
from hub.reach.board import unit_name
from hub.roster.calendar import duty_word
from hub.roster.sheet import Mark
from hub.web.admin import Desks, Visit
from hub.web.lists import Line, Listing, spreadsheet, workbook
from hub.web.pages import Pages
from hub.web.roster_asked import PATH
from hub.web.roster_data import Shown, shown
from hub.web.roster_words import come_word, off_word

NAME = "roster"
_MINUTE = timedelta(minutes=1)


def may_take(by: Principal) -> bool:
    return by.person is not None


async def _rows(visit: Visit) -> Listing:
    """The rows that the page shows, in the order of time; that somebody took them along stands in the journal."""
    found = await shown(visit)
    say = visit.texts
    heads = (
        say("Day"), say("From"), say("Until"), say("Name"), say("Unit"), say("Duty"), say("Length"),
        say("Checked in"), say("Absence"), say("Source"),
    )  # fmt: skip
    lines = [Line(_cells(visit, found, mark)) for mark in sorted(found.marks(), key=_order)]
    await visit.hub.desk.exported(visit.by.institution, visit.by, NAME)
    return Listing(PATH, heads, lines, len(lines))


def _order(mark: Mark) -> tuple[float, str, str]:
    return mark.shift.starts.timestamp(), mark.shift.unit, mark.shift.person


def _cells(visit: Visit, found: Shown, mark: Mark) -> tuple[str, ...]:
    shift, say = mark.shift, visit.texts
    minutes = (shift.ends - shift.starts) // _MINUTE
    starts, ends = (at.astimezone(found.zone) for at in (shift.starts, shift.ends))
    return (
        f"{starts:%Y-%m-%d}",
        f"{starts:%H:%M}",
        f"{ends:%H:%M}" if ends.date() == starts.date() else f"{ends:%Y-%m-%d %H:%M}",
        name_of(visit.site, shift.person) or shift.person,
        unit_name(visit.site, shift.unit) or shift.unit,
        duty_word(shift.duty, say),
        f"{minutes // 60}:{minutes % 60:02}",
        come_word(mark, found.zone, say),
        off_word(visit, mark.away, found.zone) if mark.away is not None else "",
        shift.source,
    )


async def as_csv(visit: Visit) -> Response:
    return spreadsheet(await _rows(visit), NAME)


async def as_xlsx(visit: Visit) -> Response:
    return await to_thread(workbook, await _rows(visit), NAME)


def roster_file_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of both files."""
    desks = Desks(pages)
    return [desks.page(f"{PATH}.csv", as_csv, may_take), desks.page(f"{PATH}.xlsx", as_xlsx, may_take)]
