"""What a rule file says once it is read."""

import re
from pathlib import Path

import pytest

from hub.errors import FileProblem
from hub.escalation.plan import plan
from hub.escalation.rules import (
    CHANNELS,
    DUTIES,
    EMERGENCY,
    KINDS,
    ROLES,
    WATCH_LASTS,
    Audience,
    KindRule,
    RuleBook,
    Step,
    Target,
    load,
    problems_with,
)
from tests.escalation.scenes import book, scene, step, told

FOLDER = Path(__file__).parents[2] / "escalation_rules"
SHIPPED = sorted(FOLDER.glob("*.toml"))
README = (FOLDER / "README.md").read_text(encoding="utf-8")

SMALL = """
[kinds.alarm]
[[kinds.alarm.steps]]
tell = ["on_duty"]
next_after = 20
[last_resort]
tell = ["role:manager"]
next_after = 60
"""


def test_a_whole_file_becomes_a_rule_book() -> None:
    text = """
        name = "Botilbud"
        link_within = 30
        minimum_reach = 2
        note = "Aftalt i maj"

        [kinds.alarm]
        label = "Overfald"
        answers_needed = 2
        reopen_after = 0
        [[kinds.alarm.steps]]
        title = "De vågne"
        tell = ["on_duty", "role:shift_lead"]
        by = ["push", "voice"]
        receipt_within = 7
        next_after = 15

        [kinds.watch]
        becomes_alarm_after = 600

        [last_resort]
        tell = ["person:leif", "contact:vagtselskab"]
        next_after = 45
    """
    read = load(text, "botilbud.toml")
    steps = (Step((Target(Audience.ON_DUTY), Target(Audience.ROLE, "shift_lead")), ("push", "voice"), 7, 15),)
    assert read.kinds["alarm"] == KindRule("alarm", steps, answers_needed=2, reopen_after=0, label="Overfald")
    assert read.kinds["watch"] == KindRule("watch", steps, becomes_alarm_after=600)
    assert [target.text for target in read.last_resort.tell] == ["person:leif", "contact:vagtselskab"]
    assert (read.name, read.link_within, read.minimum_reach) == ("Botilbud", 30, 2)


def test_what_a_file_leaves_out_has_its_usual_value() -> None:
    read = load(SMALL, "small.toml")
    assert read.kinds["alarm"] == KindRule(
        "alarm",
        (Step((Target(Audience.ON_DUTY),), ("live", "push", "sms"), 5, 20),),
        answers_needed=1,
        reopen_after=300,
    )
    assert (read.name, read.link_within, read.minimum_reach) == ("small.toml", 60, 1)


def test_every_institution_has_the_four_kinds() -> None:
    read = load(SMALL, "small.toml")
    assert tuple(read.kinds) == KINDS
    assert all(read.kind(kind).steps == read.kinds["alarm"].steps for kind in KINDS)
    assert [read.kind(kind).becomes_alarm_after for kind in KINDS] == [None, None, None, WATCH_LASTS]


def test_an_unknown_kind_is_ruled_as_an_alarm() -> None:
    read = load(SMALL, "small.toml")
    assert "fire" not in read.kinds
    assert read.kind("fire") is read.kinds["alarm"]


def test_a_kind_without_steps_borrows_those_of_alarm_wherever_it_stands() -> None:
    read = load("[kinds.aid]\nanswers_needed = 2\n" + SMALL, "small.toml")
    assert read.kind("aid").steps == read.kind("alarm").steps
    assert (read.kind("aid").answers_needed, read.kind("alarm").answers_needed) == (2, 1)


def test_steps_run_out_into_the_last_resort() -> None:
    rules = book("on_duty", "neighbours")
    assert [rules.step("alarm", n).tell[0].text for n in (-1, 0, 1, 2, 99)] == [
        "on_duty",
        "on_duty",
        "neighbours",
        "role:manager",
        "role:manager",
    ]


def test_a_file_saved_by_a_windows_editor_is_read() -> None:
    assert load("\ufeff" + SMALL.replace("\n", "\r\n"), "small.toml") == load(SMALL, "small.toml")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
class TestShipped:
    def test_reads_and_gives_every_kind_its_own_words(self, path: Path) -> None:
        read = load(path.read_text(encoding="utf-8"), path.name)
        assert set(KINDS) < set(read.kinds)
        assert all(rule.label for rule in read.kinds.values())

    def test_points_only_at_people_that_any_site_can_have(self, path: Path) -> None:
        read = load(path.read_text(encoding="utf-8"), path.name)
        assert problems_with(read, people=(), contacts=(), roles=ROLES) == []

    def test_wakes_the_sleeping_night_duty_at_once_for_one_who_is_alone(self, path: Path) -> None:
        read = load(path.read_text(encoding="utf-8"), path.name)
        night = scene("mette nord active", "bo nord sleeping")
        assert "bo" in told(plan(read, "alarm", 0, night))

    def test_reaches_a_manager_within_three_minutes_at_every_hour(self, path: Path) -> None:
        read = load(path.read_text(encoding="utf-8"), path.name)
        day = scene("mette nord active", "omar nord active", "ida syd active")
        for kind in ("alarm", "silent", "illness"):
            after, n = 0, 0
            while "leif" not in told(taken := plan(read, kind, n, day)):
                after, n = after + taken.next_after, taken.step + 1
            assert after <= 180


