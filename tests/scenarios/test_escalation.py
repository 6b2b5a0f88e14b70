"""Nobody comes: who hears it next, and when."""

from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES

pytestmark = on_both


async def test_nobody_answers_and_it_goes_on_step_by_step_in_seconds(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord", "dina syd", "vera vest")
    anna, bo, carl, dina, lone, leif, vera = await house.connect("anna", "bo", "carl", "dina", "lone", "leif", "vera")

    await anna.presses()
    house.hear("raised", anna, bo, carl, step=0, escalates_at="2026-03-10T13:00:20.000Z")

    await house.passes(19.9)
    house.is_quiet()
    await house.passes(0.1)
    house.hear("escalated", anna, bo, carl, dina, step=1, escalates_at="2026-03-10T13:00:50.000Z")

    await house.passes(29.9)
    house.is_quiet()
    await house.passes(0.1)
    house.hear("escalated", anna, bo, carl, dina, lone, step=2, state="raised", told=5)

    await house.passes(39.9)
    house.is_quiet()
    await house.passes(0.1)
    house.hear("escalated", anna, bo, carl, dina, lone, leif, step=3, told=6)
    vera.hears_nothing()


async def test_the_last_resort_is_repeated_until_somebody_comes(begin: Begin) -> None:
    house = await begin(rules=RULES.replace(', "contact:guard"', ""), without=["lone"])
    anna, leif = await house.connect("anna", "leif")

    alarm = await anna.presses()
    house.hear("raised", anna, leif, step=3)
    for again in (4, 5):
        await house.passes(60)
        house.hear("escalated", anna, leif, step=again, told=1)

    await leif.says("coming", alarm)
    house.hear("answered", anna, leif, state="acknowledged")
    await house.passes(59)
    house.is_quiet()


async def test_all_who_were_told_cannot_and_the_next_step_starts_at_once(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord", "dina syd")
    anna, bo, carl, dina = await house.connect("anna", "bo", "carl", "dina")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, carl)

    await house.passes(3)
    await bo.says("cannot", alarm)
    house.hear("answered", anna, bo, carl, state="raised", escalates_at="2026-03-10T13:00:20.000Z")
    await house.passes(3)
    await carl.says("cannot", alarm)

    house.hear("answered", anna, bo, carl)
    house.hear("escalated", anna, bo, carl, dina, step=1, escalates_at="2026-03-10T13:00:36.000Z")
    await house.passes(29)
    house.is_quiet()


async def test_a_step_that_finds_only_those_who_cannot_is_not_waited_out(begin: Begin) -> None:
    twice = RULES.replace('["neighbours"]', '["on_duty", "neighbours"]')
    house = await begin("anna nord", "bo nord", rules=twice)
    anna, bo, lone = await house.connect("anna", "bo", "lone")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, step=0)

    await bo.says("cannot", alarm)

    house.hear("answered", anna, bo)
    house.hear("escalated", anna, bo, step=1)
    house.hear("escalated", anna, bo, lone, step=2)


async def test_the_only_one_who_was_coming_turns_back_and_it_goes_on_at_once(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord", "dina syd")
    anna, bo, carl, dina = await house.connect("anna", "bo", "carl", "dina")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, carl)
    await bo.says("coming", alarm)
    house.hear("answered", anna, bo, carl, state="acknowledged")
    await house.passes(30)
    house.is_quiet()

    await bo.says("cannot", alarm)

    house.hear("answered", anna, bo, carl, state="raised")
    house.hear("escalated", anna, bo, carl, dina, step=1, escalates_at="2026-03-10T13:01:00.000Z")


async def test_the_shift_changes_between_two_steps_and_who_is_on_duty_then_is_told(begin: Begin) -> None:
    house = await begin(
        "anna nord",
        "bo nord",
        "dina syd active 2026-03-10T07:00:00 2026-03-10T14:00:20",
        "erik syd active 2026-03-10T14:00:20 2026-03-10T22:00:00",
    )
    anna, bo, dina, erik = await house.connect("anna", "bo", "dina", "erik")
    await anna.presses()
    house.hear("raised", anna, bo)

    await house.passes(20)

    house.hear("escalated", anna, bo, erik, step=1)
    dina.hears_nothing()


async def test_a_substitute_who_comes_in_the_middle_of_it_is_in_the_next_step(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, bo, dina, erik = await house.connect("anna", "bo", "dina", "erik")
    await anna.presses()
    house.hear("raised", anna, bo)

    await house.passes(10)
    await house.set_up("anna nord", "bo nord", "erik syd")
    await house.passes(10)

    house.hear("escalated", anna, bo, erik, step=1)
    dina.hears_nothing()


async def test_a_hub_that_was_down_past_the_deadline_escalates_once_as_it_wakes(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, bo, dina = await house.connect("anna", "bo", "dina")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    await house.is_killed()
    house.clock.advance(300)
    await house.starts()
    await house.settle()
    assert await house.events(alarm) == ["raised", "escalated"]

    for phone in (anna, bo):
        await phone.comes_back()
        phone.hears("escalated", alarm, step=1)
    # Who was offline when the step came finds it in the snapshot as well.
    (shown,) = (await dina.connects())["alarms"]
    assert (shown["id"], shown["step"]) == (alarm, 1)
    await house.passes(29)
    house.is_quiet()


async def test_the_machine_slept_and_the_alarm_goes_on_as_it_wakes(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, bo, dina = await house.connect("anna", "bo", "dina")
    await anna.presses()
    house.hear("raised", anna, bo)

    await house.is_asleep_until("2026-03-10T15:00")

    house.hear("escalated", anna, bo, dina, step=1, escalates_at="2026-03-10T14:00:30.000Z")
