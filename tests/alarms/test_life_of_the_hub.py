"""The same life on the real hub: its actions, its database, its chores, and the kill that comes at any moment.

Ten thousand rounds: `pytest tests/alarms/test_life_of_the_hub.py --hypothesis-profile=ten-thousand`.
"""

import asyncio
import shutil
from collections.abc import Coroutine
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import uvloop
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hub.alarms.actions import Alarms
from hub.alarms.alarm import Alarm, Outcome, Said
from hub.alarms.trigger import Trigger
from hub.clock import instant
from hub.delivery.receipts import Stage
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.escalation.rules import WATCH_LASTS, RuleBook
from hub.storage.journal import Entry
from tests.alarms.books import KINDS, LONGEST_WAIT, as_toml, books, on_shift, people, units
from tests.alarms.hub_by_chance import DURESS_PIN, PIN, ChanceHouse, make_template
from tests.alarms.profiles import patience, rounds

T = TypeVar("T")

# So many deadlines a rule may live through: a last resort comes every second if the rules say so.
MOST_HOPS = 6

some_alarm = st.integers(0, 3)
ago = st.sampled_from([0, 0, 0, 1, -1])
shifts = st.lists(st.tuples(on_shift, st.sampled_from([-3600, -3600, 3, 30]), st.sampled_from([40, 7200])), max_size=5)
REFUSED = (Conflict, Forbidden, Invalid, NotFound)


