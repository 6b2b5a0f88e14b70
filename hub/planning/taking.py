"""A plan that was found, put on the roster: what it would change, and whether it still can stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.clock import instant
from hub.people import access
from hub.people.desk import Change
from hub.people.faults import NotYours, Refused, Text, say
from hub.people.localtime import shown
from hub.people.site import DutyState, Site
from hub.people.store import versions
from hub.planning import runstore
from hub.planning.making import SOURCE
from hub.planning.runstore import Run
from hub.roster import store
from hub.roster.actions import Planned, changed, write_planned
from hub.roster.difference import Difference, compared
from hub.roster.resting import Known, known
from hub.roster.shift import Shift
from hub.storage.database import Reader


@dataclass(frozen=True, slots=True)
class Taking:
    """What taking a plan would change, and all that tells whether it still can stand."""

    run: Run
    planned: Planned
    known: Known

    def troubles(self) -> list[Text]:
        """What has come between since the plan was made: the plan kept to everything that was known then."""
        found = list(self._away())
        people = {_name(self.known.site, one.person) for one in self.known.broken_by(self.planned)}
        return [*found, *(say("a rest rule would be broken for {person}", person=name) for name in sorted(people))]

    def _away(self) -> Iterator[Text]:
        for shift in (*self.planned.shifts.new, *(after for _, after in self.planned.shifts.changed)):
            for one in self.known.absences.values():
                if one.starts < shift.ends and shift.starts < one.ends and one.stands_against(shift):
                    when = shown(shift.starts, self.known.site.institution.timezone)
                    yield say("{person} is away {when}", person=_name(self.known.site, shift.person), when=when)
                    break


async def taking(tx: Reader, run: Run, now: datetime) -> Taking:
    """What the plan would change of the roster as it is now."""
    result = run.result
    first, end = instant(result["first"]), instant(result["end"])
    wanted = [one for one in shifts(run) if one.ends > now]
    # What had begun when the plan was made was not the plan's to move.
    since = max(first, run.made_at)
    standing = await store.beginning(tx, run.institution, SOURCE, since, end)
    replaced = {one.id: one for one in standing if one.unit in result["units"]}
    elsewhere = await store.find_many(tx, run.institution, [one.id for one in wanted if one.id not in replaced])
    difference = compared({**elsewhere, **replaced}, replaced, wanted)
    planned = Planned(difference, Difference([], [], [], 0), await versions(tx, run.institution) or (0, 0))
    people = {one.person for one in (*difference.new, *(after for _, after in difference.changed))}
    return Taking(run, planned, await known(tx, run.institution, first, end, people))


def shifts(run: Run) -> Sequence[Shift]:
    """The shifts that the plan gives."""
    return [
        Shift.of(SOURCE, who, unit, instant(starts), instant(ends), DutyState(duty))
        for who, unit, starts, ends, duty in run.result["given"]
    ]


async def take(change: Change, found: Taking) -> bool:
    """Puts the plan on the roster and tells whose shifts it changes; False if the roster has changed meanwhile."""
    refuse_strangers(change.by, found.run)
    if await runstore.find(change.tx, change.of, found.run.id) is None:
        raise Refused(say("This plan was taken or thrown away by somebody else meanwhile."))
    if not found.planned.counts.nothing:
        if not await write_planned(change.tx, change.of, found.planned, change.now, change.by.person):
            return False
        counts = found.planned.counts
        facts = {"added": counts.added, "changed": counts.changed, "removed": counts.removed}
        await changed(change.tx, change.of, change.now, "plan_taken", found.run.unit, change.by.name, facts)
    await runstore.remove(change.tx, change.of, found.run.id)
    return True


def refuse_strangers(by: access.Principal, run: Run) -> None:
    """A plan is for those who lead every unit that it is for."""
    if not all(access.leads(by, unit) for unit in run.result.get("units", (run.unit,))):
        raise NotYours(say("A plan is for those who lead the unit: ask a shift lead."))


def _name(site: Site, person: str) -> str:
    return site.people[person].name if person in site.people else person
