"""The files in which it stands how long records are kept: the one that comes with the hub, and a municipality's own."""

import re
from functools import lru_cache
from pathlib import Path

from hub.incidents.paper import Fact, Paper
from hub.incidents.retention import Keep, Other, Period, Record, RetentionBook
from hub.people.tomlfile import Section, TomlFile

SHIPPED = Path(__file__).resolve().parents[2] / "retention_rules" / "dk.toml"
LONGEST_NAME = 120
MOST_DAYS = 100 * 366
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SUBJECT = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}", re.ASCII)
_FACET = re.compile(r"[A-ZÆØÅ][0-9]{2}")


@lru_cache(maxsize=1)
def shipped() -> RetentionBook:
    """What comes with the hub."""
    return _read(SHIPPED.read_text("utf-8"), SHIPPED.name, None)


@lru_cache(maxsize=256)
def retention_book(text: str | None, name: str = "retention rules") -> RetentionBook:
    """An institution's own rules over those of the hub. FileProblem names every fault by its line."""
    return shipped() if text is None else _read(text, name, shipped())


def _read(text: str, name: str, base: RetentionBook | None) -> RetentionBook:
    file = TomlFile(text, name)
    file.known_tables(("record", "period"))
    records = {one.id: one for one in base.records} if base is not None else {}
    periods = {key: {one.edition: one for one in known} for key, known in base.periods.items()} if base else {}
    for section in file.many("record", ("id", "name", "paper", "of", "subject", "facet", "when")):
        record = _record(section, records)
        if record is not None:
            records[record.id] = record
    own = set()
    for section in file.many("period", ("key", "edition", "keep", "days", "source")):
        key, period = _period(section)
        own.add(key)
        if period is not None:
            periods.setdefault(key, {})[period.edition] = period
    known = {one.key for one in records.values()}
    for key in sorted(known - periods.keys()):
        file.problems.add(("record",), f'"{key}" has no period; add [[period]] with key = "{key}"')
    for key in sorted(own - known):
        file.problems.add(("period",), f'no record belongs to "{key}"; add [[record]] with subject = "{key}"')
    file.problems.refuse_if_any()
    dated = {key: tuple(periods[key][day] for day in sorted(periods[key])) for key in sorted(known)}
    return RetentionBook(tuple(records.values()), dated)


def _record(section: Section, known: dict[str, Record]) -> Record | None:
    key = section.matching("id", _ID, 'write small letters, digits and hyphens, like "violence"') or ""
    name = section.needed("name")[:LONGEST_NAME]
    when = frozenset(Fact(one) for one in section.references("when", "fact", list(Fact)) if one in list(Fact))
    subject = section.matching("subject", _SUBJECT, "write a KLE subject of six digits, like 87.15.00")
    facet = section.matching("facet", _FACET, "write a KLE facet, like G01")
    if "of" in section.values:
        of = section.choice("of", Other)
        if of is not None and key in known and known[key].of is not of:
            section.wrong("id", f'"{key}" is of something else; call the new one something else')
        return Record(key, name, of, subject or of.value, facet) if of is not None else None
    paper = section.choice("paper", Paper)
    if subject is None and "subject" not in section.values:
        section.wrong("subject", 'is missing; add subject = "87.15.00"')
    was = known.get(key)
    if was is not None and (was.of is not paper or bool(was.when) is not bool(when)):
        section.wrong("id", f'"{key}" is of another paper, or is asked for by facts; call the new one something else')
        return None
    return Record(key, name, paper, subject, facet, when) if paper is not None and subject is not None else None


def _period(section: Section) -> tuple[str, Period | None]:
    key, since, days = section.needed("key"), section.day("edition"), section.values.get("days")
    keep, source = section.choice("keep", Keep), section.needed("source")
    if since is None:
        return key, None
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        section.wrong("days", f"must be a whole number from 1 to {MOST_DAYS}")
        return key, None
    return key, Period(since, keep, days, source) if keep is not None else None
