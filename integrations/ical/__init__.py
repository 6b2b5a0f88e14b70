"""A roster in an iCalendar file (RFC 5545): each event is one person's shift, or a whole day that they are away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.errors import FileProblem
from hub.ports import RosterRow, RosterTold
from integrations.ical.lines import Event, Property, Unreadable, events, plain
from integrations.ical.times import Lasts, NeverComes, duration, end_of, listed, local, moment, occurrences
from integrations.rosterfiles import MOST_ROWS, refuse_too_many, text_of

MOST_EVENTS = 50_000
MOST_PROBLEMS = 200
COLUMNS = {"person": "ATTENDEE", "unit": "LOCATION", "duty": "CATEGORIES"}
NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class IcalSettings:
    """Which property of an event names the person, the unit and the duty, and what every event has in common."""

    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in (*self.columns, *self.fixed):
            if one not in COLUMNS:
                raise ValueError(f'"{one}" is nothing that an event names; there are {", ".join(COLUMNS)}')


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is asked for, and the zone of times that name none."""

    first: datetime
    end: datetime
    zone: ZoneInfo

    def holds(self, at: datetime) -> bool:
        return self.first <= at < self.end


def read(content: bytes, name: str, span: Span, settings: IcalSettings | None = None) -> RosterTold:
    """The shifts that begin in the span; what cannot be read is named by its line, with the mend."""
    text = text_of(content, name)
    count = text.count("BEGIN:VEVENT")
    if count > MOST_EVENTS:
        raise FileProblem(name, [f"{name}: holds {count:,} events, more than {MOST_EVENTS:,}; divide it by unit"])
    try:
        found, calendar = events(text)
    except Unreadable as fault:
        raise FileProblem(name, [f"{name}:{fault.line}: {fault}"]) from None
    if calendar.get("METHOD", "PUBLISH").upper() != "PUBLISH":
        raise FileProblem(name, [f"{name}: is an invitation or an answer to one, and no calendar; export the calendar"])
    return _Reading(name, span, settings or IcalSettings()).whole(found)


