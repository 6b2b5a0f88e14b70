"""The life of one alarm under everything that can happen to it, as rules alone: no sequence leaves it silent.

Ten thousand rounds: `pytest tests/alarms/test_life.py --hypothesis-profile=ten-thousand`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hub.alarms import alarm as life
from hub.alarms import events
from hub.alarms.alarm import Alarm, Change, Said
from hub.alarms.outcome import Cleared, Outcome
from hub.alarms.trigger import Trigger
from hub.errors import Conflict, Forbidden, Invalid
from hub.escalation.plan import Scene
from hub.escalation.rules import WATCH_LASTS, RuleBook
from hub.storage.journal import Entry
from tests.alarms.books import KINDS, LONGEST_WAIT, START, books, people, rosters, scene, units
from tests.alarms.profiles import patience, rounds
from tests.alarms.replay import retold, told_by_the_tables
from tests.escalation.scenes import OnShift

Press = tuple[str, str | None, str, bool]
presses = st.tuples(st.sampled_from(KINDS), st.none() | units, people, st.booleans())

MICROSECOND = timedelta(microseconds=1)
BY_THE_CLOCK = ("escalated", "became_alarm", "reopened")


class Life(RuleBasedStateMachine):
    """One alarm at a time, from press to all clear, with the hub's own clock beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.presses = 0
        self.entries: list[Entry] = []
        self.compared = 0
        self.pressed: Alarm | None = None

    @initialize(editions=st.tuples(books, books), shifts=st.tuples(rosters, rosters, rosters), press=presses)
    def the_house_opens(
        self, editions: tuple[RuleBook, ...], shifts: tuple[tuple[OnShift, ...], ...], press: Press
    ) -> None:
        self.editions, self.shifts = editions, shifts
        self.book = self.book_then = editions[0]
        self.roster = shifts[0]
        self.somebody_presses(press)

    # What can happen.

    @precondition(lambda self: not self.pressed.open)
    @rule(press=presses)
    def somebody_presses(self, press: Press) -> None:
        kind, unit, by, drill = press
        self.presses += 1
        self.pressed = None
        self.entries, self.compared = [], 0
        trigger = Trigger(str(UUID(int=self.presses)), kind, drill=drill)
        where = scene(self.roster, unit, by, drill)
        self.note(life.raised(trigger, "house", unit, None, by, self.book, where, self.now))

    @rule(seconds=st.sampled_from([0.5, 5, 19.5, 61]))
    def time_passes(self, seconds: float) -> None:
        """The hub is awake: it acts at every deadline, neither before nor after."""
        end = self.now + timedelta(seconds=seconds)
        while (deadline := self.deadline) is not None and deadline <= end:
            self.looks_too_early(deadline - MICROSECOND)
            self.now = deadline
            self.acts()
        self.now = end

    @precondition(lambda self: self.deadline is not None)
    @rule()
    def time_passes_until_it_is_due(self) -> None:
        assert self.deadline is not None
        self.time_passes((self.deadline - self.now).total_seconds())

    @rule(seconds=st.sampled_from([1, 60, 3600]))
    def the_hub_is_away(self, seconds: float) -> None:
        """Killed, or its machine asleep: what it missed is done as it wakes."""
        self.now += timedelta(seconds=seconds)
        self.acts()

    @rule(who=people, said=st.sampled_from(Said), ago=st.integers(-1, 2))
    def somebody_answers(self, who: str, said: Said, ago: int) -> None:
        as_of = self.seen(ago)
        self.tries(lambda alarm: life.answered(alarm, who, said, as_of, self.book, self.scene, self.now))

    @rule(who=people, ago=st.sampled_from([0, 0, 1, -1]))
    def somebody_withdraws(self, who: str, ago: int) -> None:
        as_of = self.seen(ago)
        self.tries(lambda alarm: life.withdrawn(alarm, who, as_of, self.book, self.now))

    @rule()
    def the_raiser_is_forced_to_withdraw(self) -> None:
        self.tries(lambda alarm: life.withdrawn_under_duress(alarm, alarm.raised_by, self.book, self.scene, self.now))

    @rule(who=people, outcome=st.sampled_from(Outcome), ago=st.sampled_from([0, 0, 1, -1]))
    def somebody_gives_the_all_clear(self, who: str, outcome: Outcome, ago: int) -> None:
        as_of = self.seen(ago)
        self.tries(lambda alarm: life.resolved(alarm, who, as_of, Cleared(outcome), self.now))

    @rule(now=st.integers(0, 2))
    def the_shift_changes(self, now: int) -> None:
        self.roster = self.shifts[now]

    @rule(now=st.integers(0, 1))
    def the_rules_are_edited(self, now: int) -> None:
        self.book = self.editions[now]

    # What must hold whatever happens.

    @invariant()
    def no_open_alarm_is_silent(self) -> None:
        alarm = self.pressed
        if alarm is None or not alarm.open:
            assert alarm is None or alarm.escalates_at is None, "a closed alarm has a deadline"
            return
        if alarm.escalates_at is not None:
            assert alarm.escalates_at > self.now, "its time has come, and nothing happened"
            longest = max(LONGEST_WAIT, WATCH_LASTS if alarm.watching else 0)
            assert alarm.escalates_at <= self.now + timedelta(seconds=longest), "its deadline is out of sight"
            return
        rule = self.book_then.kind(alarm.kind)
        said = [answer.said for answer in alarm.answers.values()]
        assert not alarm.watching, "a watch without an end"
        assert len(said) - said.count(Said.CANNOT) >= rule.answers_needed, "open, silent, and too few are coming"
        assert Said.ARRIVED in said or rule.reopen_after == 0, "open, silent, and nobody is there"

    @invariant()
    def the_journal_tells_the_same(self) -> None:
        if self.pressed is not None and len(self.entries) != self.compared:
            self.compared = len(self.entries)
            assert retold(self.entries)[self.pressed.id] == told_by_the_tables(self.pressed)

    # How it goes on.

    @property
    def deadline(self) -> datetime | None:
        return self.pressed.escalates_at if self.pressed is not None and self.pressed.open else None

    @property
    def scene(self) -> Scene:
        assert self.pressed is not None
        return scene(self.roster, self.pressed.unit, self.pressed.raised_by, self.pressed.drill)

    def seen(self, ago: int) -> int:
        assert self.pressed is not None
        return max(self.pressed.version - ago, 0)

    def looks_too_early(self, moment: datetime) -> None:
        if self.pressed is not None and moment > self.now:
            assert life.overdue(self.pressed, self.book, self.scene, moment) is None, "it escalates early"

    def acts(self) -> None:
        """The hub's clock looks at the alarm until nothing is due."""
        looks = 0
        while (deadline := self.deadline) is not None and deadline <= self.now:
            looks += 1
            assert looks <= 2, "it is due again and again in the same instant"
            assert self.pressed is not None
            change = life.overdue(self.pressed, self.book, self.scene, self.now)
            assert change is not None, "its time has come, and nothing happens"
            assert change.event in BY_THE_CLOCK
            self.note(change)

    def tries(self, verb: Callable[[Alarm], Sequence[Change]]) -> None:
        assert self.pressed is not None
        try:
            changes = verb(self.pressed)
        except (Forbidden, Conflict, Invalid):
            return
        for change in changes:
            self.note(change)
        self.acts()

    def note(self, change: Change) -> None:
        """The change happens; what must hold from one state to the next is looked at here."""
        before, after = self.pressed, change.alarm
        if before is not None:
            assert before.open, "a closed alarm changed"
            assert after.version == before.version + 1, "a version is no fact more"
            assert set(before.told) <= set(after.told), "somebody who was told is told no more"
            assert (after.id, after.raised_by, after.raised_at) == (before.id, before.raised_by, before.raised_at)
            assert after.under_duress or not before.under_duress
        facts = events.facts_of(change)
        self.entries.append(Entry("house", len(self.entries) + 1, self.now, change.event, after.id, change.by, facts))
        self.pressed, self.book_then = after, self.book


