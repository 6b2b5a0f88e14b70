"""Who may read what, from when: held to a plain account of who was there when each message was written."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Forbidden, HubError, NotFound
from hub.messaging import conversation as life
from hub.messaging.conversation import Address, Conversation, Kind, looks_like_cpr, mentioned
from hub.messaging.urgency import COMES_BACK, Step, Urgent, answers, next_step, stepped, waits_for
from hub.people.access import Principal
from hub.people.site import Institution, Person, Role, Site, Unit

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PEOPLE = ("anna", "bo", "carl", "nora")
UNITS = ("nord", "syd")


HOUSE = Institution("house", "Huset", "29189999", "Europe/Copenhagen")
STAFF = {who: Person(who, who.title(), Role.STAFF, ("nord",)) for who in PEOPLE}
LEADS = {"lone": Person("lone", "Lone", Role.SHIFT_LEAD, ("nord",)), "leif": Person("leif", "Leif", Role.MANAGER)}
SITE = Site(HOUSE, {unit: Unit(unit, unit.title()) for unit in UNITS}, people=STAFF | LEADS)
people, units = st.sampled_from(PEOPLE), st.sampled_from(UNITS)
addresses = people.map(lambda who: Address(Kind.PERSON, who)) | units.map(lambda unit: Address(Kind.DUTY, unit))
duties = st.dictionaries(units, st.sets(people), max_size=2)
steps = st.one_of(
    st.tuples(st.just("write"), people),
    st.tuples(st.just("join"), people, addresses, st.booleans()),
    st.tuples(st.just("leave"), people, st.integers(1, 6)),
    st.tuples(st.just("duty"), duties),
)


def begun(*to: Address) -> Conversation:
    new = Conversation("house", "c", "anna", NOW)
    return life.opened(new, to or (Address(Kind.PERSON, "bo"),), SITE, NOW)


@dataclass
class Spell:
    """A time that somebody takes part for, and the messages that it holds."""

    to: Address
    holds: set[int]
    lasts: bool = True


class Account:
    """Who was there when each message was written, in so many words."""

    def __init__(self) -> None:
        self.one = begun()
        self.now: Any = {}
        self.spells = [Spell(party.to, set()) for party in self.one.parties]

    def write(self, who: str) -> None:
        self.one = life.written(self.one, who, self.now, NOW)
        for spell in self.spells:
            if spell.lasts:
                spell.holds.add(self.one.last)

    def join(self, who: str, to: Address, beginning: bool) -> None:
        before = self.one
        self.one = life.joined(before, to, who, self.now, SITE, NOW, from_beginning=beginning)
        if self.one is not before:
            held: set[int] = set()
            for spell in self.spells:
                held |= spell.holds if spell.lasts and self._is(spell, who) else set()
            self.spells.append(Spell(to, held if beginning else set()))

    def leave(self, who: str, number: int) -> None:
        self.one = life.left(self.one, number, Principal("house", who, Role.STAFF), self.now, NOW)
        self.spells[number - 1].lasts = False

    def duty(self, now: Any) -> None:
        self.now = now

    def reads(self, who: str) -> set[int]:
        found: set[int] = set()
        for spell in self.spells:
            found |= spell.holds if self._is(spell, who) else set()
        return found

    def _is(self, spell: Spell, who: str) -> bool:
        on_duty = spell.to.kind is Kind.DUTY and spell.lasts and who in self.now.get(spell.to.who, ())
        return on_duty or spell.to == Address(Kind.PERSON, who)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=25))
def test_everybody_reads_what_was_said_while_they_were_there_and_what_they_were_given(
    course: list[tuple[Any, ...]],
) -> None:
    account = Account()
    for verb, *said in course:
        with suppress(HubError):
            getattr(account, verb)(*said)
        one, now = account.one, account.now
        for who in PEOPLE:
            may = {number for number in range(1, one.last + 1) if one.may_read(who, number, now)}
            assert may == account.reads(who)
            assert one.may_write(who, now) <= one.may_know(who, now)
        assert set(one.readers(now)) == {who for who in PEOPLE if one.may_write(who, now)}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.one_of(st.tuples(st.just("duty"), duties), st.tuples(st.just("wait"), st.integers(1, 700)), people),
        max_size=20,
    )
)
def test_an_urgent_message_calls_nobody_twice_in_a_round_and_ends_with_the_last_answer(course: list[Any]) -> None:
    one = life.written(begun(Address(Kind.PERSON, "bo"), Address(Kind.DUTY, "nord")), "anna", {}, NOW)
    urgent, now, on_duty = Urgent("house", "c", 1, "anna"), NOW, {"nord": {"carl"}}
    called: set[tuple[str, int]] = set()

    def goes_on(urgent: Urgent) -> Urgent:
        step: Step = next_step(one, urgent, SITE, on_duty, now)
        for call in step.call:
            assert (call.person, call.round) not in called
            assert call.person != "anna"
            called.add((call.person, call.round))
        return stepped(urgent, step, now)

    urgent = goes_on(urgent)
    assert {who for who, _ in called} == {"bo", "carl"}
    for happens in course:
        if urgent.closed_at is not None:
            break
        if isinstance(happens, str):
            waiting = waits_for(one, urgent, SITE, on_duty)
            if happens in waiting:
                urgent = answers(urgent, happens, waiting[happens], now)
        elif happens[0] == "duty":
            on_duty = happens[1]
        else:
            now += timedelta(seconds=happens[1])
        urgent = goes_on(urgent)
        answered = {call.person for call in urgent.calls if call.answered_at is not None}
        by_duty = any(call.answered_at is not None and call.unit == "nord" for call in urgent.calls)
        assert (urgent.closed_at is not None) == ("bo" in answered and by_duty)
        if urgent.closed_at is None:
            assert urgent.due_at is not None
            assert urgent.due_at <= now + COMES_BACK


def test_nobody_on_duty_means_those_who_lead() -> None:
    one = life.written(begun(Address(Kind.DUTY, "nord")), "anna", {}, NOW)
    step = next_step(one, Urgent("house", "c", 1, "anna"), SITE, {}, NOW)
    assert [(call.person, call.unit) for call in step.call] == [("lone", "nord")]


def test_what_looks_like_a_cpr_number() -> None:
    for text in ("010170-1234", "0101701234", "hun har 311299 4321 i dag", "(150885–1111)"):
        assert looks_like_cpr(text), text
    for text in ("320170-1234", "ring 20 30 40 50", "2026-03-10 14:00", "12345678901", "kl. 0101", "1501-1234"):
        assert not looks_like_cpr(text), text


def test_who_is_mentioned_is_one_who_reads() -> None:
    assert mentioned("Hej @Bo og @carl, spørg Nora", SITE, ("anna", "bo", "nora")) == ("bo",)
    assert mentioned("@Bodil er her ikke", SITE, ("bo",)) == ()


def test_strangers_find_nothing_and_those_who_left_write_nothing() -> None:
    one = begun()
    with pytest.raises(NotFound):
        life.written(one, "vera", {"syd": {"vera"}}, NOW)
    gone = life.left(one, 2, Principal("house", "bo", Role.STAFF), {}, NOW)
    with pytest.raises(Forbidden):
        life.written(gone, "bo", {}, NOW)
