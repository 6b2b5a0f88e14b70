"""The story of one alarm, told from the frames that its raiser hears: which steps have happened, and when."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clients.python import Frame


class Step(StrEnum):
    """What must happen, in the order that it is told."""

    PRESSED = "pressed"
    STORED = "stored"
    HEARD = "heard"
    KILLED = "killed"
    RESUMED = "resumed"
    ESCALATED = "escalated"
    COMING = "coming"
    ARRIVED = "arrived"
    CLEARED = "cleared"
    TIMELINE = "timeline"
    RESTARTED = "restarted"


_ON_A_CLUSTER = (Step.KILLED, Step.RESUMED, Step.RESTARTED)
WITH_ONE_DEAF = tuple(step for step in Step if step not in _ON_A_CLUSTER)
PLAIN = tuple(step for step in WITH_ONE_DEAF if step is not Step.ESCALATED)
WITH_ONE_KILLED = tuple(Step)


class StepMissing(Exception):
    """A step of the story did not happen."""

    def __init__(self, step: Step, within: float) -> None:
        super().__init__(f"the step {step.value!r} did not happen within {within:.0f} s")
        self.step, self.within = step, within


@dataclass(frozen=True, slots=True)
class Happened:
    """One step that has happened: nanoseconds after the press, and who had part in it."""

    after: int
    names: tuple[str, ...] = ()


@dataclass
class Story:
    """The steps so far of the alarm `alarm`, pressed at `pressed_at` (perf_counter nanoseconds)."""

    alarm: str
    pressed_at: int
    steps: Sequence[Step]
    hearers: int
    happened: dict[Step, Happened] = field(default_factory=dict)
    hearing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.happened[Step.PRESSED] = Happened(0)

    def hear(self, frame: Frame, at: int) -> bool:
        """Takes one frame; True when it moved the story on."""
        before = len(self.happened), self.hearing
        match frame.get("type"):
            case "heard" if frame["alarm"] == self.alarm:
                self.hearing = tuple(who["name"] for who in frame["by"])
                if len(self.hearing) >= self.hearers:
                    self.note(Step.HEARD, at, self.hearing)
            case "alarm" | "accepted" if frame["alarm"]["id"] == self.alarm:
                self._stands(frame["alarm"], frame.get("event"), at)
        return before != (len(self.happened), self.hearing)

    def note(self, step: Step, at: int, names: Collection[str] = ()) -> None:
        """Keeps the first time that the step happened."""
        self.happened.setdefault(step, Happened(at - self.pressed_at, tuple(names)))

    @property
    def over(self) -> bool:
        return Step.CLEARED in self.happened

    def missing(self) -> Step | None:
        """The first step that should have happened and has not."""
        return next((step for step in self.steps if step not in self.happened), None)

    def _stands(self, alarm: Mapping[str, Any], event: str | None, at: int) -> None:
        self.note(Step.STORED, at)
        if event == "escalated":
            self.note(Step.ESCALATED, at)
        for step in (Step.COMING, Step.ARRIVED):
            # Who has arrived was coming: one frame may tell of both after a broken line.
            counts = {"coming", "arrived"} if step is Step.COMING else {"arrived"}
            names = [given.get("name", given["person"]) for given in alarm["answers"] if given["answer"] in counts]
            if names:
                self.note(step, at, names)
        if alarm["state"] == "resolved":
            self.note(Step.CLEARED, at)


def timeline_whole(timeline: Sequence[Mapping[str, Any]], steps: Collection[Step]) -> bool:
    """Whether the hub's own record has the press, the receipts, the answers, the escalation and the all clear."""
    events = [line["event"] for line in timeline]
    said = {line["facts"].get("said") for line in timeline}
    needed = {"raised", "received", "shown", "answered", "resolved"}
    if Step.ESCALATED in steps:
        needed.add("escalated")
    in_order = bool(events) and events[0] == "raised" and "resolved" in events
    return in_order and needed <= set(events) and {"coming", "arrived"} <= said
