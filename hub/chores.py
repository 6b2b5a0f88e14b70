"""Repeated work with an owner: a chore that falls is logged, restarted, and seen by the health page."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog
from structlog.contextvars import clear_contextvars

from hub.clock import Clock

RESTART_AFTER = timedelta(seconds=1)

_log = structlog.get_logger("hub.chores")


class Chores:
    """Runs each chore until `stop`; one that raises is started again a second later."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._fell: dict[str, datetime] = {}

    def start(self, name: str, chore: Callable[[], Awaitable[None]]) -> None:
        self._tasks[name] = asyncio.create_task(self._keep(name, chore), name=name)

    @property
    def names(self) -> frozenset[str]:
        """All that were started."""
        return frozenset(self._tasks)

    @property
    def fallen(self) -> Mapping[str, datetime]:
        """Chores that fell, and when; a chore is taken off once it has run for a second again."""
        now = self._clock.now()
        ended = {
            name: now for name, task in self._tasks.items() if task.done() and not task.cancelled() and task.exception()
        }
        return ended | {name: at for name, at in self._fell.items() if now - at < 2 * RESTART_AFTER}

    async def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()

    async def _keep(self, name: str, chore: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await chore()
            except Exception:  # noqa: BLE001 - whatever fell, it must run again
                now = self._clock.now()
                self._fell[name] = now
                _log.exception("chore fell and starts again", chore=name)
                clear_contextvars()
                await self._clock.sleep_until(now + RESTART_AFTER)
            else:
                return
