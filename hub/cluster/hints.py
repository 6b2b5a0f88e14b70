"""Hints over Redis: a journal moved, a frame is for others' sockets, a worker is here. A lost one costs a second."""

import asyncio
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from hub.clock import Clock
from hub.delivery.sockets import Envelope

CHANNEL = "hub:hints"
# Older ones than these have been found in the journal by the time that Redis is back.
MOST_WAITING = 1000
PATIENCE = 2.0
# Between two attempts to hear again.
PAUSE = timedelta(seconds=0.5)
BEAT_EVERY = timedelta(seconds=3)
# A worker that has said nothing for so long is gone.
GONE_AFTER = timedelta(seconds=10)

_log = structlog.get_logger("hub.cluster")


class Hints:
    """What this hub tells the others, and hears from them, while Redis is there."""

    def __init__(
        self,
        url: str,
        node: str,
        clock: Clock,
        moved: Callable[[str], None] = lambda _institution: None,
        carried: Callable[[Sequence[Envelope]], None] = lambda _envelopes: None,
    ) -> None:
        self._redis = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=PATIENCE)
        self._node = node
        self._clock = clock
        self._began = clock.now()
        self._works = False
        self._workers: dict[str, datetime] = {}
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
        if envelopes:
            self._frames.extend(envelopes)
            self._some.set()

    async def speak(self) -> None:
        """Publishes what there is to tell, as soon as there is something; what Redis does not take is dropped."""
        while True:
            await self._some.wait()
            self._some.clear()
            moved, self._moved = list(self._moved), {}
            frames = [_packed(self._frames.popleft()) for _ in range(len(self._frames))]
            message = orjson.dumps({"from": self._node, "moved": moved, "frames": frames, "works": self._works})
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._redis.publish(CHANNEL, message)

    async def beat(self) -> None:
        """Lets the hubs know, for ever, that a worker is here."""
        self._works = True
        while True:
            self._some.set()
            await self._clock.sleep_until(self._clock.now() + BEAT_EVERY)

    @property
    def workers(self) -> int:
        """How many workers have been heard of lately."""
        now = self._clock.now()
        self._workers = {name: at for name, at in self._workers.items() if abs(now - at) < GONE_AFTER}
        return len(self._workers)

    @property
    def alone(self) -> bool:
        """Whether no worker has been heard of for as long as it takes to be sure."""
        return not self.workers and self._clock.now() - self._began >= GONE_AFTER

    async def listen(self) -> None:
        """Hears the others for ever; each time that Redis goes away is said once, and it is asked until it is back."""
        said = False
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    async with asyncio.timeout(PATIENCE):
                        await channel.subscribe(CHANNEL)
                    await self._hear_all(channel)
            except (RedisError, OSError, TimeoutError) as gone:
                if self.connected or not said:
                    # No fault of this hub's, and nothing is lost by it: the journal is read every second meanwhile.
                    _log.warning("no hints from Redis: other hubs' news come a second later", because=str(gone))
                said = True
            finally:
                self.connected = False
            await self._clock.sleep_until(self._clock.now() + PAUSE)

    async def _hear_all(self, channel: PubSub) -> None:
        """Raises as soon as Redis says nothing any more, not even that it is there."""
        asked = False
        while True:
            message = await channel.get_message(timeout=PATIENCE)
            if message is not None:
                asked = False
                # The first answer is that it has subscribed us: from now on nothing passes unheard.
                self.connected = True
                if message["type"] == "message":
                    self._hear(message["data"])
            elif asked:
                raise TimeoutError("it does not answer")
            else:
                await channel.ping()
                asked = True

    async def close(self) -> None:
        """Lets go of Redis."""
        with suppress(RedisError, OSError):
            await self._redis.aclose()

    def _hear(self, text: bytes) -> None:
        said = orjson.loads(text)
        if said["from"] == self._node:
            return
        if said.get("works"):
            self._workers[said["from"]] = self._clock.now()
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
