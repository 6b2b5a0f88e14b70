"""The pages of automatic planning: what is asked for, how far the search is, what a plan would change."""

from asyncio import to_thread
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from zoneinfo import ZoneInfo

import orjson
from starlette.responses import Response
from starlette.routing import BaseRoute
from uuid_utils import uuid7

from hub.alarms.events import name_of
from hub.errors import FileProblem, NotFound
from hub.people import access
from hub.people.access import Principal
from hub.people.desk import Change
from hub.people.faults import Refused, say
from hub.people.localtime import day_word
from hub.planning import runstore
from hub.planning.asking import DAYS, FIELDS, NAME, ROWS, SECONDS, asked
from hub.planning.planfile import parse
from hub.planning.planner import is_installed
from hub.planning.runstore import Run, State
from hub.planning.taking import Taking, refuse_strangers, take, taking
from hub.reach.board import unit_name
from hub.roster.actions import TRIES
from hub.roster.hours import hours_word
from hub.roster.sheet import DAY
from hub.roster.shift import Shift
from hub.storage import journal
from hub.web.admin import Desks, Visit
from hub.web.pages import Pages
from hub.web.roster_words import clock

PATH = "/planning"
# As many as one machine can look for without each being the other's burden.
MOST_AT_ONCE = 1


@dataclass(frozen=True, slots=True)
class Changed:
    """One shift that a plan would give or take away."""

    mark: str
    icon: str
    words: str


def may_enter(by: Principal) -> bool:
    return access.leads(by)


async def page(visit: Visit) -> Response:
    async with visit.reading() as tx:
        found = await runstore.runs(tx, visit.by.institution)
    zone, now = ZoneInfo(visit.site.institution.timezone), visit.hub.clock.now()
    today = now.astimezone(zone).date()
    mine = [one for one in found if access.leads(visit.by, one.unit)]
    return await visit.show(
        "planning.html",
        installed=is_installed(),
        led=[(one.id, one.name) for one in visit.site.units.values() if access.leads(visit.by, one.id)],
        rows=range(1, ROWS + 1),
        days=[(str(n), visit.texts("{n} days", n=n)) for n in DAYS],
        seconds=[(str(n), visit.texts("{n} s", n=n)) for n in SECONDS],
        values={**dict.fromkeys(FIELDS, ""), **(mine[0].form if mine else _usual(visit, today))},
        runs=[(one.id, unit_name(visit.site, one.unit), one.standing(now), visit.local(one.made_at)) for one in mine],
    )


def _usual(visit: Visit, today: date) -> Mapping[str, str]:
    """What the form says before anybody has planned."""
    say = visit.texts
    usual = ((say("day"), "07:00", "15:00"), (say("evening"), "15:00", "23:00"), (say("night"), "23:00", "07:00"))
    named = {
        f"{key}-{n}": value
        for n, row in enumerate(usual, start=1)
        for key, value in zip(("kind", "from", "to"), row, strict=True)
    }
    return named | {"first": (today + (7 - today.weekday()) * DAY).isoformat(), "days": "28", "seconds": "60"}


async def begin(visit: Visit) -> str:
    """Writes down what is asked for, and starts the search."""
    if not is_installed():
        raise Refused(say("Planning is not installed on this hub: whoever runs it can add it."))
    entry = visit.entry
    unit = entry.one_of("unit", [one for one in visit.site.units if access.leads(visit.by, one)])
    if unit is None:
        entry.wrong("unit", say("Choose the unit to plan for."))
    text = asked(entry, unit or "")
    entry.refuse_if_faulty()
    try:
        demands = parse(text, NAME, visit.site).demands
    except FileProblem as refusal:
        entry.wrong("more", say("{faults}", faults="; ".join(refusal.problems)))
        entry.refuse_if_faulty()
        raise
    now = visit.hub.clock.now()
    again, form = bool(entry.raw("again")), {key: values[0] for key, values in entry.fields.items() if values}
    form.pop("seen", None)
    who = visit.by.person or ""
    run = Run(visit.by.institution, str(uuid7()), unit or "", who, now, form, text, again, now)
    for one in sorted({demand.unit for demand in demands}):
        refuse_strangers(visit.by, Run(run.institution, run.id, one, who, now, form, text, again, now))
    await visit.change(partial(_begin, run=run), access.leads)
    visit.hub.planner.begin(run)
    return f"{PATH}/{run.id}"


async def _begin(change: Change, run: Run) -> None:
    refuse_strangers(change.by, run)
    going = [one for one in await runstore.runs(change.tx, change.of) if one.standing(change.now) is State.RUNNING]
    if len(going) >= MOST_AT_ONCE:
        raise Refused(say("A plan is being looked for already: wait until it is there, or throw it away."))
    await runstore.add(change.tx, run)
    await journal.append(change.tx, change.of, change.now, "plan_asked", run.unit, change.by.name, {"plan": run.id})


