"""What users of other alarm systems keep asking for, wish by wish: who is told, who has it, what is not forgotten."""

from datetime import datetime

from hub.alarms.rulebooks import played
from hub.alarms.setting import Setting
from hub.cli.rules import scene_at
from hub.escalation.simulate import Outcome
from hub.settings import Settings
from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES, phone_number

NIGHT = "2026-03-10T13:00:00 2026-03-11T07:00:00"


def seconds_after(at: str) -> int:
    """How long after a press that came on the hour."""
    moment = datetime.fromisoformat(at)
    return moment.minute * 60 + moment.second


async def test_one_tap_that_silenced_everyone_else(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord", sms=True)
    assert house.sms is not None
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, carl)
    carl.drops()

    await bo.confirms(alarm)
    await bo.says("coming", alarm)
    house.hear("answered", anna, bo, state="acknowledged")
    await house.passes(5)

    # Carl's phone fell silent before it confirmed: Bo's tap neither stops what calls him nor takes it off his screen.
    assert house.sms.numbers == [phone_number("carl")]
    await carl.comes_back()
    carl.hears("answered", alarm, state="acknowledged")
    (listed,) = (await carl.asks("/api/alarms?state=open"))["alarms"]
    assert listed["id"] == alarm


async def test_several_people_who_must_each_acknowledge(begin: Begin) -> None:
    two = RULES.replace("answers_needed = 1", "answers_needed = 2")
    house = await begin("anna nord", "bo nord", "carl nord", "dina syd", rules=two)
    anna, bo, carl, dina = await house.connect("anna", "bo", "carl", "dina")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, carl)

    await bo.says("coming", alarm)
    house.hear("answered", anna, bo, carl, state="acknowledged", escalates_at="2026-03-10T13:00:20.000Z")
    await house.passes(20)
    house.hear("escalated", anna, bo, carl, dina, step=1)

    await bo.says("arrived", alarm)
    house.hear("answered", anna, bo, carl, dina, escalates_at="2026-03-10T13:00:50.000Z")
    await dina.says("coming", alarm)
    house.hear("answered", anna, bo, carl, dina, escalates_at=None)
    await house.passes(120)
    house.is_quiet()


async def test_acknowledged_and_forgotten(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord", "dina syd")
    anna, bo, carl, dina = await house.connect("anna", "bo", "carl", "dina")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, carl)
    await house.passes(5)
    await bo.says("coming", alarm)
    house.hear("answered", anna, bo, carl)

    await house.passes(59.9)
    house.is_quiet()
    await house.passes(0.1)
    shown = house.hear("raised", anna, bo, carl, state="raised", step=0, escalates_at="2026-03-10T13:01:25.000Z")
    assert shown["answers"] == []
    assert await house.events(alarm) == ["raised", "answered", "reopened"]

    # The same word from the same person is a new sign of life.
    await bo.says("coming", alarm)
    house.hear("answered", anna, bo, carl, state="acknowledged", escalates_at="2026-03-10T13:02:05.000Z")
    await house.passes(60)
    house.hear("raised", anna, bo, carl)
    await house.passes(20)
    house.hear("escalated", anna, bo, carl, dina, step=1)


async def test_escalation_that_never_resumed_after_a_restart(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, bo, dina, lone = await house.connect("anna", "bo", "dina", "lone")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)
    await house.passes(10)

    await house.is_killed()
    house.clock.advance(5)
    await house.starts()
    for phone in (anna, bo, dina, lone):
        await phone.comes_back()
    await house.passes(4.9)
    house.is_quiet()
    await house.passes(0.1)

    house.hear("escalated", anna, bo, dina, step=1, escalates_at="2026-03-10T13:00:50.000Z")
    assert await house.events(alarm) == ["raised", "escalated"]


