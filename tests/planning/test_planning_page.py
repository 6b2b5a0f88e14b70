"""The page of automatic planning through the served hub, with a real search beside it: asked for, found and taken."""

import re
from datetime import UTC, datetime

import pytest

from hub.planning import planner as planning
from hub.planning import runstore
from hub.planning.runstore import SILENT_AFTER, Run
from hub.roster import absencestore, store
from hub.roster.shift import Absence, Away, Shift
from hub.storage import journal
from tests.admin.desk import Browser, signed_in
from tests.scenarios.conftest import Begin, begin, empty_database
from tests.scenarios.world import House

__all__ = ["begin", "empty_database"]
DAY = {"kind-1": "dag", "from-1": "07:00", "to-1": "15:00", "weekday-1": "1", "weekend-1": "1"}
WEEK = {"unit": "nord", "first": "2026-03-16", "days": "7", "seconds": "30"} | DAY


async def searched(house: House, browser: Browser, **fields: str) -> tuple[str, str]:
    """Asks for a plan, waits for its search to end, and gives its address and page."""
    asked = await browser.post("/planning", WEEK | fields)
    assert asked.status_code == 303, asked.text
    address = asked.headers["location"]
    await house.services.planner.settled()
    return address, (await browser.get(address)).text


async def planned(house: House) -> list[Shift]:
    async with house.database.read() as tx:
        return list((await store.of_source(tx, "house", "plan")).values())


async def test_a_plan_is_asked_for_looked_at_taken_and_made_anew_when_somebody_falls_ill(begin: Begin) -> None:
    house = await begin("anna nord")
    lone, bo = await signed_in(house, "lone"), await signed_in(house, "bo")
    assert (await bo.get("/planning")).status_code == 403
    address, page = await searched(house, lone)
    assert "7 nye vagter, 0 ændret, 0 taget af" in page
    assert "Mandag 16/3" in page
    assert await planned(house) == [], "nothing is on the roster before it is taken"
    assert "Der er fundet en plan" in (await lone.get("/planning")).text
    assert (await bo.post(f"{address}/take", {})).status_code == 403
    assert (await lone.post(f"{address}/take", {})).headers["location"] == "/roster?day=2026-03-16&unit=nord&done=1"
    first = min(await planned(house), key=lambda one: one.starts)
    assert (len(await planned(house)), first.starts) == (7, datetime(2026, 3, 16, 6, tzinfo=UTC))
    assert (await lone.get(address)).status_code == 404, "what was taken does not wait any more"

    ill = Absence.of("csv", first.person, None, first.starts, first.ends, Away.SICK)
    async with house.database.read() as tx:
        seen = await journal.cursor(tx, "house")
    await house.database.write(lambda tx: absencestore.add(tx, "house", [ill]), of="house")
    address, page = await searched(house, lone, again="1")
    assert "1 vagter er flyttet. Færre er bevist umuligt." in page
    assert "6 som de var" in page
    await lone.post(f"{address}/take", {})
    assert len(await planned(house)) == 7
    assert first.id not in {one.id for one in await planned(house)}
    async with house.database.read() as tx:
        told = [(one.event, one.subject, one.actor) for one in await journal.after(tx, "house", seen, 99)]
    assert told == [("plan_asked", "nord", "lone"), ("plan_taken", "nord", "lone")]


async def test_what_is_impossible_says_why_and_what_has_changed_meanwhile_is_not_taken(begin: Begin) -> None:
    house = await begin("anna nord")
    lone = await signed_in(house, "lone")
    address, page = await searched(house, lone, **{"weekend-1": "40"})
    assert "Disse kan ikke holdes sammen; lav en af dem om:" in page
    assert re.search(r"Nord, dag 2026-03-2[12]: 40 skal bruges\.", page), page
    assert (await lone.post(f"{address}/take", {})).status_code == 409
    assert (await lone.post(f"{address}/throw", {})).headers["location"] == "/planning?done=1"

    address, _ = await searched(house, lone)
    async with house.database.read() as tx:
        run = await runstore.find(tx, "house", address.rpartition("/")[2])
    assert run is not None
    who, _, starts, ends, _ = run.result["given"][0]
    between = [datetime.fromtimestamp(at / 1_000_000, UTC) for at in (starts, ends)]
    ill = Absence.of("csv", who, None, between[0], between[1], Away.SICK)
    await house.database.write(lambda tx: absencestore.add(tx, "house", [ill]), of="house")
    refused = await lone.post(f"{address}/take", {})
    assert refused.status_code == 409
    assert "er væk 2026-03-16 07:00. Planlæg igen." in refused.text
    assert await planned(house) == []


FAULTS: list[tuple[dict[str, str], str, str]] = [
    ({"unit": ""}, "unit", "Vælg den afdeling, der skal planlægges for."),
    ({"unit": "syd"}, "unit", ""),
    ({"first": "i morgen"}, "first", "Vælg planens første dag."),
    ({"kind-1": "dag vagt"}, "kind-1", "Skriv, hvad vagten kaldes, i ét ord."),
    ({"to-1": "25:00"}, "to-1", "Skriv et klokkeslæt, for eksempel 07:00."),
    ({"weekday-1": "", "weekend-1": ""}, "weekday-1", "Skriv, hvor mange der skal bruges"),
    ({"weekday-1": "en"}, "weekday-1", "Skriv et helt tal fra 0 til 99"),
    ({"more": '[[lock]]\nperson = "nobody"'}, "more", "is no person here"),
]


async def test_a_fault_in_the_form_stands_beside_its_field(begin: Begin) -> None:
    lone = await signed_in(await begin(), "lone")
    for fields, where, says in FAULTS:
        refused = await lone.post("/planning", WEEK | fields)
        assert refused.status_code == 422, fields
        assert f'id="f-{where}-e"' in refused.text, fields
        assert says in refused.text


async def test_a_hub_that_cannot_plan_says_so_and_a_search_that_fell_silent_is_told_of(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await begin()
    lone = await signed_in(house, "lone")
    now = house.clock.now()
    run = Run("house", "one", "nord", "lone", now, WEEK, "", again=False, beat_at=now)
    await house.database.write(lambda tx: runstore.add(tx, run), of="house")
    assert "Reglerne bliver stillet op." in (await lone.get("/planning/one")).text
    twice = await lone.post("/planning", WEEK)
    assert twice.status_code == 409
    assert "Der ledes allerede efter en plan" in twice.text
    await house.passes(SILENT_AFTER.total_seconds() + 1)
    assert "Søgningen gik i stå" in (await lone.get("/planning/one")).text
    monkeypatch.setattr(planning, "find_spec", lambda _name: None)
    told = await lone.get("/planning")
    assert "pip install &#34;tryghedshub[planning]&#34;" in told.text
    assert '<button type="submit" class="main-action">Led efter en plan' not in told.text
    assert (await lone.post("/planning", WEEK)).status_code == 409
