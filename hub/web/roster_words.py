"""What the roster's page and files say of a shift: who covers, who has come, who is away, how many hours it is."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.alarms.events import name_of
from hub.people import access
from hub.people.access import Principal
from hub.people.site import Person
from hub.roster.hours import Hours, balance_word, hours_word
from hub.roster.sheet import Come, Mark
from hub.roster.shift import Absence, Away
from hub.web.admin import Visit
from hub.web.render import Texts


def clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def may_know(by: Principal, person: Person) -> bool:
    """Why somebody is away, and how many hours they have, is for themselves and for those who lead them."""
    return person.id == by.person or any(access.leads(by, unit) for unit in person.units or (None,))


def come_word(mark: Mark, zone: ZoneInfo, say: Texts) -> str:
    """Whether whoever has the shift has said that they are there; nothing before it begins."""
    if mark.seen is not None and mark.seen.out_at is not None:
        return say("Checked out {time}", time=clock(mark.seen.out_at, zone))
    if mark.seen is not None:
        return say("Checked in {time}", time=clock(mark.seen.in_at, zone))
    return say("Not checked in") if mark.come is Come.NOT_IN and mark.away is None else ""


def cover_word(visit: Visit, mark: Mark, zone: ZoneInfo) -> str:
    """For whom somebody stands in, and until when."""
    until, whom, say = clock(mark.shift.ends, zone), name_of(visit.site, mark.instead_of), visit.texts
    if whom is None:
        return say("Covers until {time}", time=until)
    return say("Covers {name} until {time}", name=whom, time=until)


def off_word(visit: Visit, one: Absence, zone: ZoneInfo) -> str:
    """What takes somebody off a shift."""
    say = visit.texts
    if one.kind is Away.COVERED:
        return say("Somebody else has it until {time}", time=clock(one.ends, zone))
    return away_word(visit, one)


def away_word(visit: Visit, one: Absence) -> str:
    """That somebody is away, and why, for those who may know."""
    person, say = visit.site.people.get(one.person), visit.texts
    if person is None or not may_know(visit.by, person):
        return say("Away")
    return {Away.LEAVE: say("On leave"), Away.SICK: say("Ill")}.get(one.kind, say("Away"))


def hours_words(one: Hours, say: Texts) -> str:
    """Hours, and how they stand against what was agreed on."""
    if one.agreed is None or one.balance is None:
        return hours_word(one.worked, say)
    words = {"hours": hours_word(one.worked, say), "agreed": hours_word(one.agreed, say)}
    return say("{hours} of {agreed} ({balance})", **words, balance=balance_word(one.balance, say))
