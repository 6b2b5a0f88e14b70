"""The PC's own alarm: it gets to the hub however long that takes, and one press of a trembling hand is one alarm."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from clients.python import Frame, HubLine, HubLineError, Refused, new_id

from .settings import Settings
from .texts import Texts
from .view import Press
from .words import refusal

# A key that is held down repeats itself, and a hand that shakes presses twice.
ONE_PRESS = 3.0
LATE_AFTER = 10.0
PRACTICE_FOR = 60.0
# An older press that nobody could be told of is no longer a cry for help.
FORGOTTEN_AFTER = 600.0

_log = logging.getLogger("tryghedshub.desktop")

Own = Callable[[Coroutine[Any, Any, None]], object]


class Pressing:
    """The newest press and how far it has come; `kept` is the folder in which one that is not stored yet waits."""

    def __init__(self, line: HubLine, settings: Settings, kept: Path, t: Texts, changed: Callable[[], None]) -> None:
        self._line, self._settings, self._kept, self._t, self._changed = line, settings, kept, t, changed
        self.press_now: Press | None = None
        self.practising = False
        self._practice = 0
        self._last = float("-inf")

    @property
    def waits(self) -> bool:
        """Whether somebody here needs help and the hub does not know yet."""
        press = self.press_now
        return press is not None and press.alarm is None and not press.refused and not press.drill

    def press(self, own: Own) -> None:
        """Raises an alarm, unless this is still the press before."""
        now = asyncio.get_running_loop().time()
        again, self._last = now - self._last < ONE_PRESS, now
        if again:
            return
        press = Press(new_id(), self._settings.kind, drill=self.practising)
        self.practising = False
        self._begin(press, own)
        self._write(press)

    def resume(self, own: Own) -> None:
        """Takes up what a program before this one could not send."""
        for press in unsent(self._kept):
            self._begin(press, own)

    def _begin(self, press: Press, own: Own) -> None:
        self.press_now = press
        self._changed()
        own(self._raise(press))
        own(self._grow_late(press.id))

    def _file(self, press: Press) -> Path:
        return self._kept / f"press-{press.id}.json"

    def _write(self, press: Press) -> None:
        try:
            said = {"id": press.id, "kind": press.kind, "drill": press.drill}
            self._file(press).write_text(json.dumps(said), encoding="utf-8")
        except OSError as problem:
            _log.warning("This press would not survive a restart of the program: %s", problem)

    def practise(self, own: Own) -> None:
        self._practice += 1
        self.practising = True
        own(self._end_practice(self._practice))
        self._changed()

    async def withdraw(self, pin: str | None) -> None:
        """Takes it back; the one who pressed may need their PIN for it."""
        if self.press_now is None:
            return
        which = self.press_now.id
        try:
            await self._line.withdraw(which, pin)
        except HubLineError as problem:
            asks = isinstance(problem, Refused) and problem.code in {"pin_required", "wrong_pin"}
            self._now(which, problem=refusal(problem, self._t), asks_pin=asks)
        else:
            self._now(which, problem="", asks_pin=False)

    def done(self) -> None:
        """Away with a press that is over."""
        if self.press_now is not None and self.press_now.over:
            self.press_now = None
            self._changed()

    def hear(self, frame: Frame) -> None:
        """Takes in what the hub says of it."""
        if self.press_now is None:
            return
        which = self.press_now.id
        match frame.get("type"):
            case "alarm" if frame["alarm"]["id"] == which:
                self._now(which, alarm=frame["alarm"])
            case "heard" if frame["alarm"] == which:
                self._now(which, heard=tuple(one["name"] for one in frame["by"]))
            case "snapshot" if self.press_now.alarm is not None:
                stands = next((alarm for alarm in frame["alarms"] if alarm["id"] == which), None)
                ended = {**self.press_now.alarm, "state": "resolved"}
                self._now(which, alarm=stands or ended)

    async def _raise(self, press: Press) -> None:
        try:
            place = self._settings.place or None
            alarm = await self._line.raise_alarm(press.kind, place, id=press.id, drill=press.drill)
        except HubLineError as problem:
            self._file(press).unlink(missing_ok=True)
            self._now(press.id, refused=refusal(problem, self._t))
        else:
            self._file(press).unlink(missing_ok=True)
            if self.press_now is not None and self.press_now.alarm is None:
                self._now(press.id, alarm=alarm)

    async def _grow_late(self, which: str) -> None:
        await asyncio.sleep(LATE_AFTER)
        self._now(which, late=True)

    async def _end_practice(self, which: int) -> None:
        await asyncio.sleep(PRACTICE_FOR)
        if self._practice == which:
            self.practising = False
            self._changed()

    def _now(self, which: str, **changes: Any) -> None:
        if self.press_now is not None and self.press_now.id == which:
            self.press_now = replace(self.press_now, **changes)
            self._changed()


def unsent(kept: Path) -> Iterator[Press]:
    """The presses that wait in the folder, without those that are too old or only half written."""
    for file in sorted(kept.glob("press-*.json")):
        try:
            press = Press(**json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as problem:
            _log.warning("%s is no press: %s", file, problem)
            file.unlink()
            continue
        if time.time() - file.stat().st_mtime < FORGOTTEN_AFTER:
            yield press
        else:
            file.unlink()
