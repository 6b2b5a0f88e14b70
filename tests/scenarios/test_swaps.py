"""Colleagues swap shifts: the alarm follows, the roster's own system cannot undo it, and everybody is told."""

from datetime import timedelta
from typing import Any

import httpx

from hub.people.site import DutyState
from hub.roster import reststore, store
from hub.roster.actions import Said, import_said
from hub.roster.shift import Absence, Away, Shift
from hub.storage import journal
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House, local, phone_number

pytestmark = on_both

EVENING = "bo nord active 2026-03-10T16:00:00 2026-03-10T22:00:00"
NIGHT = "carl nord active 2026-03-10T22:00:00 2026-03-11T06:00:00"


async def call(house: House, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {house.tokens[f'phone-{who}']}"}
    answer = await house.http.request(method, path, json=body, headers=headers)
    await house.settle()
    return answer


async def says(house: House, who: str, path: str, body: Any = None) -> dict[str, Any]:
    answer = await call(house, who, "POST", f"/api/{path}", body)
    assert answer.is_success, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def planned(house: House, *shifts: str, away: str | None = None) -> None:
    """The roster's own system says this, as it does again and again."""
    told = []
    for n, shift in enumerate(shifts):
        person, unit, duty, starts, ends = shift.split()
        told.append(Shift.of("plan", person, unit, local(starts), local(ends), DutyState(duty), source_id=f"row {n}"))
    first, end = local("2026-03-01T00:00"), local("2026-04-01T00:00")
    gone = [Absence.of("plan", away, None, first, end, Away.SICK)] if away else []
    await import_said(house.database, "house", "plan", Said(told, gone, whole=(first, end)), house.clock)
    await house.settle()


async def shift_of(house: House, person: str, starts: str) -> str:
    async with house.database.read() as tx:
        found = await store.shifts_of(tx, "house", person, local(starts), local(starts) + timedelta(minutes=1))
    (one,) = [shift for shift in found if shift.starts == local(starts)]
    return one.id


async def happened(house: House, swap: str) -> list[str]:
    async with house.database.read() as tx:
        return [entry.event for entry in await journal.about(tx, "house", f"swap:{swap}")]


def told(house: House) -> list[tuple[str, str]]:
    """Whom the hub has sent a text message, and what it said."""
    assert house.sms is not None
    names = {phone_number(name): name for name in ("anna", "bo", "carl", "nora", "lone", "leif")}
    said = [(names[number], notice.text) for number, notice in house.sms.sent]
    house.sms.sent.clear()
    return said


async def test_a_shift_that_was_taken_over_is_the_takers_whatever_the_roster_says_again(begin: Begin) -> None:
    house = await begin("anna nord", sms=True)
    await planned(house, EVENING, NIGHT)
    told(house)
    anna, bo, carl, nora = await house.connect("anna", "bo", "carl", "nora")
    evening = await shift_of(house, "bo", "2026-03-10T16:00")
    assert (await call(house, "anna", "POST", "/api/swaps", {"shift": evening})).status_code == 409
    offered = await says(house, "bo", "swaps", {"shift": evening, "note": "Min datter har fødselsdag"})
    assert (await call(house, "bo", "POST", "/api/swaps", {"shift": evening})).status_code == 409
    seen = (await call(house, "nora", "GET", "/api/swaps")).json()["swaps"]
    assert [(one["giver_name"], one["gives"]["from"]) for one in seen] == [("Bo", "2026-03-10T15:00:00.000Z")]
    assert (await call(house, "dina", "GET", "/api/swaps")).json() == {"swaps": []}
    which = offered["id"]
    assert (await call(house, "dina", "POST", f"/api/swaps/{which}/accept")).status_code == 404
    assert (await call(house, "anna", "POST", f"/api/swaps/{which}/accept")).status_code == 409, "she works until eight"
    taken = await says(house, "nora", f"swaps/{which}/accept")
    assert (taken["state"], taken["taker_name"]) == ("done", "Nora")
    assert told(house) == [("bo", "Byttet gælder, og vagtplanen er ændret: Nord, Tirsdag 10/3 16:00–22:00.")]
    assert (await call(house, "carl", "POST", f"/api/swaps/{which}/accept")).status_code == 404

    # An alarm that is open when the shift begins goes to the one who has it now.
    await house.is_asleep_until("2026-03-10T15:59:55")
    alarm = await anna.presses()
    house.hear("raised", anna)
    await house.passes(6)
    house.hear("escalated", anna, nora)
    bo.hears_nothing()
    await nora.says("coming", alarm)
    house.hear("answered", anna, nora)
    # The roster's own system says the same again, and then that bo works another hour more.
    await planned(house, EVENING, NIGHT)
    await planned(house, EVENING.replace("22:00", "22:30"), NIGHT)
    bo.hears_nothing()
    # Whoever took it and falls ill is as ill as anybody: nobody has to give the shift back first.
    await planned(house, EVENING, NIGHT, away="nora")
    async with house.database.read() as tx:
        now = await store.duty(tx, "house", house.clock.now())
    assert {one.person for one in now.on_duty} == {"anna"}
    assert await happened(house, which) == ["swap_offered", "swap_done"]
    carl.hears_nothing()


async def test_two_exchange_their_shifts_and_one_of_them_goes_back(begin: Begin) -> None:
    house = await begin("anna nord")
    other = "carl nord active 2026-03-12T16:00:00 2026-03-12T22:00:00"
    await planned(house, EVENING, other)
    evening, later = await shift_of(house, "bo", "2026-03-10T16:00"), await shift_of(house, "carl", "2026-03-12T16:00")
    body = {"shift": evening, "to": "carl", "in_return": later}
    assert (await call(house, "bo", "POST", "/api/swaps", body | {"to": None})).status_code == 422
    asked = await says(house, "bo", "swaps", body)
    assert (await call(house, "nora", "POST", f"/api/swaps/{asked['id']}/accept")).status_code == 404
    await says(house, "carl", f"swaps/{asked['id']}/accept")
    assert await on_duty(house, "2026-03-10T17:00") == {"anna", "carl"}
    assert await on_duty(house, "2026-03-12T17:00") == {"bo"}
    # Carl offers what he took over to bo, who had it: then all is as the roster's own system says.
    mine = await shift_of(house, "carl", "2026-03-10T16:00")
    back = await says(house, "carl", "swaps", {"shift": mine, "to": "bo"})
    await says(house, "bo", f"swaps/{back['id']}/accept")
    assert await on_duty(house, "2026-03-10T17:00") == {"anna", "bo"}
    # And the other one goes on to a third.
    mine = await shift_of(house, "bo", "2026-03-12T16:00")
    on = await says(house, "bo", "swaps", {"shift": mine})
    await says(house, "nora", f"swaps/{on['id']}/accept")
    await planned(house, EVENING, other)
    assert await on_duty(house, "2026-03-12T17:00") == {"nora"}


async def on_duty(house: House, at: str) -> set[str]:
    async with house.database.read() as tx:
        return {one.person for one in (await store.duty(tx, "house", local(at))).on_duty}


async def test_a_swap_that_breaks_a_rest_rule_needs_a_leads_reason_which_is_kept(begin: Begin) -> None:
    house = await begin("anna nord", sms=True)
    await planned(house, EVENING, "nora nord active 2026-03-11T06:00:00 2026-03-11T14:00:00")
    evening = await shift_of(house, "bo", "2026-03-10T16:00")
    which = (await says(house, "bo", "swaps", {"shift": evening}))["id"]
    said = (await call(house, "nora", "GET", f"/api/swaps/{which}/breaches")).json()
    assert said["approval"] is True
    assert len(said["breaches"]) == 1
    assert said["breaches"][0].startswith("Nora: 8 t hvil")
    told(house)
    assert (await says(house, "nora", f"swaps/{which}/accept"))["state"] == "agreed"
    assert await on_duty(house, "2026-03-10T17:00") == {"anna", "bo"}
    assert {who for who, _ in told(house)} == {"bo", "lone"}
    assert (await call(house, "bo", "POST", f"/api/swaps/{which}/approve", {"why": "Ja"})).status_code == 403
    assert (await call(house, "lone", "POST", f"/api/swaps/{which}/approve", {})).status_code == 422
    done = await says(house, "lone", f"swaps/{which}/approve", {"why": "Bos barn er indlagt"})
    assert (done["state"], done["why"]) == ("done", "Bos barn er indlagt")
    assert await on_duty(house, "2026-03-10T17:00") == {"anna", "nora"}
    async with house.database.read() as tx:
        (kept,) = (await reststore.deviations(tx, "house")).values()
        entries = await journal.about(tx, "house", "person:nora")
    assert (kept.breach.person, kept.why, kept.made_by) == ("nora", "Bos barn er indlagt", "lone")
    assert [entry.event for entry in entries] == ["rest_deviation"]
    assert await happened(house, which) == ["swap_offered", "swap_agreed", "swap_done"]


async def test_what_nobody_takes_ends_when_the_shift_begins(begin: Begin) -> None:
    house = await begin("anna nord", sms=True)
    await planned(house, EVENING)
    evening = await shift_of(house, "bo", "2026-03-10T16:00")
    first = (await says(house, "bo", "swaps", {"shift": evening, "to": "nora"}))["id"]
    assert told(house)[-1] == ("nora", "Bo spørger, om du tager denne vagt: Nord, Tirsdag 10/3 16:00–22:00.")
    assert (await says(house, "nora", f"swaps/{first}/decline"))["state"] == "declined"
    second = (await says(house, "bo", "swaps", {"shift": evening}))["id"]
    assert (await says(house, "bo", f"swaps/{second}/withdraw"))["state"] == "withdrawn"
    third = (await says(house, "bo", "swaps", {"shift": evening}))["id"]
    told(house)
    await house.is_asleep_until("2026-03-10T16:00")
    await house.passes(20)
    assert told(house) == [("bo", "Ingen tog din vagt, den er stadig din: Nord, Tirsdag 10/3 16:00–22:00.")]
    assert await happened(house, third) == ["swap_offered", "swap_expired"]
    assert await on_duty(house, "2026-03-10T17:00") == {"anna", "bo"}


async def test_each_is_told_before_their_shift_and_when_somebody_changes_it(begin: Begin) -> None:
    house = await begin("anna nord", sms=True)
    await planned(house, EVENING, NIGHT)
    told(house)
    for who in ("bo", "carl"):
        chosen = await call(house, who, "PUT", "/api/shift-telling", {"minutes": 30, "changes": who == "bo"})
        assert chosen.is_success, chosen.text
    await planned(house, EVENING.replace("T16", "T17"), NIGHT.replace("06:00:00", "07:00:00"))
    (said,) = told(house)
    assert said[0] == "bo"
    assert "Tirsdag 10/3 17:00–22:00" in said[1]
    await house.is_asleep_until("2026-03-10T16:29:50")
    await house.passes(40)
    assert told(house) == [("bo", "Nord, Tirsdag 10/3 17:00–22:00.")]
    await house.stops()
    await house.starts()
    await house.passes(40)
    assert told(house) == [], "a restart says nothing twice"


async def test_a_wish_is_for_whoever_plans_to_read(begin: Begin) -> None:
    house = await begin("anna nord")
    body = {"starts": "2026-12-24T08:00:00Z", "ends": "2026-12-25T08:00:00Z", "want": "free", "strength": 3}
    made = await says(house, "bo", "wishes", body | {"note": "Jul med børnene"})
    await says(house, "carl", "wishes", body | {"want": "work", "strength": 1})
    assert [one["id"] for one in (await call(house, "bo", "GET", "/api/wishes")).json()["wishes"]] == [made["id"]]
    assert (await call(house, "bo", "GET", "/api/wishes?unit=nord")).status_code == 403
    theirs = (await call(house, "lone", "GET", "/api/wishes?unit=nord")).json()["wishes"]
    assert [(one["name"], one["want"], one["strength"]) for one in theirs] == [("Bo", "free", 3), ("Carl", "work", 1)]
    assert (await call(house, "carl", "DELETE", f"/api/wishes/{made['id']}")).status_code == 404
    assert (await call(house, "bo", "DELETE", f"/api/wishes/{made['id']}")).is_success
    assert (await call(house, "bo", "POST", "/api/wishes", body | {"ends": body["starts"]})).status_code == 422
