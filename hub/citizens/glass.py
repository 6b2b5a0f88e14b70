"""Breaking the glass: who reads the least of a citizen in an alarm, why, how long, and what was said of it. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hub.alarms.alarm import Alarm
from hub.citizens.risk import has_come
from hub.people import access
from hub.people.access import Principal
from hub.people.faults import NotYours, Refused, say

USUAL = 15
CHOICES = (5, USUAL, 30, 60)


class Reason(StrEnum):
    """Why the glass was broken: chosen, so that it takes no time."""

    DANGER = "danger"
    CALM = "calm"
    ILL = "ill"
    MISSING = "missing"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody may read one citizen's card until a moment, while one alarm lasts."""

    institution: str
    id: str
    alarm: str
    citizen: str
    unit: str
    """Whose leaders look at it afterwards."""
    person: str
    reason: Reason
    opened_at: datetime
    until: datetime
    words: str = field(default="", repr=False)
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    in_order: bool | None = None
    verdict: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.reason is Reason.OTHER and not self.words:
            raise ValueError("another reason is written")
        if (self.reviewed_at is None) != (self.in_order is None):
            raise ValueError("who has looked at it has said whether it was in order")

    def lasts(self, alarm: Alarm | None, now: datetime) -> bool:
        """The alarm's end is its end."""
        return now < self.until and alarm is not None and alarm.open and not alarm.drill


def refuse_unless_called(by: Principal, alarm: Alarm) -> None:
    """Only those who come to an alarm, while it lasts, and in no drill."""
    if alarm.drill:
        raise Refused(say("This is a drill: nobody's card is opened."))
    if not alarm.open:
        raise Refused(say("The alarm is over: what was open is closed."))
    if not has_come(by, alarm):
        raise NotYours(say("Answer the alarm first: say that you are coming, or that you are there."))


def lasting(minutes: int, now: datetime) -> datetime:
    return now + timedelta(minutes=minutes)


def may_review(by: Principal, unit: str) -> bool:
    """The unit's managers, behind a password."""
    return access.administers_unit(by, unit)


def reviewed(one: Opening, by: Principal, *, in_order: bool, verdict: str, now: datetime) -> Opening:
    """Somebody who may has looked at it; nobody looks at their own."""
    if one.person == by.person:
        raise NotYours(say("Nobody looks at what they have opened themselves: ask another manager."))
    if one.reviewed_at is not None:
        raise Refused(say("Somebody has looked at this already: see what they said."))
    return replace(one, reviewed_at=now, reviewed_by=by.name, in_order=in_order, verdict=verdict)
