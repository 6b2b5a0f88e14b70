"""The built-in case register's entries: what is recorded, what was sent of it, and what became of that. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.cases.practice import Area, Sort, Target
from hub.ports import Answer, CaseRecord, Handed

ENDED = frozenset({Answer.ACCEPTED, Answer.REFUSED, Answer.FAILED})
ON_A_DESK = frozenset({Answer.REFUSED, Answer.FAILED})
LONGEST_WAIT = timedelta(hours=1)
LONGEST_REASON = 500
# A receipt that comes late tells nothing that a later one has not said already.
_ORDER = (None, Answer.RECEIVED, Answer.DELIVERED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as it stands in the register."""

    institution: str
    incident: str
    sort: Sort
    area: Area
    target: Target
    record: CaseRecord
    version: int
    since: datetime
    """Since when it waits, or since when it is as it is."""
    answer: Answer | None = None
    """None while nobody outside has answered."""
    reason: str = ""
    system: str = ""
    """Where it is, and what it is called there, once it is."""
    reference: str = ""
    waits: bool = False
    """Whether something must be known before it can be sent."""

    def __post_init__(self) -> None:
        if self.version < 1:
            raise ValueError("the first version of a record is 1")
        if self.answer in ON_A_DESK and not self.reason:
            raise ValueError("what was refused says why")
        if self.answer is Answer.ACCEPTED and not self.system:
            raise ValueError("what was taken says where")

    @property
    def open(self) -> bool:
        return self.answer not in ENDED


def anew(before: Entry | None, made: Entry) -> Entry | None:
    """The next version of an entry; None where what would be sent is what was recorded already."""
    if before is None:
        return made
    same = replace(made.record, status="") == replace(before.record, status="")
    if same and made.target is before.target and made.waits == before.waits:
        return None
    return replace(made, version=before.version + 1)


def answered(entry: Entry, told: Handed, now: datetime) -> Entry:
    """What the case system said of it: once, in whatever order; what was taken stays taken, also after a refusal."""
    if told.answer not in ENDED:
        news = entry.answer in _ORDER and _ORDER.index(told.answer) > _ORDER.index(entry.answer)
    else:
        news = entry.open or (told.answer is Answer.ACCEPTED and entry.answer in ON_A_DESK)
        # It may be we who gave it up: the system's own no says more.
        news = news or (told.answer is Answer.REFUSED and entry.answer is Answer.FAILED)
    if not news:
        return entry
    reason = told.reason[:LONGEST_REASON] if told.answer in ON_A_DESK else ""
    if told.answer in ON_A_DESK and not reason:
        reason = told.answer.value
    system, reference = told.system or entry.system, told.reference or entry.reference
    return replace(entry, answer=told.answer, since=now, reason=reason, system=system, reference=reference)


def refused(entry: Entry, why: str, now: datetime) -> Entry:
    """It will never be taken as it is: somebody must see to it."""
    return replace(entry, answer=Answer.REFUSED, reason=why[:LONGEST_REASON], since=now) if entry.open else entry


def placed(entry: Entry, system: str, reference: str, now: datetime) -> Entry:
    """Somebody has written it into the case system themselves."""
    return replace(entry, answer=Answer.ACCEPTED, reason="", system=system, reference=reference, since=now, waits=False)


def again(entry: Entry, now: datetime) -> Entry:
    """Somebody has seen to what kept it: it is sent once more, as a new version."""
    return replace(entry, answer=None, reason="", version=entry.version + 1, since=now)


def later(attempts: int, asked: float | None) -> timedelta:
    """How long until it is tried again: what was asked for, or 10, 20, 40 … seconds up to an hour."""
    seconds = asked if asked is not None else 5.0 * 2 ** min(attempts, 12)
    return min(LONGEST_WAIT, timedelta(seconds=seconds))
