"""The HTTP interface of version 1: thin endpoints over the actions and queries."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from structlog.contextvars import bind_contextvars

from hub.alarms import queries
from hub.clock import rfc3339
from hub.errors import Forbidden, NotFound, Unauthenticated
from hub.people import access
from hub.people.access import Principal
from hub.people.site import Site
from hub.people.store import principal
from hub.reach.board import reach_json
from hub.roster import store as roster
from hub.storage import checkpoints
from hub.web.credentials import token_of
from hub.web.frames import AllClear, AnswerGiven, Moment, Raise, TakenBack
from hub.web.language import words
from hub.web.services import Services
from hub.web.shown import AlarmPage, AlarmShown, AlarmWithTimeline, ProblemShown, RaisedShown

_PROBLEM = ProblemShown.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
del _PROBLEM["$defs"]  # the framework publishes these itself
PROBLEMS: dict[int | str, dict[str, Any]] = {
    int(status): {"description": status.phrase, "content": {"application/problem+json": {"schema": _PROBLEM}}}
    for status in map(HTTPStatus, (400, 401, 403, 404, 409, 413, 415, 422, 429, 503))
}

router = APIRouter(prefix="/api", responses=PROBLEMS)


# Async, though they wait for nothing: the framework would send plain ones through its thread pool at every request.
async def services(request: Request) -> Services:
    if "alarm" in request.path_params:
        # Whatever is logged of this request says which alarm it was about.
        bind_contextvars(alarm=request.path_params["alarm"])
    found: Services = request.app.state.services
    return found


async def credential(request: Request) -> str:
    """The token that the request carries."""
    token, _ = token_of(request.headers.get("authorization"), request.headers.get("cookie"))
    if token is None:
        raise Unauthenticated("Send Authorization: Bearer with the device's token, or sign in at POST /api/session.")
    return token


Hub = Annotated[Services, Depends(services)]
Token = Annotated[str, Depends(credential)]


async def caller(hub: Hub, token: Token) -> Principal:
    """The person or device behind the token."""
    async with hub.database.read() as tx:
        return await principal(tx, token, hub.clock.now())


Caller = Annotated[Principal, Depends(caller)]


@router.post("/alarms", status_code=201, response_model=RaisedShown, responses={200: {"model": RaisedShown}})
async def raise_alarm(hub: Hub, token: Token, body: Raise) -> Response:
    """Raise an alarm. 201 once it is on disk; the same id again: 200 and the same alarm."""
    bind_contextvars(alarm=body.id)
    raised = await hub.alarms.raise_alarm(token, body.trigger())
    warnings = {"warnings": list(raised.warnings)} if raised.warnings else {}
    status = 201 if raised.created else 200
    return Response(orjson.dumps(raised.alarm | warnings), status, media_type="application/json")


@router.get("/alarms", responses={200: {"model": AlarmPage}})
async def list_alarms(
    hub: Hub,
    by: Caller,
    state: Literal["open", "all"] = "all",
    before: Annotated[str | None, Query(max_length=120)] = None,
) -> dict[str, Any]:
    """The alarms that the caller may see, newest first; a withdrawn one stays open until resolved."""
    async with hub.database.read() as tx:
        return await queries.page(tx, hub.alarms, by, state == "open", before)


@router.get("/alarms/{alarm}", responses={200: {"model": AlarmWithTimeline}})
async def one_alarm(hub: Hub, by: Caller, alarm: str) -> dict[str, Any]:
    """One alarm with its timeline."""
    async with hub.database.read() as tx:
        return await queries.one(tx, hub.alarms, by, alarm)


@router.post("/alarms/{alarm}/answers", responses={200: {"model": AlarmShown}})
async def answer(hub: Hub, token: Token, alarm: str, body: AnswerGiven) -> dict[str, Any]:
    """Say whether you come."""
    return await hub.alarms.answer(token, alarm, body.answer, body.as_of)


@router.post("/alarms/{alarm}/resolve", responses={200: {"model": AlarmShown}})
async def resolve(hub: Hub, token: Token, alarm: str, body: AllClear) -> dict[str, Any]:
    """Give the all clear."""
    return await hub.alarms.resolve(token, alarm, body.as_of, body.said())


@router.post("/alarms/{alarm}/withdraw", responses={200: {"model": AlarmShown}})
async def withdraw(hub: Hub, token: Token, alarm: str, body: TakenBack) -> dict[str, Any]:
    """Take your own alarm back; it stays visible to responders as possibly coerced."""
    return await hub.alarms.withdraw(token, alarm, body.as_of, body.pin)


@router.get("/reach")
async def reach(hub: Hub, by: Caller, request: Request, unit: Annotated[str, Query(max_length=200)]) -> dict[str, Any]:
    """Who would hear an alarm in the unit now, device by device, and why not; in the caller's language."""
    async with hub.database.read() as tx:
        setting = await hub.alarms.setting(tx, by.institution)
        _known_unit(setting.site, unit)
        found = await hub.reach.unit(tx, by.institution, unit)
    return reach_json(found, setting.site, setting.limit(unit).people, words(request))


