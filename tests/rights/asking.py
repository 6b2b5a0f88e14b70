"""Who asks, with which credential, and how each was answered."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from websockets.datastructures import Headers
from websockets.http11 import Request

from hub.errors import Unauthenticated
from tests.rights.doors import Door, body
from tests.scenarios.phones import Phone
from tests.scenarios.world import House

# Column -> who it is; the panel hangs in nord, and the manager's phone lay in a bus.
ASKERS = {
    "nobody": "",
    "panel": "board-nord",
    "phone": "phone-leif",
    "staff": "anna",
    "safety": "nora",
    "lead": "lone",
    "manager": "leif",
    "admin": "ada",
}
LET_IN, REFUSED, NOT_THERE, SIGN_IN = "+", "-", ".", "?"
# What no row may hold: the hub itself failed.
FELL = "!"
_STATUS = {401: SIGN_IN, 403: REFUSED, 404: NOT_THERE, 410: NOT_THERE, 429: SIGN_IN}
_CODE = {"unauthenticated": SIGN_IN, "forbidden": REFUSED, "not_found": NOT_THERE}


@dataclass(slots=True)
class Answer:
    status: int = 0
    location: str = ""
    text: bytes = b""

    @property
    def verdict(self) -> str:
        """How it went: who is let in may still be told that what they sent makes no sense."""
        if self.status >= 500:
            return FELL
        if self.status == 303 and self.location.startswith("/login"):
            return SIGN_IN
        return _STATUS.get(self.status, LET_IN)


async def ask(app: FastAPI, door: Door, things: Mapping[str, str], credential: Mapping[str, str]) -> Answer:
    """One request, straight into the served application."""
    query, content, kind = body(door, things)
    headers = {"host": "hub.example", "origin": "http://hub.example", "content-type": kind, **credential}
    headers["content-length"] = str(len(content))
    path = door.address(things)
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": door.method,
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value],
        "client": ("127.0.0.1", 1), "server": ("hub.example", 80),
    }  # fmt: skip
    answer = Answer()

    asked = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not asked:
            # An answer in pieces asks for more while it is sent, and is itself the end of that: nobody hangs up here.
            await asyncio.Event().wait()
        return asked.pop()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.location = dict(message["headers"]).get(b"location", b"").decode()
        else:
            answer.text += message.get("body", b"")

    # What the application fails at it raises once more when the answer, 500, has been sent.
    with suppress(Exception):
        await app(scope, receive, send)
    return answer


async def say(phone: Phone, door: Door, things: Mapping[str, str]) -> str:
    """One frame on the line, and how it went."""
    phone.refusals.clear()
    phone.say({"type": door.path, **door.said(things)})
    await phone.house.settle()
    if not phone.refusals:
        return LET_IN
    return _CODE.get(phone.refusals.popleft()["code"], LET_IN)


async def knock(house: House, credential: Mapping[str, str]) -> str:
    """Whether a line is opened at all."""
    try:
        await house.live.admit(Request("/live", Headers(credential)))
    except Unauthenticated:
        return SIGN_IN
    return LET_IN
