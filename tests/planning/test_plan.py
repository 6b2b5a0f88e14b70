"""Plans: proved by a checker that knows only the rules' text; moved as little as can be; or refused with the reason."""

from dataclasses import replace
from datetime import timedelta

from hub.planning import outcome
from hub.planning.making import make
from hub.planning.planfile import parse
from hub.planning.problem import Asks, Impossible, Plan, Problem, Progress, moved
from hub.planning.solver import solve
from hub.planning.words import spoken
from hub.roster.rest import Rule
from hub.roster.restfile import shipped
from hub.roster.shift import Absence, Away, Shift
from hub.web.render import catalogue
from tests.house_rules import ROOT
from tests.planning.benchmark import FILE, instance
from tests.planning.checker import broken
from tests.planning.greedy import greedy
from tests.planning.homes import FIRST, home, plan_toml, site

SECONDS = 60
LOCK = f'[[lock]]\nperson = "p03"\nunit = "nord"\nkind = "nat"\nday = {FIRST + timedelta(days=2)}\n'


def planned(problem: Problem) -> Plan:
    found = solve(problem, SECONDS, workers=2)
    assert isinstance(found, Plan)
    return found


def test_a_plan_breaks_no_rule_keeps_what_is_locked_and_is_moved_as_little_as_can_be() -> None:
    there, file, problem = home(9, 1, 7, LOCK)
    heard: list[Progress] = []
    plan = solve(problem, SECONDS, heard.append, workers=2)
    assert isinstance(plan, Plan)
    assert broken(problem, plan.given) == []
    assert plan.best
    assert heard[-1].cost == plan.cost
    assert any(person == "p03" and post.kind == "nat" for person, post in plan.given)
    sick, gone = next(one for one in outcome.in_order(plan.given) if one[0] != "p03")
    ill = Absence.of("csv", sick, None, gone.starts, gone.ends, Away.SICK)
    stands = [Shift.of("plan", who, at.unit, *at.span, at.duty) for who, at in plan.given]
    anew = make(file, there, shipped(), stands, [ill], again=True)
    again = planned(anew)
    assert broken(anew, again.given) == []
    assert (again.moved, again.least_moved) == (1, True)
    assert moved(again.given, plan.given) == {(sick, gone)}


def test_the_checker_notices_what_a_plan_breaks() -> None:
    _, _, problem = home(9, 1, 7)
    by_hand = greedy(problem)
    assert not [text for text in broken(problem, by_hand) if " of " not in text]
    person, post = outcome.in_order(by_hand)[0]
    other = next(worker for worker in problem.workers if (worker.person, post) not in by_hand)
    assert any(" of " in text for text in broken(problem, by_hand - {(person, post)}))
    every_day = by_hand | {(other.person, at) for at in problem.posts if at.kind == "dag"}
    assert any("no day off" in text for text in broken(problem, every_day))
    both = by_hand | {(other.person, at) for at in problem.posts[:3]}
    assert any("too little rest" in text for text in broken(problem, both))
    away = next(worker for worker in problem.workers if worker.away)
    assert any("is away" in text for text in broken(problem, by_hand | {(away.person, at) for at in problem.posts}))


def test_an_impossible_plan_is_told_by_the_smallest_set_of_rules_in_conflict() -> None:
    saturday = FIRST + timedelta(days=5)
    need = '[[need]]\nunit = "nord"\nkind = "{}"\ndates = [{}]\ncount = {}\n'
    more = need.format("nat", saturday, 4) + need.format("dag", saturday + timedelta(days=1), 3)
    there, _, problem = home(6, 1, 7, more)
    problem = replace(problem, workers=tuple(replace(worker, away=()) for worker in problem.workers))
    found = solve(problem, SECONDS, workers=2)
    assert isinstance(found, Impossible)
    assert found.smallest
    assert {(one.asks, one.rule) for one in found.because} == {(Asks.NEED, None), (Asks.REST, Rule.DAILY_REST)}
    assert len(found.because) == 3
    told = [spoken(one, problem, there, shipped(), catalogue("da")) for one in found.because]
    assert sorted(told) == [
        "Arbejdsmiljøloven og arbejdstidsloven: 11 t. hvile i ethvert døgn.",
        "Nord, dag 2026-12-06: 3 skal bruges.",
        "Nord, nat 2026-12-05: 4 skal bruges.",
    ]


def test_what_already_stands_counts_and_is_not_planned_twice() -> None:
    there = site(6, 1)
    file = parse(plan_toml(6, 1, 7), "plan.toml", there)
    free = make(file, there, shipped(), [], [])
    at = next(post for post in free.posts if post.kind == "dag")
    other = Shift.of("csv", "p01", "nord", at.starts, at.ends, at.duty)
    problem = make(file, there, shipped(), [other], [])
    asked, left = (sum(one.count for one in made.needs if one.post == at) for made in (free, problem))
    able = "p01" in next(one.able for one in free.needs if one.post == at and one.able is not None)
    assert left == asked - 1 - able
    plan = planned(problem)
    assert broken(problem, plan.given) == []
    assert ("p01", at) not in plan.given


def test_what_stands_and_breaks_a_rule_already_is_not_held_against_the_plan() -> None:
    there = site(8, 1)
    file = parse(plan_toml(8, 1, 7), "plan.toml", there)
    free = make(file, there, shipped(), [], [])
    tired = min(min(one.able) for one in free.needs if one.post.kind == "nat" and one.able is not None)
    nights = [post for post in free.posts if post.kind == "nat"]
    every = [Shift.of("csv", tired, "nord", at.starts, at.ends, at.duty) for at in nights]
    plan = planned(make(file, there, shipped(), every, []))
    assert all(who != tired for who, _ in plan.given), "it may not be made worse"


def test_the_published_instance_is_all_in_our_own_file() -> None:
    problem = instance()
    assert (len(problem.workers), len(problem.needs), len(problem.wishes)) == (8, 14, 26)
    assert sum(need.count for need in problem.needs) == 71
    assert "Curtois" in FILE.read_text("utf-8")


def test_the_hub_never_loads_what_plans() -> None:
    sources = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in (ROOT / "hub").rglob("*.py")}
    users = {path for path, text in sources.items() if "from ortools" in text or "import ortools" in text}
    assert users == {f"hub/planning/{name}.py" for name in ("costmodel", "limitmodel", "model", "restmodel", "solver")}
    models = [name.removesuffix(".py").replace("/", ".") for name in users]
    readers = {path for path, text in sources.items() if any(f"from {name} import" in text for name in models)}
    # The search that a page asks for is a process of its own, which nothing imports.
    assert readers - users == {"hub/cli/plan.py", "hub/planning/search.py"}
    assert not [path for path, text in sources.items() if "from hub.planning.search import" in text]
