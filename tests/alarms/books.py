"""Rule books, rosters and presses by chance, small enough that everything in them meets everything else."""

from collections.abc import Mapping
from datetime import UTC, datetime

from hypothesis import strategies as st

from hub.escalation.plan import People, Scene
from hub.escalation.rules import DUTIES, EMERGENCY, KindRule, RuleBook, Step
from tests.escalation.scenes import Colleague, OnShift, targets

START = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)

# The same few names as the targets of the rules.
CAST: Mapping[str, Colleague] = {
    "anna": Colleague("staff", ("nord",)),
    "bent": Colleague("staff", ("nord", "syd")),
    "carl": Colleague("shift_lead", ("nord",)),
    "dina": Colleague("staff", ("syd",)),
    "elif": Colleague("manager", ()),
}
_PEOPLE = People(CAST)
UNITS: Mapping[str, tuple[str, ...]] = {"nord": ("syd",), "syd": ("nord",), "vest": ()}
KINDS = ("alarm", "assist", "watch")

# From "at once again" to "not tonight": a deadline that is lost, or comes too soon, must differ from all the others.
waits = st.sampled_from([1, 5, 20, 60, 600])
LONGEST_WAIT = 600
people = st.sampled_from(sorted(CAST))
units = st.sampled_from(sorted(UNITS))
duties = st.sampled_from(DUTIES)
steps = st.builds(
    Step, st.lists(targets, min_size=1, max_size=2).map(tuple), receipt_within=st.just(5), next_after=waits
)


def _kind(name: str) -> st.SearchStrategy[KindRule]:
    return st.builds(
        KindRule,
        name=st.just(name),
        steps=st.lists(steps, min_size=1, max_size=3).map(tuple),
        answers_needed=st.integers(1, 3),
        reopen_after=st.just(0) | waits,
        becomes_alarm_after=waits if name == "watch" else st.none(),
    )


_own_books = st.builds(
    RuleBook,
    name=st.just("by chance"),
    kinds=st.fixed_dictionaries({"alarm": _kind("alarm")}, optional={"watch": _kind("watch")}),
    last_resort=steps,
)
books = _own_books | st.just(EMERGENCY)
on_shift = st.builds(OnShift, people, units, duties)
rosters = st.lists(on_shift, max_size=5).map(tuple)


def scene(roster: tuple[OnShift, ...], unit: str | None, raiser: str, drill: bool) -> Scene:
    """Where an alarm plays: the cast, and who of them is on duty."""
    return Scene(
        unit=unit,
        neighbours=UNITS.get(unit or "", ()),
        on_duty=roster,
        people=_PEOPLE,
        contacts=("vagtselskab",),
        raiser=raiser,
        drill=drill,
    )


def as_toml(book: RuleBook) -> str:
    """The book as a rule file; the hub's own for emergencies has none, and stands for a file that cannot be read."""
    if book is EMERGENCY:
        return "this is no rule file ["
    lines = [f"link_within = {book.link_within}"]
    for name in ("alarm", "watch"):
        rule = book.kinds[name]
        lines += [f"[kinds.{name}]", f"answers_needed = {rule.answers_needed}", f"reopen_after = {rule.reopen_after}"]
        if name == "watch":
            lines.append(f"becomes_alarm_after = {rule.becomes_alarm_after}")
        for step in rule.steps:
            lines += [f"[[kinds.{name}.steps]]", *_said(step)]
    return "\n".join([*lines, "[last_resort]", *_said(book.last_resort)])


def _said(step: Step) -> list[str]:
    return [f"tell = {[target.text for target in step.tell]}", f"next_after = {step.next_after}"]
