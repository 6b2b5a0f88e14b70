"""A problem out of a plan file and what the hub knows of the institution; pure."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.people.site import Person, Role, Site
from hub.planning.planfile import Demand, PlanFile
from hub.planning.problem import Held, Need, Post, Problem, Want, Wish, Worker, post
from hub.roster.rest import RestBook, Span, merged_spans, without
from hub.roster.shift import Absence, Away, Shift

# The source whose shifts are the plan's own.
SOURCE = "plan"
# What is nearer to the plan than this can leave too little rest beside it.
NEAR = timedelta(days=15)
# Those who can be planned without being named in the file.
_PLANNED = (Role.STAFF, Role.SHIFT_LEAD)


def make(
    file: PlanFile,
    site: Site,
    book: RestBook,
    shifts: Collection[Shift],
    absences: Collection[Absence],
    wishes: Collection[Wish] = (),
    now: datetime | None = None,
    *,
    again: bool = False,
) -> Problem:
    """The problem of a file; what has begun `now` stands, and `again` moves as little as possible of the last plan."""
    zone = ZoneInfo(site.institution.timezone)
    posts = {(one.unit, one.kind, one.day): one for one in _posts(file, zone) if now is None or one.starts >= now}
    ours = {(one.unit, one.starts, one.ends): one for one in posts.values()}
    stands, planned = [], []
    for shift in shifts:
        at = ours.get((shift.unit, shift.starts.astimezone(UTC), shift.ends.astimezone(UTC)))
        if shift.source != SOURCE or (now is not None and shift.starts < now):
            stands.append(shift)
        elif at is not None:
            planned.append((shift.person, at))
    away = [*absences, *_away(file, zone)]
    workers = tuple(_workers(file, site, book, stands, away, posts))
    known = {worker.person for worker in workers}
    return Problem(
        zone,
        file.first,
        file.days,
        tuple(posts.values()),
        tuple(_needs(file, site, posts, workers)),
        workers,
        (*(one for one in wishes if one.person in known), *_wishes(file, zone)),
        file.costs,
        frozenset(one for one in planned if one[0] in known) if again else None,
    )


def _posts(file: PlanFile, zone: ZoneInfo) -> Iterator[Post]:
    wanted = {(day, demand.unit, demand.kind) for demand in file.demands for day in demand.days}
    for day, unit, kind in sorted(wanted):
        found = file.kinds[kind]
        yield post(unit, kind, day, found.hours, found.duty, zone)


def _needs(
    file: PlanFile, site: Site, posts: Mapping[tuple[str, str, date], Post], workers: Collection[Worker]
) -> Iterator[Need]:
    for at in posts.values():
        there = [worker.person for worker in workers if any(_covers(held, at) for held in worker.held)]
        for competence, demand in _demands_of(file, at).items():
            able = _able(file, site, competence)
            stands = sum(able is None or person in able for person in there)
            yield Need(
                at,
                max(0, demand.count - stands),
                max(0, demand.most - stands),
                competence,
                able,
                demand.missing,
                demand.over,
            )


def _demands_of(file: PlanFile, at: Post) -> dict[str | None, Demand]:
    """By competence; what names its dates comes before what is said of weekdays."""
    here = [one for one in file.demands if (one.unit, one.kind) == (at.unit, at.kind) and at.day in one.days]
    return {one.competence: one for one in sorted(here, key=lambda one: one.dated)}


def _able(file: PlanFile, site: Site, competence: str | None) -> frozenset[str] | None:
    if competence is None:
        return None
    if competence in file.competences:
        return file.competences[competence]
    return frozenset(one.id for one in site.people.values() if one.role == competence)


def _covers(held: Held, at: Post) -> bool:
    return (held.unit, held.duty) == (at.unit, at.duty) and held.starts <= at.starts and held.ends >= at.ends


def _workers(
    file: PlanFile,
    site: Site,
    book: RestBook,
    stands: Collection[Shift],
    absences: Collection[Absence],
    posts: Mapping[tuple[str, str, date], Post],
) -> Iterator[Worker]:
    units = {demand.unit for demand in file.demands}
    for person in site.people.values():
        terms = file.people.get(person.id, file.usual)
        if not _can_be_planned(person, file, units) or not terms.hours:
            continue
        away = [one for one in absences if one.person == person.id]
        locked = [posts.get((one.unit, one.kind, one.day)) for one in file.locks if one.person == person.id]
        yield Worker(
            person.id,
            person.units,
            book.of(person.id),
            terms.hours,
            terms.limits,
            tuple((_span(one), one.unit) for one in away),
            tuple(_held(person.id, stands, away)),
            frozenset(one for one in locked if one is not None),
        )


def _can_be_planned(person: Person, file: PlanFile, units: Collection[str]) -> bool:
    return any(unit in units for unit in person.units) and (person.role in _PLANNED or person.id in file.people)


def _held(worker: str, stands: Collection[Shift], away: Collection[Absence]) -> Iterator[Held]:
    """What somebody's own shifts leave when the hours that they are away are taken out."""
    for shift in stands:
        if shift.person == worker:
            gone = merged_spans([_span(one) for one in away if one.stands_against(shift)])
            for starts, ends in without(_span(shift), gone):
                yield Held(shift.unit, starts, ends, shift.duty)


def _span(one: Shift | Absence) -> Span:
    return one.starts.astimezone(UTC), one.ends.astimezone(UTC)


def _wishes(file: PlanFile, zone: ZoneInfo) -> Iterator[Wish]:
    for one in file.wishes:
        yield Wish(one.person, Want(one.want), _at(one.starts, zone), _at(one.ends, zone), one.kind, one.cost)


def _away(file: PlanFile, zone: ZoneInfo) -> Iterator[Absence]:
    for one in file.away:
        yield Absence.of(SOURCE, one.person, None, _at(one.starts, zone), _at(one.ends, zone), Away.LEAVE)


def _at(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)
