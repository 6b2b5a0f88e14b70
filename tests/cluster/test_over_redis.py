"""What goes over Redis comes again when Redis does: hints between hubs, and wake-ups for workers."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from clients.demo.servers import ValkeyServer
from hub.chores import Chores
from hub.clock import SystemClock
from hub.cluster.hints import Hints
from hub.cluster.queue import CRITICAL, REST, Wakes, Woken, queue_of
from hub.delivery.sockets import Envelope
from hub.escalation.rules import CHANNELS
from hub.storage.outbox import Posted
from tests.cluster.ward import looks

pytestmark = pytest.mark.asyncio(loop_scope="session")

CLOCK = SystemClock()


class Ear:
    """What one hub has heard from the others."""

    def __init__(self, url: str, name: str) -> None:
        self.moved: asyncio.Queue[str] = asyncio.Queue()
        self.carried: asyncio.Queue[Envelope] = asyncio.Queue()
        self.hints = Hints(url, name, CLOCK, self.moved.put_nowait, self._carried)

    def _carried(self, envelopes: Sequence[Envelope]) -> None:
        for one in envelopes:
            self.carried.put_nowait(one)

    async def is_connected(self, wanted: bool) -> None:
        async for _ in looks():
            if self.hints.connected == wanted:
                return


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[tuple[Ear, Ear]]:
    chores, ears = Chores(CLOCK), (Ear(url, "one"), Ear(url, "two"))
    for number, one in enumerate(ears):
        chores.start(f"speak{number}", one.hints.speak)
        chores.start(f"listen{number}", one.hints.listen)
    for one in ears:
        await one.is_connected(True)
    yield ears
    assert not chores.fallen
    await chores.stop()
    for one in ears:
        await one.hints.close()


@pytest_asyncio.fixture(loop_scope="session")
async def empty(valkey: ValkeyServer) -> ValkeyServer:
    """Valkey, with nothing left in it of other tests."""
    await valkey.restart()
    return valkey


async def test_hints_come_again_when_redis_does_and_its_absence_is_said_once(empty: ValkeyServer) -> None:
    with capture_logs() as log:
        async with listening(empty.url) as (one, two):
            for _ in range(2):
                one.hints.moved("huset")
                assert await two.moved.get() == "huset"
                await empty.kill()
                for ear in (one, two):
                    await ear.is_connected(False)
                one.hints.moved("lost")
                # Longer than it waits between two attempts.
                await asyncio.sleep(1.2)
                await empty.start()
                for ear in (one, two):
                    await ear.is_connected(True)
            frame = Envelope("huset", None, ["bo"], [], b"{}")
            one.hints.carry([frame])
            assert await two.carried.get() == frame
            assert two.moved.empty()
            assert one.moved.empty()
    assert [line["log_level"] for line in log] == ["warning"] * 4


async def test_a_redis_that_says_nothing_any_more_is_noticed(empty: ValkeyServer) -> None:
    async with listening(empty.url) as (one, two):
        empty.send(signal.SIGSTOP)
        for ear in (one, two):
            await ear.is_connected(False)
        empty.send(signal.SIGCONT)
        for ear in (one, two):
            await ear.is_connected(True)
        one.hints.moved("huset")
        assert await two.moved.get() == "huset"


async def test_a_hub_knows_which_workers_are_there(empty: ValkeyServer) -> None:
    async with listening(empty.url) as (one, two):
        assert (one.hints.workers, one.hints.alone) == (0, False)
        chores = Chores(CLOCK)
        chores.start("beat", two.hints.beat)
        async for _ in looks():
            if one.hints.workers:
                break
        assert (one.hints.workers, two.hints.workers) == (1, 0)
        await chores.stop()


async def test_wake_ups_come_again_when_redis_does_and_its_absence_is_said_once(empty: ValkeyServer) -> None:
    woken: list[str] = []
    chores, wakes = Chores(CLOCK), Wakes(empty.url, CLOCK, lambda: True)
    chores.start("wakes", wakes.run)

    async def wake(channel: str) -> None:
        woken.append(channel)

    async def comes(channel: str) -> None:
        woken.clear()
        while channel not in woken:
            wakes.noticed([Posted(channel, CLOCK.now())] * 3)
            await asyncio.sleep(0.2)

    with capture_logs() as log:
        for queue in (CRITICAL, REST):
            chores.start(queue, Woken(empty.url, queue, CLOCK, wake).run)
        for said in (2, 4):
            await comes("sms")
            await comes("email")
            await empty.kill()
            async for _ in looks():
                if len(log) == said:
                    break
            await empty.start()
        # A job that this version does not know ends there, and stands in nobody's way.
        await wakes._redis.enqueue_job("newer", _queue_name=CRITICAL)
        await comes("voice")
    assert not chores.fallen
    await chores.stop()
    assert not await wakes._redis.keys("arq:result:*")
    await wakes.close()
    assert [line["log_level"] for line in log] == ["warning"] * 4


async def test_nobody_is_woken_where_nobody_works(empty: ValkeyServer) -> None:
    chores, wakes = Chores(CLOCK), Wakes(empty.url, CLOCK, lambda: False)
    chores.start("wakes", wakes.run)
    wakes.noticed([Posted("sms", CLOCK.now())])
    await asyncio.sleep(0.1)
    assert not await wakes._redis.keys("*")
    await chores.stop()
    await wakes.close()


async def test_every_channel_has_its_queue() -> None:
    assert {name for name in CHANNELS if queue_of(name) == CRITICAL} == {"push", "sms", "voice"}