TestLife = Life.TestCase
TestLife.settings = rounds(quick=200, steps=50)
TestLife = patience()(TestLife)


# And each of these promises, broken on purpose, is noticed.


def _a_deadline_dropped(broken: pytest.MonkeyPatch) -> None:
    right = life._reopened

    def reopened(*args: Any) -> Change:
        change = right(*args)
        return replace(change, alarm=replace(change.alarm, escalates_at=None))

    broken.setattr(life, "_reopened", reopened)


def _a_deadline_too_far(broken: pytest.MonkeyPatch) -> None:
    right = life._deadline

    def deadline(*args: Any) -> datetime | None:
        moment = right(*args)
        return moment and moment + timedelta(hours=1)

    broken.setattr(life, "_deadline", deadline)


def _a_deadline_that_stays(broken: pytest.MonkeyPatch) -> None:
    right = life._next_step

    def next_step(alarm: Alarm, *args: Any) -> Change:
        change = right(alarm, *args)
        return replace(change, alarm=replace(change.alarm, escalates_at=alarm.escalates_at))

    broken.setattr(life, "_next_step", next_step)


def _a_clock_that_runs_ahead(broken: pytest.MonkeyPatch) -> None:
    right = life.overdue

    def overdue(alarm: Alarm, book: RuleBook, scene: Scene, now: datetime) -> Change | None:
        return right(alarm, book, scene, now + timedelta(seconds=1))

    broken.setattr(life, "overdue", overdue)


