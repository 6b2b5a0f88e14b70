"""Rosters from every outside system: what comes twice, what changes, what breaks, and what stops answering."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from hub import sources as outside
from hub.clock import ManualClock
from hub.errors import FileProblem, HubError
from hub.health.vigil import _old
from hub.ports import Never
from hub.roster import absencestore, sourcestore, store
from hub.roster.shift import Absence, Away, entry_id
from hub.roster.sourcefile import Kind, parse, words
from hub.roster.understood import Words
from hub.storage import journal
from hub.storage.database import Database
from integrations.csvfile import CsvSettings
from integrations.planday import read as read_planday
from tests.contracts.serving import Mood
from tests.databases import on_both
from tests.roster.desk import REGION, VAULT, Desk, emptied
from tests.roster.outside import (
    ZONE,
    Calendar,
    Planday,
    Turn,
    delta,
    ics_text,
    planday_absence,
    planday_shifts,
    planday_toml,
    turns,
)
from tests.roster.reading import csv_said
from tests.roster.test_csvfile import ENGLISH, site

PEOPLE, UNITS = 20, 3
ROSTER = turns(PEOPLE, UNITS, date(2026, 10, 20), 10)
NOON = datetime(2026, 10, 20, 12, tzinfo=ZONE)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with Desk(database, ManualClock(NOON), PEOPLE, UNITS) as made:
        yield made


@pytest.fixture
async def calendar(desk: Desk) -> AsyncIterator[Calendar]:
    async with AsyncExitStack() as stack:
        served = Calendar(ics_text(ROSTER))
        await stack.enter_async_context(served.listening())
        await desk.add(f'[source]\nid = "region-plan"\nkind = "ical"\nurl = "{served.url}/secret.ics"\nevery = 60\n')
        yield served


@pytest.fixture
async def planday(desk: Desk) -> AsyncIterator[Planday]:
    served = Planday()
    async with served.listening():
        await desk.add(planday_toml(served.url, PEOPLE, UNITS))
        yield served


@on_both
async def test_every_source_brings_the_same_twice_and_what_changed(desk: Desk) -> None:
    changed = delta(ROSTER)
    for name, bring in (await desk.sources()).items():
        assert (await bring(ROSTER)).added == len(ROSTER), name
        assert (await bring(ROSTER)).nothing, name
        desk.clock.advance(1)
        await bring(changed)
        assert await desk.stands(name) == sorted(one.meant for one in changed), name
        assert (await bring(changed)).nothing, name
        await emptied(desk, name)


async def test_a_change_and_a_removal_keep_what_was(desk: Desk) -> None:
    bring = (await desk.sources())["ical"]
    await bring(ROSTER)
    desk.clock.advance(60)
    moved = Turn(ROSTER[0].id, "p7", ROSTER[0].unit, ROSTER[0].starts, ROSTER[0].ends, ROSTER[0].duty)
    await bring([moved, *ROSTER[1:]])
    desk.clock.advance(60)
    await bring(ROSTER[1:])
    async with desk.database.read() as tx:
        was = await store.past(tx, REGION, entry_id("ical", ROSTER[0].id))
    assert [(until, one.person, one.version, gone) for until, one, gone in was] == [
        (NOON + MINUTE, "p0", 1, False),
        (NOON + 2 * MINUTE, "p7", 2, True),
    ]


async def test_what_stops_answering_stands_as_it_was_and_says_how_old_it_is(desk: Desk, calendar: Calendar) -> None:
    await looked(desk)
    known = await desk.stands("region-plan")
    assert len(known) == len(ROSTER)
    for mood in (Mood.REFUSES, Mood.LATER, Mood.DROPS, Mood.NONSENSE, Mood.GARBAGE):
        calendar.mood = mood
        desk.clock.advance(60)
        await looked(desk)
        assert await desk.stands("region-plan") == known, mood
        assert (await source(desk)).trouble, mood
    assert "the-body-is-secret" not in str((await source(desk)).trouble)
    for broken in (
        ics_text(ROSTER)[:-300],
        "",
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        ics_text(ROSTER).replace("p3@", "x@"),
    ):
        calendar.mood, calendar.text = Mood.HONEST, broken
        desk.clock.advance(60)
        await looked(desk)
        assert await desk.stands("region-plan") == known
    async with desk.database.read() as tx:
        (old,) = _old(await sourcestore.ages(tx), desk.clock.now())
        assert [entry.event for entry in await journal.after(tx, REGION, 2, 9)] == ["roster_not_heard"]
    assert old == ("region/region-plan", 9)
    calendar.text = ics_text(ROSTER[1:])
    desk.clock.advance(60)
    await looked(desk)
    assert (await source(desk)).trouble is None
    assert len(await desk.stands("region-plan")) == len(ROSTER) - 1


async def test_a_source_is_looked_at_as_often_as_was_asked(desk: Desk, calendar: Calendar) -> None:
    for seconds, looks in ((0, 1), (59, 1), (1, 2), (0, 2), (600, 3), (59, 3), (1, 4)):
        desk.clock.advance(seconds)
        await looked(desk)
        assert len(calendar.taken) == looks


async def test_an_address_that_sends_elsewhere_is_not_followed(desk: Desk, calendar: Calendar) -> None:
    async with Calendar(ics_text(ROSTER)).listening() as inside:
        calendar.location = f"http://127.0.0.1:{inside.port}/secret.ics"
        with pytest.raises(Never, match="sends elsewhere"):
            await desk.look("region-plan")
        assert inside.connections == 0
    assert await desk.stands("region-plan") == []


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a.ics",
        "webcal://10.0.0.8/a.ics",
        "https://169.254.169.254/latest",
        "http://calendar.example/a.ics",
    ],
)
async def test_an_address_inside_the_house_is_none(desk: Desk, url: str) -> None:
    await desk.add(f'[source]\nid = "inside"\nkind = "ical"\nurl = "{url}"\n')
    desk.polling._opened = partial(outside.source, clock=desk.clock, allow_loopback=False)
    with pytest.raises(Never):
        await desk.look("inside")


async def test_planday_counts_those_who_are_expected_and_nobody_else(desk: Desk, planday: Planday) -> None:
    statuses = [
        "Open",
        "Assigned",
        "Approved",
        "ForSale",
        "Draft",
        "OnDuty",
        "PendingSwapAcceptance",
        "PendingApproval",
    ]
    planday.shifts = planday_shifts(ROSTER[:8])
    for shift, status in zip(planday.shifts, statuses, strict=True):
        shift["status"] = status
    planday.shifts[3] |= {"employeeId": None}
    await desk.look("planday")
    wanted = [
        one.meant for one, status in zip(ROSTER, statuses, strict=False) if status not in ("Open", "ForSale", "Draft")
    ]
    assert await desk.stands("planday") == sorted(wanted)
    assert planday.objections == []


async def test_planday_is_signed_in_to_once_an_hour_and_anew_when_it_forgets(desk: Desk, planday: Planday) -> None:
    planday.shifts = planday_shifts(turns(PEOPLE, UNITS, date(2026, 10, 20), 30))
    await desk.look("planday")
    assert len(planday.taken) == -(-len(planday.shifts) // 50)
    assert planday.tokens == 1
    planday.ended.add("token-1")
    planday.tokens = 1
    await desk.look("planday")
    assert planday.objections == []


async def test_planday_says_who_is_away_and_on_which_hours(desk: Desk, planday: Planday) -> None:
    await desk.add(planday_toml(planday.url, PEOPLE, UNITS, absences=True))
    planday.shifts = planday_shifts(ROSTER)
    whole = {"absencePeriod": {"start": "2026-10-27T00:00", "end": "2026-10-28T00:00"}, "registrations": []}
    planday.absences = [
        planday_absence(1, "p3", "2026-10-24", "2026-10-25"),
        planday_absence(2, "p4", "2026-10-21 08:00-12:00", "2026-10-22 23:00-07:00"),
        planday_absence(3, "p5", **whole),
        planday_absence(4, "p6", "2026-10-21", status="Declined"),
    ]
    assert (await desk.look("planday")).added == len(ROSTER) + 6
    assert (await desk.look("planday")).nothing
    stands = [
        ("p3", "2026-10-24 00:00", timedelta(hours=24), Away.SICK),
        ("p3", "2026-10-25 00:00", timedelta(hours=25), Away.SICK),
        ("p4", "2026-10-21 08:00", timedelta(hours=4), Away.LEAVE),
        ("p4", "2026-10-22 23:00", timedelta(hours=8), Away.LEAVE),
        ("p5", "2026-10-27 00:00", timedelta(hours=24), Away.LEAVE),
        ("p5", "2026-10-28 00:00", timedelta(hours=24), Away.LEAVE),
    ]
    assert await _away(desk) == stands
    planday.absences = [planday_absence(1, "p3", "2026-10-25"), *planday.absences[1:]]
    assert (await desk.look("planday")).removed == 1
    assert await _away(desk) == stands[1:]
    planday.absences = None
    with pytest.raises(Never, match="shows no absences: authorise"):
        await desk.look("planday")
    assert await _away(desk) == stands[1:]
    assert planday.objections == ["the application is not authorised for absences"]


async def _away(desk: Desk) -> list[tuple[str, str, timedelta, Away]]:
    async with desk.database.read() as tx:
        found = await absencestore.absences(tx, REGION, NOON - timedelta(days=5), NOON + timedelta(days=30))
    return sorted(
        (one.person, f"{one.starts.astimezone(ZONE):%Y-%m-%d %H:%M}", one.ends - one.starts, one.kind) for one in found
    )


def test_an_absence_in_a_file_of_planday_that_cannot_be_understood_is_named() -> None:
    day = "2026-10-21"
    backwards = {"start": "2026-10-21", "end": "2026-10-20"}
    records = [
        (planday_absence(1, "p1", day, status="Asked for"), "status: 'Asked for' is none that is known"),
        (planday_absence(2, "p1", "soon"), "name no days that can be read"),
        (planday_absence(3, "p1", absencePeriod=backwards), "ends before it begins"),
        (planday_absence(4, "p1", day, employeeId=None), "is no absence with an id and an employeeId"),
    ]
    read = read_planday(json.dumps({"data": [record for record, _ in records]}).encode(), "a.json")
    assert [problem.split(": ", 1)[0] for problem in read.problems] == ["a.json:1", "a.json:2", "a.json:3", "a.json:4"]
    for problem, (_, says) in zip(read.problems, records, strict=True):
        assert says in problem


@pytest.mark.parametrize(
    ("shift", "says"),
    [
        ({"status": "Sold"}, "status: 'Sold' is none that is known"),
        ({"employeeId": 9999}, '"9999" is no person here'),
        ({"departmentId": 99}, '"99" is no unit here'),
        ({"startDateTime": "2026-10-20T25:00"}, "not on the clock"),
        ({"endDateTime": "2026-10-19T07:00"}, "ends before it begins"),
    ],
)
async def test_one_shift_that_cannot_be_understood_keeps_all_as_it_was(
    desk: Desk, planday: Planday, shift: dict[str, object], says: str
) -> None:
    planday.shifts = planday_shifts(ROSTER)
    await desk.look("planday")
    planday.shifts = [planday.shifts[0] | shift, *planday.shifts[5:]]
    with pytest.raises(FileProblem) as refused:
        await desk.look("planday")
    assert says in refused.value.problems[0]
    assert len(await desk.stands("planday")) == len(ROSTER)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            b"person,unit,from,to,duty\n" + b"jette,nord,2026-11-22 07:00,2026-11-22 15:00,active\n" * 1_000_000,
            "1,000,001",
        ),
        (ENGLISH.encode("utf-16"), "UTF-16"),
        (ENGLISH.encode("utf-16-le"), "UTF-16"),
        ("person,unit,from,to,duty\nsøren".encode("latin-1"), "2: holds letters that are not UTF-8"),
        (b"\0" * 1000, "UTF-16, or no text at all"),
        (ENGLISH.replace("jette", "=HYPERLINK(1)").encode(), "2: person: begins with '=', as a formula does"),
        (ENGLISH.replace("active", "@SUM(A1)").encode(), "2: duty: begins with '@'"),
        (ENGLISH.replace("nord", "+1+cmd").encode(), "2: unit: begins with '+'"),
        (b"a" * (65 << 20), "65 MiB large, more than 64"),
    ],
)
def test_a_file_that_is_a_bomb_is_refused_at_once(content: bytes, says: str) -> None:
    with pytest.raises(FileProblem) as refused:
        csv_said(content, site())
    assert says in refused.value.problems[0]


def test_a_file_with_its_own_columns_words_and_dates() -> None:
    settings = CsvSettings({"person": "Medarb.nr", "from": "Mødt"}, {"unit": "nord"})
    text = (
        "Dato;Medarb.nr;Mødt;Til;Vagttype;Fravær\n24-10-2026;4711;23.00;07.00;NAT;\n09-11-2026;12;00:00;24:00;;Ferie\n"
    )
    said = csv_said(text, site(), settings, spelt())
    (night,) = said.shifts
    assert (night.person, night.unit, night.ends - night.starts) == ("jette", "nord", timedelta(hours=9))
    assert said.absences == [
        Absence.of("csv", "omar", None, said.absences[0].starts, said.absences[0].ends, Away.LEAVE)
    ]
    assert said.absences[0].ends - said.absences[0].starts == timedelta(days=1)


def spelt() -> Words:
    file = parse(
        '[source]\nid = "opus"\nkind = "csv"\n[people]\n4711 = "jette"\n12 = "omar"\n[duties]\nNAT = "sleeping"',
        "s.toml",
    )
    return words(file.settings, file.kind)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[source]\nid = "site"\nkind = "csv"', "s.toml:2: source, id: "),
        ('[source]\nid = "Nord 1"\nkind = "csv"', "s.toml:2: source, id: "),
        ('[source]\nid = "x"\nkind = "xls"', "s.toml:3: source, kind: "),
        ('[source]\nid = "x"\nkind = "ical"\nurl = "https://a.example/x"\nevery = 1', "s.toml:5: source, every: "),
        ('[source]\nid = "x"\nkind = "planday"', "client_id"),
        ('[source]\nid = "x"\nkind = "csv"\n[duties]\nN = "nat"', "s.toml:5: duties, N: "),
        ('[source]\nid = "x"\nkind = "csv"\nabsent = "covered"', "s.toml:4: source, absent: "),
        ('[source]\nid = "x"\nkind = "csv"\n[absences]\n7 = "ill"', "s.toml:5: absences, 7: "),
        ('[source]\nid = "x"\nkind = "csv"\n[people]\nN = 7', "s.toml:4: people: "),
    ],
)
def test_a_source_file_with_a_fault_is_refused(text: str, says: str) -> None:
    with pytest.raises(FileProblem) as refused:
        parse(text, "s.toml")
    assert any(says in problem for problem in refused.value.problems)


def test_columns_that_no_shift_has_are_refused() -> None:
    with pytest.raises(HubError, match="no field of a shift"):
        outside.check(Kind.CSV, {"columns": {"løn": "Løn"}})


async def looked(desk: Desk) -> None:
    await desk.polling.begin()
    await desk.polling.settled()


async def source(desk: Desk) -> sourcestore.Source:
    async with desk.database.read() as tx:
        found = await sourcestore.find(tx, VAULT, REGION, "region-plan")
    assert found is not None
    return found
