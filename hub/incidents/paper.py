"""The two papers of an incident, which are never mixed: what each asks, and what was answered. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Paper(StrEnum):
    """Each has readers of its own."""

    WORK = "employee"
    """The employee's: what the work environment must know and learn."""
    CASE = "case"
    """The resident's: what belongs in the notes of their case."""


class Kind(StrEnum):
    """Kinds of violence and threat, in the field's own words."""

    PHYSICAL = "physical"
    PSYCHOLOGICAL = "psychological"
    THREAT = "threat"
    HARASSMENT = "harassment"
    NEAR_MISS = "near_miss"


class Fact(StrEnum):
    """What is so or not so, and starts the clocks of the law."""

    OFFENCE = "offence"
    ABSENCE = "absence"
    CLAIM = "claim"
    ADULT_FORBIDDEN = "adult_forbidden"
    ADULT_PERMITTED = "adult_permitted"
    CHILD = "child"
    MATTERS = "matters"


class Asked(StrEnum):
    """How a question is answered."""

    WORDS = "words"
    """In each person's own words, which nobody else writes over."""
    KINDS = "kinds"
    FACTS = "facts"


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    paper: Paper
    asked: Asked = Asked.WORDS

    @property
    def shared(self) -> bool:
        """Whether it has one answer for all, the newest, and not one from each."""
        return self.asked is not Asked.WORDS


FIRST = "happened"
QUESTIONS = (
    Question("kinds", Paper.WORK, Asked.KINDS),
    Question(FIRST, Paper.WORK),
    Question("led_to", Paper.WORK),
    Question("people", Paper.WORK),
    Question("injuries", Paper.WORK),
    Question("helped", Paper.WORK),
    Question("learnt", Paper.WORK),
    Question("law", Paper.WORK, Asked.FACTS),
    Question("resident", Paper.CASE),
    Question("before", Paper.CASE),
    Question("course", Paper.CASE),
    Question("care", Paper.CASE),
    Question("force", Paper.CASE, Asked.FACTS),
)
LONGEST = 20_000


FACTS = {
    "law": (Fact.OFFENCE, Fact.ABSENCE, Fact.CLAIM),
    "force": (Fact.ADULT_FORBIDDEN, Fact.ADULT_PERMITTED, Fact.CHILD, Fact.MATTERS),
}


def options(question: Question) -> tuple[Kind, ...] | tuple[Fact, ...]:
    """What can be ticked."""
    return tuple(Kind) if question.asked is Asked.KINDS else FACTS.get(question.name, ())


def asked_by(paper: Paper) -> tuple[Question, ...]:
    return tuple(one for one in QUESTIONS if one.paper is paper)


def kinds_in(value: str) -> tuple[Kind, ...]:
    """The kinds that an answer names."""
    return tuple(kind for kind in Kind if kind in value.split())


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it was given; a later one stands beside it and never in its place."""

    number: int
    paper: Paper
    question: str
    value: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest answer to a question, and those that it corrects, the oldest first."""

    now: Said
    earlier: tuple[Said, ...] = ()


def standing(said: Iterable[Said], question: Question) -> list[Standing]:
    """What is answered now: by each in their own words, or one answer for all where it is shared."""
    lines: dict[str, list[Said]] = {}
    for one in sorted(said, key=lambda one: one.number):
        if (one.paper, one.question) == (question.paper, question.name):
            lines.setdefault("" if question.shared else one.by, []).append(one)
    found = (Standing(line[-1], tuple(line[:-1])) for line in lines.values())
    return [one for one in found if one.now.value or one.earlier]


def answer_of(said: Iterable[Said], question: Question, who: str) -> str:
    """What stands in the form before this person: their own words, or what all share."""
    return next((one.now.value for one in standing(said, question) if question.shared or one.now.by == who), "")


def additions(
    said: Sequence[Said], paper: Paper, answers: Mapping[str, str], who: str, seen: int
) -> list[tuple[Question, str]]:
    """What a form that was filled in over the answers up to `seen` adds: an answer left as it was says nothing new."""
    before = [one for one in said if one.number <= seen]
    return [
        (question, answers[question.name])
        for question in asked_by(paper)
        if question.name in answers
        and answers[question.name] != answer_of(before, question, who)
        and answers[question.name] != answer_of(said, question, who)
    ]


def facts_in(said: Sequence[Said]) -> frozenset[Fact]:
    """What is so by the newest answers of both papers."""
    ticked = {
        one.now.value for question in QUESTIONS if question.asked is Asked.FACTS for one in standing(said, question)
    }
    return frozenset(fact for fact in Fact if any(fact in value.split() for value in ticked))
