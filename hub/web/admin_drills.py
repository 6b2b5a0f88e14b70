"""Drills, at a desk: held now or planned, and the report of who heard it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.alarms.setting import Setting
from hub.escalation.words import kind_label
from hub.people import access
from hub.people.access import Principal
from hub.people.faults import say
from hub.web.admin import Desks, Visit
from hub.web.lists import Line, spreadsheet
from hub.web.render import Texts

LIST = "/admin/drills"


def may_drill(by: Principal) -> bool:
    return access.leads(by)


def state_word(state: str, say: Texts) -> str:
    """How far a drill has come."""
    states = {
        "planned": say("Planned"),
        "running": say("Running"),
        "ended": say("Held"),
        "missed": say("Not held: the hub was down"),
        "cancelled": say("Cancelled"),
    }
    return states[state]


async def rows(visit: Visit) -> tuple[Sequence[str], Sequence[Line]]:
    """The drills of the units that whoever asks leads."""
    say, kinds = visit.texts, _kinds(visit)
    async with visit.reading() as tx:
        drills = await visit.hub.drills.page(tx, visit.by)
    heads = (say("When"), say("Unit"), say("Kind"), say("State"), say("Planned by"))
    lines = [
        Line(
            (
                visit.local(datetime.fromisoformat(one["at"])),
                one["unit_name"],
                kinds.get(one["kind"], one["kind"]),
                state_word(one["state"], say),
                one["planned_by_name"] or "",
            ),
            f"{LIST}/{one['id']}",
        )
        for one in drills
    ]
    return heads, lines


def _kinds(visit: Visit) -> dict[str, str]:
    return {one.name: kind_label(one, visit.texts) for one in Setting.of(visit.site).book.kinds.values()}


async def page(visit: Visit) -> Response:
    units = [(one.id, one.name) for one in visit.site.units.values() if access.leads(visit.by, one.id)]
    return await visit.show(
        "drills.html",
        list=visit.listing(*await rows(visit), newest_first=True),
        own_units=units,
        kind_choices=list(_kinds(visit).items()),
    )


async def hold(visit: Visit) -> str:
    entry = visit.entry
    unit, kind = entry.one_of("unit", visit.site.units), entry.one_of("kind", _kinds(visit))
    if unit is None:
        entry.wrong("unit", say("Choose the unit that practises."))
    if kind is None:
        entry.wrong("kind", say("Choose what is practised."))
    at = _moment(visit)
    entry.refuse_if_faulty()
    drill = await visit.hub.drills.plan(visit.token, unit or "", kind or "", at, bool(entry.raw("outside")))
    return f"{LIST}/{drill['id']}"


def _moment(visit: Visit) -> datetime | None:
    """When it is held; None is now."""
    entry = visit.entry
    if entry.raw("when") == "now":
        return None
    at = entry.moment("at", ZoneInfo(visit.site.institution.timezone))
    if at is not None and at <= visit.hub.clock.now():
        entry.wrong("at", say("This moment is over: write one ahead, or hold it now."))
    return at


async def one(visit: Visit) -> Response:
    drill, report = await _report(visit)
    heard = sum(line["heard_after"] is not None for line in drill["report"])
    return await visit.show(
        "drill.html",
        drill=drill,
        state=state_word(drill["state"], visit.texts),
        kind=_kinds(visit).get(drill["kind"], drill["kind"]),
        at=visit.local(datetime.fromisoformat(drill["at"])),
        list=visit.listing(*report),
        heard=heard,
    )


async def _report(visit: Visit) -> tuple[dict[str, Any], tuple[Sequence[str], Sequence[Line]]]:
    say = visit.texts
    async with visit.reading() as tx:
        drill = await visit.hub.drills.one(tx, visit.by, visit.which)
    said = {"coming": say("I am coming"), "arrived": say("I am there"), "cannot": say("I cannot")}
    heads = (say("Name"), say("Heard after"), say("Answer"), say("Answered after"))
    lines = [
        Line(
            (
                line["name"] or line["person"],
                _seconds(line["heard_after"], say("Not heard"), say),
                said.get(line["answer"] or "", say("No answer")),
                _seconds(line["answered_after"], "–", say),
            )
        )
        for line in drill["report"]
    ]
    return drill, (heads, lines)


def _seconds(after: float | None, never: str, say: Texts) -> str:
    return say("{n} s", n=round(after, 1)) if after is not None else never


async def report_file(visit: Visit) -> Response:
    _, report = await _report(visit)
    await visit.hub.desk.exported(visit.by.institution, visit.by, "drill")
    return spreadsheet(visit.listing(*report), "drill")


async def cancel(visit: Visit) -> str:
    await visit.hub.drills.cancel(visit.token, visit.which)
    return f"{LIST}?done=1"


def routes(desks: Desks) -> list[BaseRoute]:
    return [
        desks.page(LIST, page, may_drill),
        desks.form(LIST, hold, page, may_drill),
        desks.file("drills", rows, may_drill),
        desks.page(f"{LIST}/{{id}}.csv", report_file, may_drill),
        desks.page(f"{LIST}/{{id}}", one, may_drill),
        desks.form(f"{LIST}/{{id}}/cancel", cancel, one, may_drill),
    ]
