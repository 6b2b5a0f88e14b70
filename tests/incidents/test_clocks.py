"""The law's clocks against a table of situations, each written from the rules as they are told, and their files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from hub.cli import main
from hub.errors import FileProblem
from hub.incidents.clockfile import clock_book, shipped
from hub.incidents.clockstore import OWN_CLOCKS
from hub.incidents.paper import Fact, Paper
from tests.admin.desk import signed_in
from tests.incidents.test_pages import helped, noted
from tests.scenarios.conftest import Begin

ZONE = ZoneInfo("Europe/Copenhagen")

FORCE = "adult-register 2026-03-12 00:00, adult-report 2026-03-14 00:00"
# What was ticked, when it happened by the clock on the wall -> each duty and when it must be done by.
SITUATIONS = [
    # nothing that the law asks about
    ("", "2026-03-10 14:00", ""),
    # a penal offence: 72 hours, to the minute
    ("offence", "2026-03-10 14:00", "police 2026-03-13 14:00"),
    ("offence", "2026-03-10 00:00", "police 2026-03-13 00:00"),
    ("offence", "2026-03-13 23:59", "police 2026-03-16 23:59"),
    ("offence", "2026-12-31 22:30", "police 2027-01-03 22:30"),
    ("offence", "2028-02-27 12:00", "police 2028-03-01 12:00"),
    # 72 hours are 72 hours, also over the nights when the clocks change
    ("offence", "2026-03-27 14:00", "police 2026-03-30 15:00"),
    ("offence", "2026-10-23 14:00", "police 2026-10-26 13:00"),
    # an accident at work: absence beyond the day itself, or an expected claim; 14 days
    ("absence", "2026-03-10 14:00", "easy 2026-03-25 00:00"),
    ("claim", "2026-03-10 14:00", "easy 2026-03-25 00:00"),
    ("absence claim", "2026-03-10 14:00", "easy 2026-03-25 00:00"),
    ("absence", "2026-03-10 23:59", "easy 2026-03-25 00:00"),
    ("absence", "2026-03-11 00:00", "easy 2026-03-26 00:00"),
    ("absence", "2026-03-20 10:00", "easy 2026-04-04 00:00"),
    ("claim", "2026-12-24 18:00", "easy 2027-01-08 00:00"),
    # force on an adult that is not permitted, or self-defence: registered by the next day, reported by day 3
    ("adult_forbidden", "2026-03-10 14:00", "adult-register 2026-03-12 00:00, adult-report 2026-03-14 00:00"),
    ("adult_forbidden", "2026-03-10 23:55", "adult-register 2026-03-12 00:00, adult-report 2026-03-14 00:00"),
    ("adult_forbidden", "2026-03-11 00:05", "adult-register 2026-03-13 00:00, adult-report 2026-03-15 00:00"),
    ("adult_forbidden", "2026-03-28 12:00", "adult-register 2026-03-30 00:00, adult-report 2026-04-01 00:00"),
    ("adult_forbidden", "2026-02-27 12:00", "adult-register 2026-03-01 00:00, adult-report 2026-03-03 00:00"),
    # permitted force and acute restraint: monthly
    ("adult_permitted", "2026-03-10 14:00", "adult-monthly 2026-04-01 00:00"),
    ("adult_permitted", "2026-03-31 23:59", "adult-monthly 2026-04-01 00:00"),
    ("adult_permitted", "2026-04-01 00:00", "adult-monthly 2026-05-01 00:00"),
    ("adult_permitted", "2026-02-01 08:00", "adult-monthly 2026-03-01 00:00"),
    ("adult_permitted", "2028-02-29 08:00", "adult-monthly 2028-03-01 00:00"),
    ("adult_permitted", "2026-12-05 08:00", "adult-monthly 2027-01-01 00:00"),
    # force on a placed child: registered and reported on in 24 hours, socialtilsyn at the end of the month
    ("child", "2026-03-10 14:00",
     "child-register 2026-03-11 14:00, child-report 2026-03-11 14:00, child-monthly 2026-04-01 00:00"),
    ("child", "2026-03-31 20:00",
     "child-register 2026-04-01 20:00, child-report 2026-04-01 20:00, child-monthly 2026-04-01 00:00"),
    ("child", "2026-03-28 14:00",
     "child-register 2026-03-29 15:00, child-report 2026-03-29 15:00, child-monthly 2026-04-01 00:00"),
    ("child", "2026-10-24 14:00",
     "child-register 2026-10-25 13:00, child-report 2026-10-25 13:00, child-monthly 2026-11-01 00:00"),
    ("child", "2026-12-31 23:00",
     "child-register 2027-01-01 23:00, child-report 2027-01-01 23:00, child-monthly 2027-01-01 00:00"),
    # facts that matter to the case: as soon as possible, and the hub reminds within three days
    ("matters", "2026-03-10 14:00", "case-note 2026-03-14 00:00"),
    ("matters", "2026-03-29 01:30", "case-note 2026-04-02 00:00"),
    # several at once, none in another's way
    ("offence absence", "2026-03-10 14:00", "police 2026-03-13 14:00, easy 2026-03-25 00:00"),
    ("offence matters", "2026-03-10 14:00", "police 2026-03-13 14:00, case-note 2026-03-14 00:00"),
    ("adult_permitted matters", "2026-03-10 14:00", "adult-monthly 2026-04-01 00:00, case-note 2026-03-14 00:00"),
    ("adult_forbidden adult_permitted", "2026-03-10 14:00",
     "adult-register 2026-03-12 00:00, adult-report 2026-03-14 00:00, adult-monthly 2026-04-01 00:00"),
    ("offence claim adult_forbidden matters", "2026-03-10 14:00",
     f"police 2026-03-13 14:00, easy 2026-03-25 00:00, {FORCE}, case-note 2026-03-14 00:00"),
    # before a rule was there it asks for nothing
    ("absence", "2022-06-30 12:00", ""),
    ("absence", "2022-07-01 12:00", "easy 2022-07-16 00:00"),
    ("child", "2015-12-31 12:00", ""),
]  # fmt: skip


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(("ticked", "happened", "duties"), SITUATIONS, ids=lambda value: str(value)[:40])
def test_the_facts_start_the_right_clocks(ticked: str, happened: str, duties: str) -> None:
    started = shipped().started([Fact(one) for one in ticked.split()], local(happened), ZONE)
    expected = dict(one.split(" ", 1) for one in duties.split(", ") if one)
    assert {clock: want.due_at for clock, want in started.items()} == {one: local(due) for one, due in expected.items()}
    for clock, want in started.items():
        assert want.paper is (Paper.WORK if clock in ("police", "easy") else Paper.CASE)


def test_there_are_forty_situations() -> None:
    assert len(SITUATIONS) >= 40


OWN = """
[[clock]]
id = "mayor"
name = "Besked til direktionen"
paper = "employee"

