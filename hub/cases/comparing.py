"""One and the same incident under every practice that differs in one thing: for whoever reviews the choices. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from hub.cases.choices import ONE_OF
from hub.cases.example import CASE
from hub.cases.practice import (
    PROFILES,
    Area,
    CaseLink,
    Contradiction,
    KleBy,
    Missing,
    Party,
    Practice,
    Sort,
    Target,
    Visibility,
)
from hub.cases.recording import IncidentFacts, Record, Say, recorded
from hub.incidents.paper import Paper
from hub.kle.kle import ACROSS, Kle, Level
from hub.ports import Form, Sensitivity

BASE = Practice()
PLAIN, PROFILE = "plain", "case models"
Told = Callable[[IncidentFacts], IncidentFacts]


def _as_it_is(facts: IncidentFacts) -> IncidentFacts:
    return facts


def _unknown(facts: IncidentFacts) -> IncidentFacts:
    return replace(facts, cases={})


def _elsewhere(facts: IncidentFacts) -> IncidentFacts:
    return replace(facts, cases={Area.CARE: CASE})


def _before_note(facts: IncidentFacts) -> IncidentFacts:
    return replace(facts, noted_at=None, signed_at=None)


def _before_signature(facts: IncidentFacts) -> IncidentFacts:
    return replace(facts, signed_at=None)


def _over(facts: IncidentFacts) -> IncidentFacts:
    at = facts.happened_at
    return replace(facts, done_at=at + timedelta(days=30), service_ended_at=at + timedelta(days=900))


Situation = tuple[str, Told]
PLAINLY: Situation = ("", _as_it_is)
NO_CASE: Situation = ("case unknown", _unknown)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a key is tried with, so that its choices differ: what else is chosen, and what is known of the incident."""

    also: Mapping[str, Any] = field(default_factory=dict)
    situations: tuple[Situation, ...] = (PLAINLY,)


_ASKED: Mapping[str, _Asked] = {
    "case_model": _Asked({"record_as": Form.UNDER_CASE}, (("the case known is another area's", _elsewhere),)),
    "record_as": _Asked(situations=(PLAINLY, NO_CASE)),
    "close_on": _Asked(situations=(PLAINLY, ("follow-up and service over", _over))),
    "case_link": _Asked({"when_missing": Missing.HOLD}, (PLAINLY, NO_CASE)),
    "when_missing": _Asked({"case_link": CaseLink.REQUIRED}, (NO_CASE,)),
    "kle_level": _Asked(),
    "common_kle": _Asked({"kle_level": Level.COMMON}),
    "kle_required_by": _Asked(situations=(("not noted", _before_note), ("not signed", _before_signature), PLAINLY)),
    "default_kle": _Asked({"kle_required_by": KleBy.CLOSE}, (("not signed", _before_signature),)),
    "cross_kle": _Asked(),
    "detail_level": _Asked({"target": Target.SF2900}),
    "detail_overview": _Asked({"target": Target.SF1470}),
    "citizen_visibility": _Asked(),
    "shown": _Asked({"citizen_visibility": Visibility.BY_SORT}),
    "party_policy": _Asked(),
    "target": _Asked(),
    "sensitivity_map": _Asked(),
    "retention_edition": _Asked(),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One choice of one key, all else being plain, and what is known of the incident."""

    key: str
    choice: str
    practice: Practice | None
    """None where the choices cannot both hold."""
    situation: Situation = PLAINLY

    @property
    def name(self) -> str:
        chosen = self.choice if self.key in {PLAIN, PROFILE} else f"{self.key}={self.choice}"
        return ", ".join(one for one in (chosen, self.situation[0]) if one)


def variants(editions: Collection[date] = ()) -> Iterator[Variant]:
    """The plain practice, the seven models, and then every choice of each key."""
    yield Variant(PLAIN, PLAIN, BASE)
    for name, practice in PROFILES.items():
        for situation in (PLAINLY, NO_CASE):
            yield Variant(PROFILE, name, practice, situation)
    for key, asked in _ASKED.items():
        for choice, value in _values(key, editions):
            for situation in asked.situations:
                yield Variant(key, choice, _with({**asked.also, key: value}), situation)


def _values(key: str, editions: Collection[date]) -> Iterator[tuple[str, Any]]:
    match key:
        case "common_kle" | "default_kle":
            values: Collection[Any] = (ACROSS, "27.00.00")
        case "detail_level" | "detail_overview":
            values = range(3)
        case "party_policy":
            yield from ((one.value, dict.fromkeys(Sort, one)) for one in Party)
            return
        case "sensitivity_map":
            yield from ((one.value, dict.fromkeys(Sort, one)) for one in Sensitivity)
            return
        case "shown":
            yield from (("none", frozenset()), ("all", frozenset(Sort)))
            return
        case "retention_edition":
            yield "that of the day", None
            values = editions
        case _:
            values = list(ONE_OF[key])
    yield from ((str(value), value) for value in values)


def _with(values: Mapping[str, Any]) -> Practice | None:
    try:
        return replace(BASE, **values)
    except Contradiction:
        return None


def compared(facts: IncidentFacts, kle: Kle, facets: Kle, say: Say) -> Iterator[tuple[Variant, tuple[Record, ...]]]:
    """What each makes of the incident: its two papers, the resident's by the social area for adults."""
    for variant in variants([one.published for one in kle.editions]):
        told = variant.situation[1](facts)
        made = (
            ()
            if variant.practice is None
            else tuple(
                record
                for paper, area in ((Paper.WORK, Area.WORK), (Paper.CASE, Area.ADULTS))
                for record in recorded(told, paper, area, variant.practice, kle, facets, say)
            )
        )
        yield variant, made
