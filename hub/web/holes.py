"""The page of holes ahead: where the coming roster would leave an alarm unheard, as it stands now."""

from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.alarms.setting import Limit
from hub.escalation.words import duration
from hub.people import access
from hub.people.access import Principal
from hub.reach import holestore
from hub.reach.holes import AHEAD, spoken
from hub.reach.night import found_ahead
from hub.web.admin import Desks, Visit
from hub.web.pages import Pages
from hub.web.render import Texts

PATH = "/holes"


def may_enter(by: Principal) -> bool:
    return access.leads(by)


async def page(visit: Visit) -> Response:
    async with visit.reading() as tx:
        setting = await visit.hub.alarms.setting(tx, visit.by.institution)
        last = await holestore.last(tx, visit.by.institution)
    found = await found_ahead(visit.hub.database, setting, visit.hub.clock.now())
    zone, say = ZoneInfo(setting.site.institution.timezone), visit.texts
    units = [
        (
            unit.name,
            _asked(setting.limit(unit.id), say),
            [spoken(one, zone, setting.limit(unit.id).within, say) for one in found if one.unit == unit.id],
        )
        for unit in setting.site.units.values()
        if access.leads(visit.by, unit.id)
    ]
    return await visit.show(
        "holes.html",
        holes=units,
        none_found=not any(lines for *_, lines in units),
        days=AHEAD.days,
        looked_at=visit.local(last.looked_at) if last is not None else "",
    )


def _asked(limit: Limit, say: Texts) -> str:
    if not limit.people:
        return say("Nobody need be on duty: so there are no holes.")
    return say("At least {n} of those on duty within {time}.", n=limit.people, time=duration(limit.within, say))


def hole_routes(pages: Pages) -> list[BaseRoute]:
    """The route of the page."""
    return [Desks(pages).page(PATH, page, may_enter)]
