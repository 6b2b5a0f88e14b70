"""The queue between hubs and workers, on arq: wake-ups that a channel has something due, never what is to be sent.

What must be sent stands in the outbox, which every worker also looks through every second by itself: a wake-up that
is lost, comes twice or finds nothing costs nobody anything.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

import orjson
import structlog
from arq import ArqRedis, Worker, func
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from hub.clock import Clock
from hub.storage.outbox import Posted

# A queue a role: a heap of e-mails must not stand in the way of a push message. The words are the outbox's channels.
CRITICAL, REST = "hub:critical", "hub:rest"
URGENT = frozenset({"push", "sms", "voice"})
# How often a worker asks for wake-ups, and how long one may take: it only begins the sending.
ASKS_EVERY = {CRITICAL: 0.05, REST: 0.5}
WITHIN = 5
# The name by which hubs and workers of all versions know the job: a worker without it throws the wake-up away.
JOB = "carry"
PATIENCE = 2.0
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=0.5), timedelta(seconds=4)

_log = structlog.get_logger("hub.cluster")


def queue_of(channel: str) -> str:
    return CRITICAL if channel in URGENT else REST


class Wakes:
    """A hub's end: wakes a worker when something was posted, if there is any worker."""

    def __init__(self, url: str, clock: Clock, anybody: Callable[[], bool]) -> None:
        self._redis = _connected(url)
        self._clock = clock
        self._anybody = anybody
        self._posted: dict[Posted, None] = {}
        self._some = asyncio.Event()

    def noticed(self, facts: Sequence[object]) -> None:
        """Takes down what was posted; without a worker nobody would ever take it out of the queue."""
        posted = [fact for fact in facts if isinstance(fact, Posted)]
        if posted and self._anybody():
            self._posted |= dict.fromkeys(posted)
            self._some.set()

    async def run(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            posted, self._posted = self._posted, {}
            now = self._clock.now()
            with suppress(RedisError, OSError, TimeoutError):
                # What is due by now is one wake-up, however much it is.
                for channel, due in sorted({(one.channel, max(one.due_at, now)) for one in posted}):
                    async with asyncio.timeout(PATIENCE):
                        await self._redis.enqueue_job(JOB, channel, _queue_name=queue_of(channel), _defer_until=due)

    async def close(self) -> None:
        await _closed(self._redis)


class Woken:
    """A worker's end of one queue: survives that Redis goes away, which ends arq's own worker."""

    def __init__(self, url: str, queue: str, clock: Clock, carry: Callable[[str], Awaitable[None]]) -> None:
        self._url = url
        self._queue = queue
        self._clock = clock
        self._carry = carry
        self._pause = SHORTEST_PAUSE
        self._said = False

    async def run(self) -> None:
        """Takes wake-ups for ever; each time that Redis goes away is said once, and it is asked until it is back."""
        while True:
            try:
                await self._take()
            except (RedisError, OSError, TimeoutError) as gone:
                if not self._said:
                    _log.warning("no wake-ups from Redis: sending goes on, up to a second later", because=str(gone))
                self._said = True
            await self._clock.sleep_until(self._clock.now() + self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    async def _take(self) -> None:
        redis = _connected(self._url)
        worker = Worker(
            [func(cast(Any, self._job), name=JOB)],
            queue_name=self._queue,
            redis_pool=redis,
            on_startup=cast(Any, self._answered),
            poll_delay=ASKS_EVERY[self._queue],
            job_timeout=WITHIN,
            keep_result=0,
            log_results=False,
            handle_signals=False,
            job_serializer=_packed,
            job_deserializer=orjson.loads,
        )
        try:
            await worker.async_run()
        finally:
            jobs = list(worker.tasks.values())
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await _closed(redis)

    async def _answered(self, _context: dict[Any, Any]) -> None:
        self._pause, self._said = SHORTEST_PAUSE, False

    async def _job(self, _context: dict[Any, Any], channel: str) -> None:
        # A job that is given up must not take with it what has been leased already.
        await asyncio.shield(self._carry(channel))


def _connected(url: str) -> ArqRedis:
    pool = ConnectionPool.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    return ArqRedis(pool, job_serializer=_packed, job_deserializer=orjson.loads)


async def _closed(redis: ArqRedis) -> None:
    with suppress(RedisError, OSError):
        await redis.aclose(close_connection_pool=True)


def _packed(job: dict[str, Any]) -> bytes:
    # An error that a job ended with is told by its words.
    return orjson.dumps(job, default=str)
