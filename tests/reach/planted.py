"""Rosters with nothing missing, holes that somebody cut into them, and every minute looked at one by one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hub.alarms.rulebooks import played
from hub.alarms.setting import Setting
from hub.people.site import DutyState, Institution, Person, Role, Site, Unit
from hub.reach.holes import Hole
from hub.roster.shift import Absence, Away, Shift, on_duty

MINUTE = timedelta(minutes=1)
# Both nights in which the clocks are changed lie within two weeks of one of these.
SPRING, AUTUMN = datetime(2026, 3, 20, 23, 0, tzinfo=UTC), datetime(2026, 10, 15, 22, 0, tzinfo=UTC)
RULES = """
minimum_reach = 1
minimum_within = 90
[kinds.alarm]
[[kinds.alarm.steps]]
tell = ["on_duty"]
next_after = 20
[[kinds.alarm.steps]]
tell = ["neighbours", "on_duty:sleeping", "role:shift_lead"]
next_after = 30
[[kinds.alarm.steps]]
tell = ["on_duty:standby", "role:manager"]
next_after = 60
[last_resort]
tell = ["role:manager"]
next_after = 60
"""
UNITS = ("nord", "syd", "vest", "oest")


def house(rules: str = RULES, own: Mapping[str, tuple[int | None, int | None]] | None = None) -> Setting:
    """Nord and syd help each other, vest and oest stand alone; everybody is staff but a manager at home.

    `own` are limits of a unit's own: how many, and within how many seconds.
    """
    neighbours = {"nord": ("syd",), "syd": ("nord",)}

    def unit(which: str) -> Unit:
        people, within = (own or {}).get(which, (None, None))
        near = neighbours.get(which, ())
        return Unit(which, which.title(), near, minimum_reach=people, minimum_within=within)

    people = [Person(f"{unit}-{n}", f"{unit} {n}", Role.STAFF, (unit,)) for unit in UNITS for n in range(9)]
    people.append(Person("leif", "Leif", Role.MANAGER))
    return Setting.of(
        Site(
            Institution("house", "Huset", "29189999", "Europe/Copenhagen"),
            units={which: unit(which) for which in UNITS},
            people={one.id: one for one in people},
            rules=rules,
        )
    )


def shift(unit: str, n: int, starts: datetime, ends: datetime, duty: DutyState = DutyState.ACTIVE) -> Shift:
    return Shift.of("plan", f"{unit}-{n}", unit, starts, ends, duty)


def whole(first: datetime, end: datetime) -> Iterator[Shift]:
    """Two in every unit at all hours, in shifts of eight hours; beside nord and syd, one each is enough."""
    for unit in UNITS:
        for place in range(1 if unit in ("nord", "syd") else 2):
            at, turn = first - timedelta(hours=5, minutes=17 * place), 0
            while at < end + timedelta(hours=8):
                yield shift(unit, place * 4 + turn % 4, at, at + timedelta(hours=8))
                at, turn = at + timedelta(hours=8), turn + 1


def cut(roster: Sequence[Shift], unit: str, place: int, starts: datetime, ends: datetime) -> list[Shift]:
    """The roster without one of the unit's places in these minutes."""
    left: list[Shift] = []
    for one in roster:
        theirs = one.unit == unit and int(one.person[-1]) // 4 == place
        if not theirs or one.ends <= starts or one.starts >= ends:
            left.append(one)
            continue
        if one.starts < starts:
            left.append(replace(one, ends=starts))
        if one.ends > ends:
            left.append(replace(one, id=f"{one.id}+", starts=ends))
    return left


def planted(
    chance: Random, first: datetime, end: datetime, count: int
) -> tuple[list[Shift], list[Absence], list[Hole]]:
    """A roster with so many holes, some made by shifts that nobody has and some by people who are ill."""
    roster, away = list(whole(first, end)), list[Absence]()
    minutes = (end - first) // MINUTE
    edges = sorted(chance.sample(range(1, minutes), count * 2))
    found: list[Hole] = []
    for begins, over in zip(edges[::2], edges[1::2], strict=True):
        starts = first + begins * MINUTE
        ends = first + min(over, begins + chance.choice([1, 2, 30, 400])) * MINUTE
        unit = chance.choice(UNITS)
        # Where two units look after each other, the one who is left there has nobody to call.
        found.append(Hole({"nord": "syd", "syd": "nord"}.get(unit, unit), starts, ends, 0))
        if chance.random() < 0.5:
            roster = cut(roster, unit, 0, starts, ends)
        else:
            ill = (f"{unit}-{n}" for n in range(4))
            away += [Absence.of("plan", one, chance.choice([None, unit]), starts, ends, Away.SICK) for one in ill]
    return roster, away, sorted(found, key=lambda hole: (hole.starts, hole.unit))


def minute_by_minute(
    setting: Setting, roster: Sequence[Shift], away: Sequence[Absence], first: datetime, end: datetime
) -> dict[tuple[str, datetime], int]:
    """Every minute of every unit in which too few would be told, found by pressing in it."""
    found, book, at = {}, setting.book, first
    while at < end:
        for unit in setting.site.units:
            here = {one.person for one in on_duty(roster, at, away) if one.unit == unit}
            if not here and book.may_close:
                continue
            told = min(len(_told(setting, roster, away, at, unit, who)) for who in here or {""})
            if told < setting.limit(unit).people:
                found[unit, at] = told
        at += MINUTE
    return found


def _told(
    setting: Setting, roster: Sequence[Shift], away: Sequence[Absence], at: datetime, unit: str, raiser: str
) -> set[str]:
    near = [one for one in roster if one.starts < at + timedelta(days=2) and one.ends > at - timedelta(days=1)]
    present = [one for one in near for left in [_without(one, away)] for one in left]
    told: set[str] = set()
    for row in played(setting, present, at, unit, "alarm", raiser, drill=False):
        moment = at + timedelta(seconds=row.after)
        if row.after <= setting.limit(unit).within:
            working = {one.person for one in on_duty(present, moment)}
            told |= {tell.who for tell in row.tell if not tell.contact} & working
    return told


def _without(one: Shift, away: Sequence[Absence]) -> list[Shift]:
    """What is left of a shift when its person's absences are cut out of it."""
    left = [one]
    for gone in away:
        if gone.person == one.person and gone.unit in (None, one.unit):
            left = [
                replace(part, id=f"{part.id}-{n}", starts=starts, ends=ends)
                for part in left
                for n, (starts, ends) in enumerate(
                    ((part.starts, min(part.ends, gone.starts)), (max(part.starts, gone.ends), part.ends))
                )
                if starts < ends
            ]
    return left


def by_minutes(holes: Sequence[Hole]) -> dict[tuple[str, datetime], int]:
    """The minutes that holes are made of; none may be in two of them."""
    found: dict[tuple[str, datetime], int] = {}
    for hole in holes:
        at = hole.starts
        while at < hole.ends:
            assert (hole.unit, at) not in found
            found[hole.unit, at] = hole.told
            at += MINUTE
    return found
