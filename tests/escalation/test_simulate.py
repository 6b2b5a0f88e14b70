"""A rule played through: who would be told when, and where nobody would be."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hub.escalation.plan import Scene
from hub.escalation.rules import KindRule, RuleBook
from hub.escalation.simulate import Outcome, Words, render, simulate, table
from tests.escalation.scenes import book, books, kind_names, scene, scenes, step

NAMES = {"omar": "Omar", "ida": "Ida", "leif": "Leif", "kim": "Kim"}
RULES = book("on_duty", "role:admin", "neighbours")
EVENING = scene(
    "mette nord active",
    "omar nord active",
    "ida syd active",
    house={"omar": "staff", "ida": "staff", "leif": "manager"},
)


def test_every_step_comes_in_its_time_until_the_last_resort_has_come_twice() -> None:
    rows = simulate(RULES, "alarm", lambda _: EVENING)
    assert [(row.after, row.step, row.outcome, [tell.who for tell in row.tell]) for row in rows] == [
        (0, 0, Outcome.TOLD, ["omar"]),
        (20, 1, Outcome.PASSED, []),
        (20, 2, Outcome.TOLD, ["ida"]),
        (40, 3, Outcome.TOLD, ["leif"]),
        (100, 4, Outcome.TOLD, ["leif"]),
    ]
    assert [row.last_resort for row in rows] == [False, False, False, True, True]


def test_whoever_is_on_duty_when_a_step_comes_is_told() -> None:
    after_the_change = replace(EVENING, on_duty=scene("kim syd active").on_duty, people=scene().people)
    rows = simulate(RULES, "alarm", lambda after: after_the_change if after >= 20 else EVENING)
    assert [[tell.who for tell in row.tell] for row in rows[:3]] == [["omar"], ["ada"], ["kim"]]


def test_a_last_resort_that_names_nobody_here_says_who_is_told_instead() -> None:
    rows = simulate(book("on_duty", last="role:admin"), "alarm", lambda _: EVENING)
    assert [(row.outcome, row.asked, [tell.who for tell in row.tell]) for row in rows[1:]] == [
        (Outcome.FALLBACK, ("role:admin",), ["leif"])
    ] * 2


def test_a_house_with_nobody_says_so() -> None:
    rows = simulate(RULES, "alarm", lambda _: scene(house={}))
    assert [row.outcome for row in rows] == [Outcome.PASSED] * 3 + [Outcome.NOBODY] * 2


def test_a_watch_tells_once_and_becomes_an_alarm() -> None:
    watch = KindRule("watch", (step("neighbours:standby"), step("neighbours")), becomes_alarm_after=600)
    rules = RuleBook("x", {**RULES.kinds, "watch": watch}, RULES.last_resort)
    rows = simulate(rules, "watch", lambda _: EVENING)
    assert [(row.after, row.kind, row.step) for row in rows[:3]] == [
        (0, "watch", 0),
        (0, "watch", 1),
        (600, "alarm", 0),
    ]
    assert [row.after for row in rows if row.last_resort] == [640, 700]


def test_the_plain_table_reads_from_left_to_right() -> None:
    text = render(simulate(book("on_duty", "neighbours:sleeping"), "alarm", lambda _: EVENING), NAMES)
    assert text.splitlines() == [
        "After  Kind   Step         The rule says        Told                     By",
        "─" * 105,
        "0 s    alarm  1            on_duty              Omar                     live → push (+5 s) → sms (+10 s)",
        "20 s   alarm  2            neighbours:sleeping  NOBODY – passed at once",
        "20 s   alarm  last resort  role:manager         Leif                     live → push (+5 s) → sms (+10 s)",
        "80 s   alarm  last resort  role:manager         Leif                     live → push (+5 s) → sms (+10 s)",
    ]


def test_the_table_speaks_the_words_it_is_given() -> None:
    danish = Words(after="Efter", seconds="{n} sek.", last_resort="sidste udvej", fallback="ingen; i stedet: {people}")
    cells = table(simulate(book("on_duty", last="role:admin"), "alarm", lambda _: EVENING), NAMES, danish)
    assert cells[0][0] == "Efter"
    assert cells[-1][:5] == ("80 sek.", "alarm", "sidste udvej", "role:admin", "ingen; i stedet: Leif")


def test_someone_without_a_name_is_called_by_id() -> None:
    assert "omar" in render(simulate(RULES, "alarm", lambda _: EVENING), {})


@given(books(), kind_names, st.lists(scenes, min_size=1, max_size=3))
def test_every_rule_can_be_played_to_its_end(book: RuleBook, kind: str, through_the_night: list[Scene]) -> None:
    rows = simulate(book, kind, lambda after: through_the_night[after % len(through_the_night)])
    assert [row.last_resort for row in rows[-2:]] == [True, True]
    assert [row.after for row in rows] == sorted(row.after for row in rows)
    assert all(bool(row.tell) == (row.outcome in {Outcome.TOLD, Outcome.FALLBACK}) for row in rows)
    assert len(render(rows, {}).splitlines()) == len(rows) + 2
