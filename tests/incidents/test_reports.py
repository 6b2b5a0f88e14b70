"""What is taken along of one incident: its paper, and the reports to others that are prepared from it."""

from typing import Any

import pytest

from hub.incidents.followup import How, Task
from hub.incidents.paper import Fact, Paper
from hub.incidents.prepared import RECIPES, Report, called_for, prepared
from tests.admin.desk import signed_in
from tests.incidents.test_pages import BENT, helped, noted, rows
from tests.incidents.test_statistics import NOON
from tests.incidents.test_statistics_page import read, tags
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

FACTS = {"asked-law": "1", "law": ["offence", "absence"]}


async def harmed(house: House) -> str:
    """Anna has written of violence, and a colleague of the resident; the incident's address."""
    address = await noted(house, await helped(house))
    anna, nora = await signed_in(house, "anna"), await signed_in(house, "nora")
    more = {"happened": "Ali slog mig på armen æøå", "injuries": "Blå mærker", "last": "9", **FACTS}
    assert (await anna.post(f"{address}/employee", more)).status_code == 303
    force = {"resident": BENT, "course": "Holdt i armen", "asked-force": "1", "force": "adult_forbidden", "last": "9"}
    assert (await nora.post(f"{address}/case", force)).status_code == 303
    return address


async def test_an_incident_on_paper_holds_what_its_reader_may_read(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    address = await harmed(house)
    told = {}
    for who in ("leif", "bo", "vera"):
        answer = await (await signed_in(house, who)).get(f"{address}/report.pdf")
        told[who] = answer
    assert told["vera"].status_code == 404
    text, reader = read(told["leif"].content)
    for words in ("Ali slog mig på armen æøå", "Blå mærker", BENT.partition(",")[0], "Fortroligt", "Forløbet"):
        assert words in text, words
    assert {"/H1", "/H2", "/Table", "/TH", "/TD"} <= tags(reader)
    helper, _ = read(told["bo"].content)
    assert "slog mig" not in helper, "he helped: the employee's paper is not his"
    assert "Holdt i armen" in helper
    taken = [one for one in await rows(house, "incident_read") if one.facts.get("as") == "pdf"]
    assert [(one.actor, one.facts["papers"]) for one in taken] == [("bo", ["case"]), ("leif", ["case", "employee"])]


async def test_reports_are_prepared_from_one_paper_and_name_what_is_missing(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    address = await harmed(house)
    leif, bo = await signed_in(house, "leif"), await signed_in(house, "bo")
    page = (await leif.get(address)).text
    for report in ("easy", "force", "police"):
        assert f"{address}/prepared/{report}.pdf" in page
    assert f"{address}/prepared/reasons.pdf" not in page
    assert f"{address}/prepared/easy.pdf" not in (await bo.get(address)).text
    assert (await bo.get(f"{address}/prepared/easy.json")).status_code == 404
    easy: dict[str, Any] = (await leif.get(f"{address}/prepared/easy.json")).json()
    assert easy["fields"]["injuries"] == "Blå mærker"
    assert easy["fields"]["people"] == "Anna"
    assert easy["fields"]["civil_number"] is None
    assert {"civil_number", "first_absence_day", "safety"} <= set(easy["missing"])
    assert easy["facts"] == ["absence"]
    assert BENT not in str(easy), "never a word of the other paper"
    force = (await leif.get(f"{address}/prepared/force.json")).json()
    assert force["fields"]["resident"] == BENT
    assert "Ali" not in str(force)
    text, reader = read((await leif.get(f"{address}/prepared/easy.pdf")).content)
    assert "Mangler: skriv det ind" in text
    assert "Første fraværsdag" in text
    assert "Arbejdstilsynet" in text
    assert "/H2" in tags(reader)
    made = await rows(house, "incident_prepared")
    assert [(one.facts["report"], one.facts["as"]) for one in made] == [
        ("easy", "pdf"), ("force", "json"), ("easy", "json")
    ]  # fmt: skip
    assert "Leif forberedte en indberetning til andre." in (await leif.get(address)).text


@pytest.mark.parametrize("report", list(Report))
def test_every_report_says_what_it_lacks(report: Report) -> None:
    recipe = RECIPES[report]
    known = dict.fromkeys(recipe.known[1:], "x")
    found = prepared(report, known)
    assert found.missing == (recipe.known[0], *recipe.asked)
    told = found.structured("i", set(Fact))
    assert list(told["fields"]) == [*recipe.known[1:], *found.missing]
    assert [told["fields"][name] for name in found.missing] == [None] * len(found.missing)


def test_reasons_take_the_place_of_the_police_once_it_is_waived() -> None:
    waived = Task("house", "i", 1, "police", Paper.WORK, None, NOON, None, how=How.WAIVED, closed_at=NOON)
    facts, both = {Fact.OFFENCE, Fact.CHILD}, set(Paper)
    assert called_for(facts, both, [waived]) == [Report.FORCE, Report.REASONS]
    assert called_for(facts, {Paper.WORK}, []) == [Report.POLICE]
    assert called_for(set(), both, []) == []
