"""Floor plans and instruction cards, at a desk; and the plans' pictures, for every screen of the house."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hub.alarms import cards as card_verbs
from hub.alarms.events import name_of
from hub.alarms.setting import rule_book
from hub.errors import NotFound
from hub.people import access, cardstore, planstore
from hub.people import plans as verbs
from hub.people.access import Principal
from hub.people.entry import Entry
from hub.people.faults import FieldProblem, NotYours, say
from hub.people.plans import Spot, floors_of, lies_on, plan_of
from hub.people.site import Unit
from hub.web.admin import Desks, Visit
from hub.web.files import A_YEAR
from hub.web.pages import Pages
from hub.web.services import Services

PLANS, CARDS = "/admin/plans", "/admin/cards"
# A picture that somebody uploaded is a picture on every screen, and nothing else: it runs nothing and loads nothing.
_PICTURE_HEADERS = {
    "Cache-Control": f"private, max-age={A_YEAR}, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


async def plans(visit: Visit) -> Response:
    """A unit's plan of one floor, and where its rooms lie on it."""
    unit = _unit(visit)
    floors = floors_of(visit.site, unit.id)
    floor = _asked(visit, "floor") if _asked(visit, "floor") in floors else floors[0]
    async with visit.reading() as tx:
        drawn = await planstore.plans(tx, visit.by.institution)
    return await visit.show(
        "plans.html",
        own_units=_own_units(visit),
        unit=unit,
        floors=floors,
        floor=floor,
        plan=next((one for one in drawn if (one.unit, one.floor) == (unit.id, floor)), None),
        rooms=[room for room in visit.site.places.values() if lies_on(room, unit.id, floor)],
    )


async def change_plans(visit: Visit) -> str:
    unit, floor = _unit(visit).id, visit.entry.raw("floor")
    may = _may(unit)
    if visit.entry.raw("do") == "draw":
        sent = visit.files.get("picture", ())
        if not sent or not sent[0].content:
            raise FieldProblem({"picture": say("Choose a picture first.")})
        plan, data = plan_of(unit, floor, sent[0].content), sent[0].content
        await visit.change(lambda change: verbs.draw(change, plan, data), may)
    elif visit.entry.raw("do") == "remove":
        await visit.change(lambda change: verbs.remove(change, unit, floor), may)
    else:
        spots = _spots(visit.entry)
        await visit.change(lambda change: verbs.place(change, unit, floor, spots), may)
    return f"{PLANS}?{urlencode({'unit': unit, 'floor': floor, 'done': 1})}"


def _spots(entry: Entry) -> Mapping[str, Spot | None]:
    """Where the form says that each room lies, in hundredths from the left and from the top."""
    spots: dict[str, Spot | None] = {}
    for room in (key.removeprefix("x-") for key in entry.fields if key.startswith("x-")):
        typed = [entry.raw(f"{side}-{room}").strip().replace(",", ".") for side in "xy"]
        try:
            x, y = [round(float(one) / 100, 4) for one in typed if one] if any(typed) else (None, None)
        except ValueError:  # no number, or only one of the two
            entry.wrong(room, say("Write numbers from 0 to 100."))
        else:
            spots[room] = (x, y) if x is not None and y is not None else None
    entry.refuse_if_faulty()
    return spots


async def cards(visit: Visit) -> Response:
    """A unit's cards, one for each kind of alarm, and every version of them."""
    unit = _unit(visit)
    kinds = rule_book(visit.site.rules, visit.by.institution).kinds
    async with visit.reading() as tx:
        written = await cardstore.history(tx, visit.by.institution, unit.id)
    return await visit.show(
        "cards.html",
        own_units=_own_units(visit),
        unit=unit,
        card_kinds=[(name, kind.label) for name, kind in kinds.items()],
        longest=card_verbs.LONGEST,
        written=[(one, name_of(visit.site, one.by)) for one in written],
    )


async def change_cards(visit: Visit) -> str:
    unit, entry = _unit(visit).id, visit.entry
    texts = {
        key.removeprefix("card-"): entry.raw(key).replace("\r\n", "\n").strip()
        for key in entry.fields
        if key.startswith("card-")
    }
    quiet = bool(entry.raw("quiet"))
    await visit.change(lambda change: card_verbs.write(change, unit, texts, quiet), _may(unit))
    return f"{CARDS}?{urlencode({'unit': unit, 'done': 1})}"


def _asked(visit: Visit, key: str) -> str:
    return visit.entry.raw(key) if visit.entry else visit.request.query_params.get(key, "")


def _own_units(visit: Visit) -> list[Unit]:
    return [unit for unit in visit.site.units.values() if access.administers_unit(visit.by, unit.id)]


def _unit(visit: Visit) -> Unit:
    """The unit that is asked about, else the first of those that whoever asks may change."""
    asked, own = _asked(visit, "unit"), {unit.id: unit for unit in _own_units(visit)}
    if asked and asked not in visit.site.units:
        raise NotFound(f"There is no unit {asked!r} here.")
    if not own or (asked and asked not in own):
        raise NotYours(say("This is for those who manage the unit: ask one of them."))
    return own[asked] if asked else next(iter(own.values()))


def _may(unit: str) -> Callable[[Principal], bool]:
    return lambda by: access.administers_unit(by, unit)


def plan_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of floor plans and cards."""

    async def picture(request: Request) -> Response:
        """A plan's picture, for whoever belongs to the institution; its address names its content."""
        hub: Services = request.app.state.services
        by = await pages.authenticate(request)
        async with hub.database.read() as tx:
            found = await planstore.picture(tx, by.institution, request.path_params["digest"]) if by else None
        if found is None:
            raise NotFound("There is no such picture here.")
        kind, content = found
        return Response(content, media_type=kind, headers=_PICTURE_HEADERS)

    desks = Desks(pages)
    return [
        Route("/plans/{digest}", picture, name="picture"),
        desks.page(PLANS, plans),
        desks.form(PLANS, change_plans, plans),
        desks.page(CARDS, cards),
        desks.form(CARDS, change_cards, cards),
    ]