@router.post("/proofs", status_code=201)
async def ask_me(hub: Hub, token: Token) -> dict[str, Any]:
    """Ask for a test of your own now: it goes the whole way that an alarm would, to your screens and by push."""
    return await hub.proofs.ask_me(token)


@router.post("/proofs/{proof}")
async def prove(hub: Hub, token: Token, proof: str) -> dict[str, Any]:
    """Say that you have heard the test of your shift; from now on you count fully."""
    return await hub.proofs.prove(token, proof)


@router.get("/proofs")
async def proofs(hub: Hub, by: Caller) -> dict[str, Any]:
    """The caller's own last proofs, device by device, and the test that still waits for them."""
    async with hub.database.read() as tx:
        return {"missing": await hub.proofs.missing(tx, by), "proofs": await hub.proofs.last(tx, by)}


@router.get("/duty")
async def duty(
    hub: Hub, by: Caller, unit: Annotated[str | None, Query(max_length=200)] = None, at: Moment | None = None
) -> dict[str, Any]:
    """Who is on duty, now or at another moment."""
    moment: datetime = at or hub.clock.now()
    async with hub.database.read() as tx:
        site = await hub.sites.get(tx, by.institution)
        if unit is not None:
            _known_unit(site, unit)
        now = await roster.duty(tx, by.institution, moment)
    people = [
        {
            "person": one.person,
            "name": site.people[one.person].name if one.person in site.people else one.person,
            "unit": one.unit,
            "duty": str(one.duty),
        }
        for one in now.on_duty
        if unit is None or one.unit == unit
    ]
    return {"at": rfc3339(moment), "people": people}


@router.get("/devices")
async def devices(hub: Hub, by: Caller) -> dict[str, Any]:
    """The institution's devices, for those who manage it; everybody else sees their own."""
    async with hub.database.read() as tx:
        site = await hub.sites.get(tx, by.institution)
    shown = [
        {
            "id": device.id,
            "kind": device.kind.value,
            "person": device.person,
            "place": device.place,
            "revoked": device.revoked,
            "connected": bool(hub.sockets.of_device(by.institution, device.id)),
        }
        for device in site.devices.values()
        if access.manages(by) or device.id == by.device or (by.person is not None and device.person == by.person)
    ]
    return {"devices": shown}


@router.get("/journal/verify")
async def verify_journal(hub: Hub, by: Caller) -> dict[str, Any]:
    """Follow the institution's whole journal and name the first row that was altered, removed or reordered."""
    if not access.manages(by):
        raise Forbidden("Only managers and administrators check the journal.")
    async with hub.database.read() as tx:
        verdict = await checkpoints.verify(tx, by.institution)
    return {"institution": verdict.institution, "rows": verdict.rows, "whole": verdict.whole, "fault": verdict.fault}


def _known_unit(site: Site, unit: str) -> None:
    if unit not in site.units:
        raise NotFound(f"unit: there is no unit {unit!r} here; it has {', '.join(site.units) or 'none'}")
