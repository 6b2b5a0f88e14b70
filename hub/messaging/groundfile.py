"""The files in which the grounds for sharing stand: those of the hub, and a municipality's own laid over them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from hub.messaging.sharing import CONSENT
from hub.people.tomlfile import Section, TomlFile

SHIPPED = Path(__file__).resolve().parents[2] / "sharing_grounds" / "dk.toml"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Ground:
    """A law's paragraph, in the words of whoever chooses it, and the days on which it can be chosen."""

    id: str
    name: str
    paragraph: str
    since: date
    until: date | None = None

    def stands(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class GroundBook:
    """The grounds of an institution in their order, each with its wordings, the oldest first."""

    grounds: Mapping[str, tuple[Ground, ...]]

    def on(self, day: date) -> dict[str, Ground]:
        """Those that can be chosen on a day."""
        newest = (self.worded(which, day) for which in self.grounds)
        return {one.id: one for one in newest if one is not None and one.stands(day)}

    def worded(self, which: str, day: date) -> Ground | None:
        """How a ground was worded on a day; None if there is none of this id."""
        wordings = self.grounds.get(which, ())
        return next((one for one in reversed(wordings) if one.since <= day), wordings[0] if wordings else None)


@lru_cache(maxsize=1)
def shipped() -> GroundBook:
    """The grounds that come with the hub."""
    return _read(SHIPPED.read_text("utf-8"), SHIPPED.name, GroundBook({}))


@lru_cache(maxsize=256)
def ground_book(text: str | None, name: str = "sharing grounds") -> GroundBook:
    """The grounds of an institution: its own file over those of the hub. FileProblem names every fault by its line."""
    return shipped() if text is None else _read(text, name, shipped())


def _read(text: str, name: str, base: GroundBook) -> GroundBook:
    file = TomlFile(text, name)
    file.known_tables(("ground",))
    found = {which: {one.since: one for one in wordings} for which, wordings in base.grounds.items()}
    here: set[tuple[str, date]] = set()
    for section in file.many("ground", ("id", "name", "paragraph", "from", "until")):
        one = _ground(section)
        if one is None:
            continue
        if (one.id, one.since) in here:
            section.wrong("id", f'"{one.id}" stands twice from this day; write it once')
        here.add((one.id, one.since))
        found.setdefault(one.id, {})[one.since] = one
    file.problems.refuse_if_any()
    return GroundBook({which: tuple(dated[day] for day in sorted(dated)) for which, dated in found.items()})


def _ground(section: Section) -> Ground | None:
    which = section.needed("id") and section.matching("id", _ID, 'write small letters, digits and hyphens, like "care"')
    if which == CONSENT:
        section.wrong("id", f'"{CONSENT}" is always there; call the ground something else')
    since, until = section.day("from"), section.day("until") if "until" in section.values else None
    named, paragraph = section.needed("name"), section.needed("paragraph")
    if since is not None and until is not None and until <= since:
        section.wrong("until", "must be a day after the one it begins on")
    return Ground(which, named, paragraph, since, until) if which and since is not None else None
