"""Somebody comes, somebody cannot, somebody forgets: and who may say that it is over."""

from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES


async def test_a_colleague_comes_arrives_and_gives_the_all_clear(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord", "dina syd")
    anna, bo, carl, dina = await house.connect("anna", "bo", "carl", "dina")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, carl)

    await house.passes(7)
    await bo.says("coming", alarm)
    shown = house.hear("answered", anna, bo, carl, state="acknowledged", escalates_at="2026-03-10T13:01:07.000Z")
    assert shown["answers"] == [
        {"person": "bo", "name": "Bo", "answer": "coming", "at": "2026-03-10T13:00:07.000Z"},
    ]
    # One tap of Bo's takes it off nobody else's screen.
    (listed,) = (await carl.asks("/api/alarms?state=open"))["alarms"]
    assert listed["id"] == alarm

    await house.passes(30)
    await bo.says("arrived", alarm)
    house.hear("answered", anna, bo, carl, escalates_at=None)
    await house.passes(90)
    house.is_quiet()

    await bo.resolves(alarm, "real", note="Ro på")
    shown = house.hear("resolved", anna, bo, carl, state="resolved", outcome="real", resolved_by="bo")
    assert shown["resolved_note"] == "Ro på"
    assert (await carl.asks("/api/alarms?state=open"))["alarms"] == []
    timeline = (await anna.asks(f"/api/alarms/{alarm}"))["timeline"]
    assert [line["event"] for line in timeline] == ["raised", "answered", "answered", "resolved"]
    dina.hears_nothing()


async def test_a_rule_that_trusts_a_word_never_brings_it_back(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", rules=RULES.replace("reopen_after = 60", "reopen_after = 0"))
    anna, bo = await house.connect("anna", "bo")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    await bo.says("coming", alarm)

    house.hear("answered", anna, bo, escalates_at=None)
    await house.passes(120)
    house.is_quiet()


async def test_two_who_answer_at_the_same_moment_both_count(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, carl)

    bo.say({"type": "answer", "alarm": alarm, "answer": "coming", "as_of": 1})
    carl.say({"type": "answer", "alarm": alarm, "answer": "cannot", "as_of": 1})
    await house.settle()

    house.hear("answered", anna, bo, carl, version=2)
    shown = house.hear("answered", anna, bo, carl, version=3, state="acknowledged")
    assert {one["person"]: one["answer"] for one in shown["answers"]} == {"bo": "coming", "carl": "cannot"}


async def test_the_same_answer_twice_is_one_answer(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    await bo.says("coming", alarm)
    house.hear("answered", anna, bo)
    await bo.says("coming", alarm)

    house.is_quiet()


async def test_the_all_clear_belongs_to_those_concerned_and_never_to_a_bystander(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, bo, carl, dina, vera = await house.connect("anna", "bo", "carl", "dina", "vera")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    # Carl belongs to the unit, but is off duty and was not told; Dina and Vera belong elsewhere.
    for phone, code in ((carl, "forbidden"), (dina, "not_found"), (vera, "not_found")):
        await phone.resolves(alarm)
        phone.is_refused(code)
    assert (await house.alarm(alarm)).open

    await house.passes(20)
    house.hear("escalated", anna, bo, dina)
    await dina.resolves(alarm, "false")
    house.hear("resolved", anna, bo, dina, resolved_by="dina")


async def test_the_shift_lead_and_the_manager_may_give_the_all_clear_though_nobody_told_them(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, lone, leif = await house.connect("anna", "bo", "lone", "leif")
    for leader in (lone, leif):
        alarm = await anna.presses()
        house.hear("raised", anna, bo)
        await leader.resolves(alarm, "false")
        house.hear("resolved", anna, bo, resolved_by=leader.owner)


async def test_the_raiser_may_give_the_all_clear_but_not_answer(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, button = await house.connect("anna", "bo", "button-nord")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    await anna.says("coming", alarm)
    anna.is_refused("forbidden")
    await button.says("coming", alarm)
    button.is_refused("forbidden")
    await anna.resolves(alarm, "test")

    house.hear("resolved", anna, bo, outcome="test")


async def test_an_all_clear_for_what_the_screen_no_longer_shows_must_be_repeated(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, carl)

    bo.say({"type": "answer", "alarm": alarm, "answer": "arrived", "as_of": 1})
    carl.say({"type": "resolve", "alarm": alarm, "as_of": 1, "outcome": "false"})
    await house.settle()
    house.hear("answered", anna, bo, carl)
    assert carl.is_refused("stale")["alarm"]["version"] == 2
    await carl.resolves(alarm, "false")

    house.hear("resolved", anna, bo, carl)


async def test_the_same_all_clear_again_changes_nothing_and_is_no_fault(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    await bo.resolves(alarm, "false")
    house.hear("resolved", anna, bo)
    await bo.resolves(alarm, "false")
    house.is_quiet()
    await anna.resolves(alarm, "real")

    anna.is_refused("closed")


async def test_who_comes_without_having_been_told_hears_the_rest_of_it(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    # Off duty, but in the house, and looking at the list of open alarms.
    ((seen),) = (await carl.asks("/api/alarms?state=open"))["alarms"]
    assert seen["id"] == alarm
    await carl.says("coming", alarm)
    house.hear("answered", anna, bo, carl, state="acknowledged")

    await house.passes(60)
    house.hear("raised", anna, bo, carl)
    await carl.says("arrived", alarm)
    house.hear("answered", anna, bo, carl)
    await carl.resolves(alarm)
    house.hear("resolved", anna, bo, carl)


async def test_the_raiser_sees_who_has_heard_it_and_nobody_else_is_told(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, carl)

    await bo.confirms(alarm, "received")
    await bo.confirms(alarm, "shown")
    await carl.confirms(alarm, "received")
    await carl.confirms(alarm, "received")
    await house.passes(1)

    (news,) = anna.news
    assert news == {
        "type": "heard",
        "alarm": alarm,
        "deliveries": {"sent": 2, "received": 2, "shown": 1, "failed": 0},
        "by": [
            {"person": "bo", "name": "Bo", "stage": "shown"},
            {"person": "carl", "name": "Carl", "stage": "received"},
        ],
    }
    assert not bo.news
    assert not carl.news
    timeline = (await anna.asks(f"/api/alarms/{alarm}"))["timeline"]
    assert [(line["event"], line["by"]["id"]) for line in timeline[1:]] == [
        ("received", "bo"),
        ("shown", "bo"),
        ("received", "carl"),
    ]


async def test_a_receipt_from_somebody_who_was_not_told_is_refused(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    await carl.confirms(alarm)

    carl.is_refused("not_found")
