"""Runs the desk and the hot key on an event loop of their own, beside the windows' one."""

import asyncio
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

from PySide6.QtCore import QObject, Signal

from .desk import Desk
from .hotkey import NoHotKey
from .platforms.port import Platform
from .settings import Settings
from .sound import Siren
from .texts import Texts
from .view import View

AGAIN_AFTER = 2.0

_log = logging.getLogger("tryghedshub.desktop")


class Engine(QObject):
    """The thread behind the windows; its signals arrive on theirs."""

    changed = Signal(object)
    """A View."""
    no_hot_key = Signal(object)
    """Why the system gives none."""

    def __init__(self, settings: Settings, kept: Path, t: Texts, platform: Platform) -> None:
        super().__init__()
        self._settings, self._kept, self._t, self._platform = settings, kept, t, platform
        self._ends = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._desk: Desk | None = None
        self._task: asyncio.Task[Any] | None = None
        self._thread = Thread(target=self._run, name="line")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the line and waits for it."""
        self._ends.set()
        if self._desk is not None and self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def do(self, deed: Callable[[Desk], None]) -> None:
        """Has the desk do something, soon."""
        loop, desk = self._loop, self._desk
        if loop is not None and desk is not None:
            loop.call_soon_threadsafe(deed, desk)

    def _run(self) -> None:
        with tempfile.TemporaryDirectory(prefix="tryghedshub-") as folder:
            while not self._ends.is_set():
                try:
                    asyncio.run(self._work(Path(folder)))
                except asyncio.CancelledError:
                    return
                except Exception:  # noqa: BLE001 - logged, and said on the screen
                    # A PC that looks ready and hears nothing is the worst that can happen: it is said, and tried anew.
                    _log.exception("The line broke down; it begins anew.")
                    self.changed.emit(View())
                    self._ends.wait(AGAIN_AFTER)

    async def _work(self, folder: Path) -> None:
        play = self._platform.play if self._settings.sound and self._platform.can_play() else None
        desk = Desk(self._settings, self._kept, self._t, Siren(folder, play), self.changed.emit)
        self._task, self._loop = asyncio.current_task(), asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(desk.run())
                both.create_task(self._hot_key(desk))
                self._desk = desk
                if self._ends.is_set():
                    raise asyncio.CancelledError
        finally:
            self._desk = None

    async def _hot_key(self, desk: Desk) -> None:
        presses: Any = self._platform.presses(self._settings.key)
        try:
            async for _ in presses:
                desk.press()
        except NoHotKey as problem:
            _log.warning("No hot key: %s", problem)
            self.no_hot_key.emit(problem.why)
        finally:
            await presses.aclose()
