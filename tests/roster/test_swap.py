"""Who may say what of a swap, and what becomes of it, whatever is said in whatever order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import HubError
from hub.people.site import DutyState
from hub.roster.rest import Breach, Rule, made_worse
from hub.roster.shift import OVERRIDE, SWAP, Absence, Away, Shift
from hub.roster.swap import (
    LIVE,
    Part,
    State,
    Swap,
    accepted,
    approved,
    declined,
    expired,
    refused,
    withdrawn,
)

NOW = datetime(2026, 3, 10, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
PEOPLE = ("anna", "bo", "carl", "lone")
Say = Callable[[Swap, str, datetime], Swap | None]
SAYS: dict[str, Say] = {
    "takes": lambda one, who, now: accepted(one, who, now, approval=False),
    "takes if approved": lambda one, who, now: accepted(one, who, now, approval=True),
    "approves": approved,
    "refuses": lambda one, who, now: refused(one, who, now, "Ikke nok erfaring"),
    "declines": declined,
    "withdraws": withdrawn,
    "waits": lambda one, _who, now: expired(one, now),
}


def part(begins: int) -> Part:
    return Part(f"s{begins}", "nord", NOW + begins * HOUR, NOW + (begins + 8) * HOUR, DutyState.ACTIVE)


def offer(asked: str | None = None, wants: int | None = None, begins: int = 10) -> Swap:
    back = part(wants) if wants is not None else None
    return Swap("x", "house", "anna", part(begins), NOW, NOW, asked, back)


offers = st.one_of(
    st.builds(offer, begins=st.integers(1, 20)),
    st.builds(offer, st.sampled_from(("bo", "carl")), st.none() | st.integers(1, 20), st.integers(1, 20)),
)
steps = st.lists(st.tuples(st.sampled_from(sorted(SAYS)), st.sampled_from(PEOPLE), st.integers(0, 4)), max_size=12)


@given(offers, steps)
def test_whatever_is_said_a_swap_holds_only_by_the_yes_of_those_it_needs(
    swap: Swap, said: list[tuple[str, str, int]]
) -> None:
    now, wanted_approval, yes = NOW, False, None
    for words, who, hours in said:
        now += hours * HOUR
        before = swap
        try:
            after = SAYS[words](swap, who, now)
        except HubError:
            after = None
        if after is None:
            continue
        swap = after
        assert before.live, "what is over stays as it was"
        assert swap.version == before.version + 1
        assert (swap.giver, swap.gives, swap.asked, swap.wants) == (
            before.giver,
            before.gives,
            before.asked,
            before.wants,
        )
        if words.startswith("takes"):
            yes, wanted_approval = who, words.endswith("approved")
            assert swap.taker == who != swap.giver
            assert swap.asked in (None, who)
        if swap.state is State.DONE:
            assert swap.taker == yes
            assert now < swap.begins
            assert (words == "approves") == wanted_approval
            assert words != "approves" or who not in (swap.giver, swap.taker)
        assert (swap.state is State.EXPIRED) == (words == "waits")
        assert swap.state is not State.EXPIRED or now >= swap.begins
        assert swap.state is not State.WITHDRAWN or who == swap.giver
    assert (expired(swap, swap.begins) is not None) == (swap.state in LIVE)


def test_whoever_was_asked_by_name_ends_it_with_a_no_and_one_of_many_does_not() -> None:
    assert declined(offer("bo"), "bo", NOW).state is State.DECLINED
    open_to_all = declined(offer(), "bo", NOW)
    assert (open_to_all.state, open_to_all.declined) == (State.OPEN, frozenset({"bo"}))
    assert accepted(open_to_all, "bo", NOW, approval=False).declined == frozenset(), "they may think better of it"


def test_a_yes_can_be_taken_back_until_it_holds() -> None:
    assert declined(accepted(offer(), "bo", NOW, approval=True), "bo", NOW).state is State.OPEN
    assert declined(accepted(offer("bo"), "bo", NOW, approval=True), "bo", NOW).state is State.DECLINED
    with pytest.raises(HubError, match="answered or withdrawn"):
        declined(accepted(offer(), "bo", NOW, approval=False), "bo", NOW)


def test_a_swap_that_cannot_be_is_no_value() -> None:
    with pytest.raises(ValueError, match="by name"):
        offer(None, 3)
    with pytest.raises(ValueError, match="taker"):
        replace(offer(), taker="bo")


def test_a_swap_wins_over_the_roster_a_lead_wins_over_a_swap_and_illness_over_both_but_the_lead() -> None:
    when = (NOW, NOW + HOUR)
    shifts = {name: Shift.of(name, "bo", "nord", *when, DutyState.ACTIVE) for name in ("plan", SWAP, OVERRIDE)}
    away = {
        "gave it away": Absence.of(SWAP, "bo", "nord", *when, Away.COVERED),
        "is ill": Absence.of("plan", "bo", None, *when, Away.SICK),
        "is covered for": Absence.of(OVERRIDE, "bo", "nord", *when, Away.COVERED),
        "is another": Absence.of(OVERRIDE, "carl", "nord", *when, Away.COVERED),
    }
    against = {
        words: {name for name, shift in shifts.items() if one.stands_against(shift)} for words, one in away.items()
    }
    assert against == {
        "gave it away": {"plan"},
        "is ill": {"plan", SWAP},
        "is covered for": {"plan", SWAP},
        "is another": set(),
    }


def breach(rule: Rule, hours: float, starts: datetime = NOW, ends: datetime = NOW + 24 * HOUR) -> Breach:
    return Breach("bo", "lov", rule, starts, ends, hours * HOUR, 11 * HOUR)


def test_what_was_as_bad_before_is_no_breach_of_the_swap() -> None:
    before = [breach(Rule.DAILY_REST, 9), breach(Rule.WEEKLY_HOURS, 50)]
    assert made_worse(before, [breach(Rule.DAILY_REST, 10), breach(Rule.WEEKLY_HOURS, 49)]) == []
    worse = [breach(Rule.DAILY_REST, 8), breach(Rule.WEEKLY_HOURS, 51), breach(Rule.DAY_OFF, 20)]
    assert made_worse(before, worse) == worse
    stretch = breach(Rule.DAY_OFF, 20, NOW, NOW + 200 * HOUR)
    assert made_worse([stretch], [breach(Rule.DAY_OFF, 20, NOW + HOUR, NOW + 190 * HOUR)]) == [], (
        "a shorter one is better"
    )