async def test_an_empty_step_that_waits(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, lone = await house.connect("anna", "bo", "lone")
    await anna.presses()
    house.hear("raised", anna, bo, step=0)

    # Nobody is on duty next door: the shift lead is told when the neighbours would have been.
    await house.passes(20)

    house.hear("escalated", anna, bo, lone, step=2)


async def test_a_responder_without_any_working_channel(begin: Begin) -> None:
    warned = RULES.replace("minimum_reach = 0", "minimum_reach = 2").replace(', "contact:guard"', "")
    house = await begin("anna nord", "bo nord", "dina syd", rules=warned)
    anna, dina, lone = await house.connect("anna", "dina", "lone")

    # It is said before anything happens: on the raise button, person by person, and to the shift lead.
    await house.passes(75)
    assert anna.who_would_hear() == ["anna"]
    reach = await anna.asks("/api/reach?unit=nord")
    (bos,) = (one for one in reach["people"] if one["person"] == "bo")
    assert (bos["reach"], bos["advice"]) == (
        "not",
        "Ingen enhed er forbundet: åbn siden på en telefon eller computer.",
    )
    assert ("reach_low", "nord") in [(frame["code"], frame["unit"]) for frame in lone.warnings]

    # When it happens, nothing claims that he heard it, and the next step comes at its time.
    alarm = await anna.presses()
    shown = anna.hears("raised", alarm, told=1)
    assert shown["deliveries"]["received"] == 0
    await house.passes(20)
    house.hear("escalated", anna, dina, step=1)
    await dina.confirms(alarm)
    await house.passes(1)
    assert [one["person"] for one in anna.news[-1]["by"]] == ["dina"]


async def test_acknowledge_arriving_as_the_alarm_resolves(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, carl)

    bo.say({"type": "resolve", "alarm": alarm, "as_of": 1, "outcome": "false"})
    carl.say({"type": "answer", "alarm": alarm, "answer": "coming", "as_of": 1})
    await house.settle()

    house.hear("resolved", anna, bo, carl)
    refused = carl.is_refused("closed")
    assert (refused["re"], refused["alarm"]["state"], refused["alarm"]["outcome"]) == (alarm, "resolved", "false")


async def test_summer_time_rosters(begin: Begin) -> None:
    house = await begin(
        "anna nord active 2026-10-24T22:00:00 2026-10-25T08:00:00",
        "bo nord active 2026-10-24T23:00:00 2026-10-25T07:00:00",
        "carl nord active 2026-10-25T07:00:00 2026-10-25T15:00:00",
        "dina syd active 2026-10-24T22:00:00 2026-10-25T08:00:00",
        at="2026-10-24T23:30:00",
    )
    anna, bo, carl = await house.connect("anna", "bo", "carl")

    # The autumn night's shift lasts through both hours between two and three.
    for moment in ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-25T06:59:59+01:00"):
        await house.is_asleep_until(moment)
        alarm = await anna.presses()
        house.hear("raised", anna, bo, id=alarm)
        await bo.resolves(alarm, "test")
        house.hear("resolved", anna, bo)
    await house.is_asleep_until("2026-10-25T07:00:00+01:00")
    await anna.presses()

    house.hear("raised", anna, carl)
    duty = await anna.asks("/api/duty?unit=nord&at=2026-10-25T05:59:59Z")
    assert [one["person"] for one in duty["people"]] == ["anna", "bo"]


async def test_dry_run_of_a_rule(begin: Begin) -> None:
    house = await begin(
        "anna nord",
        "bo nord",
        "dina syd active 2026-03-10T07:00:00 2026-03-10T14:00:20",
        "erik syd active 2026-03-10T14:00:20 2026-03-10T22:00:00",
    )
    site, pressed, shifts = await scene_at("2026-03-10T14:00", None, Settings(house.folder, house.url))
    rows = played(Setting.of(site), shifts, pressed, "nord", "alarm", "anna", drill=False)
    foreseen = [(row.after, [tell.who for tell in row.tell]) for row in rows]
    assert foreseen == [(0, ["bo"]), (20, ["erik"]), (50, ["lone", "guard"]), (90, ["leif"]), (150, ["leif"])]
    assert {row.outcome for row in rows} == {Outcome.TOLD}

    # Nobody was disturbed by it; and the real alarm goes as it was foreseen, to the second and to the person.
    anna, bo = await house.connect("anna", "bo")
    assert (await bo.asks("/api/alarms"))["alarms"] == []
    alarm = await anna.presses()
    await house.passes(155)
    timeline = (await anna.asks(f"/api/alarms/{alarm}"))["timeline"]
    happened = [
        (seconds_after(line["at"]), [one["id"].removeprefix("contact:") for one in line["facts"]["told"]])
        for line in timeline
    ]
    assert happened == foreseen
    for phone in (anna, bo):
        phone.unread.clear()


async def test_who_is_on_duty_now(begin: Begin) -> None:
    house = await begin(
        "anna nord",
        "bo nord active 2026-03-10T07:00:00 2026-03-10T14:30:00",
        "nora nord sleeping 2026-03-10T14:30:00 2026-03-10T22:00:00",
        "dina syd",
    )
    anna, _ = await house.connect("anna", "bo")

    async def now() -> list[tuple[str, str]]:
        people = (await anna.asks("/api/duty?unit=nord"))["people"]
        return [(one["name"], one["duty"]) for one in people]

    assert await now() == [("Anna", "active"), ("Bo", "active")]
    await house.is_asleep_until("2026-03-10T14:30:00")
    assert await now() == [("Anna", "active"), ("Nora", "sleeping")]

    # And who was, or will be: the whole house, at any moment.
    everybody = (await anna.asks("/api/duty?at=2026-03-10T13:29:59Z"))["people"]
    assert [one["person"] for one in everybody] == ["anna", "bo", "dina"]


async def test_duplicate_entries_when_two_are_on_duty(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", f"bo nord standby {NIGHT}", "bo syd", "dina syd", sms=True)
    assert house.sms is not None
    anna, bo, dina = await house.connect("anna", "bo", "dina")
    assert anna.who_would_hear() == ["anna", "bo"]
    assert (await anna.asks("/api/reach?unit=nord"))["on_duty"] == 2

    await anna.presses()
    house.hear("raised", anna, bo, told=1)
    await house.passes(5)
    assert house.sms.numbers == [phone_number("bo")]
    await house.passes(15)

    house.hear("escalated", anna, bo, dina, step=1, told=2)
    await house.passes(5)
    assert sorted(house.sms.numbers) == sorted([phone_number("bo"), phone_number("dina")])
