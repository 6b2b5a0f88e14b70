"""The hub's own cases: what is so of them and since when, and what reminds of records that wait."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update

from hub.cases import caseliststore, casestore, reminding
from hub.cases.case import Backwards, Case, Fact, What, differing, ended, more, refuse_move
from hub.cases.ending import CaseRetention
from hub.cases.practice import Area
from hub.incidents.followup import How
from hub.incidents.paper import Paper
from hub.kle.kle import Plan
from hub.kle.klestore import keep_edition
from hub.people.access import Principal
from hub.people.faults import Refused
from hub.people.site import Role
from hub.ports import Progress
from tests.admin.desk import Browser, signed_in
from tests.cases.editions import both
from tests.cases.test_handover import events
from tests.databases import on_both
from tests.scenarios.conftest import Begin

AT = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def told(*facts: tuple[What, str, int]) -> Case:
    case = Case("house", "c", "TH-S-1", Area.ADULTS, "nord", None)
    for what, about, days in facts:
        case = more(case, Fact(0, what, AT + DAY * days, "leif", AT + DAY * 9, about, "ord"))
    return case


def test_a_case_is_what_its_facts_say_and_says_what_it_was() -> None:
    case = told(
        (What.STATE, "Opstaaet", 0), (What.CLASSED, "27.66.08 G01", 0), (What.BASIS, "", 1),
        (What.CLASSED, "27.66.00 K02", 5), (What.STATE, "Oplyst", 2),
    )  # fmt: skip
    assert (case.kle, case.progress, case.closed_at) == (("27.66.00", "K02"), Progress.INFORMED, None)
    assert [one.about for one in case.standing(What.CLASSED, AT + DAY * 2)] == ["27.66.08 G01"], "as it was then"
    assert [step.progress for step in case.steps] == [Progress.ARISEN, Progress.INFORMED]
    over = more(case, Fact(0, What.OVER, AT + DAY * 6, "leif", AT + DAY * 6, "3"))
    assert over.standing(What.BASIS) == ()
    assert len(over.standing(What.BASIS, AT + DAY * 5)) == 1
    assert len(over.facts) == 6, "nothing is ever taken away"
    with pytest.raises(Refused, match="ended already"):
        ended(over, 3)


def test_a_case_goes_one_way_and_is_never_without_its_beginning() -> None:
    case = told((What.TITLE, "", 0), (What.STATE, "Opstaaet", 0), (What.STATE, "Afgjort", 3))
    for to, since, says in (
        (Progress.INFORMED, AT + DAY * 4, "so far already"),
        (Progress.CLOSED, AT + DAY, "before the state"),
        (Progress.CLOSED, AT + DAY * 20, "has not come"),
    ):
        with pytest.raises(Backwards, match=says):
            refuse_move(case, to, since, AT + DAY * 10)
    refuse_move(case, Progress.CLOSED, AT + DAY * 4, AT + DAY * 10)
    for number, says in ((1, "never without"), (2, "never without"), (9, "ended already")):
        with pytest.raises(Refused, match=says):
            ended(case, number)
    assert ended(case, 3).about == "Afgjort"
    with pytest.raises(Refused, match="newest state first"):
        ended(told((What.STATE, "Opstaaet", 0), (What.STATE, "Oplyst", 1), (What.STATE, "Afgjort", 3)), 2)


def test_a_case_that_follows_a_record_adds_only_what_differs() -> None:
    case = told((What.STATE, "Opstaaet", 0), (What.STATE, "Oplyst", 1), (What.CLASSED, "27.66.08 G01", 0))
    same = {What.STATE: [("Opstaaet", AT), ("Oplyst", AT + DAY)], What.CLASSED: [("27.66.08 G01", AT + DAY * 7)]}
    assert differing(case, same, AT) == []
    moved = {What.STATE: [("Opstaaet", AT)], What.CLASSED: [("27.66.00 G01", AT + DAY * 7)]}
    assert differing(case, moved, AT + DAY * 8) == [
        (What.OVER, "2", AT + DAY * 8),
        (What.CLASSED, "27.66.00 G01", AT + DAY * 7),
    ]


def test_one_reminder_for_each_paper_whose_records_wait() -> None:
    begin = partial(reminding.changed, owner="leif", of="house", which="i")
    (first,) = begin([], {Paper.CASE: AT}, now=AT)
    assert (first.what, first.owner, first.due_at - AT) == ("records:case", "leif", reminding.WITHIN)
    assert begin([first], {Paper.CASE: AT}, now=AT + DAY) == [], "it stands already"
    (done,) = begin([first], {}, now=AT + DAY)
    assert (done.how, done.tell_at) == (How.DONE, None)
    (again,) = begin([done], {Paper.CASE: AT + DAY * 2}, now=AT + DAY * 2)
    assert again.open
    other = replace(first, what="call_day")
    assert [one.number for one in begin([other], {Paper.CASE: AT}, now=AT)] == [2]


@on_both
async def test_what_is_so_of_a_case_is_said_from_a_day_on_and_stays_in_its_history(begin: Begin) -> None:
    house = await begin()
    leif, lone, ada = [await signed_in(house, who) for who in ("leif", "lone", "ada")]
    for edition in both().editions:
        keep = partial(keep_edition, plan=Plan.SUBJECTS, edition=edition, sha256="x", now=house.clock.now())
        await house.database.write(keep)
    made = await leif.post(
        "/cases/register", {"area": "arbejdsmiljoe", "title": "Trivsel", "since": "2013-01-01", "kle": "81.29.01"}
    )
    assert made.status_code == 303, made.text
    here = made.headers["location"].partition("?")[0]
    facts = f"{here}/facts"
    other = (await leif.post("/cases/register", {"area": "arbejdsmiljoe", "title": "Den anden"})).headers["location"]
    linked = other.rpartition("/")[2].partition("?")[0]
    for form in (
        {"what": "state", "state": "Oplyst", "since": "2026-03-02"},
        {"what": "basis", "words": "AML § 15"},
        {"what": "party", "words": "Arbejdstilsynet, tilsynsførende"},
        {"what": "note", "words": "Ringet til AMR.\r\nAftalt møde."},
        {"what": "case", "other": linked},
        {"what": "elsewhere", "system": "Acadre", "reference": "24-1"},
        {"what": "grant", "words": "B-77 i KMD Nexus"},
        {"what": "classed", "kle": "87.15.00", "facet": "a26", "since": "2026-03-03"},
    ):
        answer = await leif.post(facts, form)
        assert answer.status_code == 303, (form, answer.text)
    for form, says in (
        ({"what": "state", "state": "Opstaaet"}, "Så langt er den allerede"),
        ({"what": "state", "state": "Afgjort", "since": "2026-02-01"}, "før den tilstand"),
        ({"what": "state", "state": "Afgjort", "since": "2027-01-01"}, "ikke kommet endnu"),
        ({"what": "classed", "kle": "87.15.05"}, "Brug i stedet: 87.15.00"),
        ({"what": "classed", "kle": "87.15.00", "facet": "x"}, "et bogstav og to cifre"),
        ({"what": "case", "other": here.rpartition("/")[2]}, "netop én anden"),
        ({"what": "note", "words": ""}, "Skriv notatet"),
        ({"what": "citizen", "citizen": "x"}, "handler ikke om nogen borger"),
        ({"what": "over", "words": "x"}, "Vælg en fra listen"),
    ):
        refused = await leif.post(facts, form)
        assert (refused.status_code in {409, 422}, says in refused.text) == (True, True), form
    listed = (await leif.get("/cases/register")).text
    assert listed.index("Den anden") < listed.index("Trivsel"), "the newest first"
    page = (await leif.get(here)).text
    for words in ("Oplyst", "AML § 15", "Arbejdstilsynet", "Ringet til AMR.", "Acadre: 24-1", "B-77", "87.15.00 A26"):
        assert words in page, words
    assert "81.29.01 G01" in page.partition("Alt, der nogensinde")[2], "what it was before is known"
    assert "Trivsel" in (await leif.get(f"/cases/register/{linked}")).text, "seen from the other side too"
    basis = re.search(r"AML § 15 .*?/facts/(\d+)/end", page, re.DOTALL)
    assert basis is not None
    assert (await leif.post(f"{facts}/{basis[1]}/end")).status_code == 303
    assert (await leif.post(f"{facts}/{basis[1]}/end")).status_code == 409
    page = (await leif.get(here)).text
    assert page.count("AML § 15") == 2, "only in the history: that it was, and that it is no more"
    for who in (lone, ada):
        assert (await who.get(here)).status_code == 403
        assert (await who.post(facts, {"what": "note", "words": "x"})).status_code == 403
    rows = str([row.facts for row in await events(house, "case_opened", "case_fact", "case_read")])
    assert "Trivsel" not in rows
    assert "Ringet" not in rows


async def opened(browser: Browser, **values: str) -> str:
    """A case of the register; its id."""
    made = await browser.post("/cases/register", {"area": "omsorg", "unit": "nord", **values})
    assert made.status_code == 303, made.text
    return made.headers["location"].partition("?")[0].rpartition("/")[2]


def shown(page: str) -> list[str]:
    """The titles of the cases on a page of the register, as they stand there."""
    return re.findall(r'<h2><a href="/cases/register/[\w-]{36}">(.*?)</a>', page)


@on_both
async def test_the_register_goes_on_beyond_a_page_and_is_searched_by_what_a_case_is_known_by(begin: Begin) -> None:
    house = await begin()
    leif = await signed_in(house, "leif")
    made = await leif.post("/citizens/new", {"name": "Bent Beboer", "home": "nord", "number": "010170-1234"})
    bent = made.headers["location"].rpartition("/")[2].partition("?")[0]
    for n in range(caseliststore.PAGE + 2):
        await opened(leif, title=f"Sag {n}", since=f"2026-02-{1 + n % 28:02}", area="arbejdsmiljoe")
    long = await opened(leif, title="Støtte", citizen=bent, kle="27.66.08", since="2026-01-02", system="SBSYS",
                        reference="2026-17 A")  # fmt: skip
    await opened(leif, title="I syd", unit="syd", since="2026-01-03")
    await leif.post(f"/cases/register/{long}/facts", {"what": "state", "state": "Oplyst", "since": "2026-01-05"})
    first = (await leif.get("/cases/register")).text
    more = re.search(r'name="before" value="([^"]+)"', first)
    assert more is not None
    rest = (await leif.post("/cases/register/search", {"before": more[1]})).text
    assert len({*shown(first), *shown(rest)}) == caseliststore.PAGE + 4, "each once, and none left out"
    assert shown(rest)[-2:] == ["I syd", "Støtte"]
    assert 'name="before"' not in rest

    number = re.search(r"TH-S-2026-\w{12}", (await leif.get(f"/cases/register/{long}")).text)
    assert number is not None
    for form, found in (
        ({"number": number[0].lower()}, ["Støtte"]),
        ({"number": long}, ["Støtte"]),
        ({"number": " 2026-17 a "}, ["Støtte"]),
        ({"number": "2026-18"}, []),
        ({"kle": "27.66.08"}, ["Støtte"]),
        ({"kle": "27.66"}, ["Støtte"]),
        ({"kle": "27.6"}, []),
        ({"cpr": "0101701234"}, ["Støtte"]),
        ({"cpr": "0101701235"}, []),
        ({"citizen": bent, "state": "Oplyst"}, ["Støtte"]),
        ({"state": "Oplyst"}, ["Støtte"]),
        ({"unit": "syd"}, ["I syd"]),
        ({"from": "2026-01-02", "to": "2026-01-03"}, ["I syd", "Støtte"]),
        ({"from": "2026-01-03", "to": "2026-01-31", "state": "Oplyst"}, []),
        ({"from": "0001-01-01", "to": "9999-12-31", "state": "Oplyst"}, ["Støtte"]),
    ):
        page = (await leif.post("/cases/register/search", form)).text
        assert shown(page) == found, form
        assert "010170" not in page
    una, last = Principal("house", "una", Role.MANAGER, ("nord",), session="s"), house.clock.now() - DAY * 60
    async with house.database.read() as tx:
        seal = await house.services.incidents.seals.to_read(tx)
        hers = await caseliststore.page(tx, seal, una, caseliststore.Asked(end=last))
    assert [one.title for one in hers.cases] == ["Støtte"], "what is of another unit is not hers"
    told = await events(house, "cases_listed", "citizens_looked_up")
    assert "0101701234" not in str([row.facts for row in told])
    assert f"citizen:{bent}" in {row.subject for row in told}


@on_both
async def test_what_an_earlier_version_wrote_is_listed_as_it_is_now(begin: Begin) -> None:
    house = await begin()
    leif = await signed_in(house, "leif")
    await opened(leif, title="Støtte", kle="27.66.08", since="2026-01-02")
    before = update(casestore.case_file).values(state=None, kle=None, listed=None)
    await house.database.write(lambda tx: tx.run(before))
    assert shown((await leif.post("/cases/register/search", {"kle": "27.66.08"})).text) == []
    retention = CaseRetention(house.database, house.clock, house.services.incidents.seals)
    assert await retention.look() == 0
    assert shown((await leif.post("/cases/register/search", {"kle": "27.66.08"})).text) == ["Støtte"]
