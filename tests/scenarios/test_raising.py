"""A press, and who hears it."""

from uuid import UUID

from sqlalchemy import bindparam, update

from hub.people.tables import institution
from hub.storage.database import Transaction
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES

pytestmark = on_both

NIGHT = "2026-03-10T13:00:00 2026-03-11T07:00:00"
ONE = str(UUID(int=0xA1))
_SPOIL = (
    update(institution)
    .where(institution.c.id == bindparam("which"))
    .values(rules_text=bindparam("text"), site_version=institution.c.site_version + 1)
)


async def test_a_press_is_heard_by_all_on_duty_in_the_unit_and_by_nobody_else(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord", "dina syd")
    anna, bo, carl, dina, leif, board = await house.connect("anna", "bo", "carl", "dina", "leif", "board-nord")

    alarm = await anna.presses(place="room-nord", note="Rum 4")

    shown = house.hear("raised", anna, bo, carl, board, id=alarm, state="raised", step=0, told=2)
    assert shown["raised_by_name"] == "Anna"
    assert (shown["unit_name"], shown["place_name"], shown["note"]) == ("Nord", "Rum i nord", "Rum 4")
    dina.hears_nothing()
    leif.hears_nothing()


async def test_the_same_press_again_finds_the_same_alarm(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")

    await anna.presses(id=ONE)
    house.hear("raised", anna, bo, id=ONE)
    anna.drops()
    await anna.comes_back()
    await anna.presses(id=ONE.upper())

    assert anna.receipt["alarm"]["id"] == ONE
    assert anna.receipt["alarm"]["version"] == 1
    house.is_quiet()
    assert await house.events(ONE) == ["raised"]


async def test_the_same_press_again_shows_how_far_it_has_come(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)
    await bo.says("coming", alarm)
    house.hear("answered", anna, bo)

    await anna.presses(id=alarm)

    assert anna.receipt["alarm"]["state"] == "acknowledged"


async def test_an_id_that_is_somebody_elses_alarm_is_refused(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    await anna.presses(id=ONE)
    house.hear("raised", anna, bo)

    bo.say({"type": "raise", "id": ONE, "kind": "alarm"})
    await house.settle()

    bo.is_refused("id_taken")


async def test_two_colleagues_who_press_at_once_are_one_event_and_both_are_kept(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")

    first = await anna.presses()
    house.hear("raised", anna, bo, carl, id=first, linked_to=None)
    await house.passes(5)
    second = await carl.presses()
    house.hear("raised", anna, bo, carl, id=second, linked_to=first, raised_by="carl")

    listed = await bo.asks("/api/alarms?state=open")
    assert {alarm["id"]: alarm.get("linked_to") for alarm in listed["alarms"]} == {first: None, second: first}

    await bo.resolves(first)
    house.hear("resolved", anna, bo, carl, id=first)
    assert (await house.alarm(second)).open


async def test_a_third_press_belongs_to_the_first_and_a_late_one_to_nobody(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord", rules=RULES.replace("next_after = 20", "next_after = 900"))
    anna, bo, carl = await house.connect("anna", "bo", "carl")

    first = await anna.presses()
    await house.passes(50)
    second = await carl.presses()
    await house.passes(50)
    third = await bo.presses()
    await house.passes(61)
    late = await anna.presses()

    linked = [(await house.alarm(one)).linked_to for one in (first, second, third, late)]
    assert linked == [None, first, first, None]
    for phone in (anna, bo, carl):
        for which in (first, second, third, late):
            phone.hears("raised", which)


async def test_a_drill_and_an_alarm_are_never_linked(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")

    drill = await anna.presses(drill=True)
    house.hear("raised", anna, bo, drill=True)
    alarm = await bo.presses()
    house.hear("raised", anna, bo, drill=False, linked_to=None)

    await anna.presses(drill=True)
    house.hear("raised", anna, bo, drill=True, linked_to=drill)
    await anna.presses()
    house.hear("raised", anna, bo, drill=False, linked_to=alarm)


async def test_a_place_that_nobody_knows_is_kept_as_it_was_said(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, bo, dina = await house.connect("anna", "bo", "dina")

    await anna.presses(place="Rum 99")

    shown = house.hear("raised", anna, bo, unit="nord", place="Rum 99")
    assert shown["place_name"] == "Rum 99"
    dina.hears_nothing()


async def test_a_button_on_the_wall_says_where_it_hangs(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, bo, board, button = await house.connect("anna", "bo", "board-nord", "button-nord")

    await button.presses()

    shown = house.hear("raised", anna, bo, board, button, unit="nord", place="room-nord", raised_by="button-nord")
    assert shown["raised_by_name"] == "Rum i nord"


async def test_an_alarm_from_nobody_knows_where_concerns_everyone_on_duty(begin: Begin) -> None:
    house = await begin("anna nord", "dina syd", "vera vest sleeping")
    anna, dina, vera, leif = await house.connect("anna", "dina", "vera", "leif")

    await leif.presses()

    house.hear("raised", leif, anna, dina, vera, unit=None, told=3)


async def test_empty_steps_are_passed_at_once_when_nobody_is_on_duty_at_all(begin: Begin) -> None:
    house = await begin()
    anna, bo, lone = await house.connect("anna", "bo", "lone")

    alarm = await anna.presses()

    house.hear("raised", anna, lone, id=alarm, unit="nord", step=2, told=2)
    assert set((await house.alarm(alarm)).told) == {"lone", "contact:guard"}
    bo.hears_nothing()


async def test_the_managers_are_the_last_resort_when_no_step_finds_anybody(begin: Begin) -> None:
    house = await begin(rules=RULES.replace(', "contact:guard"', ""), without=["lone"])
    anna, leif = await house.connect("anna", "leif")

    await anna.presses()

    house.hear("raised", anna, leif, step=3, told=1)


async def test_the_raiser_is_the_only_one_on_duty_and_the_neighbours_hear_it_at_once(begin: Begin) -> None:
    house = await begin("anna nord", "dina syd", "erik syd")
    anna, bo, dina, erik = await house.connect("anna", "bo", "dina", "erik")

    await anna.presses()

    house.hear("raised", anna, dina, erik, step=1, told=2)
    bo.hears_nothing()


async def test_the_sleeping_night_guard_is_woken_only_when_nobody_else_is_awake(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "nora nord sleeping")
    anna, bo, nora = await house.connect("anna", "bo", "nora")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)
    await bo.resolves(alarm, "false")
    house.hear("resolved", anna, bo)
    nora.hears_nothing()

    await house.set_up("anna nord", "nora nord sleeping")
    await anna.presses()

    house.hear("raised", anna, nora, step=0, told=1)
    bo.hears_nothing()


async def test_broken_stored_rules_tell_everybody_and_take_every_kind(begin: Begin) -> None:
    house = await begin("anna nord", "nora nord sleeping", "dina syd standby")
    anna, nora, dina, leif = await house.connect("anna", "nora", "dina", "leif")

    async def spoil(tx: Transaction) -> None:
        await tx.run(_SPOIL, which="house", text="[kinds.alarm\nnonsense")

    await house.database.write(spoil)
    await anna.presses("illness")

    house.hear("raised", anna, nora, kind="illness", step=0)
    await house.passes(20)
    house.hear("escalated", anna, nora, dina, step=1)
    await house.passes(30)
    house.hear("escalated", anna, nora, dina, leif, step=2)


async def test_a_kind_that_the_house_does_not_have_is_refused_by_name(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    (anna,) = await house.connect("anna")

    anna.say({"type": "raise", "id": ONE, "kind": "fire"})
    await house.settle()

    assert "alarm, assist, silent, watch" in anna.is_refused("invalid")["detail"]


async def test_a_device_whose_clock_is_an_hour_off_is_told_so_and_the_alarm_goes_by_the_hubs(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, bo, dina = await house.connect("anna", "bo", "dina")

    await anna.presses(pressed_at="2026-03-10T15:00:00+01:00")

    assert anna.receipt["warnings"] == [
        "pressed_at is 60 min ahead of the hub: set the device's clock. The alarm runs on the hub's time."
    ]
    house.hear("raised", anna, bo, raised_at="2026-03-10T13:00:00.000Z", escalates_at="2026-03-10T13:00:20.000Z")
    await house.passes(20)
    house.hear("escalated", anna, bo, dina)
