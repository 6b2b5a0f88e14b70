"""The hub keeps the time of those who are alone, whatever becomes of their phones, of itself, and of the clocks."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from hub.clock import rfc3339
from hub.errors import Unavailable
from hub.lone.session import State
from tests.databases import on_both, on_sqlite
from tests.lone.outings import HERE, THERE, asks, does, goes, kept, leaps, open_alarms, written
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House, Phone, local

pytestmark = on_both

MINUTE = 60
SUMMER_BEGINS, WINTER_BEGINS = "2026-03-29T01:30", "2026-10-25T02:30"


def told(phone: Phone) -> list[str]:
    """What the person's own screen was told, and forgets it."""
    events = [frame["event"] for frame in phone.lone]
    phone.lone.clear()
    return events


async def house_with(begin: Begin, *connected: str, at: str = "2026-03-10T14:00", sms: bool = False) -> House:
    house = await begin("anna nord", "bo nord", "carl nord", at=at, sms=sms)
    await house.connect(*connected)
    return house


async def test_without_a_sign_of_life_the_hub_itself_raises_the_alarm(begin: Begin) -> None:
    house = await house_with(begin, "anna", "bo")
    anna, bo = house.phones["phone-anna"], house.phones["phone-bo"]
    session = await goes(house, "anna", place="Skovvej 4", purpose="Hjemmebesøg", position=HERE)
    assert told(anna) == ["started"]
    anna.drops()

    for minutes in (40, 5, 2):
        await leaps(house, minutes * MINUTE - 0.001)
        bo.hears_nothing()
        await house.passes(0.001)

    shown = house.hear("raised", bo, kind="alarm", raised_by="anna", unit="nord", state="raised", told=2)
    assert shown["note"] == "Hjemmebesøg · Skovvej 4"
    assert shown["lone"] == session["id"]
    assert shown["position"] == HERE
    assert "place" not in shown
    one = await kept(house, session)
    assert (one.state, one.alarm, one.position) == (State.ALARMED, shown["id"], None)
    assert [entry.event for entry in await written(house, session)] == [
        "lone_started",
        "lone_reminder",
        "lone_grace",
        "lone_alarmed",
    ]
    assert not bo.lone, "a session is its person's own business"


async def test_the_person_is_reminded_then_warned_and_each_once(begin: Begin) -> None:
    house = await house_with(begin, "anna", "bo")
    anna = house.phones["phone-anna"]
    session = await goes(house, "anna", 15)
    told(anna)
    for minutes, event in ((12, "reminder"), (3, "grace"), (2, "alarmed")):
        await leaps(house, minutes * MINUTE - 0.001)
        assert told(anna) == []
        await house.passes(0.001)
        assert told(anna) == [event]
    house.hear("raised", *house.phones.values(), lone=session["id"])


async def test_a_sign_of_life_in_the_last_second_stops_the_alarm(begin: Begin) -> None:
    house = await house_with(begin, "anna", "bo")
    session = await goes(house, "anna")
    for minutes in (40, 5):
        await leaps(house, minutes * MINUTE)
    await leaps(house, 2 * MINUTE - 1)
    after = await does(house, "anna", session, "check-in")
    assert after["state"] == "running"
    assert told(house.phones["phone-anna"]) == ["started", "reminder", "grace", "checked_in"]
    await leaps(house, 45 * MINUTE)
    assert (await kept(house, session)).state is State.OVERDUE
    await does(house, "anna", session, "end")
    await leaps(house, 60 * MINUTE)
    assert not await open_alarms(house)


async def test_an_extension_moves_everything(begin: Begin) -> None:
    house = await house_with(begin, "anna", "bo")
    session = await goes(house, "anna")
    await leaps(house, 46 * MINUTE)
    after = await does(house, "anna", session, "extend", minutes=30)
    assert after["ends_at"] == rfc3339(house.clock.now() + timedelta(minutes=30))
    await leaps(house, 32 * MINUTE - 1)
    house.is_quiet()
    await house.passes(1)
    house.hear("raised", *house.phones.values(), lone=session["id"])


