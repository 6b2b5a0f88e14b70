"""Where a press is, which screens hang there, and by which rules it goes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alarms.setting import Setting, rule_book
from hub.alarms.trigger import Trigger
from hub.escalation.rules import EMERGENCY
from hub.people.access import Principal
from hub.people.site import DutyState
from hub.roster.shift import Duty, OnDuty
from tests.alarms.sites import ID, RULES, SETTING, SITE, device, person

NOBODY = Duty()
IN_SYD = Duty((OnDuty("anna", "syd", DutyState.ACTIVE),))


@pytest.mark.parametrize(
    ("by", "place", "duty", "found"),
    [
        # What was said goes before everything else.
        (person("anna"), "hall", NOBODY, ("hall", "syd")),
        (device("button-4"), "hall", NOBODY, ("hall", "syd")),
        # Then where the device hangs.
        (device("button-4"), None, NOBODY, ("room-4", "nord")),
        (device("pc-4"), None, IN_SYD, ("room-4", "nord")),
        # Then where the person is on duty, and then where they belong.
        (device("phone-anna"), None, IN_SYD, (None, "syd")),
        (person("anna"), None, IN_SYD, (None, "syd")),
        (person("anna"), None, NOBODY, (None, "nord")),
        (person("bo"), None, NOBODY, (None, "nord")),
        # A place that nobody knows is kept, and the rest of the ladder tells the unit.
        (person("anna"), "Rum 99", IN_SYD, ("Rum 99", "syd")),
        (device("button-4"), "Rum 99", NOBODY, ("Rum 99", "nord")),
        # Nobody knows where.
        (person("leif"), None, NOBODY, (None, None)),
        (device("alarm-system"), None, NOBODY, (None, None)),
        (device("alarm-system"), "Rum 99", NOBODY, ("Rum 99", None)),
    ],
)
def test_where_a_press_is(by: Principal, place: str | None, duty: Duty, found: tuple[str | None, str | None]) -> None:
    assert SETTING.whereabouts(Trigger(ID, "alarm", place=place), by, duty) == found


def test_the_screens_of_a_unit_are_those_that_hang_in_it_and_were_not_revoked() -> None:
    assert SETTING.screens == {"nord": ("board-nord",), "syd": ("panel-syd",)}


def test_a_scene_in_a_unit_that_was_closed_down_still_has_its_people() -> None:
    scene = SETTING.scene("closed", IN_SYD, "anna", drill=False)
    assert (scene.unit, scene.neighbours, scene.on_duty) == ("closed", (), IN_SYD.on_duty)


def test_rules_that_can_be_read_are_used() -> None:
    assert rule_book(RULES, "house").kind("alarm").steps[0].next_after == 20


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[kinds.alarm\n", RULES.replace("on_duty", "on_dutty"), "a = 1\n" * 3]
)
def test_rules_that_cannot_be_read_are_replaced_by_telling_everybody(text: str) -> None:
    assert rule_book(text, "house") is EMERGENCY
    assert Setting.of(replace(SITE, rules=text)).book is EMERGENCY


@given(st.text() | st.lists(st.sampled_from(RULES.splitlines())).map("\n".join))
def test_no_text_at_all_makes_the_rules_fail(text: str) -> None:
    assert rule_book(text, "house").last_resort.next_after > 0
