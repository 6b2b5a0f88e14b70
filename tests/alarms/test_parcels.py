"""In which order, and when, what a rule sends out of the house is due."""

from datetime import UTC, datetime

import pytest

from hub.alarms.alarm import Alarm, Change
from hub.alarms.parcels import WaysOut
from hub.escalation.plan import Tell
from hub.people.site import Contact, Institution, Person, Role, Site

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVERY = frozenset({"push", "sms", "voice", "email", "webhook"})
SITE = Site(
    Institution("solgaarden", "Solgården", "29189999", "Europe/Copenhagen"),
    people={
        "jette": Person("jette", "Jette", Role.STAFF, (), "+4520000001", "jette@solgaarden.example", push=True),
        "omar": Person("omar", "Omar", Role.STAFF, (), "+4520000002"),
    },
    contacts={"guard": Contact("guard", "Vagtselskab", "+4520000003", None, "https://vagt.example/alarm")},
)
ALARM = Alarm("alarm-1", "solgaarden", "alarm", "lone", NOON)


def due(ways_out: WaysOut, tell: Tell) -> list[tuple[str, str, float]]:
    parcels = ways_out.parcels(Change("raised", ALARM, tell=(tell,)), SITE, NOON)
    return [(one.recipient, one.channel, (one.due_at - NOON).total_seconds()) for one in parcels]


@pytest.mark.parametrize("by", [("push", "sms", "voice"), ("voice", "sms", "push"), ("email", "push", "sms")])
def test_a_persons_channels_take_turns_in_the_rules_order(by: tuple[str, ...]) -> None:
    wanted = [("jette", channel, turn * 5.0) for turn, channel in enumerate(by)]
    assert due(WaysOut(EVERY), Tell("jette", False, by, 5)) == wanted


@pytest.mark.parametrize("by", [("sms", "webhook"), ("webhook", "voice")])
def test_a_contacts_channels_do_too(by: tuple[str, ...]) -> None:
    wanted = [("contact:guard", channel, turn * 5.0) for turn, channel in enumerate(by)]
    assert due(WaysOut(EVERY), Tell("guard", True, ("live", *by), 5)) == wanted


def test_a_channel_without_an_address_takes_no_time() -> None:
    assert due(WaysOut(EVERY), Tell("omar", False, ("push", "email", "sms"), 5)) == [("omar", "sms", 0.0)]
    assert due(WaysOut(EVERY), Tell("guard", True, ("push", "email", "voice"), 5)) == [("contact:guard", "voice", 0.0)]


def test_a_channel_that_this_hub_has_not_takes_no_time() -> None:
    assert due(WaysOut(frozenset({"sms"})), Tell("jette", False, ("push", "sms"), 5)) == [("jette", "sms", 0.0)]


def test_a_connected_screen_has_its_turn_before_anything_leaves_the_house() -> None:
    by = ("live", "push", "sms")
    here = WaysOut(EVERY, lambda _institution, person: person == "jette")
    assert due(here, Tell("jette", False, by, 5)) == [("jette", "push", 5.0), ("jette", "sms", 10.0)]
    assert due(here, Tell("omar", False, by, 5)) == [("omar", "sms", 0.0)]


def test_a_common_room_in_teams_needs_no_address_of_anybody() -> None:
    here = WaysOut(frozenset({"teams"}))
    assert due(here, Tell("jette", False, ("teams",), 5)) == [("jette", "teams", 0.0)]
    assert due(here, Tell("omar", False, ("teams",), 5)) == [("omar", "teams", 0.0)]
