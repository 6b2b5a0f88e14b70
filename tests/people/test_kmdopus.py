"""People out of KMD OPUS: those of our units come, change, leave and come back; and files that are meant to harm."""

from datetime import date
from pathlib import Path

import pytest

from hub.clock import ManualClock
from hub.errors import FileProblem, Invalid
from hub.people.importing import PeopleImported, import_people
from hub.people.site import Role
from hub.people.store import site
from hub.storage import journal
from hub.storage.database import Database
from integrations import kmdopus
from tests.databases import on_both
from tests.people.solgaarden import set_up

EXAMPLE = Path(__file__).parents[3] / "shared/standards/kmd-opus/ZLPE20200101_delta.xml"
TODAY = date(2026, 11, 22)
UNITS = {"20": "nord", "31": "syd"}
ORGANISATION = """\
<orgUnit id="1"><longName>Kommunen</longName><parentOrgUnit/></orgUnit>
<orgUnit id="20"><longName>Nord</longName><parentOrgUnit>1</parentOrgUnit></orgUnit>
<orgUnit id="21"><longName>Nord, nat</longName><parentOrgUnit>20</parentOrgUnit></orgUnit>
<orgUnit id="31"><longName>Syd</longName><parentOrgUnit>1</parentOrgUnit></orgUnit>
"""


def employee(which: int, name: str, unit: int, more: str = "") -> str:
    return (
        f'<employee id="{which}"><cpr suppId="0">0101010000</cpr><firstName>{name}</firstName><lastName>Dam</lastName>'
        f"<address>Vej 1</address><orgUnit>{unit}</orgUnit>{more}</employee>\n"
    )


def file(*records: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>\n<kmd>\n{"".join(records)}</kmd>'.encode()


ALL = file(ORGANISATION, employee(100, "Åse", 21), employee(101, "Bo", 31), employee(102, "Else", 1))


async def bring(database: Database, clock: ManualClock, content: bytes, changes: bool = False) -> PeopleImported:
    told = kmdopus.read(content, "opus.xml", TODAY)
    clock.advance(1)
    return await import_people(database, "solgaarden", "opus", told, UNITS, clock, only_changes=changes)


@on_both
async def test_people_of_our_units_come_change_leave_and_come_back(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    assert await bring(database, clock, ALL) == PeopleImported(("opus-100", "opus-101"), others=1)
    assert await bring(database, clock, ALL) == PeopleImported(others=1)
    async with database.read() as tx:
        here = await site(tx, "solgaarden")
        (*_, last) = await journal.after(tx, "solgaarden", 0, 20)
    assert (here.people["opus-100"].name, here.people["opus-100"].units) == ("Åse Dam", ("nord",))
    assert here.people["opus-101"].role is Role.STAFF
    assert last.event == "people_imported"
    assert "Dam" not in str(last.facts)

    changed = file(
        employee(101, "Bodil", 20), '<employee id="100" action="leave"/>', '<employee id="7" action="leave"/>'
    )
    assert await bring(database, clock, changed, changes=True) == PeopleImported((), ("opus-101",), ("opus-100",))
    async with database.read() as tx:
        here = await site(tx, "solgaarden")
    assert here.people["opus-101"].units == ("nord",)
    assert "opus-100" not in here.people
    assert {"jette", "omar", "karen"} <= set(here.people)

    assert (await bring(database, clock, ALL)).changed == ("opus-100", "opus-101")
    over = ALL.replace(b"<firstName>Bo<", b"<leaveDate>2026-11-01</leaveDate><firstName>Bo<")
    assert (await bring(database, clock, over)).left == ("opus-101",)
    cancelled = ALL.replace(b"<orgUnit>21<", b"<workContractText>Annulleret</workContractText><orgUnit>21<")
    assert (await bring(database, clock, cancelled)).left == ("opus-100",)


async def test_a_unit_of_ours_that_is_not_there_is_named(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    told = kmdopus.read(ALL, "opus.xml", TODAY)
    with pytest.raises(Invalid, match='20 is said to be "vest"'):
        await import_people(database, "solgaarden", "opus", told, {"20": "vest"}, clock, only_changes=False)


LAUGHS = '<!DOCTYPE kmd [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (ALL.replace(b"<kmd>", LAUGHS.encode() + b"<kmd>&b;"), "holds a DTD"),
        (ALL.replace(b"<kmd>", b'<!DOCTYPE kmd SYSTEM "file:///etc/passwd"><kmd>'), "holds a DTD"),
        (ALL[:-30], "cannot be read"),
        (b"", "cannot be read"),
        (b"<rss/>", "is no file of KMD OPUS"),
        (b"<kmd>" + b"<a>" * 100_000, "far too deep"),
        (ALL.decode().encode("utf-16"), "cannot be read"),
    ],
)
def test_what_is_no_such_file_or_is_meant_to_harm_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(FileProblem) as refused:
        kmdopus.read(content, "opus.xml", TODAY)
    assert says in refused.value.problems[0]


async def test_one_record_that_cannot_be_used_keeps_all_as_it_was(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    bad = file(
        employee(100, "Åse", 20), '<employee id="x"/>', '<employee id="9" action="fire"/>', employee(8, "x" * 300, 20)
    )
    with pytest.raises(FileProblem) as refused:
        await bring(database, clock, bad)
    assert [problem.split(": ")[0] for problem in refused.value.problems] == ["opus.xml:4", "opus.xml:4", "opus.xml:4"]
    async with database.read() as tx:
        assert "opus-100" not in (await site(tx, "solgaarden")).people


def test_the_public_example_is_read() -> None:
    if not EXAMPLE.exists():
        return
    told = kmdopus.read(EXAMPLE.read_bytes(), "example.xml", TODAY)
    assert {key: unit.parent for key, unit in told.units.items()} == {"1": None, "2": "1", "3": "2"}
    assert [(one.id, one.name, one.unit, one.ended) for one in told.people][::3] == [
        ("1000", "Fornavn Efteravn", "3", False),
        ("1006", "Fornavn2 Efteravn3", "3", True),
    ]
    assert told.gone == ["999"]
    assert "010101" not in repr(told)
