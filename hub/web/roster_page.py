"""The roster page: a week or a month, by unit or by person: who covers, who has come, and what is wrong with it."""

from asyncio import to_thread
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.alarms.events import name_of
from hub.health.vigil import LOOKS_MISSED, SHORTEST_SILENCE
from hub.people import access
from hub.people.access import Principal
from hub.people.localtime import day_word, midnight, period
from hub.people.site import DutyState
from hub.reach.board import unit_name
from hub.reach.holes import AHEAD
from hub.reach.night import found_ahead
from hub.roster import absencestore, reststore, sourcestore, store
from hub.roster.byhand import MADE_HERE
from hub.roster.calendar import duty_word
from hub.roster.hours import hours, hours_word
from hub.roster.rest import Breach, Rule
from hub.roster.sheet import DAY, By, Come, Mark, Row, View, days, laid_out
from hub.roster.sourcestore import Source
from hub.web.admin import Desks, Visit
from hub.web.pages import Pages
from hub.web.render import Texts
from hub.web.roster_asked import PATH
from hub.web.roster_data import Shown, keys, shown
from hub.web.roster_words import away_word, clock, come_word, cover_word, hours_words, may_know, off_word

_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a shift says besides its hours: in words, with a sign."""

    look: str
    icon: str
    words: str


@dataclass(frozen=True, slots=True)
class Chip:
    """One shift as it is drawn."""

    hours: str
    who: str
    notes: Sequence[Note]
    href: str | None
    moves: bool


@dataclass(frozen=True, slots=True)
class Square:
    """One day of one row as it is drawn."""

    day: str
    chips: Sequence[Chip]
    away: Sequence[str]
    signs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Signs:
    """What is wrong with what is shown, where it stands, and the pages that say more."""

    at: Mapping[tuple[str, date], Sequence[tuple[str, str]]]
    holes: int = 0
    breaches: int = 0


def may_enter(by: Principal) -> bool:
    return by.person is not None


async def page(visit: Visit) -> Response:
    found = await shown(visit)
    signs = await _signs(visit, found) if access.leads(visit.by) else Signs({})
    weeks = await to_thread(_drawn, visit, found, signs)
    asked, say = found.asked, visit.texts
    return await visit.show(
        "roster.html",
        asked=asked,
        query=asked.query,
        views=[(View.WEEK, say("Week")), (View.MONTH, say("Month"))],
        ways=[(By.UNIT, say("By unit")), (By.PERSON, say("By person"))],
        weeks=weeks,
        title=_title(found, say),
        signs=signs,
        duties=[(one.value, duty_word(one, say)) for one in DutyState],
        units_to_choose=[
            (one.id, one.name) for one in visit.site.units.values() if access.may_see_unit(visit.by, one.id)
        ],
        leads=access.leads(visit.by),
        sources=await _sources(visit, found.now),
        mine=await _mine(visit, found),
        printed=visit.local(found.now),
    )


def _title(found: Shown, say: Texts) -> str:
    first, last = found.weeks[0][0], found.weeks[-1][-1]
    if found.asked.view is View.MONTH:
        return say("{month} {year}", month=_month(found.asked.day, say), year=found.asked.day.year)
    number = first.isocalendar().week
    return say("Week {n}: {first} – {last} {year}", n=number, first=_short(first), last=_short(last), year=last.year)


def _short(day: date) -> str:
    return f"{day.day}/{day.month}"


def _month(day: date, say: Texts) -> str:
    months = (
        say("January"), say("February"), say("March"), say("April"), say("May"), say("June"),
        say("July"), say("August"), say("September"), say("October"), say("November"), say("December"),
    )  # fmt: skip
    return months[day.month - 1]


def _drawn(visit: Visit, found: Shown, signs: Signs) -> list[tuple[str, list[tuple[str, str, bool]], list[object]]]:
    """Week for week: its name, its days, and its rows."""
    say, names = visit.texts, _names(visit, found)
    rows = laid_out(found.weeks, found.asked.by, keys(found), found.marks(running=True), found.absences, found.zone)
    drawn: list[tuple[str, list[tuple[str, str, bool]], list[object]]] = []
    for number, (week, lines) in enumerate(zip(found.weeks, rows, strict=True)):
        heads = [(day.isoformat(), day_word(day, say), day == found.asked.today) for day in week]
        drawn.append(
            (
                say("Week {n}", n=week[0].isocalendar().week),
                heads,
                [_line(visit, found, row, signs, *names[row.key], first=not number) for row in lines],
            )
        )
    return drawn


def _line(visit: Visit, found: Shown, row: Row, signs: Signs, name: str, below: str, *, first: bool) -> object:
    # The hours are those of the whole month: said once, they are not taken for the week's.
    return row.key, name, below if first else "", list(_squares(visit, found, row, signs))


def _names(visit: Visit, found: Shown) -> dict[str, tuple[str, str]]:
    """What each row is called, and what stands below that: the hours, for those who may see them."""
    if found.asked.by is By.UNIT:
        return {one.id: (one.name, "") for one in found.units}
    say = visit.texts
    return {
        one.id: (one.name, hours_words(found.hours_of(one), say) if may_know(visit.by, one) else "")
        for one in found.people
    }


def _squares(visit: Visit, found: Shown, row: Row, signs: Signs) -> Iterator[Square]:
    for cell in row.cells:
        yield Square(
            cell.day.isoformat(),
            [_chip(visit, found, mark) for mark in cell.marks],
            [away_word(visit, one) for one in cell.away],
            signs.at.get((row.key, cell.day), ()),
        )


def _chip(visit: Visit, found: Shown, mark: Mark) -> Chip:
    shift, zone = mark.shift, found.zone
    by_unit = found.asked.by is By.UNIT
    leads = access.leads(visit.by, shift.unit)
    return Chip(
        hours=f"{clock(shift.starts, zone)}–{clock(shift.ends, zone)}",
        who=(name_of(visit.site, shift.person) if by_unit else unit_name(visit.site, shift.unit)) or shift.person,
        notes=list(_notes(visit, found, mark)),
        href=f"{PATH}/shifts/{shift.id}" if leads else None,
        moves=leads and shift.source in MADE_HERE and shift.ends > found.now,
    )


def _notes(visit: Visit, found: Shown, mark: Mark) -> Iterator[Note]:
    if mark.shift.duty is not DutyState.ACTIVE:
        yield Note("duty", "", duty_word(mark.shift.duty, visit.texts))
    if mark.covers:
        yield Note("cover", "run", cover_word(visit, mark, found.zone))
    if mark.away is not None:
        yield Note("away", "cross", off_word(visit, mark.away, found.zone))
    come = come_word(mark, found.zone, visit.texts)
    if come:
        yield Note(mark.come.value, "waiting" if mark.come is Come.NOT_IN else "check", come)


async def _signs(visit: Visit, found: Shown) -> Signs:
    """The holes ahead, and the rest rules broken, in what is shown; for the units that whoever asks leads."""
    first, end = found.between
    say, by_unit = visit.texts, found.asked.by is By.UNIT
    units = {one.id for one in found.units if access.leads(visit.by, one.id)}
    at: dict[tuple[str, date], list[tuple[str, str]]] = {}
    async with visit.reading() as tx:
        setting = await visit.hub.alarms.setting(tx, visit.by.institution)
    ahead = []
    if found.now < end and first < found.now + AHEAD:
        ahead = await found_ahead(visit.hub.database, setting, found.now, min(end - found.now, AHEAD))
    holes = [one for one in ahead if one.unit in units and one.ends > first]
    people = {one.id for one in found.people if may_know(visit.by, one)}
    rested = await visit.hub.rests.resting(visit.hub.database, visit.site, first, end, people)
    breaches = list(rested.unaccepted)
    if by_unit:
        for hole in holes:
            words = say("Hole: {when}", when=_when(max(hole.starts, first), hole.ends, found.zone, say))
            at.setdefault((hole.unit, max(hole.starts, first).astimezone(found.zone).date()), []).append(
                ("/holes", words)
            )
    else:
        for breach in breaches:
            if breach.rule is not Rule.WEEKLY_HOURS:
                words = _breach_word(breach, say)
                at.setdefault((breach.person, breach.ends.astimezone(found.zone).date()), []).append(("/rest", words))
    return Signs(at, len(holes), len(breaches))


def _when(starts: datetime, ends: datetime, zone: ZoneInfo, say: Texts) -> str:
    """Where the day is known already, the clock is enough."""
    if ends.astimezone(zone).date() <= starts.astimezone(zone).date() + DAY and ends - starts < DAY:
        return f"{clock(starts, zone)}–{clock(ends, zone)}"
    return period(starts, ends, zone, say)


def _breach_word(breach: Breach, say: Texts) -> str:
    """What is broken, in so few words as a cell has room for; the page of rest rules says it all."""
    if breach.rule is Rule.DAY_OFF:
        return say("No day off")
    words = {"hours": hours_word(breach.found, say), "limit": hours_word(breach.limit, say)}
    return say("Rest: {hours} of {limit}", **words)


async def _sources(visit: Visit, now: datetime) -> list[tuple[str, bool, str]]:
    """Where the roster comes from and how old what each said is, for those who lead: in words, and whether too old."""
    if not access.leads(visit.by):
        return []
    async with visit.reading() as tx:
        found = await sourcestore.standing(tx, visit.by.institution)
    return [(one.id, _silent(one, now), _age(one, now, visit.texts)) for one in found]


def _silent(one: Source, now: datetime) -> bool:
    if not one.every:
        return False
    return one.told_at is None or now - one.told_at > max(LOOKS_MISSED * one.every, SHORTEST_SILENCE)


def _age(one: Source, now: datetime, say: Texts) -> str:
    if one.told_at is None:
        return say("Never heard from yet")
    ago = now - one.told_at
    if ago >= 2 * DAY:
        return say("Last heard from {n} days ago", n=ago // DAY)
    if ago >= 2 * _HOUR:
        return say("Last heard from {n} hours ago", n=ago // _HOUR)
    return say("Last heard from {n} min ago", n=ago // _MINUTE)


async def _mine(visit: Visit, found: Shown) -> list[tuple[str, str]]:
    """The hours of whoever asks, this week and this month."""
    me = visit.site.people[visit.by.person or ""]
    week, today, zone = days(View.WEEK, found.asked.today)[0], found.asked.today, found.zone
    month = today.replace(day=1), (today.replace(day=1) + 31 * DAY).replace(day=1)
    say = visit.texts
    spans = [(say("This week"), week[0], week[-1] + DAY), (say("This month"), *month)]
    around = midnight(min(week[0], month[0]), zone), midnight(max(week[-1] + DAY, month[1]), zone)
    async with visit.reading() as tx:
        shifts = await store.shifts_of(tx, visit.by.institution, me.id, *around)
        away = await absencestore.absences_of(tx, visit.by.institution, me.id, *around)
        book = await reststore.rules(tx, visit.by.institution)
    return [
        (
            name,
            hours_words(
                hours(
                    book.of(me.id), shifts, away, zone, (midnight(first, zone), midnight(end, zone)), me.weekly_minutes
                ),
                visit.texts,
            ),
        )
        for name, first, end in spans
    ]


def roster_page_routes(pages: Pages) -> list[BaseRoute]:
    """The route of the page."""
    return [Desks(pages).page(PATH, page, may_enter)]
