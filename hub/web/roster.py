"""The roster over HTTP: who covers whom, who has come, and how old what other systems said is."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from hub.clock import rfc3339
from hub.errors import Forbidden
from hub.people import access
from hub.people.site import DutyState
from hub.roster import attending, covers, sourcestore
from hub.web.api import PROBLEMS, Caller, Hub, Token
from hub.web.frames import Flag, Moment, Name, Sent

router = APIRouter(prefix="/api", responses=PROBLEMS)

Which = Annotated[str, Path(max_length=200)]


class Cover(Sent):
    """Somebody who is on duty from now on, whatever the roster says."""

    unit: Name
    person: Name
    until: Moment
    instead_of: Name | None = Field(default=None, description="Who is taken off duty in this unit as long.")
    duty: DutyState = DutyState.ACTIVE
    why: str | None = Field(default=None, max_length=500)


class Attends(Sent):
    """Whether the caller's shift has begun for them, or is over."""

    present: Flag


class WantsCheckIn(Sent):
    """Whether only those who have checked in count, once somebody has."""

    wanted: Flag


@router.post("/covers", status_code=201)
async def cover(hub: Hub, token: Token, body: Cover) -> dict[str, Any]:
    """Say who covers until when; it wins over every import until it ends."""
    return await covers.cover(
        hub.database, hub.clock, token, body.unit, body.person, body.until, body.instead_of, body.duty, body.why
    )


@router.get("/covers")
async def list_covers(hub: Hub, by: Caller) -> dict[str, Any]:
    """The covers that hold now, in the caller's units."""
    async with hub.database.read() as tx:
        site = await hub.sites.get(tx, by.institution)
        units = [unit for unit in site.units if access.may_see_unit(by, unit)]
        return {"covers": await covers.shown(tx, by.institution, site, hub.clock.now(), units)}


@router.delete("/covers/{cover}")
async def end_cover(hub: Hub, token: Token, cover: Which) -> dict[str, Any]:
    """End a cover before its time: the roster counts again."""
    return await covers.end(hub.database, hub.clock, token, cover)


@router.post("/attendance")
async def attend(hub: Hub, token: Token, body: Attends) -> dict[str, Any]:
    """Check in when your shift begins, and out when it is over."""
    return {"shifts": await attending.attend(hub.database, hub.clock, token, present=body.present)}


@router.post("/units/{unit}/check-in")
async def want_check_in(hub: Hub, token: Token, unit: Which, body: WantsCheckIn) -> dict[str, Any]:
    """Set whether only those who have checked in count as on duty in the unit, once somebody has."""
    await attending.want_check_in(hub.database, hub.clock, token, unit, body.wanted)
    return {"unit": unit, "wanted": body.wanted}


@router.get("/roster/sources")
async def sources(hub: Hub, by: Caller) -> dict[str, Any]:
    """Where the roster comes from, how old what each said is, and what is wrong; for those who lead."""
    if not access.leads(by):
        raise Forbidden("Where the roster comes from is for those who lead to see.")
    async with hub.database.read() as tx:
        found = await sourcestore.standing(tx, by.institution)
    now = hub.clock.now()
    return {
        "sources": [
            {
                "id": one.id,
                "kind": one.kind,
                "told_at": rfc3339(one.told_at) if one.told_at is not None else None,
                "age": round((now - one.told_at).total_seconds()) if one.told_at is not None else None,
                "trouble": one.trouble,
            }
            for one in found
        ]
    }
