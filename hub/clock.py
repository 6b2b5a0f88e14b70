"""The only place where time comes from."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """What the hub may know about time: the moment it is, and how to wait for one."""

    def now(self) -> datetime: ...

    async def sleep_until(self, moment: datetime) -> None: ...


class SystemClock:
    """The machine's own clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)

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
