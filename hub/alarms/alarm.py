"""The alarm and its life: pure rules from one state to the next, with the moment as an argument.

An open alarm always has somebody told and a next deadline, until someone stands beside the one who pressed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hub.alarms.outcome import Cleared, FalseBecause, Outcome
from hub.alarms.trigger import Position, Trigger
from hub.delivery.receipts import Stage
from hub.errors import Conflict, Forbidden, Invalid
from hub.escalation.plan import Plan, Scene, Tell, plan
from hub.escalation.rules import WATCH_LASTS, KindRule, RuleBook

WATCH = "watch"
ALARM = "alarm"


class State(StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    WITHDRAWN = "withdrawn"
    RESOLVED = "resolved"


class Said(StrEnum):
    """What a person who was told can answer."""

    COMING = "coming"
    ARRIVED = "arrived"
    CANNOT = "cannot"


class Closed(Conflict):
    """The alarm has had its all clear."""

    code = "closed"


class Stale(Conflict):
    """The alarm has changed since the person saw it."""

    code = "stale"


@dataclass(frozen=True, slots=True)
class Answer:
    said: Said
    at: datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """Someone needs help now: who, where, who was told, what they said, and when the hub must act next."""

    id: str
    institution: str
    kind: str
    raised_by: str
    raised_at: datetime
    unit: str | None = None
    place: str | None = None
    drill: bool = False
    outside: bool = False
    pressed_at: datetime | None = None
    note: str | None = None
    position: Position | None = None
    linked_to: str | None = None
    lone: str | None = None
    state: State = State.RAISED
    version: int = 1
    step: int = 0
    told_at: datetime | None = None
    escalates_at: datetime | None = None
    watch_until: datetime | None = None
    told: Mapping[str, Stage] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    under_duress: bool = False
    outcome: Outcome | None = None
    false_because: FalseBecause | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    resolved_note: str | None = None

    @property
    def open(self) -> bool:
        return self.state is not State.RESOLVED

    @property
    def coming(self) -> int:
        """How many are on their way or there."""
        return sum(1 for answer in self.answers.values() if answer.said is not Said.CANNOT)

    @property
    def arrived(self) -> bool:
        return any(answer.said is Said.ARRIVED for answer in self.answers.values())

    @property
    def watching(self) -> bool:
        """Whether this is still a watch, which waits for its time and not for answers."""
        return self.kind == WATCH and self.watch_until is not None

    @property
    def refused_by_all(self) -> bool:
        return bool(self.told) and all(
            who in self.answers and self.answers[who].said is Said.CANNOT for who in self.told
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One fact about an alarm: the event, the alarm after it, and who must be told because of it."""

    event: str
    alarm: Alarm
    by: str | None = None
    tell: tuple[Tell, ...] = ()
    passed: tuple[int, ...] = ()
    said: Said | None = None


def recipient(tell: Tell) -> str:
    """The name under which a delivery is kept; a contact's id may be a person's too."""
    return f"contact:{tell.who}" if tell.contact else tell.who


def raised(
    trigger: Trigger,
    institution: str,
    unit: str | None,
    place: str | None,
    by: str,
    book: RuleBook,
    scene: Scene,
    now: datetime,
    linked_to: str | None = None,
) -> Change:
    """A press becomes an alarm with its first people to tell."""
    first = plan(book, trigger.kind, 0, scene)
    watch_until = None
    if trigger.kind == WATCH:
        watch_until = now + timedelta(seconds=book.kind(WATCH).becomes_alarm_after or WATCH_LASTS)
    alarm = Alarm(
        id=trigger.id,
        institution=institution,
        kind=trigger.kind,
        raised_by=by,
        raised_at=now,
        unit=unit,
        place=place,
        drill=trigger.drill,
        outside=trigger.outside,
        pressed_at=trigger.pressed_at,
        note=trigger.note,
        position=trigger.position,
        linked_to=linked_to,
        lone=trigger.lone,
        step=first.step,
        told={recipient(tell): Stage.SENT for tell in first.tell},
        told_at=now,
        watch_until=watch_until,
        escalates_at=watch_until or now + timedelta(seconds=first.next_after),
    )
    return Change("raised", alarm, by, first.tell, first.passed)


def answered(
    alarm: Alarm, who: str, said: Said, as_of: int, book: RuleBook, scene: Scene, now: datetime
) -> tuple[Change, ...]:
    """Someone says whether they come. Two at once both count; when all who were told cannot, the next step starts."""
    _refuse_closed(alarm)
    _refuse_unseen(alarm, as_of)
    if who == alarm.raised_by:
        raise Forbidden("Who raised the alarm cannot answer it: withdraw it, or wait for a colleague.")
    before = alarm.answers.get(who)
    if before is not None and before.said is said:
        return ()
    answers = {**alarm.answers, who: Answer(said, now)}
    # Whoever comes hears the rest of it, though no step has named them.
    told = alarm.told if said is Said.CANNOT or who in alarm.told else {who: Stage.SENT, **alarm.told}
    after = replace(alarm, answers=answers, told=told, version=alarm.version + 1)
    after = _settled(after, book, now)
    changes = [Change("answered", after, who, said=said)]
    # A step that finds only those who cannot come is not waited out either.
    while after.refused_by_all and not after.watching and after.step < len(book.kind(after.kind).steps):
        changes.append(_next_step(after, book, scene, now))
        after = changes[-1].alarm
    return tuple(changes)


