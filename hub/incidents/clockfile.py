"""The files in which the law's clocks stand: those that come with the hub, and a municipality's own laid over them."""

import re
from functools import lru_cache
from pathlib import Path

from hub.incidents.clocks import ClockBook, LawClock, Measure, Terms
from hub.incidents.followup import FOLLOW_UPS
from hub.incidents.paper import Fact, Paper
from hub.people.tomlfile import Section, TomlFile

SHIPPED = Path(__file__).resolve().parents[2] / "law_clocks" / "dk.toml"
LONGEST_NAME = 120
_KEYS = ("clock", "from", "source", "when", "hours", "days", "month_end", "to", "write", "why")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MEASURE = ("from", "source", "below", "answered")
_MOST_SMALL, _MOST_SECONDS = 20, 3_600
_MOST = {"hours": 2_000, "days": 400}


@lru_cache(maxsize=1)
def shipped() -> ClockBook:
    """The clocks that come with the hub."""
    return _read(SHIPPED.read_text("utf-8"), SHIPPED.name, ClockBook({}))


@lru_cache(maxsize=256)
def clock_book(text: str | None, name: str = "law clocks") -> ClockBook:
    """The clocks of an institution: its own file over those of the hub. FileProblem names every fault by its line."""
    return shipped() if text is None else _read(text, name, shipped())


def _read(text: str, name: str, base: ClockBook) -> ClockBook:
    file = TomlFile(text, name)
    file.known_tables(("clock", "terms", "statistics"))
    named = {key: (clock.name, clock.paper) for key, clock in base.clocks.items()}
    for section in file.many("clock", ("id", "name", "paper")):
        key = section.matching("id", _ID, 'write small letters, digits and hyphens, like "police"') or ""
        if key in FOLLOW_UPS:
            section.wrong("id", f'"{key}" is a follow-up of the hub\'s own; call the clock something else')
        named[key] = section.needed("name")[:LONGEST_NAME], section.choice("paper", Paper) or Paper.WORK
    terms = {key: {one.since: one for one in base.clocks[key].terms} if key in base.clocks else {} for key in named}
    for section in file.many("terms", _KEYS):
        key = section.reference("clock", "clock", terms) or section.needed("clock")
        found = _terms(section)
        if key in terms and found is not None:
            terms[key][found.since] = found
    measures = {one.since: one for one in base.measures}
    measures |= {one.since: one for section in file.many("statistics", _MEASURE) if (one := _measure(section))}
    for key, dated in terms.items():
        if not dated:
            file.problems.add(("clock",), f'"{key}" has no terms; add [[terms]] with clock = "{key}"')
    file.problems.refuse_if_any()
    return ClockBook(
        {key: LawClock(key, *named[key], tuple(terms[key][day] for day in sorted(terms[key]))) for key in named},
        tuple(measures[day] for day in sorted(measures)),
    )


def _measure(section: Section) -> Measure | None:
    since, source, below = section.day("from"), section.needed("source"), section.values.get("below")
    if isinstance(below, bool) or not isinstance(below, int) or not 3 <= below <= _MOST_SMALL:
        section.wrong("below", f"must be a whole number from 3 to {_MOST_SMALL}: smaller numbers than it are not shown")
        below = None
    lines = section.values.get("answered", [])
    if not isinstance(lines, list) or not all(_is_line(one) for one in lines):
        section.wrong("answered", "must be pairs of seconds and per cent; write answered = [[10, 80], [40, 98.5]]")
        return None
    if since is None or below is None:
        return None
    return Measure(since, source, below, tuple((seconds, float(percent)) for seconds, percent in lines))


def _is_line(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in value)
        and isinstance(value[0], int)
        and 0 < value[0] <= _MOST_SECONDS
        and 0 < value[1] <= 100
    )


def _terms(section: Section) -> Terms | None:
    since = section.day("from")
    if since is None:
        return None
    lasts = {key: section.values[key] for key in ("hours", "days", "month_end") if key in section.values}
    if len(lasts) != 1:
        section.wrong("days", "write one of hours, days, or month_end = true")
        return None
    hours, days = (_whole(section, key) for key in ("hours", "days"))
    if section.values.get("month_end") not in (None, True) or hours == 0 or days == -1:
        return None
    return Terms(
        since,
        section.needed("source"),
        frozenset(Fact(one) for one in section.references("when", "fact", list(Fact)) if one in list(Fact)),
        hours,
        days,
        "month_end" in lasts,
        section.needed("to"),
        section.needed("write"),
        section.needed("why"),
    )


def _whole(section: Section, key: str) -> int | None:
    value = section.values.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST[key]:
        section.wrong(key, f"must be a whole number from 1 to {_MOST[key]}")
        return 1
    return value
