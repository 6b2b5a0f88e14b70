"""The files in which the rest rules stand: those that come with the hub, and a municipality's own laid over them."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from hub.people.site import DutyState
from hub.people.tomlfile import Section, TomlFile
from hub.roster.rest import Agreement, RestBook, Terms

SHIPPED = Path(__file__).resolve().parents[2] / "rest_rules" / "dk.toml"
LONGEST_NAME = 120
_KEYS = (
    "agreement", "from", "source", "daily_rest", "short_rest", "short_rests", "day_off", "days_between",
    "weekly_hours", "months", "works",
)  # fmt: skip
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")


@lru_cache(maxsize=1)
def shipped() -> RestBook:
    """The rules that come with the hub."""
    return _read(SHIPPED.read_text("utf-8"), SHIPPED.name, RestBook({}, ""))


@lru_cache(maxsize=256)
def rest_book(text: str | None, name: str = "rest rules") -> RestBook:
    """The rules of an institution: its own file over those of the hub. FileProblem names every fault by its line."""
    return shipped() if text is None else _read(text, name, shipped())


def _read(text: str, name: str, base: RestBook) -> RestBook:
    file = TomlFile(text, name)
    file.known_tables(("rest", "people", "agreement", "terms"))
    own = {found.id: found for found in _agreements(file)}
    agreements = {**base.agreements, **own}
    rest = file.one("rest", ("default",))
    default = rest.reference("default", "agreement", agreements) or rest.needed("default")
    given = file.values.get("people", {})
    people = Section(file.problems, given if isinstance(given, dict) else {}, ("people",), tuple(given))
    theirs = {person: people.reference(person, "agreement", agreements) or "" for person in people.values}
    file.problems.refuse_if_any()
    return RestBook(agreements, default, theirs)


def _agreements(file: TomlFile) -> Iterator[Agreement]:
    named: dict[str, str] = {}
    terms: dict[str, list[Terms]] = {}
    for section in file.many("agreement", ("id", "name")):
        key = section.matching("id", _ID, 'write letters, digits, dots and hyphens, like "79.01"') or section.needed(
            "id"
        )
        named[key] = section.needed("name")[:LONGEST_NAME]
        terms[key] = []
    for section in file.many("terms", _KEYS):
        key = section.reference("agreement", "agreement", terms) or section.needed("agreement")
        if key in terms:
            terms[key].append(_terms(section))
    for key, found in terms.items():
        if not found:
            file.problems.add(("agreement",), f'"{key}" has no terms; add [[terms]] with agreement = "{key}"')
        yield Agreement(key, named[key], tuple(sorted(found, key=lambda one: one.since)))


def _terms(section: Section) -> Terms:
    usual = Terms(date.min, "")
    daily = _hours(section, "daily_rest", usual.daily_rest, 24)
    works = section.values.get("works", sorted(usual.works))
    if not isinstance(works, list) or not works or not set(works) <= set(DutyState):
        section.wrong("works", f"must be a list of duties; write some of {', '.join(DutyState)}")
        works = []
    return Terms(
        since=section.day("from") or date.min,
        source=section.needed("source"),
        daily_rest=daily,
        short_rest=_hours(section, "short_rest", daily, 24),
        short_rests=round(_number(section, "short_rests", 0, 7)),
        day_off=_hours(section, "day_off", usual.day_off, 168),
        most_between=timedelta(days=_number(section, "days_between", 6, 60)),
        weekly_hours=_hours(section, "weekly_hours", usual.weekly_hours, 168),
        months=max(1, round(_number(section, "months", usual.months, 12))),
        works=frozenset(DutyState(one) for one in works),
    )


def _hours(section: Section, key: str, usual: timedelta, most: int) -> timedelta:
    return timedelta(hours=_number(section, key, usual / timedelta(hours=1), most))


def _number(section: Section, key: str, usual: float, most: int) -> float:
    value = section.values.get(key, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        section.wrong(key, f"must be a number from 0 to {most}")
        return usual
    return value
