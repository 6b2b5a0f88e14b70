"""Units and their rooms, at a desk."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.alarms.setting import Setting
from hub.errors import NotFound
from hub.escalation.words import duration
from hub.people import units
from hub.people.units import rooms_of
from hub.web.admin import Desks, Visit
from hub.web.lists import Line

LIST = "/admin/units"


async def rows(visit: Visit) -> tuple[Sequence[str], Sequence[Line]]:
    """Every unit, with how much belongs to it."""
    say, site = visit.texts, visit.site
    heads = (say("Unit"), say("Rooms"), say("People"), say("Neighbouring units"))
    lines = [
        Line(
            (
                unit.name,
                str(len(rooms_of(site, unit.id))),
                str(sum(unit.id in person.units for person in site.people.values())),
                ", ".join(site.units[one].name for one in unit.neighbours if one in site.units),
            ),
            f"{LIST}/{unit.id}",
        )
        for unit in site.units.values()
    ]
    return heads, lines


async def page(visit: Visit) -> Response:
    return await visit.show("units.html", list=visit.listing(*await rows(visit)))


async def add(visit: Visit) -> str:
    await visit.change(lambda change: units.add(change, visit.entry))
    return f"{LIST}?done=1"


async def one(visit: Visit) -> Response:
    unit = visit.site.units.get(visit.which)
    if unit is None:
        raise NotFound("There is no such unit here.")
    others = [(other.id, other.name) for other in visit.site.units.values() if other is not unit]
    # What holds where the unit has no limit of its own.
    usual = Setting.of(visit.site).limit("")
    return await visit.show(
        "unit.html",
        unit=unit,
        rooms=rooms_of(visit.site, unit.id),
        others=others,
        limit=usual,
        limit_time=duration(usual.within, visit.texts),
    )


async def alter(visit: Visit) -> str:
    await visit.change(lambda change: units.alter(change, visit.which, visit.entry))
    return f"{LIST}/{visit.which}?done=1"


async def retire(visit: Visit) -> str:
    await visit.change(lambda change: units.retire(change, visit.which, visit.entry))
    return f"{LIST}?done=1"


def routes(desks: Desks) -> list[BaseRoute]:
    return [
        desks.page(LIST, page),
        desks.form(LIST, add, page),
        desks.file("units", rows),
        desks.page(f"{LIST}/{{id}}", one),
        desks.form(f"{LIST}/{{id}}", alter, one),
        desks.form(f"{LIST}/{{id}}/retire", retire, one),
    ]
