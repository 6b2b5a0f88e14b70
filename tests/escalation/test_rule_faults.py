"""A rule file with mistakes is refused whole, and each mistake is named: file, line, key and the mend."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import FileProblem
from hub.escalation.reading import lines_of
from hub.escalation.rules import load
from tests.escalation.test_rules import SHIPPED

GOOD = """\
name = "Prøve"
[kinds.alarm]
answers_needed = 1
[[kinds.alarm.steps]]
tell = ["on_duty"]
by = ["live", "push"]
next_after = 20
[[kinds.alarm.steps]]
tell = [
    "neighbours",
]
receipt_within = 5
next_after = 30
[last_resort]
tell = ["role:manager"]
next_after = 60
"""

# what stands in GOOD, what is written in its place, and the line, the key and the mend that must be named
FAULTS = {
    "key at the top": ('name = "Prøve"', "link_witin = 60", 1, "link_witin", 'did you mean "link_within"?'),
    "key of a kind": ("answers_needed = 1", "answers_neded = 1", 3, "kinds.alarm.answers_neded", '"answers_needed"?'),
    "key of a step": ("by =", "via =", 6, "kinds.alarm, step 1, via", "write one of: tell, by, receipt_within"),
    "key of the second step": ("receipt_within", "reciept_within", 12, "step 2, reciept_within", '"receipt_within"?'),
    "key of the last resort": (
        "next_after = 60",
        "next_after = 60\nevery = 5",
        17,
        "last_resort.every",
        "write one of",
    ),
    "step written beside its kind": ("kinds.alarm.steps", "kinds.alarm.step", 4, "kinds.alarm.step", 'mean "steps"?'),
    "text for seconds": ("next_after = 20", 'next_after = "20"', 7, "step 1, next_after", "as digits alone"),
    "half a second": ("next_after = 20", "next_after = 0.5", 7, "step 1, next_after", "as digits alone, from 1 to"),
    "truth for seconds": ("next_after = 20", "next_after = true", 7, "next_after: true", "as digits alone"),
    "infinite seconds": ("next_after = 20", "next_after = inf", 7, "next_after: inf", "as digits alone"),
    "no second": ("next_after = 20", "next_after = 0", 7, "step 1, next_after: is 0", "from 1 to 86400"),
    "seconds below zero": ("next_after = 30", "next_after = -5", 13, "step 2, next_after", "from 1 to 86400"),
    "more than a day": ("next_after = 60", "next_after = 86401", 16, "last_resort.next_after", "from 1 to 86400"),
    "no time for a receipt": ("receipt_within = 5", "receipt_within = 0", 12, "step 2, receipt_within", "from 1 to"),
    "no answer needed": ("answers_needed = 1", "answers_needed = 0", 3, "kinds.alarm.answers_needed", "from 1 to 100"),
    "reopening before now": ("answers_needed = 1", "reopen_after = -1", 3, "reopen_after", "from 0 to 86400"),
    "no next_after": ("next_after = 20", "", 4, "step 1, next_after: is missing", "write next_after ="),
    "unknown channel": ('"push"', '"pusch"', 6, 'step 1, by: "pusch"', 'did you mean "push"?'),
    "channel of another house": ('"push"', '"pager"', 6, "step 1, by", "one of: live, push, sms, voice, email, teams"),
    "channel twice": ('"push"', '"live"', 6, "step 1, by", "keep the first"),
    "no channel": ('["live", "push"]', "[]", 6, "step 1, by: is empty", "name at least one"),
    "channel without a list": ('["live", "push"]', '"live"', 6, "step 1, by", 'write by = ["…", "…"]'),
    "unknown target": ('"on_duty"', '"onduty"', 5, 'step 1, tell: "onduty"', 'did you mean "on_duty"?'),
    "unknown target over lines": ('"neighbours"', '"naboer"', 9, 'step 2, tell: "naboer"', "write one of: on_duty,"),
    "unknown duty": (
        '"on_duty"',
        '"on_duty:awake"',
        5,
        "step 1, tell",
        "one of any, active, sleeping, standby, telephone",
    ),
    "unknown role": (
        '"role:manager"',
        '"role:boss"',
        15,
        "last_resort.tell",
        "one of staff, shift_lead, manager, admin",
    ),
    "role left open": ('"role:manager"', '"role:"', 15, "last_resort.tell", "take the colon away"),
    "person with a space": ('"role:manager"', '"person:Leif Lind"', 15, "last_resort.tell", "an id, without spaces"),
    "number as target": ('"on_duty"', "7", 5, "step 1, tell", "is no list of texts"),
    "nobody to tell": ('["on_duty"]', "[]", 5, "step 1, tell: is empty", "name at least one"),
    "no tell": ('tell = ["role:manager"]', "", 14, "last_resort.tell: is missing", 'write tell = ["…"]'),
    "no last resort": (GOOD[GOOD.index("[last_resort]") :], "", 1, "last_resort: is missing", "write [last_resort]"),
    "last resort that is none": (GOOD[GOOD.index("[last_resort]") :], "[[last_resort]]", 14, "last_resort", "no table"),
    "no alarm": (GOOD[: GOOD.index("[last")], "[kinds.assist]\n", 1, "kinds.alarm: is missing", "write [kinds.alarm]"),
    "steps that are none": (
        GOOD[GOOD.index("[[") : GOOD.index("[last")],
        "steps = 3\n",
        4,
        "alarm.steps: 3",
        "double brackets",
    ),
    "step in single brackets": ("[[kinds.alarm.steps]]", "[kinds.alarm.steps]", 8, "alarm.steps", "double brackets"),
    "kind in capitals": ("[last_resort]", "[kinds.Fald]\n[last_resort]", 14, "kinds.Fald", "lower-case letters"),
    "kind that is no table": (
        "[last_resort]",
        "[kinds]\nassist = 1\n[last_resort]",
        15,
        "kinds.assist",
        "[kinds.assist]",
    ),
    "alarm that becomes an alarm": (
        "answers_needed",
        "becomes_alarm_after",
        3,
        "becomes_alarm_after",
        "take the key away",
    ),
    "watch that never ends": (
        *("[last_resort]", "[kinds.watch]\nbecomes_alarm_after = 0\n[last_resort]"),
        *(15, "kinds.watch.becomes_alarm_after", "from 1 to 86400"),
    ),
    "kind with an empty list": (
        "[last_resort]",
        "[kinds.assist]\nsteps = []\n[last_resort]",
        15,
        "steps",
        "is missing",
    ),
    "number for a name": ('"Prøve"', "7", 1, "name: 7", "in quotes"),
    "quote left open": ('"Prøve"', '"Prøve', 1, '"name"', "a quote, a bracket or an = that is missing"),
    "bracket left open": ("[last_resort]", "[last_resort", 14, '"[last_resort"', "a bracket"),
    "list left open": ('["on_duty"]', '["on_duty"', 6, '"by"', "on the line above"),
    "equals sign forgotten": ("next_after = 30", "next_after 30", 13, '"next_after 30"', "an = that is missing"),
    "key twice": (
        "answers_needed = 1",
        "answers_needed = 1\nanswers_needed = 2",
        4,
        "answers_needed",
        "keep one of them",
    ),
    "table twice": ("[last_resort]", "[kinds.alarm]\n[last_resort]", 14, "[kinds.alarm]", "keep one of them"),
    "number without end": ("next_after = 20", "next_after = " + "1" * 5000, 16, "cannot be read", "look here"),
    "brackets without end": ('["on_duty"]', "[" * 5000, 16, "cannot be read", "look here"),
}


def problems(text: str) -> list[str]:
    with pytest.raises(FileProblem) as refused:
        load(text, "regel.toml")
    assert all(re.match(r"regel\.toml:\d+: \S", problem) for problem in refused.value.problems)
    return refused.value.problems


@pytest.mark.parametrize(("stands", "written", "line", "key", "mend"), FAULTS.values(), ids=FAULTS.keys())
def test_a_mistake_is_named_with_line_key_and_mend(stands: str, written: str, line: int, key: str, mend: str) -> None:
    faulty = GOOD.replace(stands, written, 1)
    assert faulty != GOOD
    found = problems(faulty)
    assert any(f"regel.toml:{line}: " in one and key in one and mend in one for one in found), "\n".join(found)


def test_the_good_file_is_good() -> None:
    assert load(GOOD, "regel.toml").name == "Prøve"


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    faulty = (
        GOOD.replace("answers_needed = 1", "answers = 0").replace("= 20", "= 0").replace('"role:manager"', '"boss"')
    )
    assert [int(one.split(":")[1]) for one in problems(faulty)] == [3, 7, 15]


def test_an_empty_file_is_told_what_it_needs() -> None:
    assert [one.partition(";")[0] for one in problems("")] == [
        "regel.toml:1: kinds.alarm: is missing",
        "regel.toml:1: last_resort: is missing",
    ]


def test_the_text_of_the_refusal_holds_every_problem() -> None:
    with pytest.raises(FileProblem) as refused:
        load("", "regel.toml")
    assert refused.value.status == 422
    assert all(one in str(refused.value) for one in refused.value.problems)


@given(st.text())
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    problems(text)


@given(st.data())
def test_a_slip_of_the_hand_is_harmless_or_named(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from(SHIPPED)).read_text(encoding="utf-8").splitlines()
    n = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[n])))
    slip = data.draw(st.sampled_from(["", '"', "[", "]", "=", "#", "0", "x", ",", "\n", "'", " "]))
    lines[n] = lines[n][:at] + slip + lines[n][at + data.draw(st.integers(0, 2)) :]
    try:
        load("\n".join(lines), "regel.toml")
    except FileProblem as refused:
        for problem in refused.problems:
            place = re.match(r"regel\.toml:(\d+): \S", problem)
            assert place
            assert 1 <= int(place[1]) <= len(lines) + 1


def test_lines_are_found_whatever_the_file_looks_like() -> None:
    text = '''\
# a comment
a.b = 1

[t."x y"]  # [not.this]
text = """
[no.table]
c = 3
"""
list = [
  "]", # ]
  [1, 2],
]
inline = { k = 1, m = [{ n = 2 }] }
[[t.rows]]
[t.rows.sub]
z = 1
[[t.rows]]
[[t.rows.inner]]
[[t.rows.inner]]
z = 2
'''
    rows = ("t", "rows")
    xy = ("t", "x y")
    assert lines_of(text) == {
        ("a",): 2,
        ("a", "b"): 2,
        ("t",): 4,
        xy: 4,
        (*xy, "text"): 5,
        (*xy, "list"): 9,
        (*xy, "list", 0): 9,
        (*xy, "list", 1): 9,
        (*xy, "list", 1, 0): 9,
        (*xy, "list", 1, 1): 9,
        (*xy, "inline"): 13,
        (*xy, "inline", "k"): 13,
        (*xy, "inline", "m"): 13,
        (*xy, "inline", "m", 0): 13,
        (*xy, "inline", "m", 0, "n"): 13,
        rows: 14,
        (*rows, 0): 14,
        (*rows, 0, "sub"): 15,
        (*rows, 0, "sub", "z"): 16,
        (*rows, 1): 17,
        (*rows, 1, "inner"): 18,
        (*rows, 1, "inner", 0): 18,
        (*rows, 1, "inner", 1): 19,
        (*rows, 1, "inner", 1, "z"): 20,
    }
