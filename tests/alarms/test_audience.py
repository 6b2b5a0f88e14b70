"""Who may know of an alarm, who is told live, and what a forced raiser is told instead."""

import json
from typing import Any

import pytest

from hub.alarms.alarm import State
from hub.alarms.audience import envelopes, may_follow, seen_by
from hub.alarms.events import alarm_json
from hub.alarms.queries import may_see
from hub.delivery.receipts import Stage
from hub.delivery.sockets import Envelope
from hub.people.access import Principal
from tests.alarms.replay import replayed
from tests.alarms.sites import SETTING, SITE, an_alarm, device, person, row


def payload(envelope: Envelope) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(envelope.frame[envelope.frame.index(b"{") :])
    return found


@pytest.mark.parametrize(
    ("by", "sees", "follows"),
    [
        (person("anna"), True, True),  # raised it
        (device("phone-anna"), True, True),
        (person("bo"), True, True),  # was told
        (person("lone"), True, False),  # belongs to the unit
        (person("leif"), True, False),  # belongs to every unit
        (person("vikar"), True, False),
        (device("board-nord"), True, True),  # hangs there
        (device("button-4"), True, False),
        (device("alarm-system"), True, False),
        (person("dina"), False, False),
        (person("sara"), False, False),
        (device("panel-syd"), False, False),
        (device("old-board"), True, False),
    ],
    ids=lambda value: value.name if isinstance(value, Principal) else None,
)
def test_who_may_know_of_an_alarm_and_who_is_told_as_it_goes(by: Principal, sees: bool, follows: bool) -> None:
    assert may_see(by, an_alarm()) is sees
    assert may_follow(by, an_alarm(), SETTING) is follows


def test_an_alarm_from_nobody_knows_where_may_be_known_by_all_and_hangs_on_no_wall() -> None:
    alarm = an_alarm(unit=None, place=None)
    assert all(may_see(person(name), alarm) for name in SITE.people)
    assert may_see(device("panel-syd"), alarm)
    assert not may_follow(device("board-nord"), alarm, SETTING)


def test_who_was_told_may_know_of_it_wherever_they_belong() -> None:
    alarm = an_alarm(told={"dina": Stage.SENT})
    assert may_see(person("dina"), alarm)
    assert may_follow(person("dina"), alarm, SETTING)


def test_a_row_goes_to_those_who_were_told_the_raiser_and_the_units_screens() -> None:
    alarm = an_alarm()
    (sent,) = envelopes(row(alarm), alarm, alarm_json(alarm, SITE), SETTING)

    assert (sent.institution, sent.cursor) == ("house", 7)
    assert set(sent.people) == {"anna", "bo", "contact:guard"}
    assert set(sent.devices) >= {"board-nord"}
    assert payload(sent) == {
        "type": "alarm",
        "cursor": 7,
        "event": "answered",
        "alarm": alarm_json(alarm, SITE),
    }


def test_a_device_that_raised_it_is_told_as_a_device() -> None:
    alarm = an_alarm(raised_by="button-4")
    (sent,) = envelopes(row(alarm), alarm, alarm_json(alarm, SITE), SETTING)
    assert set(sent.devices) >= {"board-nord", "button-4"}


def test_a_receipt_is_told_to_nobody_as_an_event() -> None:
    alarm = an_alarm()
    assert envelopes(row(alarm, "received"), alarm, alarm_json(alarm, SITE), SETTING) == []


def test_the_forced_raiser_is_told_that_it_is_withdrawn_and_all_others_that_it_rises() -> None:
    alarm = an_alarm(under_duress=True, state=State.RAISED)
    quiet, loud = envelopes(row(alarm, "duress"), alarm, alarm_json(alarm, SITE), SETTING)

    assert set(quiet.people) == {"anna"}
    assert (payload(quiet)["event"], payload(quiet)["alarm"]["state"]) == ("withdrawn", "withdrawn")
    assert "anna" not in loud.people
    assert "anna" not in loud.devices
    assert (payload(loud)["event"], payload(loud)["alarm"]["state"]) == ("escalated", "raised")


def test_what_comes_after_a_forced_withdrawal_is_kept_from_the_raiser_live_and_replayed() -> None:
    alarm = an_alarm(under_duress=True)
    later = row(alarm, "answered")
    (sent,) = envelopes(later, alarm, alarm_json(alarm, SITE), SETTING)

    assert "anna" not in sent.people
    assert replayed(person("anna"), later, alarm, SETTING) is None
    assert replayed(person("bo"), later, alarm, SETTING) == payload(sent)


def test_what_came_before_a_forced_withdrawal_is_replayed_to_the_raiser_as_it_was() -> None:
    before = row(an_alarm(state=State.RAISED, answers={}), "raised")
    found = replayed(person("anna"), before, an_alarm(under_duress=True), SETTING)
    assert found is not None
    assert (found["event"], found["alarm"]["state"]) == ("raised", "raised")


def test_nothing_is_replayed_to_those_whom_it_does_not_concern() -> None:
    assert replayed(person("dina"), row(an_alarm()), an_alarm(), SETTING) is None


def test_only_a_forced_raiser_sees_it_otherwise_than_all() -> None:
    shown = alarm_json(an_alarm(), SITE)
    forced = an_alarm(under_duress=True)
    assert seen_by(person("anna"), an_alarm(), shown) == shown
    assert seen_by(person("bo"), forced, shown) == shown
    assert seen_by(person("anna"), forced, shown)["state"] == "withdrawn"
