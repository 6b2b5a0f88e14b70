"""What must be done after an incident: each with an owner and a day, and told to the leaders when it is late. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hub.incidents.incident import Outcome
from hub.incidents.paper import Kind, Paper
from hub.people.faults import Refused, say

# What colleagues do for whoever it happened to, counted from when it did.
FOLLOW_UPS = {
    "first_aid": timedelta(hours=2),
    "call_day": timedelta(hours=24),
    "call_week": timedelta(days=7),
    "call_month": timedelta(days=30),
    "debrief": timedelta(days=3),
}
# A note that comes late still leaves this long.
AT_LEAST = timedelta(minutes=30)
AGAIN = timedelta(days=1)
# What somebody asked for in words of their own: only people end it.
OWN = "own:"
# Begins and ends with what waits for a case system.
RECORDS = "records:"
# A reason that says anything of this very case is longer than this.
CONCRETE_WORDS, CONCRETE_LETTERS = 4, 20
_HARM = frozenset(Kind) - {Kind.NEAR_MISS}


class How(StrEnum):
    """How a task ended."""

    DONE = "done"
    WAIVED = "waived"
    """Left undone, for a reason that is written down."""
    LAPSED = "lapsed"
    """What it was for turned out not to be so."""


class Tell(StrEnum):
    OWNER = "owner"
    LEADERS = "leaders"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to be done for one incident."""

    institution: str
    incident: str
    number: int
    what: str
    paper: Paper
    owner: str | None
    due_at: datetime
    tell_at: datetime | None
    told: int = 0
    how: How | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    words: str | None = field(default=None, repr=False)
    """What somebody asked for in words of their own, sealed."""

    def __post_init__(self) -> None:
        if (self.how is None) != (self.closed_at is None):
            raise ValueError("a task that has ended says how, and when")
        if self.how is not None and self.tell_at is not None:
            raise ValueError("of a task that has ended nobody is told")

    @property
    def open(self) -> bool:
        return self.how is None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must be done by when, and which paper's readers it is for."""

    paper: Paper
    due_at: datetime
    exact: bool = False
    """Whether it is late as soon as that moment is over, however late it became known: so it is with the law."""


def follow_ups(outcome: Outcome | None, kinds: Collection[Kind], happened_at: datetime) -> dict[str, Wanted]:
    """What somebody who was hurt or threatened must get; nothing where nobody was."""
    if outcome is not Outcome.REAL or not _HARM & set(kinds):
        return {}
    return {what: Wanted(Paper.WORK, happened_at + after) for what, after in FOLLOW_UPS.items()}


def reconciled(
    tasks: Sequence[Task], wanted: Mapping[str, Wanted], owner: str | None, now: datetime, of: str, which: str
) -> list[Task]:
    """The tasks that are new, due at another time, wanted again, or for nothing: each as it is from now on."""
    known = {task.what: task for task in tasks}
    changed: list[Task] = []
    number = max((task.number for task in tasks), default=0)
    for what, want in wanted.items():
        due = want.due_at if want.exact else max(want.due_at, now + AT_LEAST)
        task = known.get(what)
        if task is None:
            number += 1
            changed.append(Task(of, which, number, what, want.paper, owner, due, first_told(now, due)))
        elif task.how is How.LAPSED:
            changed.append(
                replace(task, due_at=due, tell_at=first_told(now, due), how=None, closed_at=None, closed_by=None)
            )
        elif task.open and due != task.due_at and (want.exact or want.due_at > now + AT_LEAST):
            changed.append(replace(task, due_at=due, tell_at=first_told(now, due)))
    apart = (OWN, RECORDS)
    over = [task for task in tasks if task.open and task.what not in wanted and not task.what.startswith(apart)]
    return [*changed, *(replace(task, tell_at=None, how=How.LAPSED, closed_at=now) for task in over)]


def asked_for(
    tasks: Sequence[Task], what: str, words: str, owner: str, due_at: datetime, now: datetime, of: str, which: str
) -> Task:
    """One more thing that somebody is to do, in a leader's words."""
    if due_at <= now:
        raise Refused(say("This is over already: choose a later day."))
    number = max((task.number for task in tasks), default=0) + 1
    first = first_told(now, due_at)
    return Task(of, which, number, f"{OWN}{what}", Paper.WORK, owner, due_at, first, words=words)


def came_due(task: Task, now: datetime) -> tuple[Task, Tell] | None:
    """What the hub says by itself: to the owner in good time, to the leaders once it is late, and each day again."""
    if task.tell_at is None or now < task.tell_at:
        return None
    late = now >= task.due_at
    after = replace(task, told=task.told + 1, tell_at=now + AGAIN if late else task.due_at)
    return after, Tell.LEADERS if late else Tell.OWNER


def closed(task: Task, who: str, how: How, why: str | None, now: datetime) -> Task:
    """Somebody has done it, or says for which concrete reason it is not."""
    if not task.open:
        raise Refused(say("This has ended already: look at it again."))
    if how is How.WAIVED and not is_concrete(why or ""):
        raise Refused(say("Write concretely why it is not done in this very case, in a whole sentence."))
    return replace(task, how=how, closed_at=now, closed_by=who, tell_at=None)


def handed_over(task: Task, owner: str, now: datetime) -> Task:
    """Somebody else sees to it, and is told in their turn."""
    if not task.open:
        raise Refused(say("This has ended already: look at it again."))
    return replace(task, owner=owner, tell_at=first_told(now, task.due_at) if now < task.due_at else task.tell_at)


def is_concrete(why: str) -> bool:
    return len(why.split()) >= CONCRETE_WORDS and len(why.strip()) >= CONCRETE_LETTERS


def first_told(now: datetime, due: datetime) -> datetime:
    """The owner hears of it when three quarters of the time are gone."""
    return due - (due - now) / 4
