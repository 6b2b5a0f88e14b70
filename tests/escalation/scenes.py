"""Small institutions and rule books for the tests, written as a shift leader would say them."""

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from hub.escalation.plan import People, Plan, Scene
from hub.escalation.rules import CHANNELS, DUTIES, ROLES, Audience, KindRule, RuleBook, Step, Target

HOUSE: Mapping[str, str] = {
    "mette": "staff nord",
    "omar": "staff nord",
    "bo": "staff nord",
    "ida": "staff syd",
    "kim": "staff syd",
    "lone": "shift_lead nord",
    "sara": "shift_lead syd",
    "leif": "manager",
    "ada": "admin",
}


@dataclass(frozen=True)
class Colleague:
    role: str
    units: tuple[str, ...]


@dataclass(frozen=True)
class OnShift:
    person: str
    unit: str
    duty: str


def people(said: Mapping[str, str] = HOUSE) -> People:
    """`{"mette": "staff nord"}`: a role and the units, none of them for the whole institution."""
    return People({name: Colleague(role, tuple(units)) for name, (role, *units) in _split(said)})


def _split(said: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    return [(name, words.split()) for name, words in said.items()]


def scene(
    *on_duty: str,
    house: Mapping[str, str] = HOUSE,
    unit: str | None = "nord",
    neighbours: tuple[str, ...] = ("syd",),
    contacts: frozenset[str] = frozenset(),
    raiser: str | None = "mette",
    drill: bool = False,
) -> Scene:
    """Mette presses in nord; who is on duty is said as `omar nord active`."""
    rows = tuple(OnShift(*row.split()) for row in on_duty)
    return Scene(unit, neighbours, rows, people(house), contacts, raiser, drill)


def step(tokens: str, by: tuple[str, ...] = ("live", "push", "sms"), next_after: int = 20) -> Step:
    return Step(tuple(map(Target.parse, tokens.split())), by, 5, next_after)


def book(*steps: str, last: str = "role:manager") -> RuleBook:
    """Each text is a step's `tell`; steps are 20 seconds apart, the last resort 60."""
    alarm = KindRule("alarm", tuple(map(step, steps)))
    return RuleBook("test", {"alarm": alarm}, step(last, next_after=60))


def told(plan: Plan) -> list[str]:
    return [tell.who for tell in plan.tell]


# Few names, so that the same person often presses, is on duty twice, and is named by the rule.
_PEOPLE = st.sampled_from(["anna", "bent", "carl", "dina", "elif", "finn"])
_UNITS = st.sampled_from(["nord", "syd", "vest"])
_CONTACTS = st.sampled_from(["vagtselskab", "alarmcentral"])

targets = st.one_of(
    st.builds(
        Target,
        st.sampled_from([Audience.ON_DUTY, Audience.NEIGHBOURS]),
        st.sampled_from(["", "any", *DUTIES]),
    ),
    st.builds(Target, st.just(Audience.ROLE), st.sampled_from(ROLES)),
    st.builds(Target, st.just(Audience.PERSON), _PEOPLE),
    st.builds(Target, st.just(Audience.CONTACT), _CONTACTS),
)

steps = st.builds(
    Step,
    st.lists(targets, min_size=1, max_size=3).map(tuple),
    st.lists(st.sampled_from(CHANNELS), min_size=1, unique=True).map(tuple),
    st.integers(1, 60),
    st.integers(1, 600),
)

kind_names = st.sampled_from(["alarm", "assist", "watch", "illness"])


@st.composite
def books(draw: st.DrawFn) -> RuleBook:
    rungs = st.lists(steps, min_size=1, max_size=4).map(tuple)
    names = {"alarm", *draw(st.sets(kind_names))}
    return RuleBook("any", {name: KindRule(name, draw(rungs)) for name in sorted(names)}, draw(steps))


scenes = st.builds(
    Scene,
    unit=st.none() | _UNITS,
    neighbours=st.lists(_UNITS, max_size=2, unique=True).map(tuple),
    on_duty=st.lists(st.builds(OnShift, _PEOPLE, _UNITS, st.sampled_from(DUTIES)), max_size=8).map(tuple),
    people=st.dictionaries(
        _PEOPLE, st.builds(Colleague, st.sampled_from(ROLES), st.lists(_UNITS, max_size=2).map(tuple))
    ).map(People),
    contacts=st.frozensets(_CONTACTS),
    raiser=st.none() | _PEOPLE,
    drill=st.booleans(),
)
