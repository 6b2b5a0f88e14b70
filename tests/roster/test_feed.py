"""A person's shifts as a calendar: read back by the hub's own reader of calendars, over both clock changes."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from hub.people.setup import parse
from hub.people.site import DutyState, Site
from hub.roster.calendar import LONGEST_LINE, calendar
from hub.roster.hours import balance_word, hours
from hub.roster.restfile import shipped
from hub.roster.shift import Absence, Away, Shift
from hub.roster.understood import Words
from hub.web.render import catalogue
from integrations.ical import IcalSettings
from tests.admin.desk import Browser, signed_in
from tests.databases import on_both
from tests.roster.outside import ZONE
from tests.roster.reading import ical_said
from tests.scenarios.conftest import Begin, begin, empty_database
from tests.scenarios.world import site_text

__all__ = ["begin", "empty_database"]
NIGHTS = [
    "anna nord sleeping 2026-03-28T23:00:00 2026-03-29T07:00:00",
    "anna nord active 2026-10-24T23:00:00 2026-10-25T07:00:00",
    "anna vest standby 2026-11-22T08:00:00 2026-11-22T16:00:00",
]
SAY = catalogue("da")


def read_back(text: str, who: str = "anna") -> list[Shift]:
    """The shifts in a calendar, as the hub would take them in from another hub."""
    site = parse(site_text([], datetime(2026, 1, 1, tzinfo=UTC)))
    here = Site(site.institution, {one.id: one for one in site.units}, {}, {one.id: one for one in site.people})
    names = Words(units={one.name: one.id for one in site.units})
    span = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 12, 1, tzinfo=UTC)
    return list(ical_said(text, here, *span, IcalSettings(fixed={"person": who}), names).shifts)


async def address(browser: Browser) -> str:
    shown = (await browser.post("/roster/calendar", {"do": "make"})).text
    (found,) = re.findall(r'value="http://hub\.example(/calendar/[\w-]{43}\.ics)"', shown)
    return str(found)


@on_both
async def test_a_secret_address_gives_ones_own_shifts_until_it_is_closed(begin: Begin) -> None:
    house = await begin(*NIGHTS, "bo nord active 2026-03-20T07:00:00 2026-03-20T15:00:00")
    anna, stranger = await signed_in(house, "anna"), await signed_in(house, None)
    first = await address(anna)
    told = await stranger.get(first)
    assert told.headers["content-type"] == "text/calendar; charset=utf-8"
    shifts = read_back(told.text)
    hours = [(one.unit, one.duty, one.starts, one.ends - one.starts) for one in shifts]
    assert hours == [
        ("nord", DutyState.SLEEPING, datetime(2026, 3, 28, 22, tzinfo=UTC), timedelta(hours=7)),
        ("nord", DutyState.ACTIVE, datetime(2026, 10, 24, 21, tzinfo=UTC), timedelta(hours=9)),
        ("vest", DutyState.STANDBY, datetime(2026, 11, 22, 7, tzinfo=UTC), timedelta(hours=8)),
    ]
    assert [one.starts.astimezone(ZONE).hour for one in shifts[:2]] == [23, 23]
    assert "Anna" not in told.text, "whoever finds the address learns no name"
    # A new address closes the one before; the page shows it once, and keeps only when it was made.
    second = await address(anna)
    assert [(await stranger.get(one)).status_code for one in (first, second)] == [404, 200]
    page = (await anna.get("/roster/calendar")).text
    assert ("/calendar/" in page.replace("/roster/calendar", ""), "siden 2026-03-10 14:00" in page) == (False, True)
    assert (await anna.post("/roster/calendar", {"do": "stop"})).status_code == 200
    assert (await stranger.get(second)).status_code == 404
    third = await address(anna)
    leif = await signed_in(house, "leif")
    assert (await leif.post("/admin/people/anna/leave", {"form": "g", "why": "Rejst"})).status_code == 303
    assert (await stranger.get(third)).status_code == 404
    assert (await stranger.post("/roster/calendar", {"do": "make"})).status_code == 303


def test_every_line_is_short_and_nothing_in_a_name_breaks_out() -> None:
    starts = datetime(2026, 11, 22, 7, tzinfo=UTC)
    shift = Shift.of("x", "anna", "nord", starts, starts + timedelta(hours=8), DutyState.ACTIVE)
    name = "Æblehaven, 1. sal; \\ \nEND:VCALENDAR " + "æøå" * 40
    text = calendar(name, [shift], [], lambda _: name, starts, SAY)
    assert all(len(line.encode()) <= LONGEST_LINE for line in text.split("\r\n"))
    assert text.count("END:VCALENDAR\r\n") == 1
    unfolded = text.replace("\r\n ", "")
    assert "LOCATION:Æblehaven\\, 1. sal\\; \\\\ \\nEND:VCALENDAR " in unfolded
    assert unfolded.splitlines().count("BEGIN:VEVENT") == 1


@pytest.mark.parametrize(("away", "there"), [((-1, 9), 0), ((1, 9), 1), ((-9, -1), 1)])
def test_what_somebody_is_away_from_altogether_is_no_appointment(away: tuple[int, int], there: int) -> None:
    starts = datetime(2026, 11, 22, 7, tzinfo=UTC)
    shift = Shift.of("x", "anna", "nord", starts, starts + timedelta(hours=8), DutyState.ACTIVE)
    first, end = (starts + timedelta(hours=one) for one in away)
    text = calendar("Huset", [shift], [Absence.of("x", "anna", None, first, end, Away.LEAVE)], str, starts, SAY)
    assert text.count("BEGIN:VEVENT") == there


def test_hours_are_counted_as_they_pass_and_agreed_on_by_the_week() -> None:
    agreement = shipped().of("anna")
    monday, sunday = datetime(2026, 10, 19, tzinfo=ZONE), datetime(2026, 10, 26, tzinfo=ZONE)
    night = datetime(2026, 10, 24, 23, tzinfo=ZONE), datetime(2026, 10, 25, 7, tzinfo=ZONE)
    shifts = [
        Shift.of("x", "anna", "nord", *night, DutyState.ACTIVE),
        Shift.of("x", "anna", "nord", monday, monday + timedelta(hours=8), DutyState.STANDBY),
    ]
    found = hours(agreement, shifts, [], ZONE, (monday, sunday), 37 * 60)
    assert (found.worked, found.agreed) == (timedelta(hours=9), timedelta(hours=37))
    assert balance_word(found.balance or timedelta(), SAY) == "\N{MINUS SIGN}28 t"
    ill = Absence.of("x", "anna", None, monday, monday + timedelta(days=3, hours=12), Away.SICK)
    half = hours(agreement, shifts, [ill], ZONE, (monday, sunday), 37 * 60)
    assert half.agreed == timedelta(hours=18, minutes=30)
    assert hours(agreement, shifts, [], ZONE, (monday, sunday), None).balance is None