async def test_a_place_of_the_site_gives_the_alarm_its_unit(begin: Begin) -> None:
    house = await house_with(begin)
    await goes(house, "anna", 5, place="room-syd")
    await leaps(house, 7 * MINUTE)
    (alarm,) = await open_alarms(house)
    assert (alarm["unit"], alarm["place_name"]) == ("syd", "Rum i syd")


async def test_after_the_end_of_the_shift_the_unit_is_still_the_one_she_left(begin: Begin) -> None:
    shift = "2026-03-10T13:00:00 2026-03-10T14:30:00"
    house = await begin(f"vera nord active {shift}", "bo nord")
    (bo,) = await house.connect("bo")
    await goes(house, "vera")
    await leaps(house, 47 * MINUTE)
    house.hear("raised", bo, unit="nord", raised_by="vera")


@pytest.mark.parametrize("down_for", [1, 50, 600])
async def test_a_hub_that_was_killed_goes_on_where_it_was(begin: Begin, down_for: int) -> None:
    house = await house_with(begin, "anna", "bo")
    session = await goes(house, "anna", position=HERE)
    await leaps(house, 40 * MINUTE)
    house.phones["phone-anna"].drops()
    await house.is_killed()

    house.clock.advance(down_for * MINUTE)
    await house.starts()
    await house.settle()
    late = down_for > 7
    assert len(await open_alarms(house)) == late
    if not late:
        await leaps(house, 7 * MINUTE - down_for * MINUTE - 0.001)
        assert not await open_alarms(house)
        await house.passes(0.001)
    (alarm,) = await open_alarms(house)
    assert (alarm["lone"], alarm["position"]) == (session["id"], HERE)


async def test_a_hub_killed_at_any_moment_raises_one_alarm(begin: Begin) -> None:
    house = await house_with(begin)
    session = await goes(house, "anna", 1, grace=60)
    for _ in range(24):
        await leaps(house, 6)
        await house.is_killed()
        await house.starts()
    (alarm,) = await open_alarms(house)
    one = await kept(house, session)
    assert one.alarm == alarm["id"]
    assert one.ended_at is not None
    assert one.ended_at - one.alarms_at <= timedelta(seconds=6)


@on_sqlite
async def test_the_alarm_and_the_session_change_together_or_not_at_all(begin: Begin) -> None:
    house = await house_with(begin)
    session = await goes(house, "anna", 5)
    await leaps(house, 6 * MINUTE)
    await house.services.chores.stop()
    house.clock.advance(2 * MINUTE)
    spoilt = sqlite3.connect(house.file)
    spoilt.execute("CREATE TRIGGER spoilt BEFORE INSERT ON alarm BEGIN SELECT RAISE(ABORT, 'no room'); END")
    with pytest.raises((sqlite3.Error, Unavailable)):
        await house.services.lone.come_due("house", session["id"])
    assert (await kept(house, session)).state is State.OVERDUE

    spoilt.execute("DROP TRIGGER spoilt")
    spoilt.close()
    done = [house.services.lone.come_due("house", session["id"]) for _ in range(5)]
    assert sorted([await one for one in done]) == [False] * 4 + [True]
    (alarm,) = await open_alarms(house)
    assert (await kept(house, session)).alarm == alarm["id"]


@pytest.mark.parametrize("at", [SUMMER_BEGINS, WINTER_BEGINS])
async def test_the_nights_when_the_clock_changes_are_as_long_as_they_are(begin: Begin, at: str) -> None:
    """It begins half an hour before the clocks change, or in the hour that comes twice, and lasts over the change."""
    house = await house_with(begin, at=at)
    started = house.clock.now()
    session = await goes(house, "anna", 90)
    assert session["ends_at"] == rfc3339(started + timedelta(minutes=90))
    await leaps(house, 92 * MINUTE - 0.001)
    assert not await open_alarms(house)
    await house.passes(0.001)
    (alarm,) = await open_alarms(house)
    assert alarm["raised_at"] == rfc3339(started + timedelta(minutes=92))


