"""Which case of which citizen an incident belongs to, what a move to another practice leaves, and who decides one."""

import re
from typing import Any

import pytest

from hub.cases import actions
from hub.cli import casekeeper
from hub.errors import NotFound
from hub.people.access import Principal
from hub.people.setup import parse
from hub.people.site import Role
from hub.roster.actions import setup_site
from tests.admin.desk import Browser, signed_in
from tests.cases.test_handover import events
from tests.incidents.test_pages import helped, noted
from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES, House, site_text

NUMBER = "010170-1234"
UUID = "5f0c2c1e-6a56-4e4e-9d0a-1b7a7f5b9c11"


async def citizen(leif: Browser) -> str:
    """Bent, who lives in Nord; his id."""
    made = await leif.post("/citizens/new", {"name": "Bent Beboer", "home": "nord", "number": NUMBER})
    assert made.status_code == 303, made.text
    return made.headers["location"].rpartition("/")[2].partition("?")[0]


async def practised(leif: Browser, area: str, **values: str) -> None:
    form = {"form": "f", "why": "Aftalt", **values}
    answer = await leif.post(f"/admin/practice/{area}", form)
    assert answer.status_code == 303, answer.text


async def looked(house: House) -> None:
    await house.settle()
    for _ in range(2):
        await house.services.cases.look()


SINGLE = {"case_model": "single_cases", "record_as": "own_case", "case_link": "never"}
LONG = {"case_model": "one_long_citizen_case", "record_as": "journal_post_on_long_case"}
HELD = {"case_link": "required", "when_missing": "hold"}


async def about(house: House, leif: Browser) -> str:
    """A recorded incident with a case note; its id."""
    address = await noted(house, await helped(house))
    nora = await signed_in(house, "nora")
    assert (await nora.post(f"{address}/case", {"course": "Han blev holdt ved armen", "last": "9"})).status_code == 303
    which = address.rpartition("/")[2]
    assert (await leif.post(f"/cases/{which}/record")).status_code == 303
    await looked(house)
    return which


def within(page: str, heading: str) -> str:
    """One section of a page."""
    return page.partition(f'id="{heading}"')[2].partition("</section>")[0]


async def held(house: House, leif: Browser) -> tuple[str, str]:
    """A citizen, and an incident about them that the practice holds back; the ids of both."""
    bent = await citizen(leif)
    await house.passes(60)
    await practised(leif, "voksensocial", **LONG, **HELD)
    await house.passes(60)
    return bent, await about(house, leif)


def opened(bent: str, which: str) -> dict[str, str]:
    return {"area": "voksensocial", "unit": "nord", "title": "Støtte i botilbud", "since": "2026-03-01",
            "citizen": bent, "incident": which, "system": "SBSYS", "reference": "2026-17", "uuid": UUID}  # fmt: skip


