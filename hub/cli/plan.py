"""`hub plan`: who works when, by the demand, the rest rules and the wishes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from hub.cli.opening import existing, institution, opened
from hub.clock import SystemClock
from hub.errors import FileProblem, Unavailable
from hub.people.files import read_text
from hub.planning import outcome
from hub.planning.problem import HOUR, Impossible, Plan, Problem, Progress, Unknown, moved
from hub.planning.reading import Asked, read
from hub.planning.words import spoken, where
from hub.settings import Settings
from hub.web.render import LANGUAGES, catalogue


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The CSV file of the plan.")
@click.option("--replan", is_flag=True, help="Move as few shifts as possible of the plan that is on the roster.")
@click.option("--seconds", type=click.FloatRange(1, 3600), help="How long to look; the file says it otherwise.")
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True)
@click.option("--institution", "wanted", help="Not needed when this hub has only one.")
def plan(file: Path, out: Path, replan: bool, seconds: float | None, language: str, wanted: str | None) -> None:
    """Plan who works when, as a plan file asks; nothing is on the roster before the file is imported.

    Or, where there is no plan, name the smallest set of rules that cannot be kept together.
    """
    asked = asyncio.run(_read(file, replan, wanted, existing()))
    found = _solved(asked.problem, seconds or asked.file.seconds)
    if isinstance(found, Plan):
        out.write_text(outcome.written(asked.problem, found.given), "utf-8")
        for line in _told(asked, found):
            click.echo(line)
        Console().print(_table(asked, found))
        click.echo(
            f"Look at it: hub roster preview {out} --source plan. Put it in force: hub roster import, the same way."
        )
    else:
        raise FileProblem(str(file), list(_refused(asked, found, str(file), language)))


async def _read(file: Path, again: bool, wanted: str | None, settings: Settings) -> Asked:
    text = read_text(file)
    async with opened(settings) as database:
        key = await institution(database, wanted)
        return await read(database, key, text, str(file), SystemClock().now(), again=again)


def _solved(problem: Problem, seconds: float) -> Plan | Impossible | Unknown:
    try:
        from hub.planning.solver import solve  # noqa: PLC0415 - the hub runs without OR-Tools
    except ModuleNotFoundError:
        raise Unavailable('Planning needs OR-Tools: pip install "tryghedshub[planning]".') from None
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Looking for a plan", total=None)

        def tell(now: Progress) -> None:
            known = f"the best plan costs {now.cost}, none less than {now.bound}"
            bar.update(
                task, description=known if now.cost is not None else f"Impossible; {now.bound} rules in conflict"
            )

        return solve(problem, seconds, tell)


def _told(asked: Asked, found: Plan) -> Iterator[str]:
    problem = asked.problem
    name, people = asked.site.institution.name, len({person for person, _ in found.given})
    proof = "which is proved to be the least" if found.best else f"and none costs less than {found.bound}"
    yield f"{name}: {len(found.given)} shifts for {people} people; it costs {found.cost}, {proof}."
    missed = outcome.unmet(problem, found.given)
    yield f"{len(problem.wishes) - len(missed)} of {len(problem.wishes)} wishes are met."
    for need, missing in outcome.open_posts(problem, found.given):
        yield f"  ! {where(need.post, asked.site)}: {missing} missing {need.competence or ''}".rstrip()
    if found.moved is not None and problem.before is not None:
        least = ", which is proved to be the least" if found.least_moved else ""
        yield f"{found.moved} shifts are moved{least}."
        for mark, changed in (("+", moved(problem.before, found.given)), ("-", moved(found.given, problem.before))):
            for person, post in outcome.in_order(changed):
                yield f"  {mark} {asked.site.people[person].name}: {where(post, asked.site)}"


def _table(asked: Asked, found: Plan) -> Table:
    table = Table("person", "hours", "by contract", "nights", "in weekends", "wishes not met")
    for one in outcome.has(asked.problem, found.given):
        hours = (f"{time / HOUR:.1f}" for time in (one.hours, one.contract))
        table.add_row(asked.site.people[one.person].name, *hours, str(one.nights), str(one.weekends), str(one.unmet))
    return table


def _refused(asked: Asked, found: Impossible | Unknown, name: str, language: str) -> Iterator[str]:
    say = catalogue(language)
    if isinstance(found, Unknown):
        yield say(
            "{file}: no plan was found in {n} s, and no proof that there is none.", file=name, n=round(found.seconds)
        )
    elif not found.because:
        yield say("{file}: there is no plan; which rules are in conflict was not found in the time.", file=name)
    else:
        yield say("{file}: these cannot be kept together; change one of them:", file=name)
        yield from (f"  - {spoken(ask, asked.problem, asked.site, asked.book, say)}" for ask in found.because)