@pytest.mark.parametrize(
    ("at", "until", "minutes"),
    [(SUMMER_BEGINS, "2026-03-29T03:15+02:00", 45), (WINTER_BEGINS, "2026-10-25T02:15+01:00", 45)],
)
async def test_an_end_that_is_said_as_local_time_is_that_moment(
    begin: Begin, at: str, until: str, minutes: int
) -> None:
    house = await house_with(begin, at=at)
    session = await goes(house, "anna", 15)
    after = await does(house, "anna", session, "check-in", until=until)
    assert after["ends_at"] == rfc3339(local(at).astimezone(UTC) + timedelta(minutes=minutes))
    assert datetime.fromisoformat(after["ends_at"]) == datetime.fromisoformat(until)


@on_sqlite
async def test_only_the_newest_position_is_kept_and_the_end_deletes_it(begin: Begin) -> None:
    house = await house_with(begin)
    session = await goes(house, "anna", position=HERE)
    await does(house, "anna", session, "position", **THERE)
    assert (await kept(house, session)).position is not None
    await does(house, "anna", session, "end")
    assert positions_on_disk(house) == []
    refused = await asks(house, "anna", "POST", f"/api/lone/{session['id']}/position", HERE)
    assert (refused.status_code, refused.json()["code"]) == (409, "over")


@on_sqlite
async def test_while_the_alarm_lasts_those_who_come_can_follow_and_the_all_clear_deletes_it(begin: Begin) -> None:
    house = await house_with(begin, "bo")
    bo = house.phones["phone-bo"]
    session = await goes(house, "anna", 5, position=HERE)
    await leaps(house, 7 * MINUTE)
    alarm = house.hear("raised", bo)["id"]
    await does(house, "anna", session, "position", **THERE)
    assert bo.positions.pop() == {"type": "position", "alarm": alarm, "position": THERE}
    assert len(positions_on_disk(house)) == 1

    await bo.says("coming", alarm)
    bo.hears("answered")
    await bo.resolves(alarm)
    bo.hears("resolved")
    assert positions_on_disk(house) == []
    refused = await asks(house, "anna", "POST", f"/api/lone/{session['id']}/position", HERE)
    assert (refused.status_code, refused.json()["code"]) == (409, "closed")


def positions_on_disk(house: House) -> list[tuple[float, ...]]:
    connection = sqlite3.connect(house.file)
    try:
        return [
            row
            for table in ("lone", "alarm")
            for row in connection.execute(f"SELECT lat, lon FROM {table} WHERE lat IS NOT NULL")
        ]
    finally:
        connection.close()


async def test_a_phone_that_comes_back_finds_its_session_in_the_snapshot(begin: Begin) -> None:
    house = await house_with(begin, "anna")
    anna = house.phones["phone-anna"]
    session = await goes(house, "anna", position=HERE)
    anna.drops()
    await leaps(house, 41 * MINUTE)
    lone = (await anna.comes_back())["lone"]
    assert (lone["id"], lone["state"], lone["position"]) == (session["id"], "reminded", HERE)
    await does(house, "anna", session, "end")
    anna.drops()
    assert (await anna.comes_back())["lone"] is None


async def test_many_whose_time_runs_out_at_once_all_get_their_alarm(begin: Begin) -> None:
    house = await house_with(begin)
    out = ["anna", "bo", "carl", "nora", "dina", "erik", "vera"]
    for who in out:
        await goes(house, who, 5)
    await leaps(house, 7 * MINUTE)
    assert sorted(alarm["raised_by"] for alarm in await open_alarms(house)) == sorted(out)
