"""My shift and everybody's: who is on duty now, who comes next, and who of them would hear an alarm."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request

from hub.alarms.events import name_of
from hub.clock import rfc3339
from hub.people.access import may_see_unit
from hub.people.site import Site
from hub.reach.board import reach_json, unit_name
from hub.roster import absencestore
from hub.roster import store as roster
from hub.roster.attending import EARLY
from hub.roster.shift import Attendance, Shift, standing
from hub.web.api import PROBLEMS, Caller, Hub
from hub.web.language import words

MINE_AHEAD = timedelta(days=14)
MOST_OF_MINE = 6
NEXT_AHEAD = timedelta(hours=24)

router = APIRouter(prefix="/api", responses=PROBLEMS)


@router.get("/duty/board")
async def board(hub: Hub, by: Caller, request: Request) -> dict[str, Any]:
    """The caller's own shifts, and unit by unit who is on duty until when, who comes next, and who would hear."""
    now, say = hub.clock.now(), words(request)
    async with hub.database.read() as tx:
        setting, _, reaches = await hub.reach.units(tx, by.institution)
        shifts = await roster.shifts(tx, by.institution, now, now + MINE_AHEAD)
        # Who has swapped a shift away, is on leave or is covered for does not have it to come.
        ahead = standing(shifts, await absencestore.absences(tx, by.institution, now, now + MINE_AHEAD))
        near = [one.id for one in ahead if one.person == by.person and one.starts <= now + EARLY]
        seen = await absencestore.attended_shifts(tx, by.institution, near)
    site = setting.site
    running = [one for one in ahead if one.starts <= now]
    coming = [one for one in ahead if now < one.starts < now + NEXT_AHEAD]
    own = sorted(reaches, key=lambda reach: reach.unit not in by.units)
    return {
        "at": rfc3339(now),
        "mine": [
            _shift(one, site) | {"checks_in": one.id in near, **_came(seen.get(one.id))}
            for one in ahead
            if one.person == by.person
        ][:MOST_OF_MINE],
        "units": [
            reach_json(reach, site, setting.limit(reach.unit).people, say)
            | {"until": _until(reach.unit, running), "next": _next(reach.unit, coming, site)}
            for reach in own
            if may_see_unit(by, reach.unit)
        ],
    }


def _came(seen: Attendance | None) -> dict[str, str | None]:
    """When the caller said that they were there, and that they left."""
    if seen is None:
        return {"in_at": None, "out_at": None}
    return {"in_at": rfc3339(seen.in_at), "out_at": rfc3339(seen.out_at) if seen.out_at is not None else None}


def _until(unit: str, running: Iterable[Shift]) -> dict[str, str]:
    """When each of those on duty in the unit goes home."""
    ends = {one.person: one.ends for one in sorted(running, key=lambda one: one.ends) if one.unit == unit}
    return {person: rfc3339(at) for person, at in ends.items()}


def _next(unit: str, coming: Sequence[Shift], site: Site) -> list[dict[str, Any]]:
    """Those who come on duty together next."""
    here = [one for one in coming if one.unit == unit]
    return [_shift(one, site) for one in here if one.starts == here[0].starts]


def _shift(shift: Shift, site: Site) -> dict[str, Any]:
    return {
        "id": shift.id,
        "person": shift.person,
        "name": name_of(site, shift.person),
        "unit": shift.unit,
        "unit_name": unit_name(site, shift.unit),
        "duty": shift.duty.value,
        "from": rfc3339(shift.starts),
        "to": rfc3339(shift.ends),
    }
