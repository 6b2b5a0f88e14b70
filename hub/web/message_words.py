"""What the pages of messages say: who takes part, who reads, and each message as it is shown."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from hub.messaging.attachment import MIB
from hub.messaging.conversation import About, Address, Conversation, Kind, Party
from hub.messaging.here import Here
from hub.messaging.message import Message, author_name, name_of
from hub.messaging.queries import Further, Line, Seen
from hub.people.access import manages
from hub.web import outside_words
from hub.web.admin import Visit
from hub.web.render import Texts

EXCERPT = 80


def line(visit: Visit, here: Here, one: Line) -> dict[str, Any]:
    """A conversation in the list."""
    people = [name(visit, here, party.to) for party in one.conversation.parties if party.here]
    return {
        "id": one.conversation.id,
        "title": titled(visit, one.conversation, one.head, here),
        "about": about(visit, one.conversation, one.head),
        "with": ", ".join(people),
        "at": visit.local(one.newest_at),
        "unread": one.unread,
        "waiting": one.waiting,
        "destroyed": one.conversation.destroyed_at is not None,
    }


def further(visit: Visit) -> Further | None:
    """Where a search is to go on, if it has begun."""
    number = visit.entry.raw("number")
    try:
        at = datetime.fromisoformat(visit.entry.raw("at"))
    except ValueError:
        return None
    return Further(at, int(number)) if at.tzinfo is not None and number.isdecimal() and len(number) < 10 else None


def titled(visit: Visit, one: Conversation, head: Mapping[str, str], here: Here) -> str:
    """What the conversation is called: by its title, or by whom it is with."""
    say = visit.texts
    others = [party.to for party in one.parties if party.here and party.to.who != visit.by.name]
    site, units = visit.site, visit.site.units
    named = [name_of(site, to.who) for to in others if to.kind is Kind.PERSON]
    named += [units[to.who].name for to in others if to.kind is Kind.DUTY and to.who in units]
    named += [here.outside[to.who].name for to in others if to.kind is Kind.OUTSIDE and to.who in here.outside]
    return head.get("title", "") or ", ".join(named) or say("Conversation")


def about(visit: Visit, one: Conversation, head: Mapping[str, str]) -> tuple[str, str]:
    """What it is about, and the address of that if it has one."""
    say = visit.texts
    if one.about is About.UNIT:
        unit = visit.site.units.get(one.about_id or "")
        return say("About the unit {unit}", unit=unit.name if unit is not None else one.about_id), ""
    if one.about is About.INCIDENT:
        return say("About an incident"), f"/incidents/{one.about_id}"
    if one.about is About.CITIZEN and head.get("citizen"):
        address = f"/citizens/{one.about_id}" if one.about_id is not None else ""
        return say("About the citizen {citizen}", citizen=head["citizen"]), address
    return "", ""


def name(visit: Visit, here: Here, to: Address) -> str:
    """Somebody who takes part; of a duty, who is on it now."""
    say = visit.texts
    if to.kind is Kind.PERSON:
        return name_of(here.site, to.who)
    if to.kind is Kind.OUTSIDE:
        return outside_words.called(say, here, to.who)
    unit = here.site.units.get(to.who)
    shown = say("Whoever is on duty in {unit}", unit=unit.name if unit is not None else to.who)
    return f"{shown} ({on_duty(visit, here, to.who)})"


def on_duty(visit: Visit, here: Here, unit: str) -> str:
    """Who is on duty in a unit now, in words."""
    say = visit.texts
    people = [name_of(here.site, who) for who in sorted(here.duties.get(unit, ()))]
    if not people:
        return say("nobody now")
    return say("now {names}", names=", ".join(people))


def readers(visit: Visit, here: Here, of: Iterable[Party | Address]) -> list[str]:
    """Who can read what is written next, the one who writes first."""
    say = visit.texts
    addresses = [one.to if isinstance(one, Party) else one for one in of if not isinstance(one, Party) or one.here]
    you = Address(Kind.PERSON, here.me)
    found = [name(visit, here, one) for one in dict.fromkeys(addresses) if one != you]
    return [say("You"), *found]


def taking_part(visit: Visit, here: Here, one: Conversation) -> dict[str, Any]:
    """Who reads what is written now and can be named after an @, who has left, and who may let whom in or out."""
    there = [party for party in one.parties if party.here]
    return {
        "readers": readers(visit, here, one.parties),
        "mentions": sorted(name_of(here.site, who) for who in one.readers(here.duties) if who != here.me),
        "gone": [left(visit, here, party) for party in one.parties if not party.here and party.to.kind is Kind.PERSON],
        "parties": [(party.number, name(visit, here, party.to)) for party in there],
        "mine": next((party.number for party in there if party.to == Address(Kind.PERSON, here.me)), None),
        "takes_out": here.me == one.opened_by or manages(visit.by),
        "others": choices(visit, here, {party.to for party in there}),
    }


def left(visit: Visit, here: Here, party: Party) -> str:
    """Somebody who has left, and how much of it stays theirs to read."""
    say = visit.texts
    return say("{who}, up to message {number}", who=name_of(here.site, party.to.who), number=party.last or 0)


def choices(visit: Visit, here: Here, but: Collection[Address]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whom one can write to: those on duty, one's own units' people, and everybody else."""
    say, site = visit.texts, visit.site
    own = [unit for unit in site.units if not visit.by.units or unit in visit.by.units]
    units = [*own, *(unit for unit in site.units if unit not in own)]
    duty = [Address(Kind.DUTY, unit) for unit in units]
    people = [Address(Kind.PERSON, one.id) for one in site.people.values() if one.id != here.me]
    near = [one for one in people if set(site.people[one.who].units) & set(visit.by.units)]
    far = [one for one in people if one not in near]
    groups = ((say("On duty"), duty), (say("My units"), near), (say("Everybody else"), far))
    shown = [
        (title, [(written(one), name(visit, here, one)) for one in some if one not in but]) for title, some in groups
    ]
    return [(title, some) for title, some in shown if some]


