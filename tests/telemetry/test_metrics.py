"""What Prometheus reads of alarms' courses, from a hub with its whole house."""

import logging

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hub.storage.journal import Entry
from hub.telemetry.watch import Watch
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import PEOPLE, House

Numbers = dict[str, float]


async def numbers(house: House) -> Numbers:
    """Every sample that is not zero, as Prometheus writes it."""
    text = (await house.http.get("/metrics")).text
    return {
        f"{one.name}{{{','.join(one.labels.values())}}}": one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name.startswith("hub_") and one.value and not one.name.endswith(("_created", "_bucket"))
    }


@on_both
async def test_an_alarm_leaves_its_numbers_and_nobodys_name(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    anna, bo = await house.connect("anna", "bo")
    alarm = await anna.presses(note="Spark fra 010190-1234")
    house.hear("raised", anna, bo)
    await house.passes(1)
    await bo.confirms(alarm)
    await house.passes(2)
    await bo.says("coming", alarm)
    house.hear("answered", anna, bo)
    found = await numbers(house)
    assert found["hub_alarm_pressed_to_stored_seconds_count{hub}"] == 1
    assert found["hub_alarm_stored_to_told_seconds_count{live}"] == 1
    assert found["hub_alarm_told_to_shown_seconds_sum{live}"] == 1
    assert found["hub_alarm_shown_to_answered_seconds_sum{live}"] == 2
    assert found["hub_alarm_events_total{raised}"] == found["hub_alarm_events_total{shown}"] == 1
    text = (await house.http.get("/metrics")).text.lower()
    assert not [name for name in (*PEOPLE, "010190", "spark", "house", alarm) if f'"{name}' in text]


async def test_text_messages_are_counted_with_the_rules_own_wait(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    anna, bo = await house.connect("anna", "bo")
    await anna.presses()
    house.hear("raised", anna, bo)
    await house.passes(6)
    found = await numbers(house)
    assert found["hub_alarm_stored_to_told_seconds_sum{sms}"] == 5
    assert found["hub_parcels_total{sms,sent}"] == found["hub_alarm_carried_seconds_count{sms}"] == 1


async def test_a_watch_that_fails_costs_nobody_an_alarm(begin: Begin, caplog: pytest.LogCaptureFixture) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")

    def breaks(_entry: Entry) -> None:
        raise RuntimeError("this heeder is broken")

    Watch(house.database, house.clock, [breaks], [])
    with caplog.at_level(logging.CRITICAL + 1, "asyncio"):
        await anna.presses()
        house.hear("raised", anna, bo)
    assert (await house.http.get("/health/ready")).status_code == 200
