"""The same life on the real hub: its actions, its database, its chores, and the kill that comes at any moment.

Ten thousand rounds: `pytest tests/alarms/test_life_of_the_hub.py --hypothesis-profile=ten-thousand`.
"""

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
import uvloop
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

from hub.alarms import actions, audience, store
from hub.alarms.actions import Alarms
from hub.alarms.alarm import Alarm, Said
from hub.alarms.chores import Escalation
from hub.alarms.outcome import Cleared, Outcome
from hub.alarms.trigger import Trigger
from hub.clock import instant
from hub.delivery.receipts import Stage
from hub.delivery.sockets import Envelope
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.escalation.rules import WATCH_LASTS, RuleBook
from hub.storage.database import Database
from hub.storage.journal import Entry
from tests.alarms.books import KINDS, LONGEST_WAIT, as_toml, books, on_shift, people, units
from tests.alarms.hub_by_chance import DURESS_PIN, PIN, ChanceHouse, cast_in, make_template
from tests.alarms.profiles import patience, rounds
from tests.databases import Postgres

T = TypeVar("T")

# So many deadlines a rule may live through: a last resort comes every second if the rules say so.
MOST_HOPS = 6

Press = tuple[str, str | None, str, bool]
presses = st.tuples(st.sampled_from(KINDS), st.none() | units, people, st.booleans())
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
        self.house = self.opens()
        self.run(self.house.starts())
        self.sound = True
        self.ids = count(1)
        self.order: list[str] = []
        self.wakes: set[datetime] = set()
        self.last: dict[str, list[Entry]] = {}
        self.book_of: dict[str, RuleBook] = {}

    def opens(self) -> ChanceHouse:
        return ChanceHouse(self.home, self.template)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        try:
            if self.sound:
                self.run(self.house.every_row_was_heard_as_it_would_be_replayed())
                assert not self.house.chores.fallen
        finally:
            self.run(self.house.stops())
            self.run(self.loop.shutdown_default_executor())
            self.loop.close()
            shutil.rmtree(self.home)

    @initialize(editions=st.tuples(books, books), roster=shifts, press=presses)
    def the_house_opens(self, editions: tuple[RuleBook, ...], roster: list[Any], press: Press) -> None:
        self.editions = editions
        self.the_rules_are_edited(0)
        self.the_shift_changes(roster)
        self.somebody_presses(press)

    # What can happen.

    @precondition(lambda self: sum(alarm.open for alarm in self.house.pressed.values()) < 3)
    @rule(press=presses)
    def somebody_presses(self, press: Press) -> None:
        kind, place, by, drill = press
        which = str(UUID(int=next(self.ids)))
        trigger = Trigger(which, kind, place=f"room-{place}" if place else None, drill=drill)
        self.order.append(which)
        self.does(self.alarms.raise_alarm(self.house.token(by), trigger))

    @rule(by=people)
    def the_last_press_is_sent_again(self, by: str) -> None:
        before = len(self.house.entries)
        self.does(self.alarms.raise_alarm(self.house.token(by), Trigger(self.order[-1], "alarm")))
        assert len(self.house.entries) == before

    @rule(which=some_alarm, who=people, said=st.sampled_from(Said), ago=ago)
    def somebody_answers(self, which: int, who: str, said: Said, ago: int) -> None:
        alarm = self.some(which)
        self.does(self.alarms.answer(self.house.token(who), alarm.id, said, max(alarm.version - ago, 0)))

    @rule(which=some_alarm, whos=st.lists(people, min_size=2, max_size=4), said=st.sampled_from(Said))
    def several_answer_at_once_and_one_gives_the_all_clear(self, which: int, whos: list[str], said: Said) -> None:
        alarm = self.some(which)
        tokens = [self.house.token(who) for who in whos]
        answers = [self.alarms.answer(token, alarm.id, said, alarm.version) for token in tokens[1:]]
        self.does(*answers, self.alarms.resolve(tokens[0], alarm.id, alarm.version, Cleared(Outcome.FALSE)))

    @rule(which=some_alarm, who=st.none() | people, ago=ago, pin=st.sampled_from([PIN, DURESS_PIN, None]))
    def the_raiser_or_somebody_else_withdraws(self, which: int, who: str | None, ago: int, pin: str | None) -> None:
        alarm = self.some(which)
        token = self.house.token(who or alarm.raised_by)
        self.does(self.alarms.withdraw(token, alarm.id, max(alarm.version - ago, 0), pin))

    @rule(which=some_alarm, who=people, ago=ago, outcome=st.sampled_from(Outcome))
    def somebody_gives_the_all_clear(self, which: int, who: str, ago: int, outcome: Outcome) -> None:
        alarm = self.some(which)
        self.does(self.alarms.resolve(self.house.token(who), alarm.id, max(alarm.version - ago, 0), Cleared(outcome)))

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

    @precondition(lambda self: any(alarm.escalates_at for alarm in self.house.pressed.values()))
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
        for alarm in self.house.pressed.values():
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
        self.sound = False
        self.run(self.house.settle())
        for entry in self.run(self.house.look()):
            if entry.subject in self.house.pressed and "version" in entry.facts:
                before = self.last.setdefault(entry.subject, [])
                if entry.event in ("escalated", "reopened", "became_alarm"):
                    self.came_at_its_time(entry, before)
                before.append(entry)
                self.book_of[entry.subject] = self.book
        self.sound = True

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
        return self.house.alarms

    def some(self, which: int) -> Alarm:
        """One of the newest."""
        newest = self.order[-4:]
        return self.house.pressed[newest[which % len(newest)]]

    def does(self, *verbs: Any) -> None:
        """These happen at once; what the hub refuses, it refuses for a reason that it names."""

        async def at_once() -> list[Any]:
            return await asyncio.gather(*verbs, return_exceptions=True)

        for result in self.run(at_once()):
            if isinstance(result, BaseException) and not isinstance(result, REFUSED):
                raise result
        self.rests()


