"""Whatever a person and a hub do, in whatever order: a time that ran out has one alarm, and no other time has any."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.alarms.trigger import Position
from hub.errors import Conflict, Invalid
from hub.lone import session as life
from hub.lone.session import Begin, Event, RanOut, Session, State

START = datetime(2026, 3, 28, 20, tzinfo=UTC)
LENGTHS = st.floats(0.02, 720).map(lambda minutes: timedelta(minutes=minutes))
WAITS = st.one_of(st.floats(0, 5), st.floats(0, 600), st.floats(0, 50_000)).map(lambda s: timedelta(seconds=s))


class OneSession(RuleBasedStateMachine):
    """A session beside the simplest account of it: the moment by which a sign of life must have come."""

    session: Session
    deadline: datetime
    over: bool
    alarms: list[datetime]
    warned: list[Event]

    @initialize(length=LENGTHS, grace=st.floats(0, 3600))
    def begins(self, length: timedelta, grace: float) -> None:
        self.now = START
        self.grace = timedelta(seconds=grace)
        begin = Begin(id=str(UUID(int=1)), length=length, grace=self.grace)
        self.session = life.started(begin, "house", "anna", None, None, self.now).session
        self.deadline = START + length + self.grace
        self.over, self.alarms, self.warned = False, [], []

    # What the person does.

    @property
    def too_late(self) -> bool:
        return bool(self.alarms) or self.now >= self.deadline

    def says(self, change: life.Change, ends_at: datetime) -> None:
        self.session = change.session
        assert self.session.state is State.RUNNING
        assert self.session.ends_at == ends_at
        self.deadline = ends_at + self.grace
        self.warned = []

    @precondition(lambda self: not self.over)
    @rule()
    def says_i_am_ok(self) -> None:
        if self.too_late:
            with pytest.raises(RanOut):
                life.checked_in(self.session, self.now)
        else:
            anew = max(self.deadline - self.grace, self.now + self.session.length)
            self.says(life.checked_in(self.session, self.now), anew)

    @precondition(lambda self: not self.over)
    @rule(ahead=LENGTHS)
    def says_when(self, ahead: timedelta) -> None:
        if self.too_late:
            with pytest.raises(RanOut):
                life.checked_in(self.session, self.now, self.now + ahead)
        else:
            self.says(life.checked_in(self.session, self.now, self.now + ahead), self.now + ahead)

    @precondition(lambda self: not self.over)
    @rule(by=LENGTHS)
    def asks_for_more(self, by: timedelta) -> None:
        end = max(self.deadline - self.grace, self.now) + by
        if self.too_late:
            with pytest.raises(RanOut):
                life.extended(self.session, by, self.now)
        elif end > self.now + life.LONGEST:
            with pytest.raises(Invalid):
                life.extended(self.session, by, self.now)
        else:
            self.says(life.extended(self.session, by, self.now), end)

    @rule()
    def is_somewhere(self) -> None:
        position = Position(55.5, 12.5, 10)
        if self.over or self.too_late:
            with pytest.raises(Conflict):
                life.located(self.session, position, self.now)
        else:
            self.session = life.located(self.session, position, self.now)

    @precondition(lambda self: not self.over)
    @rule()
    def comes_home(self) -> None:
        if self.too_late:
            with pytest.raises(RanOut):
                life.ended(self.session, self.now)
        else:
            change = life.ended(self.session, self.now)
            assert change is not None
            self.session, self.over = change.session, True

    # What time and the hub do.

    @rule(wait=WAITS)
    def passes_while_the_hub_is_awake(self, wait: timedelta) -> None:
        end = self.now + wait
        while (due := self.session.due_at) is not None and due <= end:
            self.now = max(self.now, due)
            assert self.looks()
        self.now = end

    @rule(wait=WAITS)
    def passes_while_the_hub_is_stopped(self, wait: timedelta) -> None:
        self.now += wait

    @rule()
    def the_hub_starts(self) -> None:
        while self.looks():
            pass

    def looks(self) -> bool:
        change = life.came_due(self.session, self.now, str(UUID(int=2)))
        if change is None:
            return False
        assert change.session.version == self.session.version + 1
        self.session = change.session
        if change.event is Event.ALARMED:
            self.alarms.append(self.now)
        else:
            assert change.event not in self.warned, "warned twice of the same end"
            self.warned.append(change.event)
        return True

    # What must hold.

    @invariant()
    def an_alarm_is_never_early_and_never_twice(self) -> None:
        assert len(self.alarms) <= 1
        assert all(at >= self.deadline for at in self.alarms)
        assert not (self.alarms and self.over)

    @invariant()
    def a_session_that_ran_out_has_its_alarm_once_the_hub_looks(self) -> None:
        if not self.over and self.now >= self.deadline and not self.alarms:
            due = self.session.due_at
            assert due is not None
            assert due <= self.now, "nobody would look"
            change = life.came_due(self.session, self.now, str(UUID(int=2)))
            assert change is not None
            assert change.event is Event.ALARMED

    @invariant()
    def a_running_session_has_a_moment_that_the_hub_waits_for(self) -> None:
        running = not self.over and not self.alarms
        assert self.session.running == running
        assert (self.session.due_at is not None) == running
        if running:
            assert self.session.alive_at < self.session.reminds_at <= self.session.ends_at <= self.session.alarms_at

    @invariant()
    def nobody_is_located_whose_session_is_over(self) -> None:
        assert self.session.running or self.session.position is None


TestOneSession = OneSession.TestCase
