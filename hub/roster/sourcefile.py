"""The file in which an operator says where a roster comes from, and what it calls things."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from hub.people.site import DutyState
from hub.people.tomlfile import Section, TomlFile, closest
from hub.roster.shift import Away
from hub.roster.understood import Words

KEYS = ("id", "kind", "every", "departments", "absent", "url", "client_id", "refresh_token", "api", "sign_in")
ADDRESSES = ("url", "client_id", "refresh_token", "api", "sign_in")
TABLES = ("source", "columns", "fixed", "people", "units", "duties", "absences")
# What a source can say of somebody who is away.
ABSENT = (Away.LEAVE, Away.SICK)
SHORTEST = timedelta(seconds=5)
LONGEST = timedelta(days=1)
EVERY = timedelta(minutes=1)
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
# What the hub itself writes.
TAKEN = ("site", "override", "hub", "plan", "substitute", "swap")


class Kind(StrEnum):
    """In which form a roster comes."""

    CSV = "csv"
    ICAL = "ical"
    PLANDAY = "planday"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A source as its file says."""

    id: str
    kind: Kind
    every: timedelta
    """Nothing for one that is imported by hand only."""
    settings: Mapping[str, Any]


def parse(text: str, name: str) -> SourceFile:
    """Reads a source file; FileProblem names every fault in it by line and key, with the mend."""
    file = TomlFile(text, name)
    file.known_tables(TABLES)
    section = file.one("source", KEYS)
    which = section.matching("id", _ID, 'write a lower-case word, like "vagtplan-nord"') or section.needed("id")
    if which in TAKEN:
        section.wrong("id", f'"{which}" is the hub\'s own; take another')
    kind = section.choice("kind", Kind) or Kind.CSV
    settings: dict[str, Any] = {key: section.text(key) for key in ADDRESSES}
    settings["departments"] = _texts(section, "departments")
    settings |= {table: _table(file, table) for table in TABLES[1:]}
    settings["absent"] = section.text("absent")
    if settings["absent"] not in (None, *ABSENT):
        section.wrong("absent", f"is none of {', '.join(ABSENT)}")
    for table, known in (("duties", tuple(DutyState)), ("absences", ABSENT)):
        _all_known(file, table, settings[table], known)
    by_itself = kind is Kind.PLANDAY or (kind is Kind.ICAL and settings["url"] is not None)
    if kind is Kind.PLANDAY:
        section.needed("client_id")
        section.needed("refresh_token")
    elif kind is Kind.CSV and settings["url"] is not None:
        section.wrong("url", "only a calendar is fetched from an address; import this one with hub roster import")
    every = _every(section) if by_itself else timedelta()
    file.problems.refuse_if_any()
    return SourceFile(which, kind, every, {key: value for key, value in settings.items() if value})


def words(settings: Mapping[str, Any], kind: str) -> Words:
    """What the source calls our people, units and duties."""
    # Planday's own words for duties are numbers of shift types, which its adapter knows.
    duties = {} if kind == Kind.PLANDAY else settings.get("duties", {})
    return Words(settings.get("people", {}), settings.get("units", {}), duties)


def _all_known(file: TomlFile, table: str, said: Mapping[str, str], known: Sequence[str]) -> None:
    for word, value in said.items():
        if value not in known:
            file.problems.add((table, word), f'"{value}" is none of {", ".join(known)}; {closest(value, known)}')


def _every(section: Section) -> timedelta:
    seconds = section.values.get("every", EVERY // timedelta(seconds=1))
    most, least = LONGEST // timedelta(seconds=1), SHORTEST // timedelta(seconds=1)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not least <= seconds <= most:
        section.wrong("every", f"must be a number of seconds from {least} to {most}")
        return EVERY
    return timedelta(seconds=seconds)


def _texts(section: Section, key: str) -> list[str]:
    value = section.values.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str | int) for item in value):
        section.wrong(key, f'must be a list; write {key} = ["…", "…"]')
        return []
    return [str(item) for item in value]


def _table(file: TomlFile, name: str) -> dict[str, str]:
    value = file.values.get(name, {})
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        file.problems.add((name,), f'must be a table of texts; write [{name}] and under it "…" = "…"')
        return {}
    return dict(value)