def overdue(alarm: Alarm, book: RuleBook, scene: Scene, now: datetime) -> Change | None:
    """What the hub does by itself when the alarm's time has come; None when it has not."""
    if not alarm.open or alarm.escalates_at is None or now < alarm.escalates_at:
        return None
    if alarm.watching:
        return _became_alarm(alarm, book, scene, now)
    if _enough(alarm, book.kind(alarm.kind)):
        return _reopened(alarm, book, scene, now)
    return _next_step(alarm, book, scene, now)


def withdrawn(alarm: Alarm, who: str, as_of: int, book: RuleBook, now: datetime) -> tuple[Change, ...]:
    """The raiser takes it back; it stays before the responders, for it may be coerced, and its clock runs on."""
    _refuse_closed(alarm)
    if who != alarm.raised_by:
        raise Forbidden("Only the one who raised the alarm can withdraw it: give the all clear once you are there.")
    if alarm.state is State.WITHDRAWN or alarm.under_duress:
        return ()
    _refuse_stale(alarm, as_of)
    after = replace(alarm, state=State.WITHDRAWN, version=alarm.version + 1)
    return (Change("withdrawn", _settled(after, book, now), who),)


def withdrawn_under_duress(alarm: Alarm, who: str, book: RuleBook, scene: Scene, now: datetime) -> tuple[Change, ...]:
    """The raiser was forced to take it back: their own screen shows it gone, everybody else's alarm rises a step."""
    _refuse_closed(alarm)
    if alarm.under_duress:
        return ()
    # A withdrawal that came before it was no more willing: for everybody else the alarm stands again.
    after = replace(alarm, under_duress=True, state=State.RAISED, version=alarm.version + 1)
    after = _settled(after, book, now)
    rises = _became_alarm if after.watching else _next_step
    return Change("duress", after, who), rises(after, book, scene, now)


def resolved(alarm: Alarm, who: str, as_of: int, said: Cleared, now: datetime) -> tuple[Change, ...]:
    """All clear: nobody is told any more, and the outcome stands."""
    if alarm.under_duress and who == alarm.raised_by:
        return ()  # forced once, they may be forced to this too, and must not be seen to be refused
    if not alarm.open and alarm.resolved_by == who and alarm.outcome is said.outcome:
        return ()
    _refuse_closed(alarm)
    _refuse_stale(alarm, as_of)
    after = replace(
        alarm,
        state=State.RESOLVED,
        version=alarm.version + 1,
        escalates_at=None,
        outcome=said.outcome,
        false_because=said.because,
        resolved_by=who,
        resolved_at=now,
        resolved_note=said.note,
    )
    return (Change("resolved", after, who),)


def _next_step(alarm: Alarm, book: RuleBook, scene: Scene, now: datetime) -> Change:
    step = plan(book, alarm.kind, alarm.step + 1, scene)
    return _told("escalated", replace(alarm, version=alarm.version + 1), step, book, now)


def _became_alarm(alarm: Alarm, book: RuleBook, scene: Scene, now: datetime) -> Change:
    # Who said of the watch that they come, or cannot, has not said it of an alarm.
    after = replace(alarm, kind=ALARM, answers={}, version=alarm.version + 1)
    return _told("became_alarm", after, plan(book, ALARM, 0, scene), book, now)


def _reopened(alarm: Alarm, book: RuleBook, scene: Scene, now: datetime) -> Change:
    # "Coming" is dropped so that the same person's next "coming" counts as a new sign of life.
    kept = {who: answer for who, answer in alarm.answers.items() if answer.said is Said.CANNOT}
    after = replace(alarm, answers=kept, version=alarm.version + 1)
    return _told("reopened", after, plan(book, alarm.kind, alarm.step, scene), book, now)


def _told(event: str, alarm: Alarm, step: Plan, book: RuleBook, now: datetime) -> Change:
    told = {**{recipient(tell): Stage.SENT for tell in step.tell}, **alarm.told}
    told_here = replace(alarm, step=step.step, told_at=now, told=told)
    return Change(event, _settled(told_here, book, now), None, step.tell, step.passed)


def _settled(alarm: Alarm, book: RuleBook, now: datetime) -> Alarm:
    """The alarm with the state and the deadline that its answers give it."""
    state = alarm.state
    if state is not State.WITHDRAWN:
        state = State.ACKNOWLEDGED if alarm.coming else State.RAISED
    return replace(alarm, state=state, escalates_at=_deadline(alarm, book, now))


def _deadline(alarm: Alarm, book: RuleBook, now: datetime) -> datetime | None:
    """When the hub must act by itself; None only beside someone who has arrived, or where the rule trusts a word."""
    if alarm.watching:
        return alarm.watch_until
    rule = book.kind(alarm.kind)
    if _enough(alarm, rule):
        if alarm.arrived or rule.reopen_after == 0:
            return None
        newest = max(answer.at for answer in alarm.answers.values() if answer.said is Said.COMING)
        return newest + timedelta(seconds=rule.reopen_after)
    wait = timedelta(seconds=book.step(alarm.kind, alarm.step).next_after)
    return max(now, (alarm.told_at or alarm.raised_at) + wait)


def _enough(alarm: Alarm, rule: KindRule) -> bool:
    return alarm.coming >= rule.answers_needed


def _refuse_closed(alarm: Alarm) -> None:
    if not alarm.open:
        raise Closed("The alarm has had its all clear. If somebody needs help again, raise a new one.")


def _refuse_unseen(alarm: Alarm, as_of: int) -> None:
    if as_of > alarm.version:
        raise Invalid(f"as_of: the alarm's version is {alarm.version}; send the version that the person saw")


def _refuse_stale(alarm: Alarm, as_of: int) -> None:
    _refuse_unseen(alarm, as_of)
    if as_of < alarm.version:
        raise Stale("The alarm has changed since you saw it: look at it again, then repeat.")
