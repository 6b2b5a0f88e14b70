"""The page of holes ahead: where the coming roster would leave an alarm unheard, as it stands now."""

from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.escalation.words import duration
from hub.people import access
from hub.people.access import Principal
from hub.reach import holestore
from hub.reach.holes import AHEAD, spoken
from hub.reach.night import found_ahead
from hub.web.admin import Desks, Visit
from hub.web.pages import Pages

PATH = "/holes"


def may_enter(by: Principal) -> bool:
    return access.leads(by)


async def page(visit: Visit) -> Response:
    async with visit.reading() as tx:
        setting = await visit.hub.alarms.setting(tx, visit.by.institution)
        last = await holestore.last(tx, visit.by.institution)
    found = await found_ahead(visit.hub.database, setting, visit.hub.clock.now())
    book, zone = setting.book, ZoneInfo(setting.site.institution.timezone)
    units = [
        (unit.name, [spoken(one, zone, book.minimum_within, visit.texts) for one in found if one.unit == unit.id])
        for unit in setting.site.units.values()
        if access.leads(visit.by, unit.id)
    ]
    return await visit.show(
        "holes.html",
        holes=units,
        none_found=not any(lines for _, lines in units),
        minimum=book.minimum_reach,
        within=duration(book.minimum_within, visit.texts),
        days=AHEAD.days,
        looked_at=visit.local(last.looked_at) if last is not None else "",
    )


def hole_routes(pages: Pages) -> list[BaseRoute]:
    """The route of the page."""
    return [Desks(pages).page(PATH, page, may_enter)]
