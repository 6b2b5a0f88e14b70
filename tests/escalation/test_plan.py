"""Whom a step tells, case by case."""

from typing import ClassVar

import pytest

from hub.escalation.plan import Plan, Tell, plan
from hub.escalation.rules import EMERGENCY, KindRule, RuleBook
from tests.escalation.scenes import HOUSE, book, scene, step, told

AWAKE = ("mette nord active", "omar nord active", "bo nord sleeping", "ida syd active", "kim syd sleeping")


def test_colleagues_awake_in_the_unit_are_told_and_the_raiser_is_not() -> None:
    assert told(plan(book("on_duty"), "alarm", 0, scene(*AWAKE))) == ["omar"]


def test_everyone_told_gets_the_steps_channels_and_patience() -> None:
    assert plan(book("on_duty"), "alarm", 0, scene(*AWAKE)) == Plan(
        step=0,
        tell=(Tell("omar", contact=False, by=("live", "push", "sms"), receipt_within=5),),
        next_after=20,
        passed=(),
        last_resort=False,
    )


def test_the_sleeping_are_woken_when_the_raiser_is_the_only_one_awake() -> None:
    alone = scene("mette nord active", "bo nord sleeping", "omar nord standby")
    assert told(plan(book("on_duty"), "alarm", 0, alone)) == ["bo"]


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ("on_duty:active", ["omar"]),
        ("on_duty:sleeping", ["bo"]),
        ("on_duty:standby", ["lone"]),
        ("on_duty:telephone", ["sara"]),
        ("on_duty:any", ["omar", "bo", "lone", "sara"]),
        ("on_duty on_duty:any person:omar", ["omar", "bo", "lone", "sara"]),
    ],
)
def test_a_duty_state_can_be_named(tokens: str, expected: list[str]) -> None:
    here = scene(
        "mette nord active", "omar nord active", "bo nord sleeping", "lone nord standby", "sara nord telephone"
    )
    assert told(plan(book(tokens), "alarm", 0, here)) == expected


def test_neighbours_are_those_awake_next_door() -> None:
    assert told(plan(book("neighbours"), "alarm", 0, scene(*AWAKE))) == ["ida"]


def test_a_neighbours_sleeper_is_woken_only_when_no_neighbour_is_awake() -> None:
    duty = ("ida syd active", "kim vest sleeping")
    both = ("syd", "vest")
    assert told(plan(book("neighbours"), "alarm", 0, scene(*duty, neighbours=both))) == ["ida"]
    assert told(plan(book("neighbours"), "alarm", 0, scene(*duty, neighbours=both, raiser="ida"))) == ["kim"]
    assert told(plan(book("neighbours:sleeping"), "alarm", 0, scene(*duty, neighbours=both))) == ["kim"]


def test_on_duty_in_another_unit_is_not_on_duty_here() -> None:
    assert told(plan(book("on_duty", last="person:ada"), "alarm", 0, scene("ida syd active"))) == ["ada"]


def test_someone_on_duty_without_an_account_does_not_count_as_awake() -> None:
    here = scene("ghost nord active", "bo nord sleeping")
    assert told(plan(book("on_duty"), "alarm", 0, here)) == ["bo"]


class TestRoles:
    house: ClassVar = {**HOUSE, "lars": "shift_lead nord", "lea": "shift_lead"}

    def test_of_the_unit_those_on_duty_anywhere_in_any_way_are_preferred(self) -> None:
        here = scene("lars syd telephone", "sara nord active", house=self.house)
        assert told(plan(book("role:shift_lead"), "alarm", 0, here)) == ["lars"]

    def test_all_of_the_unit_when_none_of_them_is_on_duty(self) -> None:
        here = scene("sara nord active", house=self.house)
        assert told(plan(book("role:shift_lead"), "alarm", 0, here)) == ["lone", "lars", "lea"]

    def test_who_has_no_units_belongs_to_each(self) -> None:
        here = scene("lea vest active", house=self.house)
        assert told(plan(book("role:shift_lead"), "alarm", 0, here)) == ["lea"]

    def test_all_of_the_institution_when_the_unit_has_none(self) -> None:
        assert told(plan(book("role:shift_lead"), "alarm", 0, scene(unit="vest"))) == ["lone", "sara"]

    def test_the_raiser_does_not_count_as_the_units_own(self) -> None:
        assert told(plan(book("role:shift_lead"), "alarm", 0, scene(raiser="lone"))) == ["sara"]

    def test_on_duty_raiser_does_not_hide_the_others(self) -> None:
        here = scene("lone nord active", house=self.house, raiser="lone")
        assert told(plan(book("role:shift_lead"), "alarm", 0, here)) == ["lars", "lea"]


class TestNobodyKnowsWhere:
    def test_everyone_on_duty_in_the_institution_is_told(self) -> None:
        here = scene(*AWAKE, "lone vest telephone", unit=None, neighbours=())
        assert told(plan(book("on_duty"), "alarm", 0, here)) == ["omar", "bo", "ida", "kim", "lone"]

    def test_a_duty_state_is_looked_for_in_the_whole_institution(self) -> None:
        here = scene(*AWAKE, unit=None, neighbours=())
        assert told(plan(book("on_duty:sleeping"), "alarm", 0, here)) == ["bo", "kim"]

    def test_roles_are_looked_for_in_the_whole_institution(self) -> None:
        assert told(plan(book("role:shift_lead"), "alarm", 0, scene(unit=None))) == ["lone", "sara"]
        assert told(plan(book("role:shift_lead"), "alarm", 0, scene("sara syd active", unit=None))) == ["sara"]

    def test_there_are_no_neighbours_then(self) -> None:
        assert plan(book("neighbours", "on_duty"), "alarm", 0, scene(*AWAKE, unit=None, neighbours=())).passed == (0,)


