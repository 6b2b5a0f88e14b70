"""Hints between hubs over Redis: a journal moved, a frame is for whoever sits elsewhere. A lost one costs a second."""

import asyncio
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from hub.delivery.sockets import Envelope

CHANNEL = "hub:hints"
# Older ones than these have been found in the journal by the time that Redis is back.
MOST_WAITING = 1000
PATIENCE = 2.0

_log = structlog.get_logger("hub.cluster")


class Hints:
    """What this hub tells the others, and hears from them, while Redis is there."""

    def __init__(
        self, url: str, node: str, moved: Callable[[str], None], carried: Callable[[Sequence[Envelope]], None]
    ) -> None:
        self._redis = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=PATIENCE)
        self._node = node
        self._heard_moved = moved
        self._heard_carried = carried
        self._moved: dict[str, None] = {}
        self._frames: deque[Envelope] = deque(maxlen=MOST_WAITING)
        self._some = asyncio.Event()
        self.connected = False

    def moved(self, institution: str) -> None:
        """Tells the others that there is something new in an institution's journal."""
        self._moved[institution] = None
        self._some.set()

    def carry(self, envelopes: Sequence[Envelope]) -> None:
        """Hands the others frames that stand in no journal."""
        self._frames.extend(envelopes)
        self._some.set()

    async def speak(self) -> None:
        """Publishes what there is to tell, as soon as there is something; what Redis does not take is dropped."""
        while True:
            await self._some.wait()
            self._some.clear()
            moved, self._moved = list(self._moved), {}
            frames = [_packed(self._frames.popleft()) for _ in range(len(self._frames))]
            message = orjson.dumps({"from": self._node, "moved": moved, "frames": frames})
            with suppress(RedisError, OSError, TimeoutError):
                await asyncio.wait_for(self._redis.publish(CHANNEL, message), PATIENCE)

    async def listen(self) -> None:
        """Hears the others; when Redis goes away this falls, and its owner starts it again."""
        try:
            async with self._redis.pubsub() as channel:
                await asyncio.wait_for(channel.subscribe(CHANNEL), PATIENCE)
                self.connected = True
                async for message in channel.listen():
                    if message["type"] == "message":
                        self._hear(message["data"])
        except (RedisError, OSError, TimeoutError) as gone:
            # No fault of this hub's, and nothing is lost by it: the journal is read every second meanwhile.
            _log.warning("no hints from Redis: other hubs' news come a second later", because=str(gone))
        finally:
            self.connected = False

    async def close(self) -> None:
        """Lets go of Redis."""
        with suppress(RedisError, OSError):
            await self._redis.aclose()

    def _hear(self, text: bytes) -> None:
        said = orjson.loads(text)
        if said["from"] == self._node:
            return
        for institution in said["moved"]:
            self._heard_moved(institution)
        if said["frames"]:
            self._heard_carried([_unpacked(one) for one in said["frames"]])


def _packed(one: Envelope) -> dict[str, Any]:
    return {
        "of": one.institution,
        "people": list(one.people),
        "devices": list(one.devices),
        "frame": b64encode(one.frame).decode(),
    }


def _unpacked(said: dict[str, Any]) -> Envelope:
    return Envelope(said["of"], None, said["people"], said["devices"], b64decode(said["frame"]))
