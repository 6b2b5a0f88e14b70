"""One and the same incident under every practice that differs in one thing: for whoever reviews the choices. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hub.cases.choices import ONE_OF
from hub.cases.practice import PROFILES, Area, CaseLink, Contradiction, Party, Practice, Sort, Visibility
from hub.cases.recording import IncidentFacts, Record, Say, recorded
from hub.incidents.paper import Paper
from hub.kle.kle import Kle

BASE = Practice()


@dataclass(frozen=True, slots=True)
class Variant:
    """One practice, and in what it differs from the plain one."""

    name: str
    practice: Practice | None
    """None where the two choices cannot both hold."""
    known: bool = True
    """Whether it is known which case the incident belongs to."""


def variants() -> Iterator[Variant]:
    """The seven models, and then every choice of each key, all else being plain."""
    for name, practice in PROFILES.items():
        yield Variant(name, practice)
        yield Variant(f"{name}, case unknown", practice, known=False)
    for key, kind in ONE_OF.items():
        for value in kind:
            base = replace(BASE, case_link=CaseLink.REQUIRED) if key == "when_missing" else BASE
            yield Variant(f"{key}={value.value}", _with(base, key, value), known=key != "when_missing")
    for key in ("detail_level", "detail_overview"):
        for detail in range(3):
            yield Variant(f"{key}={detail}", _with(BASE, key, detail))
    for party in Party:
        yield Variant(f"party_policy={party.value}", _with(BASE, "party_policy", dict.fromkeys(Sort, party)))
    by_sort = replace(BASE, citizen_visibility=Visibility.BY_SORT, shown=frozenset(Sort))
    yield Variant("citizen_visibility=by_record_type, all", by_sort)


def _with(base: Practice, key: str, value: object) -> Practice | None:
    try:
        return replace(base, **{key: value})  # type: ignore[arg-type]
    except Contradiction:
        return None


def compared(facts: IncidentFacts, kle: Kle, facets: Kle, say: Say) -> Iterator[tuple[Variant, tuple[Record, ...]]]:
    """What each makes of the incident: its two papers, the resident's by the social area for adults."""
    for variant in variants():
        told = facts if variant.known else replace(facts, cases={})
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
