"""A practice as plain values: as it lies in the database, and as a form has it. Pure."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from hub.cases.practice import (
    CaseLink,
    CaseModel,
    CloseOn,
    CrossKle,
    KleBy,
    Missing,
    Party,
    Practice,
    Sort,
    Target,
    Visibility,
)
from hub.kle.kle import Level
from hub.ports import Form, Sensitivity

ONE_OF: Mapping[str, type[StrEnum]] = {
    "case_model": CaseModel,
    "record_as": Form,
    "close_on": CloseOn,
    "kle_level": Level,
    "kle_required_by": KleBy,
    "cross_kle": CrossKle,
    "case_link": CaseLink,
    "when_missing": Missing,
    "citizen_visibility": Visibility,
    "target": Target,
}
NUMBERED = ("common_kle", "default_kle")
DETAILS = ("detail_level", "detail_overview")
BY_SORT: Mapping[str, type[StrEnum]] = {"party_policy": Party, "sensitivity_map": Sensitivity}


def as_values(one: Practice) -> dict[str, Any]:
    """The practice in plain values, with exactly its keys."""
    plain: dict[str, Any] = {key: getattr(one, key) for key in (*ONE_OF, *NUMBERED, *DETAILS)}
    plain |= {key: {sort.value: getattr(one, key)[sort] for sort in Sort} for key in BY_SORT}
    edition = one.retention_edition.isoformat() if one.retention_edition is not None else None
    return plain | {"shown": sorted(one.shown), "retention_edition": edition}


def from_values(values: Mapping[str, Any]) -> Practice:
    """The practice that these values are of; ValueError if they are of none."""
    made: dict[str, Any] = {key: kind(values[key]) for key, kind in ONE_OF.items()}
    made |= {key: values[key] for key in NUMBERED}
    made |= {key: int(values[key]) for key in DETAILS}
    made |= {key: {Sort(sort): kind(one) for sort, one in values[key].items()} for key, kind in BY_SORT.items()}
    edition = values["retention_edition"]
    made |= {
        "shown": frozenset(Sort(one) for one in values["shown"]),
        "retention_edition": date.fromisoformat(edition) if edition else None,
    }
    return Practice(**made)


def typed(raw: Callable[[str], str], many: Callable[[str], tuple[str, ...]], before: Practice) -> dict[str, Any]:
    """What a form says, over what stood before for all that it does not ask."""
    values = as_values(before)
    values |= {key: raw(key) or values[key] for key in (*ONE_OF, *DETAILS)}
    values |= {key: raw(key).strip() or values[key] for key in NUMBERED}
    for key in BY_SORT:
        values[key] = {sort.value: raw(f"{key}.{sort.value}") or values[key][sort.value] for sort in Sort}
    if raw("form"):
        values |= {"shown": list(many("shown")), "retention_edition": raw("retention_edition").strip()}
    return values