class TestEmptySteps:
    def test_are_passed_at_once_and_named(self) -> None:
        here = scene("mette nord active", "lone nord active", neighbours=())
        taken = plan(book("neighbours", "person:nobody", "role:shift_lead", "on_duty"), "alarm", 0, here)
        assert (taken.step, taken.passed, told(taken)) == (2, (0, 1), ["lone"])

    def test_lead_to_the_last_resort_when_all_are_empty(self) -> None:
        taken = plan(book("on_duty", "neighbours"), "alarm", 0, scene("mette nord active"))
        assert (taken.step, taken.passed, taken.last_resort, told(taken)) == (2, (0, 1), True, ["leif"])
        assert taken.next_after == 60

    def test_behind_the_step_asked_for_are_not_named(self) -> None:
        taken = plan(book("on_duty", "neighbours"), "alarm", 1, scene())
        assert taken.passed == (1,)


class TestLastResort:
    def test_repeats_for_ever_and_counts_on(self) -> None:
        for n in (2, 3, 1000):
            taken = plan(book("on_duty", "neighbours"), "alarm", n, scene(*AWAKE))
            assert (taken.step, taken.last_resort, taken.passed, told(taken)) == (n, True, (), ["leif"])

    def test_step_below_zero_is_the_first(self) -> None:
        assert plan(book("on_duty"), "alarm", -3, scene(*AWAKE)).step == 0

    @pytest.mark.parametrize(
        ("house", "duty", "expected"),
        [
            (HOUSE, ("omar nord active",), ["leif"]),
            (
                {"omar": "staff nord", "ida": "staff syd", "bo": "staff"},
                ("ida syd sleeping", "ida syd active"),
                ["ida"],
            ),
            ({"mette": "staff nord", "ida": "staff syd", "ada": "admin"}, ("mette nord active",), ["ida", "ada"]),
            ({"mette": "manager"}, (), ["vagtselskab"]),
        ],
        ids=["managers", "everybody on duty", "everybody", "every contact"],
    )
    def test_naming_nobody_here_falls_back(
        self, house: dict[str, str], duty: tuple[str, ...], expected: list[str]
    ) -> None:
        here = scene(*duty, house=house, contacts=frozenset({"vagtselskab"}))
        assert told(plan(book("neighbours:standby", last="person:nobody"), "alarm", 0, here)) == expected

    def test_with_nobody_at_all_is_empty_and_comes_again(self) -> None:
        taken = plan(book("on_duty"), "alarm", 0, scene(house={"mette": "manager"}))
        assert (taken.tell, taken.next_after, taken.last_resort) == ((), 60, True)


class TestContacts:
    guard = frozenset({"vagtselskab"})

    def test_are_told_after_the_people_of_the_same_step(self) -> None:
        taken = plan(book("contact:vagtselskab on_duty"), "alarm", 0, scene(*AWAKE, contacts=self.guard))
        assert [(tell.who, tell.contact) for tell in taken.tell] == [("omar", False), ("vagtselskab", True)]

    def test_are_never_left_with_a_channel_that_only_reaches_our_own(self) -> None:
        rules = RuleBook(
            "x", {"alarm": KindRule("alarm", (step("contact:vagtselskab", by=("live", "email")),))}, step("on_duty")
        )
        (tell,) = plan(rules, "alarm", 0, scene(contacts=self.guard)).tell
        assert tell.by == ("email", "sms", "voice", "webhook")

    def test_unknown_here_are_nobody(self) -> None:
        assert plan(book("contact:vagtselskab"), "alarm", 0, scene()).passed == (0,)


class TestDrill:
    rules = book("role:manager contact:vagtselskab", "role:admin", "on_duty")

    def test_tells_no_leaders_and_no_contacts(self) -> None:
        here = scene(*AWAKE, contacts=frozenset({"vagtselskab"}), drill=True)
        taken = plan(self.rules, "alarm", 0, here)
        assert (taken.passed, told(taken)) == ((0, 1), ["omar"])

    def test_last_resort_tells_those_on_duty_instead(self) -> None:
        here = scene(*AWAKE, contacts=frozenset({"vagtselskab"}), drill=True)
        assert told(plan(self.rules, "alarm", 3, here)) == ["omar", "bo", "ida", "kim"]

    def test_last_resort_without_anyone_on_duty_leaves_the_leaders_asleep(self) -> None:
        here = scene(contacts=frozenset({"vagtselskab"}), drill=True)
        assert told(plan(self.rules, "alarm", 3, here)) == ["omar", "bo", "ida", "kim", "lone", "sara"]

    def test_manager_on_duty_takes_part(self) -> None:
        assert told(plan(self.rules, "alarm", 0, scene("leif nord active", drill=True))) == ["leif"]


def test_an_unknown_kind_is_treated_as_an_alarm() -> None:
    assert told(plan(book("on_duty"), "no such kind", 0, scene(*AWAKE))) == ["omar"]


def test_emergency_rules_tell_everyone_on_duty_then_next_door_then_the_managers() -> None:
    here = scene("mette nord active", "omar nord active", "bo nord standby", "ida syd telephone")
    assert [told(plan(EMERGENCY, "alarm", n, here)) for n in range(4)] == [["omar", "bo"], ["ida"], ["leif"], ["leif"]]
