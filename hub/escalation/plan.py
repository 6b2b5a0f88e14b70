"""Whom the next step of an alarm tells, as a total function: whatever is missing, it never answers with silence."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import NamedTuple, Protocol

from hub.escalation.rules import Audience, RuleBook, Step, Target

OUTSIDE = ("sms", "voice", "email", "webhook")  # what a contact outside can have: no screen and no push of ours

LEADERS = ("manager", "admin")  # whom practice leaves in peace


class OnDutyNow(Protocol):
    """One row of who is on duty this second; the roster's own value fits as it is."""

    @property
    def person(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def duty(self) -> str: ...


class PersonHere(Protocol):
    """What a rule needs to know of a person; the site's own value fits as it is."""

    @property
    def role(self) -> str: ...
    @property
    def units(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class People:
    """Everyone with an account; made once per version of the site, so that a press only looks them up."""

    by_id: Mapping[str, PersonHere]
    by_role: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    by_role_and_unit: Mapping[tuple[str, str], tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        role: dict[str, list[str]] = {}
        unit: dict[tuple[str, str], list[str]] = {}
        for person, here in self.by_id.items():
            role.setdefault(here.role, []).append(person)
            for belongs in here.units or ("",):
                unit.setdefault((here.role, belongs), []).append(person)
        object.__setattr__(self, "by_role", {key: tuple(people) for key, people in role.items()})
        object.__setattr__(self, "by_role_and_unit", {key: tuple(people) for key, people in unit.items()})

    def with_role(self, role: str, unit: str | None) -> tuple[str, ...]:
        """Those with the role who belong to the unit; a person without units belongs to all of them."""
        if unit is None:
            return self.by_role.get(role, ())
        return self.by_role_and_unit.get((role, unit), ()) + self.by_role_and_unit.get((role, ""), ())


@dataclass(frozen=True, slots=True)
class Scene:
    """The institution as one alarm meets it this second; it only refers to what the caller has, and copies nothing."""

    unit: str | None
    neighbours: Collection[str]
    on_duty: Collection[OnDutyNow]
    people: People
    contacts: Collection[str] = ()
    raiser: str | None = None
    drill: bool = False


class Tell(NamedTuple):
    """One person or contact to be told now, over these channels in this order."""

    # A tuple, not a dataclass: twenty are made for every press, and a frozen dataclass takes four times as long.
    who: str
    contact: bool
    by: tuple[str, ...]
    receipt_within: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The step that is taken, whom it tells, and the seconds until the next; `passed` are the empty steps before it."""

    step: int
    tell: tuple[Tell, ...]
    next_after: int
    passed: tuple[int, ...] = ()
    last_resort: bool = False


def plan(book: RuleBook, kind: str, step: int, scene: Scene) -> Plan:
    """Decide whom `step` tells; an empty step is passed at once, and past the end stands the last resort."""
    steps = book.kind(kind).steps
    first = max(step, 0)
    for n in range(first, len(steps)):
        if tell := told_by(steps[n], scene):
            return Plan(n, tell, steps[n].next_after, tuple(range(first, n)))
    last = book.last_resort
    return Plan(
        step=max(first, len(steps)),
        tell=told_by(last, scene) or _anyone(last, scene),
        next_after=last.next_after,
        passed=tuple(range(first, len(steps))),
        last_resort=True,
    )


def told_by(step: Step, scene: Scene) -> tuple[Tell, ...]:
    """Everyone whom this one step points at right now, each once, in the order of its `tell` list."""
    people: dict[str, None] = {}
    contacts: dict[str, None] = {}
    for target in step.tell:
        if target.audience is Audience.CONTACT:
            if target.which in scene.contacts and not scene.drill:
                contacts[target.which] = None
        else:
            people |= dict.fromkeys(_people(target, scene))
    return _tells(step, people, contacts)


def _tells(step: Step, people: Iterable[str], contacts: Collection[str] = ()) -> tuple[Tell, ...]:
    to_people = zip(people, repeat(False), repeat(step.by), repeat(step.receipt_within))
    if not contacts:
        return tuple(map(Tell._make, to_people))
    to_contacts = zip(contacts, repeat(True), repeat(_outside(step.by)), repeat(step.receipt_within))
    return tuple(map(Tell._make, chain(to_people, to_contacts)))


def _outside(by: tuple[str, ...]) -> tuple[str, ...]:
    """A contact's channels: the step's own first, then the rest, so that "live" alone is not silence outside."""
    own = tuple(channel for channel in by if channel not in ("live", "push"))
    return own + tuple(channel for channel in OUTSIDE if channel not in own)


def _people(target: Target, scene: Scene) -> Iterable[str]:
    match target.audience:
        case Audience.ON_DUTY:
            return _on_duty(target.which, scene, None if scene.unit is None else (scene.unit,))
        case Audience.NEIGHBOURS:
            return _on_duty(target.which, scene, scene.neighbours)
        case Audience.ROLE:
            return _with_role(target.which, scene)
        case _:
            return _tellable((target.which,), scene)


def _tellable(people: Iterable[str], scene: Scene) -> list[str]:
    """Those with an account here, without the raiser: who presses is never told of their own alarm."""
    raiser, known = scene.raiser, scene.people.by_id
    return [person for person in people if person != raiser and person in known]


def _on_duty(which: str, scene: Scene, units: Collection[str] | None) -> list[str]:
    """Those on duty in these units; `None` is an alarm from nobody knows where, which concerns everyone on duty."""
    here = scene.on_duty if units is None else [row for row in scene.on_duty if row.unit in units]
    if which == "any" or (units is None and not which):
        return _tellable([row.person for row in here], scene)
    awake = _tellable([row.person for row in here if row.duty == (which or "active")], scene)
    return awake if awake or which else _tellable([row.person for row in here if row.duty == "sleeping"], scene)


def _with_role(role: str, scene: Scene) -> list[str]:
    """Those of the unit with the role who are on duty now, else all of the unit, else all of the institution."""
    if scene.drill and role in LEADERS:
        return []
    belonging = _tellable(scene.people.with_role(role, scene.unit), scene)
    if not belonging:
        return _tellable(scene.people.with_role(role, None), scene)
    on_duty = {row.person for row in scene.on_duty}
    return [person for person in belonging if person in on_duty] or belonging


def _anyone(step: Step, scene: Scene) -> tuple[Tell, ...]:
    """The last resort names nobody here: the managers, else everybody on duty, else everybody, else every contact."""
    everybody = scene.people.by_id
    on_duty = [row.person for row in scene.on_duty]
    if scene.drill:  # practice wakes no leaders at home and calls nobody outside
        ladder: list[Iterable[str]] = [on_duty, [p for p in everybody if everybody[p].role not in LEADERS]]
    else:
        ladder = [scene.people.with_role("manager", None), on_duty, everybody]
    for people in ladder:
        if found := _tellable(people, scene):
            return _tells(step, dict.fromkeys(found))
    return () if scene.drill else _tells(step, (), scene.contacts)
