"""An urgent message: whom it waits for, whom to call now, and when it comes back. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.messaging.conversation import HUB, Conversation, Duties, Kind
from hub.people.access import Principal, may_see_unit
from hub.people.site import Role, Site

# Each of a person's channels has so long before the next one calls them.
TURN = timedelta(seconds=60)
BY = ("live", "push", "sms", "voice")
# When all of them have had their turn, it begins anew.
COMES_BACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody who was called to an urgent message, for themselves or because they were on duty in a unit."""

    person: str
    unit: str | None
    round: int
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Urgent:
    """An urgent message and the calls that it has led to."""

    institution: str
    conversation: str
    number: int
    author: str
    round: int = 1
    due_at: datetime | None = None
    closed_at: datetime | None = None
    calls: tuple[Call, ...] = ()

    def call_of(self, person: str) -> Call | None:
        return next((one for one in self.calls if one.person == person), None)


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done for an urgent message now."""

    call: Sequence[Call] = ()
    let_go: Sequence[str] = ()
    """Who need not be called any more."""
    round: int = 1
    due_at: datetime | None = None
    closed: bool = False


def waits_for(one: Conversation, urgent: Urgent, site: Site, duties: Duties) -> dict[str, str | None]:
    """Who must still answer: each by name for themselves, and of those on duty in a unit any one for all."""
    found: dict[str, str | None] = {}
    answered = {call.unit for call in urgent.calls if call.answered_at is not None and call.unit is not None}
    for party in one.parties:
        if not party.here or party.first > urgent.number:
            continue
        if party.to.kind is Kind.DUTY and party.to.who not in answered:
            there = sorted(set(duties.get(party.to.who, ())) - {urgent.author})
            found |= {
                who: party.to.who for who in there or instead(site, party.to.who, urgent.author) if who not in found
            }
        elif party.to.kind is Kind.PERSON and party.added_by != HUB and party.to.who != urgent.author:
            call = urgent.call_of(party.to.who)
            if call is None or call.answered_at is None:
                found[party.to.who] = None
    return found


def instead(site: Site, unit: str, author: str) -> list[str]:
    """Whom it is for while nobody is on duty there: those who lead the unit's shifts, or else its managers."""
    for role in (Role.SHIFT_LEAD, Role.MANAGER):
        found = [
            one.id
            for one in site.people.values()
            if one.role is role
            and one.id != author
            and may_see_unit(Principal(site.institution.id, one.id, one.role, one.units), unit)
        ]
        if found:
            return found
    return []


def next_step(one: Conversation, urgent: Urgent, site: Site, duties: Duties, now: datetime) -> Step:
    """Calls whoever has not been called, and everybody again when the round is over; nobody twice in a round."""
    waiting = waits_for(one, urgent, site, duties) if one.destroyed_at is None else {}
    gone = [call.person for call in urgent.calls if call.answered_at is None and call.person not in waiting]
    if not waiting and _finished(one, urgent):
        return Step(let_go=gone, round=urgent.round, closed=True)
    over = urgent.due_at is not None and urgent.due_at <= now
    current = urgent.round + 1 if over else urgent.round
    called = {call.person: call.round for call in urgent.calls}
    calls = [
        Call(who, unit, current)
        for who, unit in waiting.items()
        if called.get(who, 0) < current and (over or who not in called)
    ]
    due = now + COMES_BACK if over or urgent.due_at is None else urgent.due_at
    return Step(calls, gone, current, due)


def _finished(one: Conversation, urgent: Urgent) -> bool:
    """Whether nobody will be waited for either when others come on duty."""
    answered = {call.unit for call in urgent.calls if call.answered_at is not None}
    units = {party.to.who for party in one.parties if party.here and party.to.kind is Kind.DUTY}
    return one.destroyed_at is not None or units <= answered


def answers(urgent: Urgent, person: str, unit: str | None, now: datetime) -> Urgent:
    """Somebody takes it upon them."""
    old = urgent.call_of(person)
    mine = Call(
        person, unit if unit is not None else old.unit if old else None, old.round if old else urgent.round, now
    )
    return replace(urgent, calls=_with(urgent, [mine]))


def stepped(urgent: Urgent, step: Step, now: datetime) -> Urgent:
    """The urgent message once a step is done."""
    closed = now if step.closed else None
    return replace(urgent, round=step.round, due_at=step.due_at, closed_at=closed, calls=_with(urgent, step.call))


def _with(urgent: Urgent, calls: Sequence[Call]) -> tuple[Call, ...]:
    return tuple({call.person: call for call in (*urgent.calls, *calls)}.values())
