"""A person's own shifts in their own calendar: the page where the address is made, and what it gives."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from hub.errors import NotFound
from hub.people.access import Principal
from hub.reach.board import unit_name
from hub.roster import absencestore, feeds, feedstore, store
from hub.roster.calendar import calendar
from hub.web.admin import Desks, Visit
from hub.web.pages import Pages
from hub.web.render import catalogue
from hub.web.services import Services

PATH = "/roster/calendar"
# What a calendar is for: what was lately, and all that a roster usually knows of.
BACK, AHEAD = timedelta(days=31), timedelta(days=366)
_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Disposition": 'inline; filename="vagter.ics"',
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


def may_enter(by: Principal) -> bool:
    return by.person is not None


async def page(visit: Visit, address: str | None = None) -> Response:
    async with visit.reading() as tx:
        there = await feedstore.of_person(tx, visit.by.institution, visit.by.person or "")
    return await visit.show(
        "roster_calendar.html", made_at=visit.local(there.made_at) if there is not None else "", address=address
    )


async def answered(visit: Visit) -> Response:
    """The address is told on the page that answers, and never again."""
    hub = visit.hub
    if visit.entry.raw("do") != "make":
        await feeds.stop(hub.database, hub.clock, visit.by)
        return await page(visit)
    token = await feeds.make(hub.database, hub.clock, visit.by, visit.texts.language)
    return await page(visit, f"{visit.public_url}/calendar/{token}.ics")


async def given(request: Request) -> Response:
    """The calendar behind a secret address, for whoever knows it."""
    hub: Services = request.app.state.services
    try:
        feed = await feeds.find(hub.database, request.path_params["token"])
    except NotFound as gone:
        return PlainTextResponse(gone.detail, 404, _HEADERS)
    now = hub.clock.now()
    async with hub.database.read() as tx:
        site = await hub.sites.get(tx, feed.institution)
        shifts = await store.shifts_of(tx, feed.institution, feed.person, now - BACK, now + AHEAD)
        away = await absencestore.absences_of(tx, feed.institution, feed.person, now - BACK, now + AHEAD)
    text = calendar(
        site.institution.name,
        shifts,
        away,
        lambda unit: unit_name(site, unit) or unit,
        now,
        catalogue(feed.language),
    )
    return Response(text, media_type="text/calendar; charset=utf-8", headers=_HEADERS)


def feed_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of the page, and of the calendars themselves."""
    desks = Desks(pages)
    return [
        desks.page(PATH, page, may_enter),
        desks.look(PATH, answered, may_enter),
        Route("/calendar/{token:str}.ics", given),
    ]