def _a_clock_that_does_nothing_for_withdrawn_alarms(broken: pytest.MonkeyPatch) -> None:
    right = life.overdue

    def overdue(alarm: Alarm, *args: Any) -> Change | None:
        return None if alarm.state is life.State.WITHDRAWN else right(alarm, *args)

    broken.setattr(life, "overdue", overdue)


def _a_word_that_is_trusted_for_ever(broken: pytest.MonkeyPatch) -> None:
    broken.setattr(Alarm, "arrived", property(lambda alarm: alarm.coming > 0))


def _the_told_forgotten(broken: pytest.MonkeyPatch) -> None:
    right = life._told

    def told(event: str, alarm: Alarm, *args: Any) -> Change:
        return right(event, replace(alarm, told={}), *args)

    broken.setattr(life, "_told", told)


def _a_closed_alarm_that_takes_answers(broken: pytest.MonkeyPatch) -> None:
    broken.setattr(life, "_refuse_closed", lambda _alarm: None)


def _a_fact_left_out_of_the_journal(broken: pytest.MonkeyPatch) -> None:
    right = events.facts_of

    def facts_of(change: Change) -> dict[str, Any]:
        return {key: value for key, value in right(change).items() if key != "answers"}

    broken.setattr(events, "facts_of", facts_of)


@pytest.mark.parametrize(
    "sabotage",
    [
        _a_deadline_dropped,
        _a_deadline_too_far,
        _a_deadline_that_stays,
        _a_clock_that_runs_ahead,
        _a_clock_that_does_nothing_for_withdrawn_alarms,
        _a_word_that_is_trusted_for_ever,
        _the_told_forgotten,
        _a_closed_alarm_that_takes_answers,
        _a_fact_left_out_of_the_journal,
    ],
    ids=lambda sabotage: sabotage.__name__.strip("_"),
)
def test_a_broken_promise_is_noticed(sabotage: Callable[[pytest.MonkeyPatch], None]) -> None:
    quick = settings(max_examples=300, stateful_step_count=50, derandomize=True, database=None, phases=[Phase.generate])
    with pytest.MonkeyPatch.context() as broken:
        sabotage(broken)
        with pytest.raises(AssertionError):
            run_state_machine_as_test(Life, settings=quick)