def test_four_sorts_of_institution_have_rules() -> None:
    assert [path.stem for path in SHIPPED] == ["botilbud", "dagtilbud", "doegninstitution", "herberg"]


class TestReadme:
    def test_its_example_is_a_rule_file(self) -> None:
        (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
        read = load(example, "README.md")
        assert read.kinds["watch"].becomes_alarm_after == 1200

    @pytest.mark.parametrize(
        "word",
        [
            *("name", "link_within", "minimum_reach", "label", "answers_needed", "reopen_after", "becomes_alarm_after"),
            *("tell", "by", "receipt_within", "next_after", "title", "note", "neighbours", "person:ID", "contact:ID"),
            *CHANNELS,
            *(f"on_duty:{duty}" for duty in (*DUTIES, "any")),
            *(f"role:{role}" for role in ROLES),
            *KINDS,
            *(path.name for path in SHIPPED),
        ],
    )
    def test_it_explains(self, word: str) -> None:
        assert f"`{word}`" in README

    def test_its_mistakes_are_said_as_the_hub_says_them(self) -> None:
        text = "\n" * 3 + '[kinds.alarm]\n\n[[kinds.alarm.steps]]\ntell = ["on_dutty"]\n\n\n\n\nnext_after = 0\n'
        text = (
            text.replace("\n\n[[", "\n[[", 1)
            + SMALL.partition("[last_resort]")[1]
            + SMALL.partition("[last_resort]")[2]
        )
        with pytest.raises(FileProblem) as refused:
            load(text, "our-rules.toml")
        said = [re.sub(r":\d+:", ":", problem) for problem in refused.value.problems]
        assert said == [
            re.sub(r":\d+:", ":", line.strip()) for line in README.splitlines() if "    our-rules.toml:" in line
        ]


@pytest.mark.parametrize(
    "text", ["on_duty", "on_duty:any", "neighbours:sleeping", "role:admin", "person:æ-7", "contact:x"]
)
def test_a_target_reads_back_as_it_was_written(text: str) -> None:
    assert Target.parse(text).text == text


class TestRefusesToBeBornWrong:
    @pytest.mark.parametrize(
        "text",
        ["", "all", "on_duty:", "on_duty:awake", "role", "role:boss", "person", "person:a b", "contact:", "ON_DUTY"],
    )
    def test_target(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"points at nobody|after the colon"):
            Target.parse(text)

    def test_step(self) -> None:
        here = (Target(Audience.ON_DUTY),)
        for tell, by, receipt_within, next_after in (
            ((), ("live",), 5, 20),
            (here, (), 5, 20),
            (here, ("pigeon",), 5, 20),
            (here, ("live", "live"), 5, 20),
            (here, ("live",), 0, 20),
            (here, ("live",), 5, 0),
            (here, ("live",), 5, 86_401),
        ):
            with pytest.raises(ValueError, match=r"step|receipt_within|next_after"):
                Step(tell, by, receipt_within, next_after)

    def test_kind(self) -> None:
        steps = (step("on_duty"),)
        with pytest.raises(ValueError, match="no steps"):
            KindRule("alarm", ())
        with pytest.raises(ValueError, match="lower-case"):
            KindRule("Overfald", steps)
        with pytest.raises(ValueError, match="answers_needed"):
            KindRule("alarm", steps, answers_needed=0)
        with pytest.raises(ValueError, match="reopen_after"):
            KindRule("alarm", steps, reopen_after=-1)
        with pytest.raises(ValueError, match="only a watch"):
            KindRule("assist", steps, becomes_alarm_after=60)

    def test_book(self) -> None:
        with pytest.raises(ValueError, match="what an alarm does"):
            RuleBook("x", {"assist": KindRule("assist", (step("on_duty"),))}, step("role:manager"))

    def test_book_cannot_be_changed(self) -> None:
        with pytest.raises(TypeError):
            EMERGENCY.kinds["alarm"] = EMERGENCY.kinds["watch"]  # type: ignore[index]


class TestProblemsWith:
    rules = book("person:mette person:ole", "contact:vagtselskab", last="role:manager person:ole")

    def test_names_each_target_that_the_site_lacks_and_where(self) -> None:
        assert problems_with(self.rules, people={"mette"}, contacts=set()) == [
            "test: alarm, step 1: person:ole: nobody here has that id; add the person or mend the rule",
            "test: alarm, step 2: contact:vagtselskab: no contact has that id; add the contact or mend the rule",
            "test: last_resort: person:ole: nobody here has that id; add the person or mend the rule",
        ]

    def test_looks_at_roles_only_when_told_which_there_are(self) -> None:
        known = {"people": {"mette", "ole"}, "contacts": {"vagtselskab"}}
        assert problems_with(self.rules, **known) == []
        assert problems_with(self.rules, **known, roles={"staff"}) == [
            "test: last_resort: role:manager: nobody here has that role; give it to somebody or mend the rule"
        ]
