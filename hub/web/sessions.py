"""Signing in and out in a browser, and the list of where one is signed in."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from hub.clock import rfc3339
from hub.errors import Forbidden
from hub.people import access, devices
from hub.people.access import Principal
from hub.people.devices import Reason
from hub.web.api import PROBLEMS, Caller, Hub, Token
from hub.web.credentials import COOKIE, DEVICE_COOKIE
from hub.web.frames import SignIn
from hub.web.services import Services

router = APIRouter(prefix="/api", responses=PROBLEMS)


@router.post("/session", status_code=201)
async def sign_in(hub: Hub, request: Request, body: SignIn) -> Response:
    """Sign in with a user name and a password; the session's cookie comes with the answer."""
    address = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")
    signed_in = await hub.sign_ins.sign_in(body.username, body.password, address, agent)
    session = signed_in.session
    shown = {
        "institution": session.institution,
        "person": session.person,
        "session": session.id,
        "expires_at": rfc3339(session.expires_at),
    }
    response = JSONResponse(shown, 201)
    response.set_cookie(COOKIE, signed_in.token, httponly=True, samesite="lax", secure=secure(request), path="/")
    return response


def secure(request: Request) -> bool:
    """Whether the browser speaks TLS, to the hub or to the proxy in front of it."""
    services: Services = request.app.state.services
    return request.url.scheme == "https" or (services.settings.public_url or "").startswith("https:")


@router.get("/session")
async def who_am_i(hub: Hub, by: Caller) -> dict[str, Any]:
    """The person or device that this credential stands for."""
    by = await hub.sign_ins.keep_alive(by)
    shown: dict[str, Any] = {"institution": by.institution, "person": by.person, "device": by.device}
    shown |= {"role": by.role.value if by.role else None, "units": list(by.units)}
    if by.expires_at is not None:
        shown |= {"session": by.session, "expires_at": rfc3339(by.expires_at)}
    return shown


@router.delete("/session", status_code=204)
async def sign_out(hub: Hub, by: Caller, token: Token, request: Request) -> Response:
    """Sign out here; its sockets close at once. A phone that a code made somebody's is nobody's afterwards."""
    response = Response(status_code=204)
    if (
        by.session is None
        and by.device is not None
        and by.person is not None
        and token == request.cookies.get(DEVICE_COOKIE)
    ):
        which = by.device
        await hub.desk.change(
            by.institution, token, lambda change: devices.revoke(change, which, Reason.SIGNED_OUT), access.may_raise
        )
        response.delete_cookie(DEVICE_COOKIE, path="/")
        return response
    person, session = _session(by)
    await hub.sign_ins.end_session(by.institution, person, session, person)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/sessions")
async def sessions(hub: Hub, by: Caller) -> dict[str, Any]:
    """Where this person is signed in."""
    person, here = _session(by)
    shown = [
        {
            "id": one.id,
            "here": one.id == here,
            "created_at": rfc3339(one.created_at),
            "last_seen_at": rfc3339(one.last_seen_at),
            "expires_at": rfc3339(one.expires_at),
            "user_agent": one.user_agent,
            "address": one.address,
        }
        for one in await hub.sign_ins.sessions(by.institution, person)
    ]
    return {"sessions": shown}


@router.delete("/sessions/{session}", status_code=204)
async def end_session(hub: Hub, by: Caller, session: str) -> Response:
    """Sign this person out of one browser."""
    person, _ = _session(by)
    await hub.sign_ins.end_session(by.institution, person, session, person)
    return Response(status_code=204)


def _session(by: Principal) -> tuple[str, str]:
    if by.person is None or by.session is None:
        raise Forbidden("Only somebody signed in with a password has sessions: sign in first.")
    return by.person, by.session
