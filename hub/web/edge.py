"""The edge: every request passes here before any endpoint, and what is unsafe or unclear goes no further."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.errors import Forbidden, HubError
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
# The pages that a person fills in without a script, and those of them that take a picture.
TAKE_FORMS = (
    "/admin/",
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
TAKE_FILES = ("/admin/plans",)
# Where programs bring XML, which whoever reads it holds to limits of its own.
_XML = frozenset({"text/xml", "application/xml", "application/soap+xml"})
TAKE_XML = ("/api/cases/receipts",)
LARGEST_FORM = LARGEST_BODY + 2 * 1024 * 1024


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
                receive = _again(await _checked_body(headers, receive, scope["path"]), receive)
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


async def _checked_body(headers: Headers, receive: Receive, path: str) -> bytes:
    most = LARGEST_FORM if path in TAKE_FILES else LARGEST_BODY
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > most:
        raise TooLarge(f"The body may be {most} bytes: send less.")
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise NotJson("The body broke off: send it again.")
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise TooLarge(f"The body may be {most} bytes: send less.")
        parts.append(part)
        if not message.get("more_body", False):
            break
    body = b"".join(parts)
    if body:
        _check_type(headers, body, path)
    return body


def _check_type(headers: Headers, body: bytes, path: str) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _JSON:
        if len(body) > LARGEST_BODY:
            raise TooLarge(f"The body may be {LARGEST_BODY} bytes: send less.")
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
