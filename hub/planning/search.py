"""The process that looks for a plan asked for on a page: python -m hub.planning.search INSTITUTION PLAN.

It is a process of its own, and the least urgent on the machine: a search takes all that it can get, and from no alarm.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from threading import Thread
from typing import Any

import orjson

from hub.clock import Clock, SystemClock, micros
from hub.errors import FileProblem
from hub.planning import outcome, runstore
from hub.planning.asking import NAME
from hub.planning.problem import HOUR, Impossible, Plan, Progress, Unknown
from hub.planning.reading import Asked, read
from hub.planning.runstore import Run, State
from hub.planning.words import spoken
from hub.settings import Settings
from hub.storage.database import Database

BEAT = 2.0
LEAST_URGENT = 19


async def search(database: Database, clock: Clock, institution: str, which: str) -> None:
    """Looks for the plan, says how far it is, and writes down what it found; ends early if nobody wants it any more."""
    async with database.read() as tx:
        run = await runstore.find(tx, institution, which)
    if run is None:
        return
    try:
        asked = await read(database, institution, run.asked, NAME, run.made_at, again=run.again)
    except FileProblem as refusal:
        state, result = State.FAILED, {"problems": list(refusal.problems)}
    else:
        searching = _Searching(asked)
        searching.start()
        while not await asyncio.to_thread(searching.ended, BEAT):
            if not await _beat(database, clock, run, searching.progress):
                # The solver is in the middle of a step that nothing ends sooner.
                os._exit(0)
        state, result = _told(asked, searching.found())

    async def write(tx: Any) -> bool:
        return await runstore.end(tx, institution, which, state, result)

    await database.write(write, of=institution)


async def _beat(database: Database, clock: Clock, run: Run, progress: Mapping[str, Any]) -> bool:
    async def write(tx: Any) -> bool:
        return await runstore.beat(tx, run.institution, run.id, clock.now(), progress)

    return await database.write(write, of=run.institution)


class _Searching(Thread):
    """The search in a thread that does not keep the process from ending."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(daemon=True)
        self.progress: Mapping[str, Any] = {}
        self._asked = asked
        self._found: Plan | Impossible | Unknown | BaseException | None = None

    def run(self) -> None:
        try:
            from hub.planning.solver import solve  # noqa: PLC0415 - the hub runs without OR-Tools

            self._found = solve(self._asked.problem, self._asked.file.seconds, self._heard)
        except BaseException as fault:  # noqa: BLE001 - it is raised again where it is asked for
            self._found = fault

    def ended(self, patience: float) -> bool:
        """Waits a while; whether it has ended."""
        self.join(patience)
        return not self.is_alive()

    def found(self) -> Plan | Impossible | Unknown:
        if self._found is None or isinstance(self._found, BaseException):
            raise self._found or RuntimeError("the search ended without a word")
        return self._found

    def _heard(self, now: Progress) -> None:
        self.progress = {"seconds": round(now.seconds), "cost": now.cost, "bound": now.bound}


def _told(asked: Asked, found: Plan | Impossible | Unknown) -> tuple[State, dict[str, Any]]:
    seconds = {"seconds": round(found.seconds)}
    if isinstance(found, Unknown):
        return State.UNKNOWN, seconds
    if isinstance(found, Impossible):
        because = [spoken(ask, asked.problem, asked.site, asked.book, _kept) for ask in found.because]
        return State.IMPOSSIBLE, seconds | {"because": because, "smallest": found.smallest}
    return State.FOUND, seconds | _of_plan(asked, found)


def _kept(text: str, **values: object) -> str:
    """A text of the catalogue with what its slots are filled with, for a page to say in its reader's language."""
    return orjson.dumps([text, {name: str(value) for name, value in values.items()}]).decode()


def _of_plan(asked: Asked, found: Plan) -> dict[str, Any]:
    problem, (first, end) = asked.problem, asked.problem.span
    return {
        "first": micros(first),
        "end": micros(end),
        "units": sorted({demand.unit for demand in asked.file.demands}),
        "given": [
            [who, at.unit, micros(at.starts), micros(at.ends), at.duty.value]
            for who, at in outcome.in_order(found.given)
        ],
        "cost": found.cost,
        "bound": found.bound,
        "moved": found.moved,
        "least_moved": found.least_moved,
        "wishes": len(problem.wishes),
        "unmet": len(outcome.unmet(problem, found.given)),
        "open": [
            [need.post.unit, need.post.kind, need.post.day.isoformat(), missing, need.competence or ""]
            for need, missing in outcome.open_posts(problem, found.given)
        ],
        "has": [
            [one.person, one.hours / HOUR, one.contract / HOUR, one.nights, one.weekends, one.unmet]
            for one in outcome.has(problem, found.given)
        ],
    }


async def _main(institution: str, which: str) -> None:
    database = await Database.open(Settings.from_environment(os.environ).database_url)
    try:
        await search(database, SystemClock(), institution, which)
    finally:
        await database.close()


if __name__ == "__main__":
    os.nice(LEAST_URGENT)
    asyncio.run(_main(*sys.argv[1:]))
