"""KLE: editions as they are published, numbers as they were on the day, and files that are refused whole."""

import json
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from hub.cli import main
from hub.errors import FileProblem
from hub.incidents.retention import laid_over
from hub.incidents.retentionfile import retention_book, shipped
from hub.kle import klefile
from hub.kle.kle import ACROSS, Doubt, Entry, Keep, Kle, Level, Plan, resolve, spanning
from hub.kle.klestore import keep_edition
from tests.admin.desk import signed_in
from tests.cases.editions import CSV_2025, DAY_2025, FACETS, XML_2015, both, group, main_group, plan, subject
from tests.scenarios.conftest import Begin

STANDARDS = Path(__file__).parents[3] / "shared/standards/kle"
BEFORE, AFTER = date(2020, 6, 1), date(2026, 6, 1)
CLOSED = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("number", "happened", "keep", "days", "edition"),
    [
        ("87.15.00", BEFORE, Keep.DISCARD, 1800, date(2015, 8, 1)),
        ("87.15.00", date(2025, 4, 30), Keep.DISCARD, 1800, date(2015, 8, 1)),
        ("87.15.00", DAY_2025, Keep.KEEP, 1825, DAY_2025),
        ("81.29.01", BEFORE, Keep.DISCARD, 1800, date(2015, 8, 1)),
        ("81.29.01", AFTER, Keep.DISCARD, 12775, DAY_2025),
    ],
)
def test_how_long_is_that_of_the_day_it_happened(
    number: str, happened: date, keep: Keep, days: int, edition: date
) -> None:
    kept = both().retention(number, happened)
    assert kept is not None
    assert (kept.keep, kept.days, kept.edition) == (keep, days, edition)
    assert kept.ends(CLOSED) == CLOSED + timedelta(days=days)
    old = both().only(date(2015, 8, 1)).retention(number, happened)
    assert old is not None
    assert old.days == 1800, "a municipality can stay with an edition"
    assert both().retention(number, date(2009, 1, 1)) is None
    assert both().retention("81.29.08", AFTER) is None, "an edition that says nothing of it says nothing"


@pytest.mark.parametrize(
    ("number", "level", "day", "sent", "doubt"),
    [
        ("87.15.00", Level.SUBJECT, AFTER, "87.15.00", None),
        ("87.15.05", Level.SUBJECT, BEFORE, "87.15.05", None),
        ("87.15.05", Level.GROUP, BEFORE, "87.15.00", None),
        ("87.15.00", Level.MAIN_GROUP, AFTER, "87.00.00", None),
        ("87.15.00", Level.COMMON, AFTER, ACROSS, None),
        ("87.15.05", Level.SUBJECT, AFTER, "87.15.00", Doubt.RETIRED),  # the edition names its group, and not it
        ("81.29.05", Level.SUBJECT, BEFORE, "81.29.01", Doubt.RETIRED),  # replaced
        ("87.16.01", Level.SUBJECT, BEFORE, ACROSS, Doubt.RETIRED),
        ("87.15.99", Level.SUBJECT, AFTER, "87.15.00", Doubt.UNKNOWN),
        ("87.16.01", Level.GROUP, BEFORE, ACROSS, Doubt.COARSER),  # 87.16 has no number in general
        ("55.01.02", Level.SUBJECT, AFTER, "55.01.02", Doubt.UNCHECKED),
        ("87.15.00", Level.SUBJECT, date(2009, 1, 1), "87.15.00", Doubt.UNCHECKED),
    ],
)
def test_a_number_is_sent_as_six_digits_that_are_legal_that_day(
    number: str, level: Level, day: date, sent: str, doubt: Doubt | None
) -> None:
    found = resolve(both(), number, level, day)
    assert (found.number, found.doubt, found.asked) == (sent, doubt, number)
    if doubt in {Doubt.RETIRED, Doubt.UNKNOWN}:
        assert found.proposals[0] == sent


def test_a_municipality_has_a_common_number_of_its_own() -> None:
    assert resolve(both(), "27.66.08", Level.COMMON, AFTER, common="27.66.00").number == "27.66.00"
    assert resolve(both(), "27.66.08", Level.COMMON, AFTER).uuid == "cb1f77d6-cb0b-4f39-a79e-e58f5d50b3e0"
    assert both().uuid("81.29.01") is not None, "of another edition, where this one does not say it"
    assert resolve(Kle(), "87.15.00", Level.GROUP, AFTER).doubt is Doubt.UNCHECKED


numbers = st.builds("{:02}.{:02}.{:02}".format, *[st.sampled_from([0, 1, 5, 8, 15, 27, 29, 66, 81, 87])] * 3)
days = st.dates(date(2008, 1, 1), date(2030, 1, 1))