async def test_a_note_waits_until_a_leader_has_said_whose_it_is(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    leif, anna, ada, nora = [await signed_in(house, who) for who in ("leif", "anna", "ada", "nora")]
    bent, which = await held(house, leif)
    place, waiting = f"/cases/{which}/place", within((await leif.get("/cases")).text, "unknown")
    assert place in waiting
    assert "venter siden 2026-03-10" in waiting
    assert "Beboerens notat i sagssystemet" in (await leif.get(f"/incidents/{which}")).text
    for who in (anna, ada, nora):
        assert (await who.get(place)).status_code == 403, "nobody on the floor is asked"

    assert "Ingen af dine borgere" in (await leif.post(f"{place}/citizen", {"cpr": "020280-1234"})).text
    page = (await leif.post(f"{place}/citizen", {"cpr": NUMBER})).text
    assert "Bent Beboer: hvilken sag?" in page
    assert "kender ingen åben sag" in page
    assert NUMBER not in page
    assert (await leif.post("/cases/register", {**opened(bent, which), "reference": ""})).status_code == 422
    made = await leif.post("/cases/register", opened(bent, which))
    assert made.headers["location"] == f"{place}?citizen={bent}&case={UUID}"
    assert f'value="{UUID}" checked' in (await leif.get(made.headers["location"])).text
    assert (await leif.post(place, {"citizen": bent, "case": "x"})).status_code == 422
    assert (await leif.post(place, {"citizen": bent, "case": UUID})).status_code == 303
    await looked(house)
    queue = (await leif.get("/cases")).text
    assert place not in within(queue, "unknown")
    assert "SBSYS: 2026-17 · TH-S-2026" in within(queue, "copy"), "it is on its way, and says on which case"
    assert "Bent Beboer" in within(queue, "copy")
    assert str(await events(house, "case_chosen")).count(UUID) == 1


async def test_what_was_copied_is_found_from_the_citizen_and_what_is_the_staffs_is_not(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    leif, ada, nora = [await signed_in(house, who) for who in ("leif", "ada", "nora")]
    bent, which = await held(house, leif)
    assert (await leif.post("/cases/register", opened(bent, which))).status_code == 303
    assert (await leif.post(f"/cases/{which}/place", {"citizen": bent, "case": UUID})).status_code == 303
    await looked(house)
    found = re.search(
        r"/cases/records/([\w-]+)", within((await leif.get("/cases")).text, "copy").partition("SBSYS: 2026-17")[2]
    )
    assert found is not None
    record = found[1]
    tries: list[tuple[dict[str, Any], int]] = [
        ({"what": "incident"}, 303),
        ({"what": "police"}, 409),  # made of the staff's paper
        ({"what": "incident", "record": "x"}, 404),
    ]
    for form, status in tries:
        sent = {"sort": "case_note", "record": record, **form}
        assert (await leif.post(f"/cases/{which}/papers", sent)).status_code == status, form
    (laid,) = await events(house, "case_document")
    paper = f"/cases/documents/{laid.facts['document']}"
    assert (await leif.get(paper)).content.startswith(b"%PDF")
    assert (await ada.get(paper)).status_code == 404

    placed = {"system": "SBSYS", "reference": "2026-17/4"}
    assert (await leif.post(f"/cases/records/{record}/placed", placed)).status_code == 303
    await looked(house)
    history = (await leif.get(f"/cases/records/{record}")).text
    assert history.index("Version 2") < history.index("Version 1"), "what was first is still known"
    assert "Leif skrev en registrering over" in history
    tasks = [row.facts for row in await events(house, "incident_task") if row.facts["what"] == "records:case"]
    assert [task.get("how") for task in tasks] == ["done", None], "the reminder ended with it"

    overview = f"/citizens/{bent}/cases"
    assert "Støtte i botilbud" not in (await leif.get(overview)).text, "first it is said why"
    assert "Skriv hvorfor" in (await leif.post(overview, {"why": ""})).text
    page = (await leif.post(overview, {"why": "Borgeren har spurgt"})).text
    for words in ("Støtte i botilbud", "SBSYS: 2026-17", "SBSYS: 2026-17/4", f"/incidents/{which}"):
        assert words in page, words
    assert "Vold, trusler" not in page, "what it was to the staff is no matter of the citizen's"
    assert (await nora.get(overview)).status_code == 403
    (read,) = await events(house, "citizen_cases_read")
    assert "spurgt" not in str(read.facts)
    case = (await leif.get(f"/cases/register/{UUID}")).text
    assert "Notat i beboerens sag" in case
    assert paper in case
    assert (await leif.get("/cases/register/none")).status_code == 404


async def test_of_several_institutions_one_decides_for_all_and_only_its_whole_house(begin: Begin) -> None:
    house = await begin()
    leif = await signed_in(house, "leif")
    assert "Sæt den i kraft" in (await leif.get("/admin/practice/omsorg")).text
    text = site_text([], house.clock.now()).replace('id = "house"', 'id = "second"').replace("Huset", "Det andet hus")
    await setup_site(house.database, parse(text), RULES, house.clock)
    form = {"form": "f", "why": "Aftalt", **SINGLE}
    page = (await leif.get("/admin/practice")).text
    assert "Huset, Det andet hus" in page
    assert "hub cases keeper" in page
    assert (await leif.post("/admin/practice/omsorg", form)).status_code == 403, "nobody has said who decides"
    told = await casekeeper.kept(house.database, "house", house.clock)
    assert told == "Huset decides the case practice of 29189999, for Det andet hus as well."
    await practised(leif, "omsorg", **SINGLE)
    there = await signed_in(house, "leif", "second")
    page = (await there.get("/admin/practice")).text
    assert "Den besluttes i Huset for alle kommunens institutioner her" in page
    assert "· Huset<" in page, "which house decided, and nobody's name"
    assert "Sæt den i kraft" not in (await there.get("/admin/practice/omsorg")).text
    assert (await there.post("/admin/practice/omsorg", form)).status_code == 403
    assert (await there.post("/admin/practice", {"area": "omsorg"})).status_code == 303, (
        "its own area it chooses itself"
    )
    assert "Ny sagspraksis" in (await there.get("/admin/changes")).text
    unit = Principal("house", "una", Role.MANAGER, ("nord",), session="s")
    assert not actions.may_decide(unit, "house")
    with pytest.raises(NotFound, match="no institution"):
        await casekeeper.kept(house.database, "none", house.clock)