@pytest.fixture
def played_at(tmp_path: Path) -> None:
    LifeOfTheHub.folder = tmp_path
    LifeOfTheHub.template = asyncio.run(make_template(tmp_path))


@patience()
@pytest.mark.usefixtures("played_at")
def test_no_sequence_on_the_real_hub_leaves_an_open_alarm_silent() -> None:
    run_state_machine_as_test(LifeOfTheHub, settings=rounds(quick=40, steps=30))


class LifeOnAServer(LifeOfTheHub):
    """The same over PostgreSQL."""

    server: ClassVar[Postgres]
    tokens: ClassVar[dict[str, str]] = {}

    def opens(self) -> ChanceHouse:
        return ChanceHouse(self.home, self.run(self.server.make(self.filled_in)), self.tokens)

    @classmethod
    async def filled_in(cls, database: Database) -> None:
        cls.tokens |= await cast_in(database)

    def teardown(self) -> None:
        super().teardown()
        asyncio.run(self.server.forget(self.house.url))


@patience()
def test_no_sequence_over_a_server_leaves_an_open_alarm_silent(tmp_path: Path, postgres: Postgres) -> None:
    LifeOnAServer.folder, LifeOnAServer.server = tmp_path, postgres
    run_state_machine_as_test(LifeOnAServer, settings=rounds(quick=5, steps=30))


# And each of these, broken on purpose, is noticed.


def _a_deadline_that_is_not_written_down(broken: pytest.MonkeyPatch) -> None:
    right = store._moving

    def moving(alarm: Alarm) -> dict[str, Any]:
        return right(alarm) | ({"escalates_at": None} if alarm.step else {})

    broken.setattr(store, "_moving", moving)


def _a_clock_that_lies_in_after_a_restart(broken: pytest.MonkeyPatch) -> None:
    right = Escalation.run

    async def run(clock: Escalation) -> None:
        await clock._clock.sleep_until(clock._clock.now() + timedelta(seconds=1))
        await right(clock)

    broken.setattr(Escalation, "run", run)


def _an_answer_that_is_told_to_nobody(broken: pytest.MonkeyPatch) -> None:
    def envelopes(entry: Entry, *args: Any) -> list[Envelope]:
        return [] if entry.event == "answered" else audience.envelopes(entry, *args)

    broken.setattr(actions, "envelopes", envelopes)


@pytest.mark.parametrize(
    "sabotage",
    [
        _a_deadline_that_is_not_written_down,
        _a_clock_that_lies_in_after_a_restart,
        _an_answer_that_is_told_to_nobody,
    ],
    ids=lambda sabotage: sabotage.__name__.strip("_"),
)
@pytest.mark.usefixtures("played_at")
def test_a_hub_that_breaks_its_promise_is_noticed(sabotage: Callable[[pytest.MonkeyPatch], None]) -> None:
    quick = settings(max_examples=300, stateful_step_count=30, derandomize=True, database=None, phases=[Phase.generate])
    with pytest.MonkeyPatch.context() as broken:
        sabotage(broken)
        with pytest.raises(AssertionError):
            run_state_machine_as_test(LifeOfTheHub, settings=quick)