@given(numbers, st.sampled_from(Level), days)
def test_whatever_is_asked_is_answered_with_six_digits_that_nobody_has_retired(
    number: str, level: Level, day: date
) -> None:
    known = both()
    found = resolve(known, number, level, day)
    assert len(found.number) == 8
    assert known.legal(found.number, day) is not None or not known.spoken_of(found.number, day)


def test_what_speaks_for_several() -> None:
    assert spanning(["87.15.00"]) == "87.15.00"
    assert spanning(["81.29.00", "81.29.01"]) == "81.29.00"
    assert spanning(["87.15.00", "87.10.00"]) == "87.00.00"
    assert spanning(["87.15.00", "81.29.01"]) == ACROSS
    with pytest.raises(ValueError, match="like 87"):
        Entry("87.5", "x")
    with pytest.raises(ValueError, match="no title"):
        Entry("87.15.00", "")


DTD = b'<!DOCTYPE a [<!ENTITY x "y">]><KLE-Emneplan/>'
WRONG = [
    (CSV_2025, None, "add --edition"),
    (XML_2015, DAY_2025, "is the edition of 2015-08-01"),
    (XML_2015[:900], None, "cannot be read (unclosed token)"),
    (DTD, None, "holds a DTD"),
    (b"<kmd/>", None, "it begins with <KLE-Emneplan>"),
    (plan(published=""), None, "UdgivelsesDato"),
    (plan(published="i dag"), None, "is no day"),
    (plan(), None, "holds no number"),
    (plan(main_group("8", "X")), None, '"8" is no number'),
    (plan(main_group("87.15", "X")), None, "no number of a Hovedgruppe"),
    (plan(main_group("87", "X", group("87.15", ""))), None, "title is missing"),
    (plan(main_group("87", "X", group("87.15", "Y", subject("87.15.00", "Z", keep="Q")))), None, "write B, K, K5"),
    (plan(main_group("87", "X", group("87.15", "Y", subject("87.15.00", "Z", period="5 år")))), None, "like P1825D"),
    (plan(main_group("87", "X", group("87.15", "Y", *[subject("87.15.00", "Z")] * 2))), None, "stands twice"),
    (plan(main_group("87", "X", *["<a>" * 30, "</a>" * 30])), None, "far too deep"),
    (b"a,b\n1,2\n", DAY_2025, "has no column emnenr and none titel"),
    (b"emnenr,titel\n87.15.00,\xe6\n", DAY_2025, ":2: holds letters"),
    (b"emnenr,titel,uuid\n87.15.00,X,nix\n", DAY_2025, "is no UUID"),
    (b"emnenr,titel,afloestaf\n87.15.00,X,87.15.x\n", DAY_2025, "replaced by"),
    (b"emnenr,titel\n87.15.00,X\nG01,Y\n", DAY_2025, "divide it"),
    (b'emnenr,titel\n87.15.00,"X\x00', DAY_2025, ":2:"),
]


@pytest.mark.parametrize(("content", "published", "says"), WRONG)
def test_a_bad_file_is_refused_whole_with_place_and_mend(content: bytes, published: date | None, says: str) -> None:
    with pytest.raises(FileProblem) as refused:
        klefile.read(content, "kle.fil", published)
    assert all(one.startswith("kle.fil:") for one in refused.value.problems)
    assert says in "\n".join(refused.value.problems)


def test_every_fault_is_named_up_to_fifty() -> None:
    many = "emnenr,titel\n" + "".join(f"8.{n},X\n" for n in range(70))
    with pytest.raises(FileProblem) as refused:
        klefile.read(many.encode(), "kle.csv", DAY_2025)
    assert len(refused.value.problems) == 51
    assert refused.value.problems[-1] == "kle.csv: and 20 more like these"


def test_both_editions_are_imported_by_command_and_a_bad_one_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "data"))
    (tmp_path / "site.toml").write_text(
        '[institution]\nid = "nord"\nname = "Nord"\nmunicipality = "29189999"\n'
        'timezone = "Europe/Copenhagen"\nrules = "botilbud"\n',
        "utf-8",
    )

    def says(*words: str) -> str:
        return CliRunner().invoke(main, words).output

    says("setup", str(tmp_path / "site.toml"), "--tokens", str(tmp_path / "tokens.json"))
    assert "None yet" in says("kle", "editions")
    for name, content in (("2015.xml", XML_2015), ("2025.csv", CSV_2025), ("facets.csv", FACETS), ("bad.csv", b"x")):
        (tmp_path / name).write_bytes(content)
    assert says("kle", "import", str(tmp_path / "2015.xml")) == "subjects of 2015-08-01: 14 numbers\n"
    assert "14 numbers" in says("kle", "import", str(tmp_path / "2025.csv"), "--edition", "2025-05-01")
    assert "facets of 2025-05-01: 1" in says("kle", "import", str(tmp_path / "facets.csv"), "--edition", "2025-05-01")
    known = says("kle", "editions")
    bad = CliRunner().invoke(main, ["kle", "import", str(tmp_path / "bad.csv"), "--edition", "2025-05-01"])
    assert (bad.exit_code, "bad.csv:1: has no column emnenr" in bad.output) == (1, True)
    assert says("kle", "editions") == known
    assert "may be discarded, deleted 1800 days" in says("kle", "show", "87.15.00", "--on", "2016-03-01")
    assert "kept by the archive, deleted 1825 days" in says("kle", "show", "87.15.00", "--on", "2025-05-01")
    retired = says("kle", "show", "81.29.05", "--on", "2016-03-01")
    assert "sent as 81.29.01 Arbejdsulykker (it is no more; proposed instead: 81.29.01" in retired
    assert "retired 2013-11-01" in retired
    assert "write six digits" in says("kle", "show", "87.15")


