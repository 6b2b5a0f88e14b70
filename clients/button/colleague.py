"""A colleague who does what people do: hears it, looks, answers, comes, gives all clear. Or does not."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Literal

from clients.python import Alarm, HubLine, HubLineError, Refused, alarms_in

Span = tuple[float, float]
Done = Literal["received", "shown", "coming", "cannot", "arrived", "cleared", "gave up"]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one kind of colleague takes an alarm; spans are seconds from one deed to the next."""

    name: str
    hears: bool = True
    comes: bool = True
    leaves_it: bool = False  # to a colleague who is on the way already
    sees: Span = (0.3, 1.0)
    answers: Span = (2.0, 3.5)
    arrives: Span = (6.0, 9.0)
    clears: Span = (8.0, 12.0)

    def __post_init__(self) -> None:
        for span in (self.sees, self.answers, self.arrives, self.clears):
            if not 0 <= span[0] <= span[1]:
                raise ValueError(f"behaviour {self.name!r}: a span is (shortest, longest) in seconds, not {span}")


BEHAVIOURS = {
    behaviour.name: behaviour
    for behaviour in (
        Behaviour("quick"),
        Behaviour("slow", leaves_it=True, sees=(2.0, 4.0), answers=(8.0, 14.0), arrives=(15.0, 25.0)),
        Behaviour("deaf", hears=False),
        Behaviour("cannot", comes=False, sees=(0.5, 1.5), answers=(2.0, 4.0)),
    )
}


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a colleague did about an alarm, and when (perf_counter nanoseconds)."""

    who: str
    alarm: str
    what: Done
    at: int
    detail: str = ""


def _nobody_asks(_: Deed) -> None:
    return


class Colleague:
    """One simulated person with a connected device; `pace` 0.5 does everything in half the time."""

    def __init__(
        self,
        line: HubLine,
        behaviour: Behaviour,
        *,
        person: str = "",
        pace: float = 1.0,
        dice: random.Random | None = None,
        told: Callable[[Deed], None] = _nobody_asks,
    ) -> None:
        self.person = person
        self._line, self._behaviour, self._pace, self._told = line, behaviour, pace, told
        self._dice = dice or random.Random()  # noqa: S311 (a person's whim, not a secret)
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def work(self) -> None:
        """Takes every alarm that comes, until the line ends."""
        try:
            async for frame in self._line.frames():
                for alarm in alarms_in(frame):
                    self._meet(alarm)
        finally:
            for busy in self._busy.values():
                busy.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    def _meet(self, alarm: Alarm) -> None:
        known = self._busy.get(alarm["id"])
        if alarm["state"] == "resolved":
            if known is not None:
                self._busy.pop(alarm["id"]).cancel()
        elif known is None and self._behaviour.hears and alarm["raised_by"] != self.person:
            self._note(alarm["id"], "received")
            self._busy[alarm["id"]] = asyncio.create_task(self._take(alarm["id"]))

    async def _take(self, alarm: str) -> None:
        try:
            await self._help(alarm)
        except Refused as refusal:
            self._note(alarm, "gave up", refusal.detail)
        except HubLineError as trouble:
            self._note(alarm, "gave up", str(trouble))

    async def _help(self, alarm: str) -> None:
        likes = self._behaviour
        await self._line.receipt(alarm, "received")
        await self._wait(likes.sees)
        await self._line.receipt(alarm, "shown")
        self._note(alarm, "shown")
        await self._wait(likes.answers)
        if not likes.comes:
            await self._line.answer(alarm, "cannot")
            self._note(alarm, "cannot")
            return
        if likes.leaves_it and self._somebody_comes(alarm):
            return
        await self._line.answer(alarm, "coming")
        self._note(alarm, "coming")
        await self._wait(likes.arrives)
        await self._line.answer(alarm, "arrived")
        self._note(alarm, "arrived")
        await self._wait(likes.clears)
        await self._all_clear(alarm)

    async def _all_clear(self, alarm: str) -> None:
        while True:
            try:
                await self._line.resolve(alarm, "real", "Faren er forbi.")
            except Refused as refusal:
                if refusal.code == "closed":
                    return
                if refusal.code != "stale":
                    raise
                await self._wait((0.2, 0.4))  # somebody did something meanwhile: see it, then again
            else:
                self._note(alarm, "cleared")
                return

    def _somebody_comes(self, alarm: str) -> bool:
        known = self._line.alarms.get(alarm)
        return known is not None and known["state"] == "acknowledged"

    async def _wait(self, span: Span) -> None:
        await asyncio.sleep(self._dice.uniform(*span) * self._pace)

    def _note(self, alarm: str, what: Done, detail: str = "") -> None:
        self._told(Deed(self.person, alarm, what, perf_counter_ns(), detail))
