"""A push service like a browser maker's: Firefox stays connected to it, the hub posts to it; it misbehaves if asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.contracts.browser import padded, unpadded
from tests.contracts.over_http import Answer, Call, wants
from tests.contracts.standins import PushService

# What Firefox acknowledges with: shown to the worker, or not to be opened with the subscription's keys.
DELIVERED, UNREADABLE = 100, 101


class LocalPushService(PushService):
    """RFC 8030 towards the hub; towards Firefox the socket protocol of its own service."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, str] = {}
        """Subscription -> the application server's key that the browser made it for."""
        self.says_next: list[Answer] = []
        """Answers that are given before it behaves again."""
        self.tampers = False
        self.held: list[tuple[str, bytes]] | None = None
        """A list while no browser is connected: messages wait in it."""
        self.acknowledged: asyncio.Queue[int] = asyncio.Queue()
        self.took: asyncio.Queue[str] = asyncio.Queue()
        self.address = ""
        self._line: ServerConnection | None = None
        self._registered: set[str] = set()

    def endpoint(self, name: str) -> str:
        return f"{self.url}/push/{name}"

    def judge(self, call: Call) -> Answer:
        if self.says_next:
            return self.says_next.pop(0)
        name = call.target.removeprefix("/push/")
        wants(call.method == "POST" and name in self.keys, 404, "no such subscription")
        wants(int(call.headers.get("ttl", "0")) > 0, 400, "dropped if the browser sleeps")
        wants(call.headers.get("content-encoding") == "aes128gcm", 415, "the encoding")
        wants(len(call.body) <= 4096, 413, "more than 4096 bytes")
        self.application_server_key = self.keys[name]
        self._check_vapid(call.headers.get("authorization", ""))
        self.taken.append(call.body)
        self.took.put_nowait(name)
        if self.held is None:
            self.deliver(name, call.body)
        else:
            self.held.append((name, call.body))
        return Answer(201, headers=(("Location", f"{self.url}/message/{len(self.taken)}"),))

    def deliver(self, name: str, body: bytes) -> None:
        """Hands a message to the browser, if the subscription is the connected browser's own."""
        if self._line is None or name not in self._registered:
            return
        if self.tampers:
            body = body[:-1] + bytes((body[-1] ^ 1,))
        said = {
            "messageType": "notification",
            "channelID": name,
            "version": uuid4().hex,
            "ttl": 60,
            "data": unpadded(body),
            "headers": {"encoding": "aes128gcm"},
        }
        self._sending = asyncio.ensure_future(self._line.send(json.dumps(said)))

    def browser_is_back(self) -> None:
        waiting, self.held = self.held or [], None
        for name, body in waiting:
            self.deliver(name, body)

    async def _serve_browser(self, line: ServerConnection) -> None:
        self._line = line
        # A browser that is killed says no goodbye.
        with suppress(ConnectionClosed):
            while True:
                said = json.loads(await line.recv())
                kind = said.get("messageType")
                if kind == "ack":
                    for update in said["updates"]:
                        self.acknowledged.put_nowait(update.get("code", DELIVERED))
                else:
                    await line.send(json.dumps(self._replied(said) if kind else {}))
        if self._line is line:
            self._line = None

    def _replied(self, said: dict[str, str]) -> dict[str, object]:
        kind, name = said["messageType"], said.get("channelID", "")
        if kind == "hello":
            uaid = said.get("uaid") or uuid4().hex
            return {"messageType": "hello", "status": 200, "uaid": uaid, "use_webpush": True, "broadcasts": {}}
        answer: dict[str, object] = {"messageType": kind, "status": 200, "channelID": name}
        if kind == "register":
            self.keys[name] = unpadded(padded(said["key"]))
            self._registered.add(name)
            answer["pushEndpoint"] = self.endpoint(name)
        elif kind == "unregister":
            self.keys.pop(name, None)
        return answer

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["LocalPushService"]:
        async with self.listening(), serve(self._serve_browser, "127.0.0.1", 0, ping_interval=None) as server:
            self.address = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            yield self
