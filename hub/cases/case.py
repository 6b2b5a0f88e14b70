"""A case in the hub's own register: what is known of it, each with the moment from which it is so. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from hub.cases.practice import FACET, Area
from hub.incidents import rights
from hub.people import access
from hub.people.access import Principal
from hub.people.faults import Refused, say
from hub.ports import CaseStep, Progress


class What(StrEnum):
    """What a fact of a case says."""

    TITLE = "title"
    STATE = "state"
    CLASSED = "classed"
    """Its number in KLE and the action facet."""
    CITIZEN = "citizen"
    PARTY = "party"
    """Anybody else who takes part, in words."""
    BASIS = "basis"
    """The rule of law that it rests on."""
    NOTE = "note"
    CASE = "case"
    """Another case of this register."""
    ELSEWHERE = "elsewhere"
    """Where it is held outside, and what it is called there."""
    GRANT = "grant"
    """What was granted the citizen, by the number that it has where it is held."""
    HELD = "held"
    """Why it is kept though its time may be over."""
    ARCHIVED = "archived"
    """What the archive has confirmed that it has it by."""
    OVER = "over"
    """From then on another fact of the case is so no more."""


ONE_AT_A_TIME = frozenset({What.TITLE, What.CLASSED, What.CITIZEN})
ORDER = tuple(Progress)


class Backwards(Refused):
    """A case goes one way."""

    code = "backwards"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is so from a moment on; it is never changed, only followed by another."""

    number: int
    what: What
    since: datetime
    by: str | None
    at: datetime
    """When it was written down, which may be later than it was so."""
    about: str = ""
    """An id or a code, which may be seen."""
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """All that the register holds of a case."""

    institution: str
    id: str
    """What other systems know it by, where one of them made it; a UUID of the hub's own else."""
    number: str
    area: Area
    unit: str | None
    incident: str | None
    """The incident that it was opened for, if it is a case of that incident's own."""
    facts: tuple[Fact, ...] = ()

    def standing(self, what: What, at: datetime | None = None) -> tuple[Fact, ...]:
        """What is so of this kind, the oldest first; `at` asks how it was."""
        told = [one for one in self.facts if at is None or one.since <= at]
        over = {int(one.about) for one in told if one.what is What.OVER}
        found = sorted((one for one in told if one.what is what), key=lambda one: (one.since, one.number))
        found = [one for one in found if one.number not in over]
        return tuple(found[-1:] if what in ONE_AT_A_TIME else found)

    def now(self, what: What) -> Fact | None:
        return next(iter(reversed(self.standing(what))), None)

    @property
    def title(self) -> str:
        found = self.now(What.TITLE)
        return found.words if found is not None else self.number

    @property
    def steps(self) -> tuple[CaseStep, ...]:
        return tuple(CaseStep(Progress(one.about), one.since) for one in self.standing(What.STATE))

    @property
    def progress(self) -> Progress:
        return self.steps[-1].progress if self.steps else Progress.ARISEN

    @property
    def closed_at(self) -> datetime | None:
        return self.steps[-1].since if self.progress is Progress.CLOSED else None

    @property
    def citizen(self) -> str | None:
        found = self.now(What.CITIZEN)
        return found.about if found is not None else None

    @property
    def kle(self) -> tuple[str, str]:
        """Its number and its facet; both empty before it has one."""
        found = self.now(What.CLASSED)
        number, _, facet = found.about.partition(" ") if found is not None else ("", "", "")
        return number, facet or (FACET if number else "")

    @property
    def last(self) -> int:
        return max((one.number for one in self.facts), default=0)


def more(case: Case, new: Fact) -> Case:
    """The case with one more fact."""
    return replace(case, facts=(*case.facts, replace(new, number=case.last + 1)))


def refuse_move(case: Case, to: Progress, since: datetime, now: datetime) -> None:
    """A case comes to no state that is before one that it has, and to none that is yet to come."""
    if since > now:
        raise Backwards(say("This day has not come: choose one that has."))
    steps = case.steps
    if steps and ORDER.index(to) <= ORDER.index(steps[-1].progress):
        raise Backwards(say("It has come so far already: take back what is wrong first."))
    if steps and since < steps[-1].since:
        raise Backwards(say("This is before the state that it has now: choose a later day."))


def ended(case: Case, number: int) -> Fact:
    """The fact that is so no more; the last that a case cannot be without stays."""
    found = next((one for one in case.facts if one.number == number and one.what is not What.OVER), None)
    if found is None or found not in case.standing(found.what):
        raise Refused(say("This has ended already: look at it again."))
    if found.what is What.TITLE or (found.what is What.STATE and found.about == Progress.ARISEN):
        raise Refused(say("A case is never without this: write the right one instead."))
    if found.what is What.STATE and found != case.now(What.STATE):
        raise Refused(say("Take back the newest state first."))
    return found


def differing(
    case: Case, wanted: Mapping[What, Sequence[tuple[str, datetime]]], now: datetime
) -> list[tuple[What, str, datetime]]:
    """What must be added so that these kinds say what they should; what they said before stays in the history."""
    found: list[tuple[What, str, datetime]] = []
    for what, told in wanted.items():
        known = {(one.about, one.since): one for one in case.standing(what)}
        if what in ONE_AT_A_TIME:
            found += [(what, about, since) for about, since in told if about not in {key[0] for key in known}]
        else:
            found += [(What.OVER, str(one.number), now) for key, one in known.items() if key not in told]
            found += [(what, *one) for one in told if one not in known]
    return found


def may_see(by: Principal, case: Case) -> bool:
    """Those who see to what follows: the unit's leaders, behind a password; nobody on the floor keeps cases."""
    return rights.leads_here(by) and access.may_see_unit(by, case.unit)


def subject(which: str) -> str:
    """What the journal calls a case."""
    return f"case:{which}"