class LifeOfTheHub(RuleBasedStateMachine):
    """Several alarms at a time in one house, whose hub may die at any moment."""

    template: ClassVar[Path]
    folder: ClassVar[Path]
    houses: ClassVar["count[int]"] = count()

    def __init__(self) -> None:
        super().__init__()
        self.loop = uvloop.new_event_loop()
        self.home = self.folder / f"{next(self.houses)}"
        self.house = ChanceHouse(self.home, self.template)
        self.run(self.house.starts())
        self.ids = count(1)
        self.order: list[str] = []
        self.wakes: set[datetime] = set()
        self.last: dict[str, list[Entry]] = {}
        self.book_of: dict[str, RuleBook] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        try:
            self.run(self.house.every_row_was_heard_as_it_would_be_replayed())
            assert not self.house.services.chores.fallen
        finally:
            self.run(self.house.stops())
            self.run(self.loop.shutdown_default_executor())
            self.loop.close()
            shutil.rmtree(self.home)

    @initialize(editions=st.tuples(books, books), roster=shifts)
    def the_house_opens(self, editions: tuple[RuleBook, ...], roster: list[Any]) -> None:
        self.editions = editions
        self.the_rules_are_edited(0)
        self.the_shift_changes(roster)

    # What can happen.

    @precondition(lambda self: sum(alarm.open for alarm in self.house.alarms.values()) < 3)
    @rule(kind=st.sampled_from(KINDS), place=st.none() | units, by=people, drill=st.booleans())
    def somebody_presses(self, kind: str, place: str | None, by: str, drill: bool) -> None:
        which = str(UUID(int=next(self.ids)))
        trigger = Trigger(which, kind, place=f"room-{place}" if place else None, drill=drill)
        self.order.append(which)
        self.does(self.alarms.raise_alarm(self.house.token(by), trigger))

    @precondition(lambda self: self.order)
    @rule(by=people)
    def the_last_press_is_sent_again(self, by: str) -> None:
        before = len(self.house.entries)
        self.does(self.alarms.raise_alarm(self.house.token(by), Trigger(self.order[-1], "alarm")))
        assert len(self.house.entries) == before

    @precondition(lambda self: self.order)
    @rule(which=some_alarm, who=people, said=st.sampled_from(Said), ago=ago)
    def somebody_answers(self, which: int, who: str, said: Said, ago: int) -> None:
        alarm = self.some(which)
        self.does(self.alarms.answer(self.house.token(who), alarm.id, said, max(alarm.version - ago, 0)))

    @precondition(lambda self: self.order)
    @rule(which=some_alarm, whos=st.lists(people, min_size=2, max_size=4), said=st.sampled_from(Said))
    def several_answer_at_once_and_one_gives_the_all_clear(self, which: int, whos: list[str], said: Said) -> None:
        alarm = self.some(which)
        tokens = [self.house.token(who) for who in whos]
        answers = [self.alarms.answer(token, alarm.id, said, alarm.version) for token in tokens[1:]]
        self.does(*answers, self.alarms.resolve(tokens[0], alarm.id, alarm.version, Outcome.FALSE))

    @precondition(lambda self: self.order)
    @rule(which=some_alarm, who=people, ago=ago, pin=st.sampled_from([None, PIN, DURESS_PIN]))
    def somebody_withdraws(self, which: int, who: str, ago: int, pin: str | None) -> None:
        alarm = self.some(which)
        version = max(alarm.version - ago, 0)
        self.does(self.alarms.withdraw(self.house.token(who), alarm.id, version, pin))

    @precondition(lambda self: self.order)
    @rule(which=some_alarm, who=people, ago=ago, outcome=st.sampled_from(Outcome))
    def somebody_gives_the_all_clear(self, which: int, who: str, ago: int, outcome: Outcome) -> None:
        alarm = self.some(which)
        self.does(self.alarms.resolve(self.house.token(who), alarm.id, max(alarm.version - ago, 0), outcome))

    @precondition(lambda self: self.order)
    @rule(which=some_alarm, who=people, stage=st.sampled_from([Stage.RECEIVED, Stage.SHOWN]))
    def a_device_confirms(self, which: int, who: str, stage: Stage) -> None:
        self.does(self.alarms.receipt(self.house.token(who), self.some(which).id, stage))

    @rule(seconds=st.sampled_from([0.5, 5, 19.5, 61]))
    def time_passes(self, seconds: float) -> None:
        """Moment by moment: the hub is there at every deadline."""
        end = self.house.clock.now() + timedelta(seconds=seconds)
        for _ in range(MOST_HOPS):
            deadline = self.run(self.house.next_deadline())
            moment = end if deadline is None else min(deadline, end)
            self.house.clock.set(moment)
            self.rests()
            if moment == end:
                break

    @precondition(lambda self: any(alarm.escalates_at for alarm in self.house.alarms.values()))
    @rule()
    def time_passes_until_something_is_due(self) -> None:
        deadline = self.run(self.house.next_deadline())
        assert deadline is not None
        self.house.clock.set(deadline)
        self.rests()

    @rule(seconds=st.sampled_from([1, 60, 3600]))
    def the_machine_sleeps(self, seconds: float) -> None:
        self.house.clock.advance(seconds)
        self.wakes.add(self.house.clock.now())
        self.rests()

    @rule(seconds=st.sampled_from([0, 1, 60, 3600]))
    def the_hub_is_killed_and_starts_again(self, seconds: float) -> None:
        """Everything in memory is gone; what lies on disk is the same, and goes on."""
        before = list(self.house.entries)
        self.run(self.house.is_killed())
        self.house.clock.advance(seconds)
        self.wakes.add(self.house.clock.now())
        self.house.entries = []
        self.run(self.house.starts())
        self.run(self.house.look())
        assert self.house.entries[: len(before)] == before
        self.house.entries = before
        self.rests()

    @rule(roster=shifts)
    def the_shift_changes(self, roster: list[Any]) -> None:
        self.run(self.house.has_on_duty(roster))
        self.rests()

    @rule(now=st.integers(0, 1))
    def the_rules_are_edited(self, now: int) -> None:
        self.book = self.editions[now]
        self.run(self.house.has_rules(as_toml(self.book)))
        self.rests()

    # What must hold whatever happens.

    @invariant()
    def no_open_alarm_is_silent(self) -> None:
        now = self.house.clock.now()
        for alarm in self.house.alarms.values():
            if not alarm.open:
                assert alarm.escalates_at is None
            elif alarm.escalates_at is not None:
                longest = max(LONGEST_WAIT, WATCH_LASTS if alarm.watching else 0)
                assert now < alarm.escalates_at <= now + timedelta(seconds=longest), "its deadline is past, or too far"
            else:
                rule = self.book_of[alarm.id].kind(alarm.kind)
                said = [answer.said for answer in alarm.answers.values()]
                assert not alarm.watching
                assert len(said) - said.count(Said.CANNOT) >= rule.answers_needed, "silent, and too few are coming"
                assert Said.ARRIVED in said or rule.reopen_after == 0, "silent, and nobody is there"

    def rests(self) -> None:
        """The hub comes to rest, and each new row came at its time."""
        self.run(self.house.settle())
        for entry in self.run(self.house.look()):
            if entry.subject in self.house.alarms and "version" in entry.facts:
                before = self.last.setdefault(entry.subject, [])
                if entry.event in ("escalated", "reopened", "became_alarm"):
                    self.came_at_its_time(entry, before)
                before.append(entry)
                self.book_of[entry.subject] = self.book

    def came_at_its_time(self, entry: Entry, before: list[Entry]) -> None:
        """At the deadline that was promised; or as the hub woke after it; or at once, because of what was said."""
        same_moment = [one.event for one in before if one.at == entry.at]
        if "answered" in same_moment or "duress" in same_moment:
            return
        promised = instant(before[-1].facts["escalates_at"])
        assert entry.at >= promised, f"{entry} came before {promised}"
        assert entry.at == promised or entry.at in self.wakes, f"{entry} came after {promised}"

    # How it goes on.

    @property
    def alarms(self) -> Alarms:
        return self.house.services.alarms

    def some(self, which: int) -> Alarm:
        """One of the newest."""
        newest = self.order[-4:]
        return self.house.alarms[newest[which % len(newest)]]

    def does(self, *verbs: Any) -> None:
        """These happen at once; what the hub refuses, it refuses for a reason that it names."""

        async def at_once() -> list[Any]:
            return await asyncio.gather(*verbs, return_exceptions=True)

        for result in self.run(at_once()):
            if isinstance(result, BaseException) and not isinstance(result, REFUSED):
                raise result
        self.rests()


@patience()
def test_no_sequence_on_the_real_hub_leaves_an_open_alarm_silent(tmp_path: Path) -> None:
    LifeOfTheHub.folder = tmp_path
    LifeOfTheHub.template = asyncio.run(make_template(tmp_path))
    run_state_machine_as_test(LifeOfTheHub, settings=rounds(quick=40, steps=30))
