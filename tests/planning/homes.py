"""Homes to be planned: of any size, the same each time, with people as they are: part-time, away, with wishes."""

from datetime import date, timedelta
from random import Random

from hub.people.site import Institution, Person, Role, Site, Unit
from hub.planning.making import make
from hub.planning.planfile import PlanFile, parse
from hub.planning.problem import Problem
from hub.roster.restfile import shipped

FIRST = date(2026, 11, 30)
UNITS = ("nord", "syd", "vest")
HOURS = (37, 37, 37, 34, 32, 32, 30, 28)


def site(people: int, units: int) -> Site:
    """A home with its people spread over the units; every ninth works in two of them, every fifth leads."""
    here = UNITS[:units]
    return Site(
        Institution("house", "Huset", "29189999", "Europe/Copenhagen"),
        units={unit: Unit(unit, unit.title()) for unit in here},
        people={one.id: one for one in (_person(n, here) for n in range(people))},
    )


def _person(n: int, units: tuple[str, ...]) -> Person:
    own = (units[n % len(units)], *([units[(n + 1) % len(units)]] if n % 9 == 4 and len(units) > 1 else []))
    role = Role.SHIFT_LEAD if n // len(units) % 5 == 0 else Role.STAFF
    return Person(f"p{n:02}", f"Person {n}", role, own)


def plan_toml(people: int, units: int, days: int, seed: int = 1) -> str:
    """Three kinds of shift around the clock, a competence on each, leave, wishes and some locked shifts."""
    chance = Random(seed)
    lines = [f"[plan]\nfrom = {FIRST}\ndays = {days}\nseconds = 60"]
    for kind, first, last in (("dag", 7, 15), ("aften", 15, 23), ("nat", 23, 7)):
        lines.append(f'[[kind]]\nid = "{kind}"\nfrom = {first:02}:00:00\nto = {last:02}:00:00')
    each = people // units
    for unit in UNITS[:units]:
        lines += _needs(unit, each)
    able = ", ".join(f'"p{n:02}"' for n in range(people) if n // units % 5 in {0, 2, 3})
    lines.append(f'[[competence]]\nid = "medicin"\npeople = [{able}]')
    lines += [f'[[person]]\nid = "p{n:02}"\nhours = {chance.choice(HOURS)}' for n in range(people)]
    for n in chance.sample(range(people), people // 6):
        gone = FIRST + timedelta(days=chance.randrange(max(1, days - 6)))
        lines.append(f'[[away]]\nperson = "p{n:02}"\nfrom = {gone}\nto = {gone + timedelta(days=min(6, days // 4))}')
    for n in range(people):
        for _ in range(2):
            day = FIRST + timedelta(days=chance.randrange(days))
            want = chance.choice(('"free"', '"free"', '"work"\nkind = "dag"'))
            lines.append(f'[[wish]]\nperson = "p{n:02}"\nfrom = {day}\nwant = {want}')
    return "\n".join(lines)


def _needs(unit: str, each: int) -> list[str]:
    """About as much as so many people can work, less where it is weekend."""
    week, weekend = '["mon", "tue", "wed", "thu", "fri"]', '["sat", "sun"]'
    asked = [
        ("dag", week, each / 4),
        ("dag", weekend, each / 5),
        ("aften", week, each / 6.5),
        ("aften", weekend, each / 6.5),
    ]
    asked.append(("nat", '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]', each / 10))
    lines = []
    for kind, days, count in asked:
        need = f'[[need]]\nunit = "{unit}"\nkind = "{kind}"\nweekdays = {days}\ncount = '
        lines += [f"{need}{max(1, round(count))}", f'{need}1\ncompetence = "medicin"']
    return lines


def home(people: int, units: int, days: int, more: str = "") -> tuple[Site, PlanFile, Problem]:
    """All three: who is there, what is asked, and the problem that it makes."""
    there = site(people, units)
    file = parse(plan_toml(people, units, days) + "\n" + more, "plan.toml", there)
    return there, file, make(file, there, shipped(), [], [])
