"""The only place where time comes from."""

import asyncio
import heapq
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NEVER_SET: int | None = getattr(time, "CLOCK_BOOTTIME", None)
# Seconds a second: a step due in 30 s is then at most 0.3 s off, and a minute is made good in less than two hours.
CATCHES_UP = 0.01
# Seconds: every alarm asks several times what time it is, and two clocks take four times as long as one.
COMPARED_EVERY = 0.001


class Clock(Protocol):
    """What the hub may know about time: the moment it is, and how to wait for one."""

    def now(self) -> datetime: ...

    async def sleep_until(self, moment: datetime) -> None: ...


def _steady() -> float:
    """Seconds that nobody can set, and that go on while the machine sleeps, where it can tell them."""
    return time.clock_gettime(_NEVER_SET) if _NEVER_SET is not None else time.monotonic()


class SystemClock:
    """The machine's own clock, in UTC, which nobody can set for a hub that runs.

    A second lasts a second: when the machine's clock is set, this one does not jump with it, for then a step of an
    alarm would come too early, or hours too late. It goes a little faster or slower until both agree.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = _steady) -> None:
        self._wall, self._steady = wall, steady
        self._seen = steady()
        self._ahead = wall() - self._seen

    def now(self) -> datetime:
        seen = self._steady()
        if seen - self._seen >= COMPARED_EVERY:
            self._compare(seen)
        return datetime.fromtimestamp(seen + self._ahead, UTC)

    def _compare(self, seen: float) -> None:
        # The writer's thread asks too: what each reckons is right by itself, so the last may stand.
        most = CATCHES_UP * (seen - self._seen)
        self._ahead += min(max(self._wall() - seen - self._ahead, -most), most)
        self._seen = seen

    async def sleep_until(self, moment: datetime) -> None:
        await asyncio.sleep(max(0.0, (moment - self.now()).total_seconds()))


class ManualClock:
    """A clock that stands still until `advance` moves it: time in tests and simulations."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware time: give the datetime a tzinfo")
        self._now = start.astimezone(UTC)
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        return self._now

    async def sleep_until(self, moment: datetime) -> None:
        if moment <= self._now:
            await asyncio.sleep(0)
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (moment, next(self._order), done))
        await done

    def advance(self, seconds: float) -> None:
        """Moves time forward at once and wakes whoever waited for a moment that has come."""
        self.set(self._now + timedelta(seconds=seconds))

    def set(self, moment: datetime) -> None:
        self._now = moment
        while self._waiting and self._waiting[0][0] <= moment:
            done = heapq.heappop(self._waiting)[2]
            if not done.done():
                done.set_result(None)

    def next_wake(self) -> datetime | None:
        """The earliest moment that somebody waits for, if any."""
        while self._waiting and self._waiting[0][2].done():
            heapq.heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None


async def woken(event: asyncio.Event, clock: Clock, until: datetime) -> None:
    """Waits for the event or the moment, whichever comes first, and clears the event."""
    asleep = asyncio.ensure_future(clock.sleep_until(until))
    happened = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait((asleep, happened), return_when=asyncio.FIRST_COMPLETED)
    finally:
        asleep.cancel()
        happened.cancel()
        event.clear()


def micros(moment: datetime) -> int:
    """Microseconds since the epoch: how the database keeps a moment."""
    return (moment - _EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """The aware UTC moment that `micros` made `value` from."""
    return _EPOCH + timedelta(microseconds=value)


def rfc3339(moment: datetime) -> str:
    """A moment as the protocol writes it: UTC, milliseconds, ending in Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