async def test_the_page_says_what_a_number_was(begin: Begin) -> None:
    house = await begin()
    leif, anna = await signed_in(house, "leif"), await signed_in(house, "anna")
    assert "Ingen endnu" in (await leif.get("/admin/kle")).text
    assert (await anna.get("/admin/kle")).status_code == 403
    for edition in both().editions:
        await house.database.write(
            partial(keep_edition, plan=Plan.SUBJECTS, edition=edition, sha256="x", now=house.clock.now())
        )
    page = (await leif.get("/admin/kle?number=87.15.00&on=2016-03-01")).text
    assert "Må kasseres; slettes her 1800 dage" in page
    assert "2025-05-01" in page
    page = (await leif.get("/admin/kle?number=81.29.05&on=2016-03-01")).text
    assert "bruges ikke længere. Brug i stedet: 81.29.01 Arbejdsulykker" in page
    assert "Skriv seks cifre" in (await leif.get("/admin/kle?number=8715")).text
    assert "Skriv en dag" in (await leif.get("/admin/kle?number=87.15.00&on=nu")).text


def test_kls_own_files_give_the_right_dates_on_each_side() -> None:
    if not STANDARDS.is_dir():
        return
    xml = next(STANDARDS.glob("KLE-Emneplan-2015*.xml")).read_bytes()
    listed = (STANDARDS / "kle-2023-08-hovedgrupper-00-27-81-87.csv").read_bytes()
    newest = json.loads((STANDARDS / "kle-2025-05-01-retention-excerpt.json").read_text("utf-8"))["emner"]
    rows = [f"{one['emnenr']};{one['titel']};{one['bevaring']};{one['slet']}" for one in newest]
    csv_2025 = "\n".join(["emnenr;titel;bevaring;slet", *rows]).encode()
    known = Kle.of(
        klefile.read(content, "f", day)[1]
        for content, day in ((xml, None), (listed, date(2023, 8, 1)), (csv_2025, DAY_2025))
    )
    old = (STANDARDS / "kle-2015-retention-same-subjects.csv").read_text("utf-8").splitlines()[1:]
    held = 0
    for number, keep, period in (line.split(",") for line in old):
        before, after = known.retention(number, date(2024, 1, 1)), known.retention(number, AFTER)
        now = next(one for one in newest if one["emnenr"] == number)
        assert after is not None
        if before is not None:  # one of them is in no group of the excerpt
            held += 1
            assert (before.keep, f"P{before.days}D") == (keep, period), number
        assert (after.keep, f"P{after.days}D") == (now["bevaring"], now["slet"]), number
    assert held == 7
    assert resolve(known, "87.15.00", Level.MAIN_GROUP, AFTER).number == "87.00.00"
    assert known.uuid("87.15.00") == "d46a2b37-132e-4033-a79b-b66ba016d749"


def test_an_imported_edition_says_how_long_records_are_kept_and_ones_own_file_has_the_last_word() -> None:
    day = date(2026, 6, 1)
    before = shipped().in_force("87.15.00", day)
    longer = CSV_2025.replace(b"Psykisk arbejdsmilj\xc3\xb8 i almindelighed;B;P1825D", b"X;K;P99D")
    known = Kle.of([klefile.read(longer, "kle.csv", date(2026, 5, 1))[1]])
    book = laid_over(shipped(), shipped(), known)
    assert book.in_force("87.15.00", day).days == 99
    assert book.in_force("87.15.00", date(2026, 4, 30)) == before
    assert book.in_force("81.29.01", day).days == 12775
    own = '[[period]]\nkey = "87.15.00"\nedition = 2026-05-01\nkeep = "K"\ndays = 7\nsource = "Instruks"\n'
    assert laid_over(retention_book(own), shipped(), known).in_force("87.15.00", day).days == 7
    assert laid_over(shipped(), shipped(), Kle()) == shipped()
