"""How far a record is on its way into a case system, in one line and of which kind it waits."""

from enum import StrEnum

from hub.cases.register import ON_A_DESK, Entry
from hub.ports import Answer
from hub.web.admin import Visit


class Kind(StrEnum):
    """Who must do something for a record, if anybody."""

    DESK = "desk"
    """It was refused, and says why."""
    UNKNOWN = "unknown"
    """Somebody must say which case of which citizen it is."""
    COPY = "copy"
    """A person copies it."""
    SYSTEM = "system"
    """The case system has it, or is to get it."""
    DONE = "done"


def kind_of(visit: Visit, one: Entry) -> Kind:
    """Of which kind a record is."""
    if one.answer is Answer.ACCEPTED:
        return Kind.DONE
    if one.answer in ON_A_DESK:
        return Kind.DESK
    if one.waits:
        return Kind.UNKNOWN
    return Kind.SYSTEM if visit.hub.cases.ways.of_entry(one) is not None else Kind.COPY


def state_of(visit: Visit, one: Entry) -> str:
    """The same in words, with since when."""
    say, since = visit.texts, visit.local(one.since)
    match kind_of(visit, one):
        case Kind.DONE:
            return say("In {system} as {number} since {time}", system=one.system, number=one.reference, time=since)
        case Kind.DESK:
            return say("Refused {time}", time=since)
        case Kind.UNKNOWN:
            return say("Something must be known first; waiting since {time}", time=since)
        case Kind.COPY:
            return say("To be copied by a person; waiting since {time}", time=since)
        case Kind.SYSTEM:
            return say("Waiting for the case system since {time}", time=since)
