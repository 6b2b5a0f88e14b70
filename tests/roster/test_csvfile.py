from datetime import UTC, datetime

import pytest

from hub.errors import FileProblem
from hub.people.site import DutyState, Role, Site
from hub.roster.shift import Shift
from tests.people.solgaarden import site_file
from tests.roster.reading import csv_said

ENGLISH = """\
person,unit,from,to,duty
jette,nord,2026-11-22 07:00,2026-11-22 15:00,active
omar,syd,2026-11-22T22:00:00Z,2026-11-23 07:00,sleeping
"""
DANISH = """\
Medarbejder;Enhed;Fra;Til;Vagttype;ID;Rolle
jette;nord;22-11-2026 07.00;22-11-2026 15.00;aktiv;A1;

"omar";syd;22-11-2026 23.00;23-11-2026 07.00;Sovende;A2;Vagtleder
"""


def site() -> Site:
    file = site_file()
    return Site(
        file.institution,
        {one.id: one for one in file.units},
        people={one.id: one for one in file.people},
    )


def read(text: str) -> list[Shift]:
    return list(csv_said(text, site()).shifts)


def test_english_and_danish_headings_tell_the_same_shifts() -> None:
    english, danish = read(ENGLISH), read(DANISH)
    assert [(one.person, one.unit, one.starts, one.ends, one.duty) for one in english] == [
        ("jette", "nord", at(22, 6), at(22, 14), DutyState.ACTIVE),
        ("omar", "syd", at(22, 22), at(23, 6), DutyState.SLEEPING),
    ]
    for one, other in zip(english, danish, strict=True):
        assert (one.person, one.unit, one.starts, one.ends, one.duty) == (
            other.person,
            other.unit,
            other.starts,
            other.ends,
            other.duty,
        )
    assert [(one.source, one.source_id, one.role) for one in danish] == [
        ("csv", "A1", None),
        ("csv", "A2", Role.SHIFT_LEAD),
    ]
    assert [one.role for one in english] == [None, None]


@pytest.mark.parametrize(
    "changed",
    [
        "\ufeff" + ENGLISH,
        ENGLISH.replace("\n", "\r\n"),
        ENGLISH.replace(",", ";"),
        ENGLISH.replace(",", "\t"),
        ENGLISH.replace(",", " , "),
        ENGLISH.replace("jette", '"jette"'),
        ENGLISH + "\n,,,,\n",
        ENGLISH.removesuffix("\n"),
        ENGLISH.replace("person,unit,from", "PERSON,Unit,fra"),
    ],
)
def test_how_a_program_saved_it_makes_no_difference(changed: str) -> None:
    assert read(changed) == read(ENGLISH)


def test_columns_may_stand_in_any_order() -> None:
    rows = [line.split(",") for line in ENGLISH.splitlines()]
    assert read("\n".join(",".join(reversed(row)) for row in rows)) == read(ENGLISH)


def test_a_file_with_headings_alone_holds_no_shifts() -> None:
    assert read("person,unit,from,to,duty\n") == []


def test_the_night_when_the_clock_goes_back_has_an_hour_more() -> None:
    night = "person,unit,from,to,duty\njette,nord,2026-10-24 23:00,2026-10-25 08:00,active\n"
    (shift,) = read(night)
    assert (shift.ends - shift.starts).total_seconds() == 10 * 3600


FAULTS = [
    ("jette,nord", "jete,nord", "2: person: ", 'did you mean "jette"?'),
    ("jette,nord", "Jette Holm,nord", "2: person: ", 'write the id "jette"'),
    ("jette,nord", ",nord", "2: person: ", "is empty"),
    ("jette,nord", "jette,nrod", "2: unit: ", 'did you mean "nord"?'),
    ("jette,nord", "jette,vest", "2: unit: ", "write one of nord, syd", "Or add it"),
    ("2026-11-22 07:00", "i dag", "2: from: ", "2026-11-22T07:00"),
    ("2026-11-22 07:00", "2026-11-31 07:00", "2: from: ", "calendar"),
    ("2026-11-22 07:00", "", "2: from: ", "is empty"),
    ("2026-11-22 07:00", "2026-03-29 02:30", "2: from: ", "never comes", "write 03:30"),
    ("2026-11-22 15:00", "2026-11-21 15:00", "2: to: ", "ends before it begins"),
    (",active", ",activ", "2: duty: ", 'did you mean "active"?'),
    (",active", ",", "2: duty: ", "is empty"),
    (",active", "", "2: ", "has 4 cells and the first line has 5"),
    (",active", ",active,x", "2: ", "has 6 cells"),
    ("2026-11-22 15:00,active", '"2026-11-22 15:00,active', "3: ", "quote that is not closed"),
    ("person,", "persno,", "1: ", 'did you mean "person"?', "take it out"),
    ("person,", "person,løn,", "1: ", 'no column "løn"'),
    ("person,unit", "person,person", "1: ", "same column"),
    ("person,unit", "person,medarbejder", "1: ", "same column"),
    ("person,unit,from,to,duty\n", "", "1: ", "must name the columns"),
    (",duty", "", "1: ", "duty missing of person, unit, from, to, duty"),
    (
        "omar,syd,2026-11-22T22:00:00Z,2026-11-23 07:00",
        "jette,nord,2026-11-22 07:00,2026-11-22T14:00Z",
        "3: from: ",
        "line 2",
    ),
]


@pytest.mark.parametrize(("written", "instead", "where", "says"), [(a, b, c, says) for a, b, c, *says in FAULTS])
def test_a_fault_names_its_line_its_column_and_the_mend(
    written: str, instead: str, where: str, says: list[str]
) -> None:
    assert written in ENGLISH
    with pytest.raises(FileProblem) as refusal:
        read(ENGLISH.replace(written, instead, 1))
    problem = next((one for one in refusal.value.problems if one.startswith(f"shifts.csv:{where}")), "")
    assert problem, refusal.value.problems
    for words in says:
        assert words in problem


def test_a_fault_is_told_in_the_files_own_words() -> None:
    with pytest.raises(FileProblem) as refusal:
        read(DANISH.replace("aktiv", "vagt").replace("Vagtleder", "chef").replace("A2", "A1"))
    assert [problem.split(": ")[:2] for problem in refusal.value.problems] == [
        ["shifts.csv:2", "Vagttype"],
        ["shifts.csv:4", "Rolle"],
    ]
    with pytest.raises(FileProblem, match=r"shifts\.csv:4: ID: has the id of line 2"):
        read(DANISH.replace("A2", "A1"))


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(FileProblem) as refusal:
        read(ENGLISH.replace("nord", "øst").replace("sleeping", "awake").replace("2026-11-22 15:00", "15:00"))
    assert [problem.split(": ")[0] for problem in refusal.value.problems] == ["shifts.csv:2"] * 2 + ["shifts.csv:3"]


@pytest.mark.parametrize("text", ["", "\n", "\0", ",\n", '"', "person,unit,from,to,duty\n\0\n", "x" * 200_000])
def test_what_is_no_roster_is_refused_and_nothing_else(text: str) -> None:
    with pytest.raises(FileProblem):
        read(text)


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)
