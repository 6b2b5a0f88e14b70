"""An incident and its life: noted, signed by those who must have read it, and locked. Pure rules."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from hub.alarms.outcome import FalseBecause
from hub.incidents.paper import Kind
from hub.people.faults import Refused, say


class State(StrEnum):
    WAITING = "waiting"
    """Nobody has written a word yet."""
    NOTED = "noted"
    SIGNED = "signed"
    """Read and signed by those who must: nothing is added until somebody opens it again."""


class Outcome(StrEnum):
    REAL = "real"
    FALSE = "false"
    TEST = "test"
    PRECAUTION = "precaution"


class Part(StrEnum):
    """What somebody had to do with it."""

    OWN = "own"
    """It happened to them, or they told of it."""
    HELPER = "helper"


class Signer(StrEnum):
    LEADER = "leader"
    SAFETY = "safety"


class Locked(Refused):
    """The incident is signed."""

    code = "locked"


class Unfinished(Refused):
    """Something must be done before."""

    code = "unfinished"


@dataclass(frozen=True, slots=True)
class Signature:
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened, when and where; what people wrote of it lies in its papers."""

    institution: str
    id: str
    happened_at: datetime
    opened_at: datetime
    unit: str | None = None
    place: str | None = None
    outcome: Outcome | None = None
    kinds: tuple[Kind, ...] = ()
    alarms: tuple[str, ...] = ()
    people: Mapping[str, Part] = field(default_factory=dict)
    state: State = State.WAITING
    version: int = 1
    signatures: Mapping[Signer, Signature] = field(default_factory=dict)
    joined_to: str | None = None
    """The incident that goes on for both, where two were one event."""
    false_because: FalseBecause | None = None

    def __post_init__(self) -> None:
        if self.state is State.SIGNED and Signer.LEADER not in self.signatures:
            raise ValueError("no incident is signed without its leader")
        if self.false_because is not None and self.outcome is not Outcome.FALSE:
            raise ValueError("only what was false has a reason for it")
        if self.state is State.WAITING and self.signatures:
            raise ValueError("there is nothing to sign before a word is written")


def joined(
    incident: Incident,
    alarm: str,
    people: Mapping[str, Part],
    outcome: Outcome | None,
    because: FalseBecause | None = None,
) -> Incident:
    """One more alarm of the same event: real is what any of them was."""
    parts = {**people, **incident.people, **_whose_own(people)}
    said = incident.outcome if incident.outcome is Outcome.REAL or outcome is None else outcome
    alarms = incident.alarms if alarm in incident.alarms else (*incident.alarms, alarm)
    why = (because or incident.false_because) if said is Outcome.FALSE else None
    return _moved(incident, alarms=alarms, people=parts, outcome=said, false_because=why)


def one_event(kept: Incident, other: Incident) -> tuple[Incident, Incident]:
    """Two that turn out to be one: the first goes on for both, and the other stands as it was."""
    refuse_locked(kept)
    refuse_locked(other)
    if kept.id == other.id:
        raise Refused(say("This is the same incident: choose another."))
    people = {**other.people, **kept.people, **_whose_own(other.people)}
    outcome = Outcome.REAL if Outcome.REAL in (kept.outcome, other.outcome) else kept.outcome or other.outcome
    after = _moved(
        kept,
        happened_at=min(kept.happened_at, other.happened_at),
        outcome=outcome,
        false_because=(kept.false_because or other.false_because) if outcome is Outcome.FALSE else None,
        kinds=tuple(kind for kind in Kind if kind in (*kept.kinds, *other.kinds)),
        alarms=tuple(dict.fromkeys((*kept.alarms, *other.alarms))),
        people=people,
        state=State.NOTED if State.NOTED in (kept.state, other.state) else State.WAITING,
        signatures={},
    )
    return after, _moved(other, alarms=(), joined_to=kept.id, signatures={})


def parted(kept: Incident, alarms: Collection[str], people: Mapping[str, Part], kinds: tuple[Kind, ...]) -> Incident:
    """Some of its alarms were another event after all; what is left has these people and kinds."""
    refuse_locked(kept)
    left = tuple(one for one in kept.alarms if one not in alarms)
    return _moved(kept, alarms=left, people=people, kinds=kinds, signatures={})


def on_its_own(other: Incident, alarms: tuple[str, ...]) -> Incident:
    """It was an event of its own after all, and goes on as it was."""
    if other.joined_to is None:
        raise Refused(say("The incident is open already."))
    return _moved(other, alarms=alarms, joined_to=None)


def _whose_own(people: Mapping[str, Part]) -> dict[str, Part]:
    return {who: part for who, part in people.items() if part is Part.OWN}


def written(incident: Incident, who: str, part: Part, kinds: tuple[Kind, ...]) -> Incident:
    """Somebody has added to it; who has signed it before has not signed this."""
    refuse_locked(incident)
    people = {who: part, **incident.people} if part is Part.OWN else incident.people
    return _moved(incident, people=people, kinds=kinds, state=State.NOTED, signatures={})


def corrected(
    incident: Incident,
    happened_at: datetime,
    unit: str | None,
    place: str | None,
    outcome: Outcome | None,
    because: FalseBecause | None = None,
) -> Incident:
    """When and where it was, and what came of it, are as somebody says who knows better."""
    refuse_locked(incident)
    why = because if outcome is Outcome.FALSE else None
    return _moved(
        incident, happened_at=happened_at, unit=unit, place=place, outcome=outcome, false_because=why, signatures={}
    )


def signed(incident: Incident, who: str, signer: Signer, needed: frozenset[Signer], now: datetime) -> Incident:
    """Somebody who must read it has; with the last of them it is locked."""
    refuse_locked(incident)
    if incident.state is State.WAITING:
        raise Unfinished(say("Nothing is written yet: there is nothing to sign."))
    if any(one.who == who for one in incident.signatures.values()):
        raise Refused(say("You have signed it already: the other signature is for somebody else."))
    signatures = {**incident.signatures, signer: Signature(who, now)}
    done = needed | {Signer.LEADER} <= set(signatures)
    return _moved(incident, signatures=signatures, state=State.SIGNED if done else State.NOTED)


def reopened(incident: Incident) -> Incident:
    """Something must be added after all; it is signed anew afterwards."""
    if incident.state is not State.SIGNED:
        raise Refused(say("The incident is open already."))
    return _moved(incident, state=State.NOTED, signatures={})


def refuse_locked(incident: Incident) -> None:
    if incident.joined_to is not None:
        raise Locked(say("This was the same event as another: what is written goes there."))
    if incident.state is State.SIGNED:
        raise Locked(say("The incident is signed and locked: a leader must open it again, with a reason."))


def _moved(incident: Incident, **changes: object) -> Incident:
    return replace(incident, version=incident.version + 1, **changes)  # type: ignore[arg-type]