def written(to: Address) -> str:
    """An address as a form's field says it."""
    return f"{to.kind.value}:{to.who}"


def address(text: str) -> Address | None:
    """The colleagues that a field says; None where it says none: others are let in where it is noted why."""
    kind, _, who = text.partition(":")
    return Address(Kind(kind), who) if kind in (Kind.PERSON, Kind.DUTY) and who else None


def message(visit: Visit, here: Here, one: Message) -> dict[str, Any]:
    """One message by itself."""
    excerpt = one.text if len(one.text) <= EXCERPT else f"{one.text[:EXCERPT]}…"
    return {
        "number": one.number,
        "author": author_name(here.site, one),
        "mine": one.author == here.me,
        "at": visit.local(one.at),
        "text": one.text,
        "excerpt": excerpt,
        "urgent": one.urgent,
        "mentions_me": here.me in one.mentions,
        "meeting": (one.meeting.url, visit.local(one.meeting.at)) if one.meeting is not None else None,
        "files": [(each.id, each.name, size(visit.texts, each.size)) for each in one.attachments],
    }


def size(say: Texts, count: int) -> str:
    """How large a file is, as people say it."""
    return (
        say("{n} MB", n=f"{count / MIB:.1f}".replace(".", ",")) if count >= MIB else say("{n} kB", n=-(-count // 1024))
    )


def items(visit: Visit, here: Here, seen: Seen) -> list[dict[str, Any]]:
    """The messages in their order, each with what was added to it, who has read it, and who has it."""
    shown = {one.number: one for one in seen.messages}
    read = {who: mark.number for who, mark in seen.marks.items() if who in here.site.people}
    found = []
    for one in seen.messages:
        if one.amends in shown:
            continue
        answered = shown.get(one.replies_to or 0)
        found.append(
            message(visit, here, one)
            | {
                "reply": message(visit, here, answered) if answered is not None else None,
                "added": [message(visit, here, more) for more in seen.messages if more.amends == one.number],
                "read": [
                    name_of(here.site, who)
                    for who, number in read.items()
                    if who != one.author and number >= one.number and seen.conversation.had(who, one.number)
                ],
                "answered": [
                    (name_of(here.site, who.person), visit.local(who.at)) for who in seen.answered.get(one.number, ())
                ],
                "waiting": one.number in seen.waiting,
            }
        )
    return found
