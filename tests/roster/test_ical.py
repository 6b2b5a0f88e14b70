"""Calendars as shifts: the two nights of the year, what repeats, what was changed and called off, and bombs."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import FileProblem
from hub.people.site import DutyState
from hub.roster.shift import Away, Shift
from integrations.ical import IcalSettings
from integrations.ical.lines import Property
from integrations.ical.times import NeverComes, occurrences
from tests.roster.outside import ZONE
from tests.roster.reading import ical_said
from tests.roster.test_csvfile import site

FIRST, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
NIGHT = """\
UID:nat-1
DTSTART;TZID=Europe/Copenhagen:20260106T230000
DTEND;TZID=Europe/Copenhagen:20260107T070000
RRULE:FREQ=WEEKLY;BYDAY=SA,SU
ATTENDEE;CN="Holm, Jette":mailto:Jette@solgaarden.example
LOCATION:nord
CATEGORIES:sovende"""


def calendar(*events: str, head: str = "VERSION:2.0") -> str:
    bodies = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\n{head}\n{bodies}END:VCALENDAR\n".replace("\n", "\r\n")


def shifts(*events: str, first: datetime = FIRST, end: datetime = END) -> list[Shift]:
    return sorted(ical_said(calendar(*events), site(), first, end).shifts, key=lambda one: one.starts)


def refusal(text: str) -> list[str]:
    with pytest.raises(FileProblem) as refused:
        ical_said(text, site(), FIRST, END)
    return refused.value.problems


def test_a_night_shift_ends_by_the_clock_on_the_wall_in_every_night_of_the_year() -> None:
    by_day = {one.starts.astimezone(ZONE).date().isoformat(): one for one in shifts(NIGHT)}
    hours = {day: one.ends - one.starts for day, one in by_day.items()}
    assert hours["2026-10-24"] == timedelta(hours=9)
    assert {lasts for day, lasts in hours.items() if day != "2026-10-24"} == {timedelta(hours=8)}
    spring = shifts(NIGHT, first=datetime(2026, 3, 28, tzinfo=UTC), end=datetime(2026, 3, 29, 12, tzinfo=UTC))
    assert [one.ends - one.starts for one in spring] == [timedelta(hours=7)]
    one = by_day["2026-10-24"]
    assert (one.person, one.unit, one.duty) == ("jette", "nord", DutyState.SLEEPING)


def test_what_lasts_so_many_hours_does_so_in_every_night() -> None:
    lasting = NIGHT.replace("DTEND;TZID=Europe/Copenhagen:20260107T070000", "DURATION:PT8H")
    assert {one.ends - one.starts for one in shifts(lasting)} == {timedelta(hours=8)}


def test_a_time_of_a_series_that_was_moved_called_off_or_left_out() -> None:
    moved = "UID:nat-1\nRECURRENCE-ID;TZID=Europe/Copenhagen:20261003T230000\nDTSTART:20261003T190000Z\n"
    moved += "DTEND:20261004T060000Z\nATTENDEE:omar\nLOCATION:syd"
    off = "UID:nat-1\nRECURRENCE-ID:20261004T210000Z\nSTATUS:CANCELLED\nDTSTART:20261004T210000Z\nATTENDEE:omar"
    with_gap = NIGHT + "\nEXDATE;TZID=Europe/Copenhagen:20261010T230000,20261011T230000"
    found = shifts(with_gap, moved, off)
    assert [(one.person, one.unit, one.starts) for one in found[:2]] == [
        ("omar", "syd", datetime(2026, 10, 3, 19, tzinfo=UTC)),
        ("jette", "nord", datetime(2026, 10, 17, 21, tzinfo=UTC)),
    ]
    # Moved, it is the same shift: the hub changes it, and does not make another.
    (before,) = [one for one in shifts(NIGHT) if one.starts == datetime(2026, 10, 3, 21, tzinfo=UTC)]
    assert found[0].id == before.id


def test_a_newer_version_of_an_event_counts_and_a_called_off_one_is_none() -> None:
    newer = NIGHT.replace("LOCATION:nord", "LOCATION:syd\nSEQUENCE:2")
    assert {one.unit for one in shifts(newer, NIGHT)} == {"syd"}
    assert shifts(NIGHT, NIGHT + "\nSEQUENCE:3\nSTATUS:CANCELLED") == []


@pytest.mark.parametrize(
    "written",
    [
        "DTSTART:20261120T060000Z\nDTEND:20261120T140000Z",
        "DTSTART:20261120T070000\nDTEND:20261120T150000",
        "DTSTART;TZID=Europe/London:20261120T060000\nDURATION:PT8H",
        "DTSTART;TZID=Romance Standard Time:20261120T070000\nDURATION:PT8H",
        "DTSTART;TZID=/x.org/1/Europe/Copenhagen:20261120T070000\nDURATION:PT8H",
    ],
)
def test_every_way_to_say_seven_in_the_morning(written: str) -> None:
    (one,) = shifts(f"UID:1\n{written}\nATTENDEE:jette\nLOCATION:nord")
    assert (one.starts, one.ends - one.starts) == (datetime(2026, 11, 20, 6, tzinfo=UTC), timedelta(hours=8))


def test_a_whole_day_is_an_absence_and_what_is_nobodys_is_passed_over() -> None:
    leave = "UID:ferie\nDTSTART;VALUE=DATE:20261109\nDTEND;VALUE=DATE:20261114\nATTENDEE:omar\nCATEGORIES:Ferie"
    nobodys = "UID:vakant\nDTSTART:20261120T060000Z\nDURATION:PT8H\nLOCATION:nord"
    declined = nobodys.replace("vakant", "nej") + "\nATTENDEE;PARTSTAT=DECLINED:mailto:jette@solgaarden.example"
    said = ical_said(calendar(leave, nobodys, declined), site(), FIRST, END)
    assert said.shifts == []
    (away,) = said.absences
    assert (away.person, away.kind, away.ends - away.starts) == ("omar", Away.LEAVE, timedelta(days=5))


def test_a_persons_own_calendar_needs_to_name_neither_person_nor_unit() -> None:
    own = IcalSettings(fixed={"person": "karen", "unit": "syd"}, columns={"duty": "SUMMARY"})
    text = calendar("UID:1\nDTSTART:20261120T060000Z\nDURATION:PT8H\nSUMMARY:Rådigheds\n vagt")
    (one,) = ical_said(text, site(), FIRST, END, own).shifts
    assert (one.person, one.unit, one.duty) == ("karen", "syd", DutyState.STANDBY)


FAULTS = [
    ("Europe/Copenhagen", "Europe/Kopenhagen", "5: TZID", "write one like Europe/Copenhagen"),
    ("20260107T070000", "20260105T070000", "6: DTEND: the shift ends before it begins"),
    ("20260106T230000", "20260231T230000", "5: ", "not in the calendar"),
    ("20260106T230000", "18991231T230000", "5: the year 1899"),
    ("FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=SECONDLY", "7: RRULE: a shift comes at most once a day"),
    ("FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=DAILY;BYHOUR=1,2,3", "7: RRULE: ", "take it out"),
    ("FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=DAILY;INTERVAL=0", "7: RRULE: INTERVAL"),
    ("FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=DAILY;BYDAY=XX", "7: RRULE: ", "is no rule"),
    ("FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "7: RRULE: ", "a day that never comes"),
    ("Jette@solgaarden.example", "jete", "3: ATTENDEE: ", 'did you mean "jette"?'),
    ("LOCATION:nord", "LOCATION:nrod", "3: LOCATION: ", 'did you mean "nord"?'),
    ("CATEGORIES:sovende", "CATEGORIES:sover", "3: CATEGORIES: "),
    ("UID:nat-1", "UID:", "3: the event has no UID"),
    ("LOCATION:nord", "LOCATION nord", "9: has no colon"),
    ("END:VEVENT", "END:VTODO", "11: END:VTODO ends what has not begun"),
    ("END:VCALENDAR\r\n", "", "12: the file ends within VCALENDAR"),
    ("VERSION:2.0", "METHOD:REQUEST", " is an invitation"),
]


@pytest.mark.parametrize(("written", "instead", "says"), [(a, b, says) for a, b, *says in FAULTS])
def test_a_fault_names_its_line_and_the_mend(written: str, instead: str, says: list[str]) -> None:
    (problem,) = refusal(calendar(NIGHT).replace(written, instead, 1))
    assert problem.startswith(f"roster.ics:{says[0]}")
    for words in says[1:]:
        assert words in problem


def test_a_rule_without_an_end_ends_with_the_time_that_is_asked_about() -> None:
    assert len(shifts(NIGHT.replace("FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=DAILY"))) == 61
    # Twenty years of days before it are not counted through.
    since = NIGHT.replace("FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=DAILY").replace(":2026010", ":2006010")
    assert len(shifts(*(since.replace("nat-1", f"nat-{n}") for n in range(200)))) == 200 * 61


def test_bombs_are_refused_before_they_are_read() -> None:
    (problem,) = refusal("BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 1_000_000)
    assert "holds 1,000,000 events, more than 50,000" in problem
    never = NIGHT.replace("FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")
    # A file of rules that never come is given up at the first of them.
    assert len(refusal(calendar(*(never.replace("nat-1", f"nat-{n}") for n in range(1000))))) == 1
    for text in ("", "\x00", "x" * 100_000, "BEGIN:VCALENDAR\n" * 50_000):
        assert refusal(text)


MONTHLY = ["BYDAY=2MO,-1FR", "BYMONTHDAY=1,31", "BYDAY=SA;BYSETPOS=-1"]
YEARLY = ["BYMONTH=11", "BYMONTH=11;BYDAY=SU", "BYWEEKNO=47"]
DAYS = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), unique=True, min_size=1, max_size=4)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules as rosters have them, without an end, with one, and of so many times."""
    often = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={often}", f"INTERVAL={draw(st.integers(1, 4))}"]
    if often in ("MONTHLY", "YEARLY"):
        parts.append(draw(st.sampled_from(MONTHLY if often == "MONTHLY" else YEARLY)))
    else:
        parts += [f"BYDAY={','.join(draw(DAYS))}", f"WKST={draw(st.sampled_from(['MO', 'SU']))}"]
    ends = draw(st.sampled_from(["", "UNTIL=20261115", f"COUNT={draw(st.integers(1, 600))}"]))
    return ";".join([*parts, ends]).strip(";")


@settings(max_examples=40)
@given(rule=rules(), days=st.integers(0, 900), hour=st.integers(4, 22))
def test_a_rule_gives_the_days_that_the_library_gives_when_it_counts_from_the_beginning(
    rule: str, days: int, hour: int
) -> None:
    first, end = (at.astimezone(ZONE).replace(tzinfo=None) for at in (FIRST, END))
    begins = first.replace(hour=hour) - timedelta(days=days)
    whole = rrulestr(rule.replace("UNTIL=20261115", "UNTIL=20261115T235959"), dtstart=begins)
    wanted = [one for one in takewhile(lambda one: one <= end, whole) if one >= first]
    try:
        found = list(occurrences(Property(rule, {}, 1), begins, ZONE, FIRST, END))
    except NeverComes:
        found = []
    assert found == wanted
