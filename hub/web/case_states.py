"""How far a record is on its way into a case system: in one line, of which kind it waits, and why."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from hub.cases.practice import Target
from hub.cases.register import ON_A_DESK, Entry
from hub.cases.sendingstore import Underway
from hub.people.faults import Text, say
from hub.ports import Answer, Trouble
from hub.web.admin import Visit

TROUBLES: Mapping[Trouble, Text] = {
    Trouble.AWAY: say("The case system cannot be reached."),
    Trouble.BUSY: say("The case system has much to do, and asks us to come again."),
    Trouble.CLOSED: say(
        "The case system does not let us in, or is elsewhere: the operator must look at the way there."
    ),
    Trouble.STRANGE: say("The case system answered what cannot be understood: the operator must look, if it lasts."),
    Trouble.OURS: say("The hub stumbled over this record: the operator can read why in its log."),
}
_KLE = say("The number (KLE) or its facet has no UUID here: correct it or import an edition, then send it again.")
_PARTY = say("The index knows citizens by CPR number alone: write that down and send it again, or copy it yourself.")
# What the hub itself says of a record that it would never be rid of: by the field that must be mended.
REASONS: Mapping[str, Text] = {
    "target": say("This case system keeps cases only: let the practice make a case of it, or send it elsewhere."),
    "authority": say("The way leads to another municipality's case system: the operator must look at it."),
    "party": _PARTY,
    "kle": _KLE,
    "facet": _KLE,
    "words": say("The case system calls something by a UUID that the hub was not told: the operator must add it."),
    "rules": say("It breaks rules of the index, and so it was not sent. They are named below."),
}


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
    return _said(visit, _state(one, kind_of(visit, one), visit.local(one.since)))


def _said(visit: Visit, text: Text) -> str:
    return visit.texts(text.msgid, **text.values)


def _state(one: Entry, kind: Kind, since: str) -> Text:
    match kind:
        case Kind.DONE:
            return say("In {system} as {number} since {time}", system=one.system, number=one.reference, time=since)
        case Kind.DESK if one.answer is Answer.FAILED:
            return say("Failed in the case system {time}", time=since)
        case Kind.DESK:
            return say("Refused {time}", time=since)
        case Kind.UNKNOWN:
            return say("Something must be known first; waiting since {time}", time=since)
        case Kind.COPY:
            return say("To be copied by a person; waiting since {time}", time=since)
        case Kind.SYSTEM:
            return say("Waiting for the case system since {time}", time=since)


def is_ours(one: Entry) -> bool:
    """Whether it was the hub that would not send it, and said so in an operator's words."""
    return one.reason.partition(":")[0] in REASONS


def why(visit: Visit, one: Entry, way: Underway | None) -> list[str]:
    """Why it waits, and what happens next, in plain words."""
    return [_said(visit, text) for text in _why(visit, one, way)]


def _why(visit: Visit, one: Entry, way: Underway | None) -> Iterator[Text]:
    match kind_of(visit, one):
        case Kind.DESK:
            if is_ours(one):
                yield REASONS[one.reason.partition(":")[0]]
        case Kind.UNKNOWN:
            yield say("It goes on its way when somebody has said whom it is about, and which case it belongs to.")
        case Kind.COPY if one.target is Target.MANUAL:
            yield say("The practice has it copied by a person.")
        case Kind.COPY:
            yield say("No way into that case system is open here: the operator sets one up, or somebody copies it.")
        case Kind.SYSTEM:
            yield from _on_its_way(visit, one, way)


def _on_its_way(visit: Visit, one: Entry, way: Underway | None) -> Iterator[Text]:
    """What the case system said last, and when it is asked again."""
    link = visit.hub.cases.ways.of_entry(one)
    if way is None or link is None or way.version != one.version:
        way = None
    elif one.answer is not None:
        end, again = visit.local(one.since + link.gives_up_after), visit.local(way.next_at)
        yield say(
            "The case system has got it, and has said neither yes nor no since {time}.", time=visit.local(one.since)
        )
        yield say("It is asked again {time}; if nothing is said, somebody must see to it {end}.", time=again, end=end)
    if way is not None and way.trouble is not None:
        yield TROUBLES[way.trouble]
        yield say("Tried so far: {n}. Next try {time}.", n=way.attempts, time=visit.local(way.next_at))
    elif one.answer is None:
        yield say("It is handed over in a moment.")
