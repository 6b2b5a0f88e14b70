"""The files in which the law's clocks stand: those that come with the hub, and a municipality's own laid over them."""

import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from hub.incidents.clocks import ClockBook, LawClock, Terms
from hub.incidents.followup import FOLLOW_UPS
from hub.incidents.paper import Fact, Paper
from hub.people.tomlfile import Section, TomlFile

SHIPPED = Path(__file__).resolve().parents[2] / "law_clocks" / "dk.toml"
LONGEST_NAME = 120
_KEYS = ("clock", "from", "source", "when", "hours", "days", "month_end", "to", "write", "why")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
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
    file.known_tables(("clock", "terms"))
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
    for key, dated in terms.items():
        if not dated:
            file.problems.add(("clock",), f'"{key}" has no terms; add [[terms]] with clock = "{key}"')
    file.problems.refuse_if_any()
    return ClockBook(
        {key: LawClock(key, *named[key], tuple(terms[key][day] for day in sorted(terms[key]))) for key in named}
    )


def _terms(section: Section) -> Terms | None:
    since = section.values.get("from")
    if not isinstance(since, date) or isinstance(since, datetime):
        section.wrong("from", "must be a day; write it without quotes, like 2027-01-01")
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
