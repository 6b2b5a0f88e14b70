"""The page of rest rules: where the coming roster leaves too little rest, and why somebody accepts it."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.alarms.events import name_of
from hub.errors import NotFound
from hub.people import access
from hub.people.access import Principal
from hub.people.entry import Entry
from hub.roster.resting import AHEAD, Resting, accept, spoken
from hub.web.admin import Desks, Visit
from hub.web.pages import Pages

PATH = "/rest"


def may_enter(by: Principal) -> bool:
    return access.leads(by)


async def _found(visit: Visit) -> Resting:
    now, people = visit.hub.clock.now(), visit.site.people.values()
    led = {one.id for one in people if any(access.leads(visit.by, unit) for unit in one.units or (None,))}
    return await visit.hub.rests.resting(visit.hub.database, visit.site, now, now + AHEAD, led)


async def page(visit: Visit) -> Response:
    found = await _found(visit)
    say = visit.texts
    accepted = [found.accepted[one.id] for one in found.breaches if one.id in found.accepted]
    return await visit.show(
        "rest.html",
        days=AHEAD.days,
        none_entered=Entry(),
        breaches=[(one.id, spoken(one, found.site, found.book, say)) for one in found.unaccepted],
        accepted=[
            (spoken(one.breach, found.site, found.book, say), one.why, name_of(visit.site, one.made_by))
            for one in accepted
        ],
        agreements=[(one.name, one.terms[-1].source) for one in found.book.agreements.values()],
    )


async def accept_one(visit: Visit) -> str:
    entry = visit.entry
    why = entry.why()
    entry.refuse_if_faulty()
    found = await _found(visit)
    breach = next((one for one in found.breaches if one.id == entry.raw("breach")), None)
    if breach is None:
        raise NotFound("The roster has changed: look at what it breaks now.")
    await visit.change(
        lambda change: accept(change.tx, change.site, change.by, breach, why or "", change.now), access.leads
    )
    return f"{PATH}?done=1"


def rest_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of the page and of its forms."""
    desks = Desks(pages)
    return [desks.page(PATH, page, may_enter), desks.form(PATH, accept_one, page, may_enter)]
