"""The judge is tried too: every way to break the rules is seen in the journal and named."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.faults.evidence import SECOND, Evidence, Row
from tests.faults.ward import wait_after

NOON = 1_800_000_000 * SECOND


def course(*steps: tuple[float, str, Mapping[str, Any]]) -> Evidence:
    """One alarm whose journal says so; versions, states and deadlines are right unless a step says otherwise."""
    rows = []
    stands: dict[str, Any] = {"version": 0, "step": 0, "state": "raised", "escalates_at": None}
    for seq, (after, event, facts) in enumerate(steps, start=1):
        at = NOON + round(after * SECOND)
        stands = stands | {"version": stands["version"] + 1, "state": "resolved" if event == "resolved" else "raised"}
        if event == "escalated":
            stands["step"] += 1
        told = event in ("raised", "escalated")
        step = facts.get("step", stands["step"])
        stands["escalates_at"] = at + wait_after(step) * SECOND if told else None
        stands |= facts
        rows.append(Row(seq, at, event, "a", None, dict(stands)))
    return Evidence({"a": stands}, rows)


RAISED = (0.0, "raised", {"told": ["bo"]})
GOOD = course(RAISED, (1.0, "escalated", {}), (3.2, "escalated", {}), (4.0, "answered", {}), (9.0, "resolved", {}))

BAD = {
    "early": (course(RAISED, (0.9, "escalated", {})), "is 0.100 s early"),
    "skipped": (course(RAISED, (1.0, "escalated", {"step": 2})), "goes from step 0 to 2, passing []"),
    "the same step twice": (course(RAISED, (1.0, "escalated", {"step": 0})), "goes from step 0 to 0"),
    "too long a wait": (course((0.0, "raised", {"escalates_at": NOON + 9 * SECOND})), "by the rules at"),
    "no wait at all": (course((0.0, "raised", {"escalates_at": None})), "escalates at None"),
    "although somebody comes": (course(RAISED, (0.5, "answered", {}), (1.0, "escalated", {})), "somebody was coming"),
    "raised twice": (course(RAISED, (0.1, "raised", {})), "is not its beginning"),
    "never raised": (course((0.0, "escalated", {})), "was never raised"),
    "a version lost": (course(RAISED, (1.0, "escalated", {"version": 3})), "has version 3 after 1"),
    "after the all clear": (course(RAISED, (0.2, "resolved", {}), (1.0, "escalated", {})), "came after the all clear"),
}


def test_a_course_by_the_rules_has_no_fault() -> None:
    assert list(GOOD.faults({"a"}, {"a"})) == []


@pytest.mark.parametrize(("evidence", "says"), BAD.values(), ids=BAD)
def test_a_course_against_the_rules_is_named(evidence: Evidence, says: str) -> None:
    assert any(says in fault for fault in evidence.faults({"a"}, {"a"}))


def test_what_was_accepted_and_is_gone_is_named() -> None:
    assert list(GOOD.faults({"a", "b"}, {"a", "b"})) == ["b was accepted and is gone"]
    assert list(GOOD.faults(set(), set())) == ["a was never pressed"]


def test_a_table_that_tells_another_story_than_the_journal_is_named() -> None:
    half_done = Evidence({"a": {**GOOD.alarms["a"], "state": "raised"}}, GOOD.rows)
    assert any("stands as" in fault for fault in half_done.faults({"a"}, {"a"}))


def test_a_receipt_that_is_written_down_twice_is_named() -> None:
    shown = [Row(90 + n, NOON, "shown", "a", "bo", {}) for n in range(2)]
    twice = Evidence(GOOD.alarms, [*GOOD.rows, *shown])
    assert list(twice.faults({"a"}, {"a"})) == ["('a', 'bo', 'shown') is written down 2 times"]


def test_rows_that_a_device_never_got_are_named() -> None:
    assert GOOD.missed("bo", 0, 5, [1, 2, 3, 4, 5]) == []
    assert GOOD.missed("bo", 0, 5, [1, 3, 5]) == [2, 4]
    assert GOOD.missed("bo", 2, 4, [3]) == [4]
    assert GOOD.missed("carl", 0, 5, []) == []


def test_what_should_have_been_done_by_now_is_named() -> None:
    waiting = course(RAISED)
    assert waiting.overdue(NOON + SECOND - 1) == set()
    assert waiting.overdue(NOON + SECOND) == {("a", NOON + SECOND)}