class _Reading:
    def __init__(self, name: str, span: Span, settings: IcalSettings) -> None:
        self.name = name
        self.span = span
        self.columns = {**COLUMNS, **{one: prop.upper() for one, prop in settings.columns.items()}}
        self.fixed = settings.fixed
        self.passed_over = 0

    def whole(self, found: list[Event]) -> RosterTold:
        rows: list[RosterRow] = []
        problems: list[str] = []
        masters, moved = self._newest(found, problems)
        never = False
        for (uid, _), event in masters.items():
            try:
                rows += self._rows(uid, event, moved.get(uid, {}))
            except Unreadable as fault:
                # To find out that a rule never comes takes long: a file of such rules is not read to its end.
                never = isinstance(fault, NeverComes)
                problems.append(f"{self.name}:{fault.line}: {fault}")
            refuse_too_many(len(rows), self.name, "shifts")
            if len(problems) >= MOST_PROBLEMS or never:
                break
        whole = (self.span.first, self.span.end)
        return RosterTold(rows, problems, self.columns, whole=whole, passed_over=self.passed_over)

    def _newest(
        self, found: list[Event], problems: list[str]
    ) -> tuple[dict[tuple[str, str], Event], dict[str, dict[datetime, Event]]]:
        """Each event by its UID, and the single times of it that were changed; of several versions the newest."""
        masters: dict[tuple[str, str], Event] = {}
        moved: dict[str, dict[datetime, Event]] = {}
        for event in sorted(found, key=_sequence):
            try:
                uid, at = self._identity(event)
            except Unreadable as fault:
                problems.append(f"{self.name}:{fault.line}: {fault}")
                continue
            if at is None:
                masters[uid, ""] = event
            else:
                moved.setdefault(uid, {})[at] = event
        for uid, times in moved.items():
            # A calendar may hold some changed times of an event without the event itself.
            for at, event in times.items():
                if (uid, "") not in masters:
                    masters[uid, f"{at:%Y%m%dT%H%M%SZ}"] = event
        return masters, moved

    def _identity(self, event: Event) -> tuple[str, datetime | None]:
        """The event's UID, and which of its times it is about, if only one."""
        uid, again = event.text("UID"), event.one("RECURRENCE-ID")
        if not uid:
            raise Unreadable(event.line, "the event has no UID; without it nobody can tell it from another")
        if again is None:
            return uid, None
        if again.parameters.get("RANGE"):
            raise Unreadable(again.line, "changes all that follow (RANGE); let the event end and begin a new one")
        return uid, moment(*local(again, again.value, self.span.zone)[:2])

    def _rows(self, uid: str, event: Event, moved: Mapping[datetime, Event]) -> Iterator[RosterRow]:
        if event.text("STATUS").upper() == "CANCELLED":
            return
        began = event.one("DTSTART")
        if began is None:
            raise Unreadable(event.line, "the event has no DTSTART")
        wall, zone, whole_day = local(began, began.value, self.span.zone)
        lasts = self._lasts(event, wall, zone, whole_day)
        if event.one("RECURRENCE-ID") is not None or not (event.all("RRULE") or event.all("RDATE")):
            yield from self._one(event, self._key(event), wall, zone, lasts, whole_day)
            return
        excepted, whole_days = listed(event.all("EXDATE"), zone)
        for when in self._times(event, wall, zone):
            at = moment(when, zone)
            if at in moved or at in excepted or when.date() in whole_days:
                continue
            yield from self._one(event, _of(uid, at), when, zone, lasts, whole_day)
        for at, other in moved.items():
            if at not in excepted:
                yield from self._rows(uid, other, {})

    def _times(self, event: Event, wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        # What begins before the span may still be asked for, in another zone: a day more on both sides.
        first, end = self.span.first - timedelta(days=1), self.span.end + timedelta(days=1)
        rules = event.all("RRULE")
        if len(rules) > 1:
            raise Unreadable(rules[1].line, "a second RRULE; an event has one")
        times = set(occurrences(rules[0], wall, zone, first, end)) if rules else set()
        extra, days = listed(event.all("RDATE"), zone)
        times |= {at.astimezone(zone).replace(tzinfo=None) for at in extra if first <= at < end}
        times |= {datetime.combine(day, wall.time()) for day in days}
        if len(times) > MOST_ROWS:
            raise Unreadable(event.line, "repeats far too often")
        yield from sorted({wall, *times})

    def _lasts(self, event: Event, wall: datetime, zone: ZoneInfo, whole_day: bool) -> Lasts:
        ended, long = event.one("DTEND"), event.one("DURATION")
        if ended is None:
            return duration(long) if long is not None else Lasts(timedelta(days=int(whole_day)), NO_TIME)
        until, other, _ = local(ended, ended.value, self.span.zone)
        until = moment(until, other).astimezone(zone).replace(tzinfo=None) if other.key != zone.key else until
        if until <= wall:
            raise Unreadable(ended.line, "DTEND: the shift ends before it begins; look at both")
        return Lasts(NO_TIME, until - wall, by_the_wall=True)

    def _key(self, event: Event) -> str:
        uid, at = self._identity(event)
        return uid if at is None else _of(uid, at)

    def _one(
        self, event: Event, key: str, wall: datetime, zone: ZoneInfo, lasts: Lasts, whole_day: bool
    ) -> Iterator[RosterRow]:
        starts, ends = moment(wall, zone), end_of(wall, zone, lasts)
        if not self.span.holds(starts):
            return
        who = list(self._people(event))
        away = self._said(event, "duty") if whole_day else ""
        if not who or ends <= starts or (whole_day and not away):
            self.passed_over += 1
            return
        for person, email in who:
            yield RosterRow(
                place=f"{self.name}:{event.line}",
                person=person,
                unit=self._said(event, "unit"),
                starts=starts,
                ends=ends,
                duty="" if whole_day else self._said(event, "duty"),
                id=key if len(who) == 1 else f"{key} {person}",
                email=email,
                absent=away,
            )

    def _said(self, event: Event, column: str) -> str:
        return self.fixed.get(column) or event.text(self.columns[column])

    def _people(self, event: Event) -> Iterator[tuple[str, str]]:
        """Whose shift it is; nobody's, where all have declined or none is named."""
        if "person" in self.fixed:
            yield self.fixed["person"], ""
            return
        for prop in event.all(self.columns["person"]):
            if prop.parameters.get("PARTSTAT", "").upper() != "DECLINED":
                yield _named(prop)


def _named(prop: Property) -> tuple[str, str]:
    """A person as an event names them: an e-mail address is known as such."""
    said = plain(prop.value)
    if said.lower().startswith("mailto:"):
        return said[7:], said[7:]
    return said, said if "@" in said else ""


def _of(uid: str, at: datetime) -> str:
    """One time of an event that comes more than once."""
    return f"{uid}/{at:%Y%m%dT%H%M%SZ}"


def _sequence(event: Event) -> int:
    said = event.text("SEQUENCE")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
