"""The edge: every request passes here before any endpoint, and what is unsafe or unclear goes no further."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.errors import Forbidden, HubError
from hub.messaging import attachment
from hub.web.credentials import own_origin
from hub.web.problems import problem
from hub.web.strictjson import LARGEST_BODY, NotJson, TooLarge, loads

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# The second is JSON too, under the name that browsers give to their own reports.
_JSON = frozenset({"application/json", "application/csp-report"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}

FORM = "application/x-www-form-urlencoded"
FORM_WITH_FILES = "multipart/form-data"
# A file by itself. No form of another house's page can say this of what it sends.
FILE = "application/octet-stream"
# The pages that a person fills in without a script.
TAKE_FORMS = (
    "/admin/",
    "/alarms/",
    "/cases",
    "/enrol/",
    "/citizens",
    "/incidents",
    "/l/",
    "/login",
    "/messages",
    "/planning",
    "/rest",
    "/roster",
    "/swaps",
    "/wall",
)
# Where programs bring XML, which whoever reads it holds to limits of its own.
_XML = frozenset({"text/xml", "application/xml", "application/soap+xml"})
TAKE_XML = ("/api/cases/receipts",)
LARGEST_FORM = LARGEST_BODY + 2 * 1024 * 1024
# Where files are taken, as what, and how much of them: read only once it is known who sends them.
TAKE_FILES = (
    (re.compile(r"/admin/plans"), FORM_WITH_FILES, LARGEST_FORM),
    (re.compile(r"/(?:messages|l)/[^/]+"), FORM_WITH_FILES, LARGEST_BODY + attachment.LARGEST_TOGETHER),
    (re.compile(r"/api/conversations/[^/]+/attachments"), FILE, attachment.LARGEST),
)
LONG_FORMS = ("/admin/plans",)


class NotTheRightType(HubError):
    status = 415
    code = "not_json"
    title = "Send JSON"


class Edge:
    """Plain ASGI middleware: body size while streaming, strict JSON, the Origin of cookie requests, safe headers."""

    def __init__(self, app: ASGIApp, public_url: str | None) -> None:
        self._app = app
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            if scope["method"] not in _SAFE:
                headers = Headers(scope=scope)
                self._check_origin(headers)
                receive = await _checked(headers, receive, scope["path"])
        except HubError as refusal:
            # The rest of a body that is too large is thrown away as it comes, until the door's deadline: hung up on in
            # the midst of sending, most clients would never read why.
            await problem(refusal)(scope, receive, send_safely)
            return
        await self._app(scope, receive, send_safely)

    def _check_origin(self, headers: Headers) -> None:
        """A page of somebody else's must not act with our cookie; programs with a token send no Origin."""
        origin = headers.get("origin")
        if origin is None or "authorization" in headers:
            return
        if not own_origin(origin, headers.get("host"), self._public_url):
            raise Forbidden("This request came from a page that is not the hub's: open the hub itself and try again.")


async def _checked(headers: Headers, receive: Receive, path: str) -> Receive:
    """A `receive` that gives no more than may be sent there: files as they come, all else once it is known to fit."""
    files = next((most for where, kind, most in TAKE_FILES if where.fullmatch(path) and kind == _kind(headers)), None)
    most = files or (LARGEST_FORM if path in LONG_FORMS else LARGEST_BODY)
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > most:
        raise _too_large(most)
    counted = _counted(receive, most)
    if files is not None:
        return counted
    parts: list[bytes] = []
    more = True
    while more:
        message = await counted()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(parts)
    if body:
        _check_type(headers, body, path)
    return _again(body, receive)


def _counted(receive: Receive, most: int) -> Receive:
    """A `receive` that refuses a body that breaks off or is too large."""
    size, whole = 0, False

    async def counted() -> Message:
        nonlocal size, whole
        message = await receive()
        if whole:
            return message
        if message["type"] != "http.request":
            raise NotJson("The body broke off: send it again.")
        size += len(message.get("body", b""))
        if size > most:
            raise _too_large(most)
        whole = not message.get("more_body", False)
        return message

    return counted


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body may be {most} bytes: send less.")


def _kind(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _check_type(headers: Headers, body: bytes, path: str) -> None:
    kind = _kind(headers)
    if kind in _JSON:
        if len(body) > LARGEST_BODY:
            raise _too_large(LARGEST_BODY)
        if not isinstance(loads(body), dict):
            raise NotJson("The body must be one JSON object.")
    elif kind in _XML and path in TAKE_XML:
        return
    elif kind not in (FORM, FORM_WITH_FILES) or not path.startswith(TAKE_FORMS):
        raise NotTheRightType("Send the body as JSON, with Content-Type: application/json.")


def _again(body: bytes, receive: Receive) -> Callable[[], Awaitable[Any]]:
    """A `receive` that gives the body that was read here, then whatever comes after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
