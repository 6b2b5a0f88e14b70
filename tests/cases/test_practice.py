"""Case practice: what one and the same incident becomes in each municipality, and what a change leaves alone."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.cases.choices import ONE_OF, as_values, from_values
from hub.cases.example import CASE, example
from hub.cases.practice import (
    OF_PAPER,
    PROFILES,
    Area,
    CaseLink,
    CaseModel,
    CloseOn,
    Contradiction,
    CrossKle,
    Dated,
    KleBy,
    Missing,
    Party,
    Practice,
    Sort,
    Target,
    Visibility,
    in_force,
)
from hub.cases.recording import IncidentFacts, Record, Tag, Waits, recorded, sorts
from hub.incidents.paper import Fact, Kind, Paper
from hub.kle.kle import ACROSS, Kle, Level
from hub.ports import CaseRecord, CaseStep, Form, Progress
from hub.storage import journal
from hub.web.render import catalogue
from tests.admin.desk import signed_in
from tests.cases.editions import both
from tests.incidents.test_pages import helped, noted
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

AT = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Copenhagen")
SAY = catalogue("da")
FACTS = example(AT, "29189999", "Solgården", ZONE, SAY)


def made(
    practice: Practice, facts: IncidentFacts = FACTS, paper: Paper = Paper.CASE, area: Area = Area.ADULTS
) -> tuple[Record, ...]:
    return recorded(facts, paper, Area.WORK if paper is Paper.WORK else area, practice, both(), Kle(), SAY)


def one(practice: Practice, facts: IncidentFacts = FACTS, area: Area = Area.ADULTS) -> Record:
    (record,) = made(practice, facts, Paper.CASE, area)
    return record


def test_the_seven_models_make_seven_different_things_of_one_incident() -> None:
    found = {}
    for name, practice in PROFILES.items():
        record = one(practice)
        steps = [step.progress for step in record.out.steps]
        found[name] = (record.out.form.value, record.out.kle.number, record.out.case is not None, len(steps))
    assert found == {
        "care_long": ("journal_post_on_long_case", "27.66.08", True, 3),
        "social_long": ("journal_post_on_long_case", "27.66.08", True, 4),
        "care_and_social": ("journal_post_on_long_case", ACROSS, True, 3),
        "fs3_long": ("journal_post_on_long_case", "27.66.00", True, 3),
        "per_area": ("own_case_with_oversag", "27.66.08", True, 3),
        "single": ("own_case", "27.66.08", False, 4),
        "youth_to_thirty": ("journal_post_on_long_case", "27.00.00", True, 3),
    }


@pytest.mark.parametrize(
    ("sort_of", "facts", "expected"),
    [
        ("violence", {}, (Sort.VIOLENCE,)),
        ("near miss", {"kinds": (Kind.NEAR_MISS,)}, (Sort.NEAR_MISS,)),
        ("both", {"kinds": (Kind.NEAR_MISS, Kind.THREAT)}, (Sort.VIOLENCE,)),
        ("claim", {"facts": (Fact.CLAIM,)}, (Sort.VIOLENCE, Sort.ACCIDENT)),
    ],
)
def test_what_there_is_to_record_of_the_employees_paper(
    sort_of: str, facts: dict[str, Any], expected: tuple[Sort, ...]
) -> None:
    assert sorts(replace(FACTS, **({"facts": ()} | facts)), Paper.WORK) == expected, sort_of


def test_what_there_is_to_record_of_the_residents_paper() -> None:
    for ticked, expected in (
        ((), Sort.NOTE),
        ((Fact.ADULT_FORBIDDEN,), Sort.FORCE_ADULT),
        ((Fact.CHILD,), Sort.FORCE_CHILD),
        ((Fact.CHILD, Fact.ADULT_PERMITTED), Sort.FORCE),
    ):
        assert sorts(replace(FACTS, facts=ticked), Paper.CASE) == (expected,)
    assert sorts(replace(FACTS, papers=(Paper.WORK,)), Paper.CASE) == ()


def test_each_key_makes_the_difference_that_it_says() -> None:
    base = Practice()
    assert one(replace(base, kle_level=Level.MAIN_GROUP, common_kle="27.66.00")).out.kle.number == "27.00.00"
    assert one(replace(base, kle_level=Level.COMMON, common_kle="27.66.00")).out.kle.number == "27.66.00"
    for by, noted_at, signed_at, number in (
        (KleBy.TRIAGE, None, None, ACROSS),
        (KleBy.TRIAGE, AT, None, "27.66.08"),
        (KleBy.CLOSE, AT, None, ACROSS),
        (KleBy.CLOSE, AT, AT, "27.66.08"),
    ):
        facts = replace(FACTS, noted_at=noted_at, signed_at=signed_at)
        assert one(replace(base, kle_required_by=by), facts).out.kle.number == number
    work = [made(replace(base, cross_kle=cross), FACTS, Paper.WORK) for cross in CrossKle]
    assert [[record.out.kle.number for record in records] for records in work] == [
        ["87.15.00", "81.29.01"],
        [ACROSS],
        ["87.15.00"],
    ]
    assert [one.number for one in work[2][0].out.related] == ["81.29.01"]
    closed = {
        CloseOn.DECISION: FACTS.signed_at,
        CloseOn.FOLLOW_UP: AT + timedelta(days=30),
        CloseOn.SERVICE_END: AT + timedelta(days=900),
        CloseOn.NEVER: None,
    }
    done = replace(FACTS, done_at=AT + timedelta(days=30), service_ended_at=AT + timedelta(days=900))
    for close_on, at in closed.items():
        last = one(replace(base, close_on=close_on), done).out.steps[-1]
        assert (last.since if last.progress is Progress.CLOSED else None) == at
    assert "opfølgningen fortsætter" in one(base).out.status
    assert one(replace(base, detail_level=0)).out.note.count("\n") == 0
    assert "sammendrag" not in one(replace(base, detail_level=1)).out.note
    assert "sammendrag" in one(replace(base, detail_level=2)).out.note
    assert "sammendrag" not in one(replace(base, detail_level=2, target=Target.SF1470)).out.note, "another receiver"
    shown = replace(base, citizen_visibility=Visibility.BY_SORT, shown=frozenset({Sort.FORCE_ADULT}))
    seen = replace(base, citizen_visibility=Visibility.SHOWN)
    assert [one(practice).out.hidden for practice in (base, seen, shown)] == [True, False, False]
    old = replace(base, retention_edition=date(2015, 8, 1))
    kept = [made(practice, FACTS, Paper.WORK)[0].out.keep for practice in (base, old)]
    assert kept == ["B", "K"]


def test_where_no_case_is_known() -> None:
    unknown = replace(FACTS, cases={})
    for link, missing, form, waits in (
        (CaseLink.REQUIRED, Missing.HOLD, Form.ON_LONG_CASE, Waits.FOR_CASE),
        (CaseLink.REQUIRED, Missing.SEND, Form.ON_LONG_CASE, None),
        (CaseLink.REQUIRED, Missing.CREATE, Form.OWN_CASE, None),
        (CaseLink.OPTIONAL, Missing.HOLD, Form.ON_LONG_CASE, None),
        (CaseLink.NEVER, Missing.HOLD, Form.ON_LONG_CASE, None),
    ):
        record = one(Practice(case_link=link, when_missing=missing), unknown)
        assert (record.out.form, record.waits, record.out.case) == (form, waits, None)
    assert one(Practice(case_link=CaseLink.NEVER)).out.case is None
    elsewhere = replace(FACTS, cases={Area.CARE: CASE})
    known = {model: one(Practice(case_model=model, record_as=Form.UNDER_CASE), elsewhere).out for model in CaseModel}
    assert {model for model, out in known.items() if out.case == CASE} == {
        CaseModel.ONE_LONG_CITIZEN,
        CaseModel.COMBINED,
    }
    assert all(out.form is Form.OWN_CASE for out in known.values() if out.case is None)
    young = Practice(case_model=CaseModel.COMBINED)
    assert one(young, elsewhere, Area.YOUNG).out.case is None


def test_a_staff_incident_names_no_resident_unless_the_practice_says_so() -> None:
    for name, practice in PROFILES.items():
        for record in made(practice, FACTS, Paper.WORK):
            out = record.out
            assert out.party is None, name
            assert out.case is None, name
            assert out.sensitivity.value == "FOELSOMME_PERSONOPLYSNINGER"
            assert out.title == "Arbejdsmiljøforhold"
            assert "beboer" not in f"{out.title} {out.note}".lower()
    chosen = dict.fromkeys(Sort, Party.RESIDENT)
    told = made(Practice(party_policy=chosen), FACTS, Paper.WORK)[0].out
    assert told.party == FACTS.resident
    own = made(Practice(party_policy=dict.fromkeys(Sort, Party.EMPLOYEE)), FACTS, Paper.WORK)[0].out
    assert own.party == FACTS.employee
    assert one(Practice(), replace(FACTS, resident=None)).waits is Waits.FOR_PARTY


def test_a_number_that_somebody_gave_wins_and_is_kept_with_its_time() -> None:
    tags = (Tag(Sort.FORCE_ADULT, "27.66.04", AT), Tag(Sort.FORCE_ADULT, "27.66.00", AT + timedelta(hours=1)))
    assert one(Practice(kle_required_by=KleBy.CLOSE), replace(FACTS, tags=tags)).out.kle.number == "27.66.00"
    assert one(Practice()).out.id == one(Practice(), replace(FACTS, tags=tags)).out.id, "the same record, renumbered"


CLASHES: list[tuple[dict[str, Any], str]] = [
    ({"case_model": CaseModel.SINGLE}, "record_as"),
    ({"record_as": Form.NO_CASE, "case_link": CaseLink.REQUIRED}, "case_link"),
    ({"record_as": Form.NO_CASE, "target": Target.SF1470}, "target"),
    ({"record_as": Form.UNDER_CASE, "case_link": CaseLink.NEVER}, "case_link"),
    ({"common_kle": "00.01"}, "common_kle"),
    ({"default_kle": "x"}, "default_kle"),
    ({"detail_level": 3}, "detail_level"),
    ({"detail_overview": -1}, "detail_overview"),
    ({"party_policy": {}}, "party_policy"),
    ({"sensitivity_map": dict.fromkeys(Sort, "x")}, "sensitivity_map"),
]


@pytest.mark.parametrize(("values", "key"), CLASHES)
def test_a_practice_refuses_to_be_born_wrong(values: dict[str, Any], key: str) -> None:
    with pytest.raises(Contradiction) as clash:
        Practice(**values)
    assert clash.value.key == key


def test_a_record_refuses_to_be_born_wrong() -> None:
    out = one(Practice()).out
    steps = (CaseStep(Progress.ARISEN, AT), CaseStep(Progress.INFORMED, AT - timedelta(hours=1)))
    for values in ({"steps": ()}, {"steps": steps}, {"steps": steps[1:]}, {"form": Form.NO_CASE}):
        with pytest.raises(ValueError, match=r"arising|one way|names none"):
            replace(out, **values)
    assert isinstance(out, CaseRecord)


def practices() -> list[Practice]:
    found = []
    choices = [[(key, value) for value in kind] for key, kind in ONE_OF.items() if key != "kle_level"]
    for picked in product(*choices):
        try:
            found.append(Practice(**dict(picked)))  # type: ignore[arg-type]
        except Contradiction:
            continue
    return found


LEGAL = practices()
moments = st.one_of(st.none(), st.integers(0, 10_000).map(lambda hours: AT + timedelta(hours=hours)))


@given(
    st.sampled_from(LEGAL),
    st.sampled_from(Level),
    st.sampled_from(Area),
    st.frozensets(st.sampled_from(Kind)),
    st.frozensets(st.sampled_from(Fact)),
    st.tuples(moments, moments, moments, moments),
    st.booleans(),
)
def test_every_practice_makes_something_legal_of_every_incident(
    practice: Practice,
    level: Level,
    area: Area,
    kinds: frozenset[Kind],
    ticked: frozenset[Fact],
    at: tuple[datetime | None, ...],
    known: bool,
) -> None:
    practice = replace(practice, kle_level=level)
    facts = replace(
        FACTS,
        kinds=tuple(kinds),
        facts=tuple(ticked),
        noted_at=at[0],
        signed_at=at[1],
        done_at=at[2],
        service_ended_at=at[3],
        cases=FACTS.cases if known else {},
    )
    for paper in Paper:
        records = made(practice, facts, paper, area)
        assert records
        assert len({record.out.id for record in records}) == len(records)
        for record in records:
            assert re.fullmatch(r"\d\d\.\d\d\.\d\d", record.out.kle.number)
            assert OF_PAPER[record.sort] is paper
            assert len(record.out.number) <= 50
    assert from_values(as_values(practice)) == practice


def test_a_change_holds_from_its_moment_only() -> None:
    old, new = PROFILES["single"], PROFILES["care_long"]
    versions = (
        Dated(Area.CARE, AT, old, "ada", AT),
        Dated(Area.CARE, AT + timedelta(days=10), new, "ada", AT + timedelta(days=1)),
    )
    assert in_force(versions, Area.CARE, AT - timedelta(seconds=1)) is None
    assert in_force(versions, Area.CARE, AT + timedelta(days=9)) is old
    assert in_force(versions, Area.CARE, AT + timedelta(days=10)) is new
    assert in_force(versions, Area.ADULTS, AT + timedelta(days=10)) is None


async def rows(house: House, event: str) -> list[journal.Entry]:
    async with house.database.read() as tx:
        return await journal.newest_of(tx, "house", 50, frozenset({event}))


async def test_the_editor_says_what_follows_previews_a_real_incident_and_changes_only_what_comes(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    leif, anna, ada = [await signed_in(house, who) for who in ("leif", "anna", "ada")]
    before = await noted(house, await helped(house))
    which = before.rpartition("/")[2]
    page = (await leif.get("/admin/practice")).text
    assert page.count("Intet er valgt endnu") == 4
    assert (await anna.get("/admin/practice")).status_code == 403
    assert (await leif.get("/admin/practice/andet")).status_code == 404

    editor = (await leif.get("/admin/practice/arbejdsmiljoe?from=single")).text
    assert "Lukket kan betyde, at opfølgningen kun lige er begyndt." in editor
    assert 'value="single_cases" checked' in editor
    assert which in editor
    assert which not in (await ada.get("/admin/practice/arbejdsmiljoe")).text, "she reads no papers"
    form = {"form": "f", "case_model": "single_cases", "record_as": "own_case", "case_link": "never"}
    trial = (await leif.post("/admin/practice/arbejdsmiljoe/trial", {**form, "incident": which})).text
    assert "Vold, trusler eller chikane mod medarbejder" in trial
    assert "En sag for sig" in trial
    assert "Registreret i Tryghedshub, hændelse " + which in trial
    assert "Som det er besluttet nu: Et notat på den lange sag" in trial, "what the change would change"
    assert "Som det er besluttet nu" not in (await leif.get("/admin/practice/arbejdsmiljoe")).text
    assert "kødkniv" not in trial
    told = {**form, "incident": which, "detail_level": "2"}
    assert "kødkniv" in (await leif.post("/admin/practice/arbejdsmiljoe/trial", told)).text
    assert "kødkniv" not in (await ada.post("/admin/practice/arbejdsmiljoe/trial", told)).text
    assert len(await rows(house, "incident_read")) == 2, "a preview is a reading"

    for wrong, says in (
        ({"record_as": "journal_post_on_long_case"}, "Enkeltsager har ingen lang sag"),
        ({"since": "2026-03-09"}, "Dagen er forbi"),
        ({"since": "i går"}, "Skriv en dag"),
        ({"why": ""}, "Skriv hvorfor"),
        ({"common_kle": "87"}, "Skriv seks cifre"),
    ):
        refused = await leif.post("/admin/practice/arbejdsmiljoe", {**form, "why": "Aftalt", **wrong})
        assert (refused.status_code, says in refused.text) == (422, True), says
    assert await rows(house, "case_practice_changed") == []
    await house.passes(60)
    assert (await leif.post("/admin/practice/arbejdsmiljoe", {**form, "why": "Aftalt"})).status_code == 303
    assert (await anna.post("/admin/practice/arbejdsmiljoe", {**form, "why": "x"})).status_code == 403
    (changed,) = await rows(house, "case_practice_changed")
    assert changed.facts["area"] == "arbejdsmiljoe"
    assert "En sag for sig" in (await leif.get("/admin/practice")).text
    after = await noted(house, await helped(house))
    shown = [(await leif.get(f"/cases/{one.rpartition('/')[2]}")).text for one in (before, after)]
    assert ["Et notat på den lange sag" in text for text in shown] == [True, False], "what came before stays"
    assert "Ny sagspraksis" in (await leif.get("/admin/changes")).text


async def test_a_record_is_given_another_number_by_those_who_may_read_it(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    which = (await noted(house, await helped(house))).rpartition("/")[2]
    leif, bo, vera = [await signed_in(house, who) for who in ("leif", "bo", "vera")]
    assert (await vera.get(f"/cases/{which}")).status_code == 404
    assert "87.15.00" in (await leif.get(f"/cases/{which}")).text
    assert "87.15.00" not in (await bo.get(f"/cases/{which}")).text, "the employee's paper is not his to read"
    form = {"sort": "violence", "kle": "81.29.08"}
    assert (await bo.post(f"/cases/{which}/number", form)).status_code == 403
    assert (await leif.post(f"/cases/{which}/number", {**form, "kle": "81"})).status_code == 422
    assert (await leif.post(f"/cases/{which}/number", form)).status_code == 303
    assert (await leif.post(f"/cases/{which}/number", {**form, "kle": "87.15.00"})).status_code == 303
    page = (await leif.get(f"/cases/{which}")).text
    assert page.index("87.15.00") < page.index("81.29.08"), "the newest counts, the other is kept"
    assert [row.facts["kle"] for row in await rows(house, "case_tagged")] == ["87.15.00", "81.29.08"]
    assert (await leif.post("/admin/practice", {"area": "omsorg"})).status_code == 303
    assert (await leif.post("/admin/practice", {"area": "arbejdsmiljoe"})).status_code == 422


async def test_no_practice_asks_the_floor_for_one_more_field(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    leif, nora = [await signed_in(house, who) for who in ("leif", "nora")]
    address = await noted(house, await helped(house))
    asked = {}
    for name in PROFILES:
        for area in Area:
            form = {"form": "f", "why": "Aftalt", "from": name}
            assert (await leif.post(f"/admin/practice/{area.value}", form)).status_code == 303
        pages = [(await nora.get(path)).text for path in ("/incidents/new", f"{address}/case")]
        asked[name] = [re.findall(r'name="(\w+)"', page) for page in pages]
    first = next(iter(asked.values()))
    assert all(len(names) > 3 for names in first)
    assert all(one == first for one in asked.values())


async def test_where_no_case_could_ever_be_named_nothing_waits_for_one(begin: Begin) -> None:
    house = await begin()
    leif = await signed_in(house, "leif")
    form = {"form": "f", "why": "Aftalt", "case_link": "required", "when_missing": "hold"}
    assert "medarbejdernes registreringer" in (await leif.post("/admin/practice/arbejdsmiljoe", form)).text
    assert (await leif.post("/admin/practice/voksensocial", form)).status_code == 303
