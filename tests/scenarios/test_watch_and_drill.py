"""A watch that nobody closes, and practice that leaves the house in peace."""

from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES, phone_number


async def test_a_watch_that_nobody_closes_becomes_an_alarm(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, bo, dina = await house.connect("anna", "bo", "dina")

    watch = await anna.presses("watch", place="room-nord")
    house.hear("raised", anna, bo, kind="watch", escalates_at="2026-03-10T13:01:30.000Z")
    await house.passes(89.9)
    house.is_quiet()
    await house.passes(0.1)
    house.hear("escalated", anna, bo, id=watch, kind="alarm", step=0, escalates_at="2026-03-10T13:01:50.000Z")

    await house.passes(20)
    house.hear("escalated", anna, bo, dina, kind="alarm", step=1)
    assert await house.events(watch) == ["raised", "became_alarm", "escalated"]


async def test_a_watch_that_is_closed_in_time_becomes_nothing(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    watch = await anna.presses("watch")
    house.hear("raised", anna, bo)

    await house.passes(80)
    await anna.resolves(watch, "false")

    house.hear("resolved", anna, bo, kind="watch")
    await house.passes(60)
    house.is_quiet()


async def test_an_answer_to_a_watch_is_no_answer_to_the_alarm_it_becomes(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    watch = await anna.presses("watch")
    house.hear("raised", anna, bo, carl)
    await bo.says("arrived", watch)
    house.hear("answered", anna, bo, carl, escalates_at="2026-03-10T13:01:30.000Z")
    await carl.says("cannot", watch)
    house.hear("answered", anna, bo, carl)

    await house.passes(90)

    shown = house.hear("escalated", anna, bo, carl, kind="alarm", state="raised")
    assert shown["answers"] == []
    await bo.says("coming", watch)
    house.hear("answered", anna, bo, carl, state="acknowledged")


async def test_a_watch_that_all_refuse_still_waits_for_its_time(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    watch = await anna.presses("watch")
    house.hear("raised", anna, bo)

    await bo.says("cannot", watch)

    house.hear("answered", anna, bo, kind="watch", escalates_at="2026-03-10T13:01:30.000Z")


async def test_an_alarm_leaves_the_house_where_the_rule_says_so(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    assert house.sms is not None
    anna, bo, lone = await house.connect("anna", "bo", "lone")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)
    await bo.confirms(alarm)
    await house.passes(10)
    assert house.sms.numbers == []

    await house.passes(10)
    house.hear("escalated", anna, bo, lone, step=2)
    await house.passes(5)

    # The guard company has no screen of ours; Lone's phone has not confirmed in its five seconds.
    assert house.sms.numbers == [phone_number("guard"), phone_number("lone")]


async def test_a_drill_calls_nobody_outside_and_no_leader_at_home(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd", sms=True)
    assert house.sms is not None
    anna, bo, dina, lone, leif, ada = await house.connect("anna", "bo", "dina", "lone", "leif", "ada")

    alarm = await anna.presses(drill=True)
    house.hear("raised", anna, bo, drill=True)
    await house.passes(20)
    house.hear("escalated", anna, bo, dina, step=1, drill=True)
    await house.passes(30)
    house.hear("escalated", anna, bo, dina, lone, step=2, drill=True)
    # The last resort is role:manager, whom practice leaves in peace: those on duty hear it again instead.
    await house.passes(40)
    house.hear("escalated", anna, bo, dina, lone, step=3, drill=True)
    await house.passes(60)
    house.hear("escalated", anna, bo, dina, lone, step=4, drill=True)

    leif.hears_nothing()
    ada.hears_nothing()
    outside = {phone_number(who) for who in ("guard", "leif", "ada")}
    assert not outside & set(house.sms.numbers)
    await bo.resolves(alarm, "test")
    house.hear("resolved", anna, bo, dina, lone)


async def test_a_drill_with_nobody_to_practise_is_kept_and_wakes_nobody(begin: Begin) -> None:
    without = ["bo", "carl", "nora", "dina", "erik", "vera", "lone"]
    house = await begin(rules=RULES.replace(', "contact:guard"', ""), without=without)
    anna, _leif, _ada = await house.connect("anna", "leif", "ada")

    alarm = await anna.presses(drill=True)

    anna.hears("raised", alarm, told=0)
    await house.passes(61)
    anna.hears("escalated", alarm, told=0)