async def _run(visit: Visit) -> Run:
    async with visit.reading() as tx:
        run = await runstore.find(tx, visit.by.institution, visit.which)
    if run is None:
        raise NotFound("There is no such plan any more.")
    refuse_strangers(visit.by, run)
    return run


async def one(visit: Visit) -> Response:
    run = await _run(visit)
    state, found = run.standing(visit.hub.clock.now()), None
    if state is State.FOUND:
        async with visit.reading() as tx:
            found = await taking(tx, run, visit.hub.clock.now())
    return await visit.show(
        "plan.html",
        run=run,
        state=state,
        unit=unit_name(visit.site, run.unit),
        because=[_again(visit, one) for one in run.result.get("because", ())],
        counts=found.planned.counts if found is not None else None,
        changes=list(_changes(visit, found)) if found is not None else [],
        people=[
            (name_of(visit.site, who) or who, *(hours_word(timedelta(hours=n), visit.texts) for n in hours), *counts)
            for who, *hours, nights, weekends, unmet in run.result.get("has", ())
            for counts in [(nights, weekends, unmet)]
        ],
        missing=[
            (unit_name(visit.site, unit), kind, day_word(date.fromisoformat(day), visit.texts), many, able)
            for unit, kind, day, many, able in run.result.get("open", ())
        ],
    )


def _again(visit: Visit, kept: str) -> str:
    """A text that the search wrote down, in the reader's language."""
    text, values = orjson.loads(kept)
    return visit.texts(text, **values)


def _changes(visit: Visit, found: Taking) -> Iterator[tuple[str, list[Changed]]]:
    """Day by day what the plan would give and take away."""
    zone, shifts, say = ZoneInfo(visit.site.institution.timezone), found.planned.shifts, visit.texts
    marked: list[tuple[Shift, str, str]] = [(one, say("New"), "check") for one in shifts.new]
    marked += [(after, say("Changed"), "check") for _, after in shifts.changed]
    marked += [(one, say("Taken off"), "cross") for one in shifts.gone]
    marked.sort(key=lambda one: (one[0].starts, one[0].unit, one[0].person))

    def day_of(one: tuple[Shift, str, str]) -> date:
        return one[0].starts.astimezone(zone).date()

    for day, those in groupby(marked, key=day_of):
        yield (
            day_word(day, visit.texts),
            [
                Changed(
                    mark,
                    icon,
                    f"{clock(at.starts, zone)}–{clock(at.ends, zone)} {unit_name(visit.site, at.unit)}: "
                    f"{name_of(visit.site, at.person) or at.person}",
                )
                for at, mark, icon in those
            ],
        )


async def accept(visit: Visit) -> str:
    """Puts the plan on the roster, if it still can stand there."""
    run = await _run(visit)
    if run.state is not State.FOUND:
        raise Refused(say("There is no plan to take here yet."))
    for _ in range(TRIES):
        async with visit.reading() as tx:
            found = await taking(tx, run, visit.hub.clock.now())
        # Four months of everybody's shifts are counted beside the event loop.
        troubles = await to_thread(found.troubles)
        if troubles:
            what = "; ".join(visit.texts(one.msgid, **one.values) for one in troubles[:5])
            raise Refused(say("The roster has changed since the plan was made: {what}. Plan anew.", what=what))
        if await visit.change(partial(take, found=found), access.leads):
            first = run.form.get("first", "")
            return f"/roster?day={first}&unit={run.unit}&done=1"
    raise Refused(say("The roster changed again and again meanwhile: send it once more."))


async def throw(visit: Visit) -> str:
    """Throws the plan away; a search for it ends by itself."""
    run = await _run(visit)

    async def work(change: Change) -> None:
        refuse_strangers(change.by, run)
        if await runstore.remove(change.tx, change.of, run.id):
            facts = {"plan": run.id}
            await journal.append(change.tx, change.of, change.now, "plan_thrown", run.unit, change.by.name, facts)

    await visit.change(work, access.leads)
    return f"{PATH}?done=1"


def planning_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of the pages and of their forms."""
    desks = Desks(pages)
    return [
        desks.page(PATH, page, may_enter),
        desks.form(PATH, begin, page, may_enter),
        desks.page(f"{PATH}/{{id}}", one, may_enter),
        desks.form(f"{PATH}/{{id}}/take", accept, one, may_enter),
        desks.form(f"{PATH}/{{id}}/throw", throw, one, may_enter),
    ]
