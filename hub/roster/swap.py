"""A shift that somebody wants to be rid of, or to exchange: who may say what of it, and what becomes of it; pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from hub.people.faults import NotYours, Refused, say
from hub.people.site import DutyState, Role
from hub.roster.shift import Shift


class State(StrEnum):
    """How far a swap has come."""

    OPEN = "open"
    AGREED = "agreed"
    DONE = "done"
    DECLINED = "declined"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


LIVE = frozenset({State.OPEN, State.AGREED})


@dataclass(frozen=True, slots=True)
class Part:
    """A shift as it stood when somebody spoke of it."""

    shift: str
    unit: str
    starts: datetime
    ends: datetime
    duty: DutyState
    role: Role | None = None

    @classmethod
    def of(cls, shift: Shift) -> "Part":
        return cls(shift.id, shift.unit, shift.starts, shift.ends, shift.duty, shift.role)


@dataclass(frozen=True, slots=True)
class Swap:
    """One shift that its person offers to a colleague or to all, and what they want for it."""

    id: str
    institution: str
    giver: str
    gives: Part
    made_at: datetime
    changed_at: datetime
    asked: str | None = None
    """Nobody in particular: everybody who is qualified."""
    wants: Part | None = None
    note: str | None = None
    state: State = State.OPEN
    taker: str | None = None
    declined: frozenset[str] = frozenset()
    """Those who have said no where everybody was asked."""
    why: str | None = None
    """Why it was refused, or why it may break a rest rule."""
    version: int = 1

    def __post_init__(self) -> None:
        if self.wants is not None and self.asked is None:
            raise ValueError("a shift in return is somebody's: ask them by name")
        if (self.taker is not None) != (self.state in (State.AGREED, State.DONE, State.REFUSED)):
            raise ValueError("a taker is known once somebody has said yes, and only then")

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.gives,) if self.wants is None else (self.gives, self.wants)

    @property
    def begins(self) -> datetime:
        """When it is too late."""
        return min(part.starts for part in self.parts)

    @property
    def live(self) -> bool:
        return self.state in LIVE

    def involves(self, who: str | None) -> bool:
        return who is not None and who in (self.giver, self.asked, self.taker)


def accepted(swap: Swap, who: str, now: datetime, *, approval: bool) -> Swap:
    """Somebody takes it; with `approval` it waits for a shift lead, else it holds."""
    _refuse_unless(swap, now, State.OPEN)
    if who == swap.giver or swap.asked not in (None, who):
        raise NotYours(say("This was asked of somebody else."))
    state = State.AGREED if approval else State.DONE
    return _changed(swap, state, now, taker=who, declined=swap.declined - {who})


def approved(swap: Swap, by: str, now: datetime, why: str | None = None) -> Swap:
    """Somebody who leads the unit says yes; `why` where a rest rule is broken by it."""
    _refuse_unless(swap, now, State.AGREED)
    _refuse_parties(swap, by)
    return _changed(swap, State.DONE, now, taker=swap.taker, why=why)


def refused(swap: Swap, by: str, now: datetime, why: str) -> Swap:
    """Somebody who leads the unit says no."""
    _refuse_unless(swap, now, State.AGREED)
    _refuse_parties(swap, by)
    return _changed(swap, State.REFUSED, now, taker=swap.taker, why=why)


def declined(swap: Swap, who: str, now: datetime) -> Swap:
    """Somebody who was asked says no, or takes their yes back before it holds."""
    _refuse_unless(swap, now, *LIVE)
    if swap.state is State.AGREED and who != swap.taker:
        raise NotYours(say("Somebody else has said yes to this."))
    if who == swap.giver or swap.asked not in (None, who):
        raise NotYours(say("This was asked of somebody else."))
    if swap.asked == who:
        return _changed(swap, State.DECLINED, now)
    return _changed(swap, State.OPEN, now, declined=swap.declined | {who})


def withdrawn(swap: Swap, who: str, now: datetime) -> Swap:
    """Whoever offered it keeps their shift after all."""
    _refuse_unless(swap, now, *LIVE)
    if who != swap.giver:
        raise NotYours(say("Only the one who offered it can withdraw it."))
    return _changed(swap, State.WITHDRAWN, now)


def expired(swap: Swap, now: datetime) -> Swap | None:
    """The shift has begun and nobody took it: it ends by itself; None if it is not so."""
    return _changed(swap, State.EXPIRED, now) if swap.live and now >= swap.begins else None


def _changed(
    swap: Swap,
    state: State,
    now: datetime,
    *,
    taker: str | None = None,
    declined: frozenset[str] | None = None,
    why: str | None = None,
) -> Swap:
    noes = swap.declined if declined is None else declined
    return replace(swap, state=state, taker=taker, declined=noes, why=why, changed_at=now, version=swap.version + 1)


def _refuse_unless(swap: Swap, now: datetime, *states: State) -> None:
    if swap.state not in states:
        raise Refused(say("This has been answered or withdrawn meanwhile: look at it again."))
    if now >= swap.begins:
        raise Refused(say("The shift has begun: now only a shift lead can say who covers it."))


def _refuse_parties(swap: Swap, by: str) -> None:
    if swap.involves(by):
        raise NotYours(say("Nobody approves their own swap: ask another who leads the unit."))