[[terms]]
clock = "mayor"
from = 2027-01-01
source = "Instruks"
when = ["offence"]
hours = 4
to = "Direktionen"
write = "Kort"
why = "Aftalt"

[[terms]]
clock = "easy"
from = 2027-01-01
source = "Instruks"
when = ["absence"]
days = 9
to = "Arbejdsmiljøafdelingen"
write = "Som før"
why = "Fem dage til at anmelde"

[[terms]]
clock = "case-note"
from = 2027-06-01
source = "Instruks"
when = []
days = 1
to = "–"
write = "–"
why = "Skrives nu et andet sted"
"""
moments = st.integers(0, 24 * 3650).map(lambda hours: datetime(2020, 1, 2, tzinfo=UTC) + timedelta(hours=hours))


@given(moments, st.frozensets(st.sampled_from(Fact)))
def test_a_municipalitys_own_edit_takes_effect_from_its_date_only(happened: datetime, facts: frozenset[Fact]) -> None:
    before, own = shipped().started(facts, happened, ZONE), clock_book(OWN).started(facts, happened, ZONE)
    day = happened.astimezone(ZONE).date().isoformat()
    if day < "2027-01-01":
        assert own == before
        return
    assert ("mayor" in own) is (Fact.OFFENCE in facts)
    assert ("easy" in own) is (Fact.ABSENCE in facts), "a claim alone no longer starts it"
    if "easy" in own:
        days = [one["easy"].due_at.astimezone(ZONE).date() for one in (own, before)]
        assert days[0] == days[1] - timedelta(days=5)
    assert ("case-note" in own) is (Fact.MATTERS in facts and day < "2027-06-01")
    untouched = set(before) - {"easy", "case-note"}
    assert {one: own[one] for one in untouched} == {one: before[one] for one in untouched}


def test_every_fault_of_a_file_is_named_with_its_line_and_the_mend() -> None:
    wrong = OWN.replace("hours = 4", "hours = 0").replace("days = 9", 'days = "ni"').replace('"offence"', '"offense"')
    wrong = wrong.replace('id = "mayor"', 'id = "first_aid"', 1).replace("2027-06-01", '"juni"')
    with pytest.raises(FileProblem) as refusal:
        clock_book(wrong, "own.toml")
    told = "\n".join(refusal.value.problems)
    for part in ("from 1 to 2000", "from 1 to 400", 'did you mean "offence"', "small letters", "must be a day"):
        assert part in told, part
    with pytest.raises(FileProblem, match="write one of hours, days"):
        clock_book(OWN.replace("hours = 4\n", "hours = 4\ndays = 4\n"))
    with pytest.raises(FileProblem, match="has no terms"):
        clock_book('[[clock]]\nid = "x"\nname = "X"\npaper = "case"\n')


async def test_what_is_ticked_starts_a_clock_before_those_who_read_that_paper(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    address = await noted(house, await helped(house), kinds="near_miss")
    await house.database.write(lambda tx: OWN_CLOCKS.keep(tx, "house", OWN), of="house")
    leif, nora, carl = [await signed_in(house, who) for who in ("leif", "nora", "carl")]
    law = {"asked-law": "1", "law": ["offence", "absence"], "last": "9"}
    assert (await leif.post(f"{address}/employee", law)).status_code == 303
    force = {"asked-force": "1", "force": "child", "last": "9"}
    assert (await nora.post(f"{address}/case", force)).status_code == 303
    page = (await leif.get(address)).text
    for words in (
        "Politianmeldelse, eller skriftlig begrundelse for ikke at anmelde",
        "3 dage tilbage",
        "Til: Politiet; erstatning søges hos Erstatningsnævnet",
        "Anmeldelse af arbejdsulykke i EASY",
        "14 dage tilbage",
        "Registrering af magtanvendelse over for et anbragt barn",
        "Kilde: Voksenansvarsloven § 21",
    ):
        assert words in page, words
    assert "direktionen" not in page, "the municipality's own clock begins in another year"
    seen = (await nora.get(address)).text
    assert "Registrering af magtanvendelse over for et anbragt barn" in seen
    assert "Politianmeldelse" not in seen, "that is of the employee's paper"
    assert "Politianmeldelse" not in (await carl.get("/incidents")).text
    none = {"asked-law": "1", "last": "99"}
    assert (await leif.post(f"{address}/employee", none)).status_code == 303
    assert "Ikke længere nødvendigt" in (await leif.get(address)).text
    late = {"happened": "Slag", "outcome": "real", "unit": "nord", "at": "2026-03-01 10:00"}
    made = await leif.post("/incidents/new", late)
    old = made.headers["location"].partition("?")[0]
    assert (await leif.post(f"{old}/employee", law)).status_code == 303
    assert "6 dage for sent" in (await leif.get(old)).text, "a clock of the law waits for nobody's note"


def test_a_municipality_lays_its_own_over_them_in_all_its_houses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "data"))
    own = tmp_path / "own.toml"
    for name, municipality in (("nord", "29189999"), ("syd", "29189999"), ("hav", "29188416")):
        house = f'[institution]\nid = "{name}"\nname = "{name}"\nmunicipality = "{municipality}"\n'
        house += 'timezone = "Europe/Copenhagen"\nrules = "botilbud"\n'
        (tmp_path / "site.toml").write_text(house, "utf-8")
        files = [str(tmp_path / "site.toml"), "--tokens", str(tmp_path / "tokens.json")]
        assert CliRunner().invoke(main, ["setup", *files]).exit_code == 0
    own.write_text(OWN, "utf-8")
    said = CliRunner().invoke(main, ["clocks", str(own), "--institution", "nord"])
    assert said.output.splitlines() == ["nord: 10 clocks", "syd: 10 clocks"]
    own.write_text(OWN.replace("hours = 4", "hours = 0"), "utf-8")
    refused = CliRunner().invoke(main, ["clocks", str(own), "--institution", "nord"])
    assert (refused.exit_code, "own.toml:" in refused.output) == (1, True)
