"""A small hub that does what a test tells it to, on a real socket: the far end of a device's line."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

Frame = dict[str, Any]
TOKEN = "dev_" + "a" * 43


def alarm(number: str, version: int = 1, state: str = "raised", **more: Any) -> Frame:
    stands = {"id": number, "unit": "nord", "kind": "alarm", "state": state, "version": version, "step": 0}
    return {**stands, "raised_by": "freja", "raised_at": "2026-11-21T20:00:00.000Z", "answers": [], **more}


class ScriptedHub:
    """Keeps a journal, answers presses, and can be told to lose its line, its voice or its temper."""

    def __init__(self) -> None:
        self.url = ""
        self.journal: list[Frame] = []
        self.open: dict[str, Frame] = {}
        self.got: asyncio.Queue[Frame] = asyncio.Queue()
        self.hellos: list[Frame] = []
        self.posts: list[Frame] = []
        self.deaf_to: set[str] = set()
        self.refusing: Frame | None = None
        self.token = TOKEN
        self.lines: set[WebSocket] = set()

    async def tell(self, event: str, stands: Frame) -> None:
        """Writes one journal row and sends it to every line."""
        self.journal.append({"type": "alarm", "cursor": len(self.journal) + 1, "event": event, "alarm": stands})
        self.open[stands["id"]] = stands
        for line in list(self.lines):
            await line.send_json(self.journal[-1])

    async def cut(self) -> None:
        """Breaks every line."""
        for line in list(self.lines):
            self.lines.discard(line)
            with suppress(RuntimeError):
                await line.close(1012)

    async def next(self, kind: str, within: float = 5) -> Frame:
        """The next frame of this kind from any device."""
        async with asyncio.timeout(within):
            while (frame := await self.got.get())["type"] != kind:
                pass
            return frame

    async def live(self, line: WebSocket) -> None:
        if line.headers.get("authorization") != f"Bearer {self.token}":
            await line.send_denial_response(Response(status_code=401))
            return
        await line.accept(subprotocol="hub.v1")
        with suppress(WebSocketDisconnect):
            await self._greet(line, await line.receive_json())
            while True:
                await self._take(line, await line.receive_json())
        self.lines.discard(line)

    async def post(self, request: Request) -> Response:
        press = await request.json()
        self.posts.append(press)
        stands = alarm(press["id"])
        fresh = press["id"] not in self.open
        self.open[press["id"]] = stands
        return JSONResponse(stands, status_code=201 if fresh else 200)

    async def _greet(self, line: WebSocket, hello: Frame) -> None:
        self.hellos.append(hello)
        self.lines.add(line)
        cursor = len(self.journal) if hello["cursor"] is None else hello["cursor"]
        stands = [one for one in self.open.values() if one["state"] != "resolved"]
        await line.send_json({"type": "snapshot", "cursor": cursor, "alarms": stands, "unread": 0})
        for row in self.journal[cursor:]:
            await line.send_json(row)

    async def _take(self, line: WebSocket, frame: Frame) -> None:
        await self.got.put(frame)
        if frame["type"] in self.deaf_to:
            return
        if frame["type"] == "raise":
            if self.refusing is not None:
                await line.send_json({"type": "refused", "re": frame["id"], **self.refusing})
                return
            await line.send_json({"type": "accepted", "id": frame["id"], "alarm": alarm(frame["id"])})
        elif frame["type"] == "answer":
            stands = self.open[frame["alarm"]]
            given = {"person": "mette", "answer": frame["answer"], "at": "2026-11-21T20:00:03.000Z"}
            said = [*stands["answers"], given]
            await self.tell("answered", {**stands, "version": stands["version"] + 1, "answers": said})
        elif frame["type"] == "resolve":
            stands = self.open[frame["alarm"]]
            if frame["as_of"] < stands["version"]:
                refused = {"type": "refused", "re": frame["alarm"], "code": "stale", "detail": "It has changed."}
                await line.send_json({**refused, "alarm": stands})
                return
            await self.tell("resolved", {**stands, "version": stands["version"] + 1, "state": "resolved"})


@asynccontextmanager
async def serving(hub: ScriptedHub) -> AsyncIterator[ScriptedHub]:
    """The scripted hub on a free port of this machine."""
    app = Starlette(
        routes=[WebSocketRoute("/live", hub.live), Route("/api/alarms", hub.post, methods=["POST"])],
    )
    config = uvicorn.Config(app, lifespan="off", log_config=None, ws="websockets-sansio", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        hub.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield hub
        finally:
            await hub.cut()
            server.should_exit = True
            await running
