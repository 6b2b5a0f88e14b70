"""A risk that those who come to an alarm must know of: for a citizen or a place, in a few words, for a while. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hub.alarms.alarm import Alarm, Said
from hub.people import access
from hub.people.access import Principal
from hub.people.faults import Refused, say
from hub.people.site import Site

LONGEST = 140
USUAL, MOST = 30, 90
# So long before it expires those who can renew it are told.
REMIND_BEFORE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Risk:
    """What may happen, and what one does; it expires unless somebody renews it."""

    institution: str
    id: str
    author: str
    noted_at: datetime
    until: datetime
    text: str = field(repr=False)
    todo: str = field(repr=False)
    citizen: str | None = None
    place: str | None = None
    conversation: str | None = None
    message: int | None = None
    """What was said where, if it was noted of a message."""
    ended_at: datetime | None = None
    ended_by: str | None = None
    why: str = field(default="", repr=False)
    """Why it was ended."""

    def __post_init__(self) -> None:
        if (self.citizen is None) == (self.place is None):
            raise ValueError("a risk is a citizen's or a place's")
        if not self.text or len(self.text) > LONGEST or len(self.todo) > LONGEST:
            raise ValueError("a risk is said in a few words")
        if not self.noted_at < self.until:
            raise ValueError("a risk lasts a while")

    def holds(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.until

    @property
    def remind_at(self) -> datetime | None:
        """When those who can renew it are told; never before it has been there a moment."""
        return max(self.until - REMIND_BEFORE, self.noted_at) if self.ended_at is None else None


# A risk, and the unit and the room where its citizen lives, if it is one's who lives here.
Home = tuple[Risk, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """A risk, and where it matters now: its place, or where the citizen lives."""

    risk: Risk
    unit: str
    place: str | None

    def concerns(self, alarm: Alarm) -> bool:
        """At the place that it is of; a citizen's in all of the unit where they live, for people walk about."""
        if self.risk.citizen is None:
            return alarm.place is not None and alarm.place == self.place
        return alarm.unit == self.unit or (alarm.place is not None and alarm.place == self.place)


def standing(homes: Iterable[Home], site: Site, now: datetime) -> list[Standing]:
    """The risks that hold now, of people and places that are still there."""
    found = []
    for risk, unit, room in homes:
        place = site.places.get(risk.place or "")
        if place is not None and risk.holds(now):
            found.append(Standing(risk, place.unit, place.id))
        elif unit is not None and risk.holds(now):
            found.append(Standing(risk, unit, room))
    return found


def renewed(risk: Risk, until: datetime, now: datetime) -> Risk:
    """It lasts until then."""
    _refuse_over(risk, now)
    return replace(risk, until=until)


def ended(risk: Risk, by: str, why: str, now: datetime) -> Risk:
    """It is no risk any more."""
    _refuse_over(risk, now)
    return replace(risk, ended_at=now, ended_by=by, why=why)


def lasting(days: int, now: datetime) -> datetime:
    return now + timedelta(days=days)


def may_be_shown(by: Principal, alarm: Alarm) -> bool:
    """Those who were told of it, who have answered, who raised it and who lead there, while it lasts; in no drill."""
    if by.person is None or not alarm.open or alarm.drill:
        return False
    called = {*alarm.told, *alarm.answers, alarm.raised_by}
    return by.person in called or access.leads(by, alarm.unit)


def has_come(by: Principal, alarm: Alarm) -> bool:
    """Whether somebody has said that they are coming to it, or are there."""
    answer = alarm.answers.get(by.name)
    return by.person is not None and answer is not None and answer.said in (Said.COMING, Said.ARRIVED)


def _refuse_over(risk: Risk, now: datetime) -> None:
    if not risk.holds(now):
        raise Refused(say("This risk has ended already: note it anew if it is there again."))
