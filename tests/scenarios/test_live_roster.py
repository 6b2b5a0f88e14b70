"""The roster changes while somebody needs help: the alarm follows it the same second."""

from datetime import timedelta

from hub.people.site import DutyState
from hub.roster.actions import Said, import_said
from hub.roster.shift import Absence, Away, Shift
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

pytestmark = on_both


async def on_the_roster(house: House, *shifts: str) -> None:
    """The roster's own system says that these have these shifts now."""
    now = house.clock.now()
    told = [
        Shift.of("plan", person, unit, now - timedelta(hours=1), now + timedelta(hours=1), DutyState.ACTIVE)
        for person, unit in (shift.split() for shift in shifts)
    ]
    await import_said(house.database, "house", "plan", Said(told), house.clock)
    await house.settle()


async def test_a_substitute_who_comes_while_the_alarm_is_open_hears_it_at_once(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    anna, bo, carl, dina = await house.connect("anna", "bo", "carl", "dina")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, step=0, told=1)
    await on_the_roster(house, "carl nord", "dina syd")
    # The step's clock runs on: that somebody new was told is no reason to wait longer.
    house.hear("escalated", anna, bo, carl, step=0, told=2, escalates_at="2026-03-10T13:00:20.000Z")
    dina.hears_nothing()
    await carl.says("coming", alarm)
    house.hear("answered", anna, bo, carl, state="acknowledged")
    assert await house.events(alarm) == ["raised", "rerouted", "answered"]


async def test_the_night_comes_on_duty_while_the_alarm_is_open(begin: Begin) -> None:
    evening = "2026-03-10T15:00:00 2026-03-10T23:00:00"
    night = "2026-03-10T23:00:00 2026-03-11T07:00:00"
    house = await begin(f"anna nord active {evening}", f"bo nord active {night}", at="2026-03-10T22:59:55")
    anna, bo, lone = await house.connect("anna", "bo", "lone")
    alarm = await anna.presses()
    house.hear("raised", anna, lone, step=2)
    await house.passes(4.9)
    house.is_quiet()
    await house.passes(1.1)
    house.hear("escalated", anna, bo, lone, step=2)
    assert await house.events(alarm) == ["raised", "rerouted"]


async def test_whoever_stands_beside_the_one_who_pressed_is_enough(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)
    await bo.says("arrived", alarm)
    house.hear("answered", anna, bo)
    await on_the_roster(house, "carl nord")
    carl.hears_nothing()


def bearer(house: House, device: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.tokens[device]}"}


async def test_a_shift_leads_word_wins_over_imports_until_it_ends(begin: Begin) -> None:
    house = await begin("lone nord")
    anna, bo, carl, lone = await house.connect("anna", "bo", "carl", "lone")
    await on_the_roster(house, "anna nord", "bo nord")
    lead, staff = bearer(house, "phone-lone"), bearer(house, "phone-anna")
    said = {"unit": "nord", "person": "carl", "instead_of": "bo", "until": "2026-03-10T13:00:30Z", "why": "Bo er syg"}
    refused = await house.http.post("/api/covers", json=said, headers=staff)
    assert refused.status_code == 403
    made = await house.http.post("/api/covers", json=said, headers=lead)
    assert made.status_code == 201, made.text
    await house.settle()

    first = await anna.presses()
    house.hear("raised", anna, carl, lone)
    bo.hears_nothing()
    # The roster's own system says again that bo is there, and gives carl the day off: the lead's word holds.
    now = house.clock.now()
    gone = Absence.of("plan", "carl", None, now - timedelta(hours=2), now + timedelta(hours=2), Away.LEAVE)
    roster = [Shift.of("plan", "bo", "nord", now - timedelta(hours=1), now + timedelta(hours=2), DutyState.ACTIVE)]
    await import_said(house.database, "house", "plan", Said(roster, [gone]), house.clock)
    await house.settle()
    bo.hears_nothing()
    seen = (await house.http.get("/api/covers", headers=staff)).json()["covers"]
    assert [(one["name"], one["instead_of_name"], one["until"]) for one in seen] == [
        ("Carl", "Bo", "2026-03-10T13:00:30.000Z")
    ]
    await carl.says("arrived", first)
    house.hear("answered", anna, carl, lone)

    await house.passes(30)
    assert (await house.http.get("/api/covers", headers=staff)).json() == {"covers": []}
    await lone.presses()
    house.hear("raised", bo, lone)
    carl.hears_nothing()


async def test_a_cover_that_is_ended_gives_the_roster_back_the_same_second(begin: Begin) -> None:
    house = await begin("lone nord", "bo nord")
    anna, bo, carl, lone = await house.connect("anna", "bo", "carl", "lone")
    lead = bearer(house, "phone-lone")
    said = {"unit": "nord", "person": "carl", "instead_of": "bo", "until": "2026-03-10T20:00:00Z"}
    cover = (await house.http.post("/api/covers", json=said, headers=lead)).json()["id"]
    await house.passes(1)
    await anna.presses()
    house.hear("raised", anna, carl, lone)
    assert (await house.http.delete(f"/api/covers/{cover}", headers=lead)).status_code == 200
    await house.settle()
    house.hear("escalated", anna, bo, carl, lone)
    assert (await house.http.delete(f"/api/covers/{cover}", headers=lead)).status_code == 404
    for wrong in ({"unit": "øst"}, {"person": "nobody"}, {"instead_of": "carl"}, {"until": "2026-03-10T12:00:00Z"}):
        assert (await house.http.post("/api/covers", json=said | wrong, headers=lead)).status_code in (404, 422), wrong


async def test_where_a_unit_wants_it_only_those_count_who_have_checked_in(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    lead = bearer(house, "phone-lone")
    wants = await house.http.post("/api/units/nord/check-in", json={"wanted": True}, headers=lead)
    assert wants.status_code == 200, wants.text
    alarm = await anna.presses()
    # Nobody has checked in: a forgotten tap must not make an alarm go unheard.
    house.hear("raised", anna, bo, carl)
    await anna.resolves(alarm)
    house.hear("resolved", anna, bo, carl)
    came = await house.http.post("/api/attendance", json={"present": True}, headers=bearer(house, "phone-bo"))
    assert came.json()["shifts"][0]["in_at"] == "2026-03-10T13:00:00.000Z"
    await house.settle()
    await anna.presses()
    house.hear("raised", anna, bo)
    await house.http.post("/api/attendance", json={"present": True}, headers=bearer(house, "phone-carl"))
    await house.settle()
    house.hear("escalated", anna, bo, carl)
    left = await house.http.post("/api/attendance", json={"present": False}, headers=bearer(house, "phone-bo"))
    assert "out_at" in left.json()["shifts"][0]
    assert (await house.http.post("/api/attendance", json={"present": True}, headers=lead)).status_code == 409
