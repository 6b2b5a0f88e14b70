"""Reports to others, prepared from what a record says, with what is missing named; a person sends them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hub.incidents.followup import How, Task
from hub.incidents.paper import Fact, Paper

FORMAT = "tryghedshub-report/1"


class Report(StrEnum):
    EASY = "easy"
    """A work accident, as it is entered in EASY."""
    FORCE = "force"
    """Use of force, to the acting municipality."""
    POLICE = "police"
    """A report to the police."""
    REASONS = "reasons"
    """The concrete reasons why the police were not told."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a report is made of: whose paper, which facts call for it, whose clock it runs by, and what it must say."""

    paper: Paper
    called_by: frozenset[Fact]
    clocks: tuple[str, ...]
    known: tuple[str, ...]
    """What the record can say."""
    asked: tuple[str, ...]
    """What no record of the hub holds: whoever sends it writes it in."""


_ACCIDENT = ("employer", "employer_number", "workplace", "happened_at", "place", "people", "kinds")
RECIPES: Mapping[Report, Recipe] = {
    Report.EASY: Recipe(
        Paper.WORK,
        frozenset({Fact.ABSENCE, Fact.CLAIM}),
        ("easy",),
        (*_ACCIDENT, "happened", "led_to", "injuries", "witnesses", "learnt", "absence", "claim", "safety"),
        ("civil_number", "production_unit", "job", "employed_since", "body_part", "injury_code", "first_absence_day",
         "absence_length"),
    ),
    Report.FORCE: Recipe(
        Paper.CASE,
        frozenset({Fact.ADULT_FORBIDDEN, Fact.ADULT_PERMITTED, Fact.CHILD}),
        ("child-register", "child-report", "adult-register", "adult-report", "adult-monthly"),
        ("employer", "workplace", "happened_at", "place", "force", "resident", "before", "course", "care"),
        ("resident_number", "by_whom", "which_force", "duration", "legal_basis", "tried_before", "resident_said",
         "leader_says"),
    ),
    Report.POLICE: Recipe(
        Paper.WORK,
        frozenset({Fact.OFFENCE}),
        ("police",),
        (*_ACCIDENT, "happened", "led_to", "injuries", "witnesses"),
        ("civil_number", "address", "suspect", "pictures", "contact"),
    ),
    Report.REASONS: Recipe(
        Paper.WORK,
        frozenset({Fact.OFFENCE}),
        ("police",),
        ("employer", "workplace", "happened_at", "place", "people", "kinds", "happened", "reasons"),
        (),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report as far as it is known."""

    report: Report
    values: Mapping[str, str] = field(default_factory=dict)
    """What is known, in the order in which it is asked."""
    missing: tuple[str, ...] = ()

    def structured(self, incident: str, facts: Collection[Fact]) -> dict[str, Any]:
        """The same for another system: every field that it asks for, empty where nothing is known."""
        fields: dict[str, str | None] = {**self.values, **dict.fromkeys(self.missing)}
        return {
            "format": FORMAT,
            "report": self.report.value,
            "incident": incident,
            "facts": sorted(fact.value for fact in facts if fact in RECIPES[self.report].called_by),
            "fields": fields,
            "missing": list(self.missing),
        }


def called_for(facts: Collection[Fact], readable: Collection[Paper], tasks: Sequence[Task]) -> list[Report]:
    """The reports that the facts call for, of the papers that somebody reads; reasons where the police are not told."""
    found = [one for one, recipe in RECIPES.items() if recipe.called_by & set(facts) and recipe.paper in readable]
    waived = any(task.what in RECIPES[Report.POLICE].clocks and task.how is How.WAIVED for task in tasks)
    return [one for one in found if one is not (Report.POLICE if waived else Report.REASONS)]


def prepared(report: Report, known: Mapping[str, str]) -> Prepared:
    """The report filled in with what is known."""
    recipe = RECIPES[report]
    wanted = (*recipe.known, *recipe.asked)
    values = {name: known[name] for name in wanted if known.get(name)}
    return Prepared(report, values, tuple(name for name in wanted if name not in values))


def deadlines(report: Report, tasks: Sequence[Task]) -> list[Task]:
    """The clocks of the law that the report answers, the first of them first."""
    return sorted((task for task in tasks if task.what in RECIPES[report].clocks), key=lambda task: task.due_at)
