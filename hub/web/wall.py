"""The duty room's wallboard: its page, how a screen becomes one, and what it shows besides the live alarms."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hub.alarms.events import name_of
from hub.alarms.setting import SCREENS
from hub.clock import rfc3339
from hub.errors import Unauthenticated
from hub.people import access, planstore
from hub.people.access import Principal
from hub.people.plans import lies_on
from hub.people.planstore import Plan
from hub.people.site import Site
from hub.people.store import principal
from hub.reach.board import reach_json, unit_name
from hub.roster import store as roster
from hub.roster.shift import Shift
from hub.web.api import PROBLEMS, Caller, Hub
from hub.web.credentials import COOKIE, DEVICE_COOKIE
from hub.web.files import A_YEAR
from hub.web.forms import form_of
from hub.web.language import words
from hub.web.pages import Pages
from hub.web.services import Services
from hub.web.sessions import secure
from hub.web.shown_wall import WallShown

LOOKS_AHEAD = timedelta(hours=24)

router = APIRouter(prefix="/api", responses=PROBLEMS)


@router.get("/wall", responses={200: {"model": WallShown}})
async def board(hub: Hub, by: Caller, request: Request) -> dict[str, Any]:
    """What hangs on the wall beside the alarms: who would hear one, who comes on duty next, and the floor plans."""
    now = hub.clock.now()
    async with hub.database.read() as tx:
        setting, _, reaches = await hub.reach.units(tx, by.institution)
        plans = await planstore.plans(tx, by.institution)
        coming = [one for one in await roster.shifts(tx, by.institution, now, now + LOOKS_AHEAD) if one.starts > now]
    site, say = setting.site, words(request)
    seen = [reach for reach in reaches if access.may_see_unit(by, reach.unit)]
    return {
        "at": rfc3339(now),
        "units": [
            reach_json(reach, site, setting.limit(reach.unit).people, say) | {"next": _next(reach.unit, coming, site)}
            for reach in seen
        ],
        "plans": [plan_json(plan, site) for plan in plans if access.may_see_unit(by, plan.unit)],
    }


def _next(unit: str, coming: Sequence[Shift], site: Site) -> dict[str, Any] | None:
    """Those who come on duty together next."""
    here = [one for one in coming if one.unit == unit]
    if not here:
        return None
    at: datetime = here[0].starts
    people = [
        {"person": one.person, "name": name_of(site, one.person), "duty": one.duty.value}
        for one in here
        if one.starts == at
    ]
    return {"at": rfc3339(at), "people": people}


def plan_json(plan: Plan, site: Site) -> dict[str, Any]:
    """A floor plan with the rooms that have their place on it."""
    rooms = [
        {"place": room.id, "name": room.name, "x": room.x, "y": room.y}
        for room in site.places.values()
        if lies_on(room, plan.unit, plan.floor) and room.x is not None
    ]
    return {
        "unit": plan.unit,
        "unit_name": unit_name(site, plan.unit),
        "floor": plan.floor,
        "picture": f"/plans/{plan.digest}",
        "width": plan.picture.width,
        "height": plan.picture.height,
        "rooms": rooms,
    }


def wall_routes(pages: Pages) -> list[BaseRoute]:
    """The wallboard's page, and the door through which a screen becomes one."""

    async def wall(request: Request) -> Response:
        by = await pages.authenticate(request)
        if not _is_board(by):
            return pages.page(request, "wall_door.html", person=by is not None and by.person is not None, wrong=False)
        site = await pages.site(by.institution)
        device = site.devices.get(by.device or "")
        place = device.place if device is not None else None
        labels = {name: kind.label for name, kind in pages.book(site).kinds.items() if kind.label}
        values = {"institution": site.institution, "me": by.device, "place": place or "", "kind_labels": labels}
        return pages.page(request, "wall.html", **values)

    async def hang(request: Request) -> Response:
        """Makes this browser the wallboard whose token was typed; whoever was signed in here is so no more."""
        token = (await form_of(request)).text("token")
        hub: Services = request.app.state.services
        board = None
        try:
            async with hub.database.read() as tx:
                board = await principal(tx, token, hub.clock.now())
        except Unauthenticated:
            pass
        if not _is_board(board):
            return pages.page(request, "wall_door.html", person=False, wrong=True)
        by = await pages.authenticate(request)
        if by is not None and by.person is not None and by.session is not None:
            await hub.sign_ins.end_session(by.institution, by.person, by.session, by.person)
        response = RedirectResponse("/wall", 303)
        response.set_cookie(
            DEVICE_COOKIE, token, max_age=A_YEAR, httponly=True, samesite="lax", secure=secure(request), path="/"
        )
        response.delete_cookie(COOKIE, path="/")
        return response

    return [Route("/wall", wall, name="wall"), Route("/wall", hang, methods=["POST"])]


def _is_board(by: Principal | None) -> TypeGuard[Principal]:
    return by is not None and by.person is None and by.device_kind in SCREENS
