"""What this PC does with its line to the hub: hears, answers, presses, and says how things stand. No screen."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from clients.python import Alarm, AnswerWord, Frame, HubLine, HubLineError, Identity, Reach

from .groups import Group, grouped, in_trouble
from .pressing import Pressing
from .settings import Settings
from .sound import Cry, Siren
from .texts import Texts
from .view import View, readiness
from .words import refusal

SAID_AFTER = 2.0
REACH_EVERY = 30.0
# Someone who put the alarm aside to reach their own button sees it again after this.
ASIDE_FOR = 15.0


class Desk:
    """One PC at work; `tell` gets the whole picture whenever something has changed."""

    def __init__(self, settings: Settings, kept: Path, t: Texts, siren: Siren, tell: Callable[[View], None]) -> None:
        self._t, self._siren, self._tell = t, siren, tell
        self._line = HubLine(settings.hub, settings.token, client="desktop 1.0", patience=None, turned=self._turned)
        self._pressing = Pressing(self._line, settings, kept, t, self._changed)
        self._identity: Identity | None = None
        self._reach: Reach | None = None
        self._duty: dict[str, list[Frame]] = {}
        self._look = asyncio.Event()
        self._gone = asyncio.Event()
        self._up = False
        self._long_gone = False
        self._unknown_here = False
        self._proof: str | None = None
        self._proof_turn: tuple[str, int] | None = None
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._said: dict[str, AnswerWord] = {}
        self._problems: dict[str, str] = {}
        self._aside: dict[str, tuple[AnswerWord | None, float | None]] = {}
        self._muted: set[str] = set()
        self._told: set[tuple[str, str, str]] = set()
        self._work: asyncio.TaskGroup | None = None

    # --- what the person does

    def press(self) -> None:
        """The alarm goes off, whatever else is going on."""
        self._pressing.press(self._own)

    def practise(self) -> None:
        """The next press is a drill, if it comes soon."""
        self._pressing.practise(self._own)

    def withdraw(self, pin: str | None) -> None:
        self._own(self._pressing.withdraw(pin))

    def done(self) -> None:
        """The person has seen how their alarm ended."""
        self._pressing.done()

    def answer(self, key: str, said: AnswerWord) -> None:
        """Answers every alarm of the event, for as long as it takes; the last button pressed counts."""
        if (before := self._sending.pop(key, None)) is not None:
            before.cancel()
        self._said[key] = said
        self._problems.pop(key, None)
        self._sending[key] = self._begin(self._answer(key, said))
        self._changed()

    def put_aside(self, key: str) -> None:
        """Away from the screen: for good if it is answered, for a moment if it is not."""
        group = next((one for one in self._groups() if one.key == key), None)
        if group is None:
            return
        answered = group.answered(self._me)
        now = asyncio.get_running_loop().time()
        self._aside[key] = (answered, None if answered else now + ASIDE_FOR)
        if not answered:
            asyncio.get_running_loop().call_later(ASIDE_FOR, self._changed)
        self._changed()

    def open(self, key: str) -> None:
        """Back on the screen, whatever was answered."""
        self._aside[key] = (None, 0.0)
        self._changed()

    def mute(self) -> None:
        """Silence for what is known; an event that grows or changes kind cries again."""
        self._muted |= {_signature(group) for group in self._groups()}
        self._changed()

    def try_sound(self) -> None:
        self._siren.once(Cry.PROOF)

    def prove(self) -> None:
        """The person has heard the test of their shift."""
        if self._proof is not None:
            self._own(self._prove(self._proof))

    def shown(self, keys: list[str]) -> None:
        """These events can be seen now."""
        self._receipts([group for group in self._groups() if group.key in keys], "shown")

    # --- the work

    async def run(self) -> None:
        """Holds the line until it is cancelled."""
        # Whether there is anything to be heard with is known before the first alarm.
        self._siren.once(Cry.HUSH)
        self._line.start()
        try:
            async with asyncio.TaskGroup() as self._work:
                self._pressing.resume(self._own)
                self._own(self._listen())
                self._own(self._watch_reach())
                self._own(self._say_when_long_gone())
        finally:
            self._siren.cry(None)
            await self._line.close()

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        if self._work is None:
            raise RuntimeError("The desk is not at work: await run() first.")
        return self._work.create_task(work)

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        _ = self._begin(work)

    async def _listen(self) -> None:
        try:
            async for frame in self._line.frames():
                self._hear(frame)
        except HubLineError:
            self._unknown_here = True
            self._changed()

    def _hear(self, frame: Frame) -> None:
        match frame.get("type"):
            case "snapshot":
                self._duty = frame.get("duty", {})
                self._take_proof(frame.get("proof") or {})
                self._look.set()
            case "proof":
                self._take_proof(frame)
            case "reach":
                self._look.set()
        self._pressing.hear(frame)
        self._changed()

    def _take_proof(self, proof: Frame) -> None:
        asked = proof.get("state") == "asked"
        self._proof = proof["id"] if asked else None
        turn = (proof["id"], proof.get("times", 0)) if asked else None
        if turn is not None and turn != self._proof_turn:
            self._siren.once(Cry.PROOF)
        self._proof_turn = turn

    async def _prove(self, proof: str) -> None:
        try:
            await self._line.prove(proof)
        except HubLineError:
            return  # the question stays on the screen
        self._proof = None
        self._changed()

    async def _answer(self, key: str, said: AnswerWord) -> None:
        try:
            for alarm in next((group.alarms for group in self._groups() if group.key == key), ()):
                await self._line.answer(alarm["id"], said)
        except HubLineError as problem:
            self._problems[key] = refusal(problem, self._t)
        if self._said.get(key) == said:
            self._said.pop(key)
            self._sending.pop(key, None)
        self._aside.pop(key, None)
        self._changed()

    async def _watch_reach(self) -> None:
        while True:
            self._look.clear()
            if self._line.connected:
                try:
                    self._identity = self._identity or await self._line.calls.identity()
                    unit = self._unit()
                    self._reach = await self._line.calls.reach(unit) if unit else None
                except HubLineError:
                    self._reach = None
                self._changed()
            try:
                async with asyncio.timeout(REACH_EVERY):
                    await self._look.wait()
            except TimeoutError:
                continue

    def _unit(self) -> str | None:
        """Where this PC is: its own unit, else where its person is on duty, else the first there is."""
        if self._identity is not None and self._identity["units"]:
            return self._identity["units"][0]
        here = [unit for unit, people in self._duty.items() if any(one["person"] == self._me for one in people)]
        return next(iter([*here, *self._duty]), None)

    # --- how things stand

    @property
    def _me(self) -> str:
        if self._identity is None:
            return ""
        return self._identity["person"] or self._identity["device"] or ""

    def _turned(self) -> None:
        # What was said last may never have reached the hub's disk: on the next line everything is said once more.
        self._told.clear()
        up, self._up = self._up, self._line.connected
        if self._up:
            self._long_gone = False
            self._look.set()
        elif up:
            self._reach = None
            self._gone.set()
        self._changed()

    async def _say_when_long_gone(self) -> None:
        while True:
            self._gone.clear()
            await asyncio.sleep(SAID_AFTER)
            if not self._line.connected:
                self._long_gone = True
                self._changed()
            await self._gone.wait()

    def _groups(self) -> list[Group]:
        """Events that somebody else raised."""
        # Until the hub has said who we are, an alarm of our own must not be taken for another's.
        if self._identity is None:
            return []
        return grouped(alarm for alarm in self._line.alarms.values() if alarm["raised_by"] != self._me)

    def _is_aside(self, group: Group) -> bool:
        answered = group.answered(self._me)
        aside = self._aside.get(group.key)
        if aside is None or aside[0] != answered:
            return answered == "cannot" and aside is None
        return aside[1] is None or asyncio.get_running_loop().time() < aside[1]

    def _changed(self) -> None:
        groups = self._groups()
        trouble = self._pressing.waits or in_trouble(self._line.alarms.values(), self._me)
        on_top = [] if trouble else [group for group in groups if not self._is_aside(group)]
        on_top.sort(key=lambda group: group.answered(self._me) is not None)
        cry = None if trouble else self._cry(groups)
        self._siren.cry(cry)
        self._line.condition["sound"] = "on" if self._siren.heard else "muted"
        self._receipts(groups, "received")
        ready, hearing = readiness(self._line.connected, self._long_gone, self._reach, self._me)
        self._tell(
            View(
                person=self._identity["person"] if self._identity else None,
                ready=ready,
                hearing=hearing,
                unit=self._reach["unit_name"] if self._reach else "",
                unknown_here=self._unknown_here,
                groups=tuple(groups),
                on_top=tuple(on_top),
                press=self._pressing.press_now,
                sending=dict(self._said),
                problems=dict(self._problems),
                proof=self._proof,
                crying=cry is not None,
                practising=self._pressing.practising,
            )
        )

    def _cry(self, groups: list[Group]) -> Cry | None:
        due = [
            Cry.of(group)
            for group in groups
            if not group.answered(self._me) and group.key not in self._said and _signature(group) not in self._muted
        ]
        return min(due, key=list(Cry).index, default=None)

    def _receipts(self, groups: list[Group], stage: Any) -> None:
        """An alarm that comes again is heard again: else a text message follows."""
        if not self._line.connected:
            return
        for alarm in (alarm for group in groups for alarm in group.alarms):
            telling = (alarm["id"], stage, _telling(alarm))
            if telling not in self._told:
                self._told.add(telling)
                self._own(self._line.receipt(alarm["id"], stage))


def _telling(alarm: Alarm) -> str:
    return f"{alarm['kind']} {alarm['state']} {alarm['step']}"


def _signature(group: Group) -> str:
    return ",".join(f"{alarm['id']} {alarm['kind']} {alarm['state']}" for alarm in group.alarms)
