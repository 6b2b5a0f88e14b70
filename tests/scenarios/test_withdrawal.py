"""Taken back: by mistake, by choice, or by force."""

from tests.scenarios.conftest import Begin


async def test_a_withdrawn_alarm_stays_before_everybody_and_goes_on_until_somebody_comes(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, bo, dina, board = await house.connect("anna", "bo", "dina", "board-nord")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, board)

    await house.passes(5)
    await anna.withdraws(alarm)
    house.hear("withdrawn", anna, bo, board, state="withdrawn", escalates_at="2026-03-10T13:00:20.000Z")
    (listed,) = (await bo.asks("/api/alarms?state=open"))["alarms"]
    assert listed["state"] == "withdrawn"

    await house.passes(15)
    house.hear("escalated", anna, bo, dina, board, state="withdrawn", step=1)
    await dina.says("coming", alarm)
    house.hear("answered", anna, bo, dina, board, state="withdrawn")
    await house.passes(60)
    house.hear("raised", anna, bo, dina, board, state="withdrawn")
    await dina.says("arrived", alarm)
    house.hear("answered", anna, bo, dina, board, escalates_at=None)
    await dina.resolves(alarm, "false")
    house.hear("resolved", anna, bo, dina, board, state="resolved")


async def test_withdrawing_twice_is_withdrawing_once(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    await anna.withdraws(alarm)
    house.hear("withdrawn", anna, bo)
    await anna.withdraws(alarm)

    house.is_quiet()


async def test_only_who_raised_it_can_withdraw_it(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, lone = await house.connect("anna", "bo", "lone")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    for phone in (bo, lone):
        await phone.withdraws(alarm)
        phone.is_refused("forbidden")


async def test_where_the_raiser_has_a_pin_only_the_pin_withdraws(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", pins=True)
    anna, bo = await house.connect("anna", "bo")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    await anna.withdraws(alarm)
    anna.is_refused("pin_required")
    await anna.withdraws(alarm, pin="0000")
    anna.is_refused("wrong_pin")
    house.is_quiet()
    await anna.withdraws(alarm, pin="4711")

    house.hear("withdrawn", anna, bo, state="withdrawn")


async def test_a_duress_pin_withdraws_on_the_raisers_screen_and_raises_it_on_all_others(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd", pins=True)
    anna, bo, dina, board = await house.connect("anna", "bo", "dina", "board-nord")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, board)

    await house.passes(5)
    await anna.withdraws(alarm, pin="1174")

    anna.hears("withdrawn", alarm, state="withdrawn", escalates_at=None)
    house.hear("escalated", bo, board, state="raised", step=0)
    house.hear("escalated", bo, dina, board, state="raised", step=1, escalates_at="2026-03-10T13:00:35.000Z")

    # And whatever happens now, the raiser's screens know nothing of it.
    await dina.confirms(alarm)
    await house.passes(1)
    assert not anna.news
    await dina.says("coming", alarm)
    house.hear("answered", bo, dina, board, state="acknowledged")
    await house.passes(60)
    house.hear("raised", bo, dina, board)
    shown = await anna.asks(f"/api/alarms/{alarm}")
    assert (shown["state"], shown["answers"], "escalates_at" in shown) == ("withdrawn", [], False)
    assert [line["event"] for line in shown["timeline"]] == ["raised", "withdrawn"]
    (listed,) = (await anna.asks("/api/alarms?state=open"))["alarms"]
    assert listed["state"] == "withdrawn"

    # Not even after a new line, with the cursor from before it all.
    anna.drops()
    anna.cursor = 1
    anna.frames.clear()
    (shown,) = (await anna.comes_back())["alarms"]
    assert shown["state"] == "withdrawn"
    anna.hears("raised", alarm, state="raised")
    anna.hears("withdrawn", alarm, state="withdrawn")
    anna.hears_nothing()

    await dina.resolves(alarm)
    house.hear("resolved", bo, dina, board)
    assert (await anna.asks(f"/api/alarms/{alarm}"))["state"] == "withdrawn"


async def test_what_else_a_forced_hand_does_quiets_nothing(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd", pins=True)
    anna, bo, dina = await house.connect("anna", "bo", "dina")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)
    await anna.withdraws(alarm, pin="1174")
    anna.hears("withdrawn", alarm)
    house.hear("escalated", bo, step=0)
    house.hear("escalated", bo, dina, step=1)

    await anna.withdraws(alarm, pin="1174")
    await anna.withdraws(alarm, pin="4711")
    await anna.resolves(alarm, "false")

    house.is_quiet()
    assert not anna.refusals
    kept = await house.alarm(alarm)
    assert (kept.state, kept.open) == ("raised", True)


async def test_a_withdrawal_before_the_forced_one_stands_no_more(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd", pins=True)
    anna, bo, dina = await house.connect("anna", "bo", "dina")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)
    await anna.withdraws(alarm, pin="4711")
    house.hear("withdrawn", anna, bo, state="withdrawn")

    await anna.withdraws(alarm, pin="1174")

    anna.hears("withdrawn", alarm, state="withdrawn")
    house.hear("escalated", bo, state="raised", step=0)
    house.hear("escalated", bo, dina, state="raised", step=1)


async def test_a_watch_withdrawn_by_force_is_an_alarm_to_all_but_the_raiser(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", pins=True)
    anna, bo = await house.connect("anna", "bo")
    watch = await anna.presses("watch")
    house.hear("raised", anna, bo, kind="watch")

    await anna.withdraws(watch, pin="1174")

    anna.hears("withdrawn", watch, kind="watch", state="withdrawn")
    bo.hears("escalated", watch, kind="watch", state="raised")
    bo.hears("escalated", watch, kind="alarm", state="raised", step=0, escalates_at="2026-03-10T13:00:20.000Z")
    assert (await anna.asks(f"/api/alarms/{watch}"))["kind"] == "watch"
