"""KLE, the municipalities' shared numbers for what a matter is about: dated editions, and what holds on a day. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

MAIN_GROUP, GROUP, SUBJECT = 2, 5, 8
"""How long a number of each level is written: 87, 87.15 and 87.15.00."""
NUMBER = re.compile(r"[0-9]{2}(\.[0-9]{2}){0,2}", re.ASCII)
FACET = re.compile(r"[A-ZÆØÅ][0-9]{2}")
ACROSS = "00.01.10"
"""KLE's own subject for what spans several main groups."""


class Plan(StrEnum):
    """What an edition is of."""

    SUBJECTS = "subjects"
    FACETS = "facets"
    """What is done in a matter: G01, A26 and the like."""


class Keep(StrEnum):
    """What becomes of a matter by the rules for public archives."""

    KEEP = "B"
    """It is handed to the archive before anything is deleted."""
    DISCARD = "K"


class Level(StrEnum):
    """How finely a municipality says what a matter is about."""

    SUBJECT = "subject"
    GROUP = "group"
    MAIN_GROUP = "main_group"
    COMMON = "omsorg_social_common"
    """One number for all of care and social work."""


class Doubt(StrEnum):
    """Why a number is not simply the one that was asked for."""

    UNCHECKED = "unchecked"
    """No edition that holds on the day speaks of it."""
    UNKNOWN = "unknown"
    RETIRED = "retired"
    COARSER = "coarser"
    """The level has no number of its own there, so the next level up speaks for it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A number as one edition has it."""

    number: str
    title: str
    uuid: str | None = None
    keep: Keep | None = None
    days: int | None = None
    """After how many days from the end of its case a matter is deleted."""
    retired: date | None = None
    replaced_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not NUMBER.fullmatch(self.number) and not FACET.fullmatch(self.number):
            raise ValueError(f'"{self.number}" is no number of KLE, like 87.15.00, and no facet, like G01')
        if not self.title:
            raise ValueError(f"{self.number} has no title")


@dataclass(frozen=True, slots=True)
class Edition:
    """All numbers as they were published on a day, or those of some groups."""

    published: date
    entries: Mapping[str, Entry] = field(repr=False)

    def speaks_of(self, number: str) -> bool:
        """Whether it says anything of the number: one that it leaves out of a group that it names is no more."""
        return number in self.entries or (len(number) == SUBJECT and number[:GROUP] in self.entries)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a matter is kept, and which edition says so."""

    keep: Keep
    days: int | None
    edition: date

    def ends(self, closed: date) -> date | None:
        """From which day on what was closed then may be deleted; the period runs from the end of its case."""
        return closed + timedelta(days=self.days) if self.days is not None else None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The number of six digits that a matter is sent under, and how it came to it."""

    number: str
    asked: str
    title: str = ""
    uuid: str | None = None
    doubt: Doubt | None = None
    proposals: tuple[str, ...] = ()
    """What may be chosen instead of a number that is no more; the first is taken until somebody chooses."""


@dataclass(frozen=True, slots=True)
class Kle:
    """All editions that this hub has, the oldest first."""

    editions: tuple[Edition, ...] = ()

    @classmethod
    def of(cls, editions: Iterable[Edition]) -> "Kle":
        return cls(tuple(sorted(editions, key=lambda one: one.published)))

    def only(self, published: date) -> "Kle":
        """As if there were no newer edition than this."""
        return Kle(tuple(one for one in self.editions if one.published <= published))

    def find(self, number: str, day: date) -> Entry | None:
        """The number as it was on that day, retired ones too; None where no edition in force speaks of it."""
        edition = next((one for one in self._in_force(day) if one.speaks_of(number)), None)
        if edition is None:
            return None
        if number in edition.entries:
            return edition.entries[number]
        before = next((one.entries[number] for one in self._in_force(day) if number in one.entries), None)
        return None if before is None else Entry(number, before.title, before.uuid, retired=edition.published)

    def legal(self, number: str, day: date) -> Entry | None:
        """The number, if it could be used on that day."""
        found = self.find(number, day)
        return found if found is not None and (found.retired is None or found.retired > day) else None

    def spoken_of(self, number: str, day: date) -> bool:
        """Whether any edition in force that day says anything of the number, and be it that it is no more."""
        return any(one.speaks_of(number) for one in self._in_force(day))

    def uuid(self, number: str) -> str | None:
        """What the shared classification calls it, by whichever edition says so: none is ever reused."""
        return next((one.entries[number].uuid for one in self._newest() if _has_uuid(one, number)), None)

    def title(self, number: str) -> str:
        return next((one.entries[number].title for one in self._newest() if number in one.entries), "")

    def retention(self, number: str, day: date) -> Retention | None:
        """What the edition in force that day, or the newest before it that says anything, says of keeping it."""
        for one in self._in_force(day):
            entry = one.entries.get(number)
            if entry is not None and entry.keep is not None:
                return Retention(entry.keep, entry.days, one.published)
        return None

    def _newest(self) -> Iterator[Edition]:
        return reversed(self.editions)

    def _in_force(self, day: date) -> Iterator[Edition]:
        return (one for one in reversed(self.editions) if one.published <= day)


def resolve(kle: Kle, number: str, level: Level, day: date, common: str = ACROSS) -> Resolved:
    """The legal number of six digits that a municipality at this level sends a matter of that number under."""
    chain = _upwards(number, level, common)
    wanted = chain[0]
    if kle.legal(wanted, day) is not None:
        return Resolved(wanted, number, kle.title(wanted), kle.uuid(wanted))
    if not kle.spoken_of(wanted, day):
        return Resolved(wanted, number, kle.title(wanted), kle.uuid(wanted), Doubt.UNCHECKED)
    proposed = _proposals(kle, chain, day)
    usable = [one for one in proposed if kle.legal(one, day)]
    usable += [one for one in proposed if not kle.spoken_of(one, day)]
    taken = next(iter(usable), ACROSS)
    if kle.find(wanted, day) is not None:
        doubt = Doubt.RETIRED
    else:
        doubt = Doubt.UNKNOWN if level is Level.SUBJECT else Doubt.COARSER
    return Resolved(taken, number, kle.title(taken), kle.uuid(taken), doubt, tuple(usable))


def spanning(numbers: Iterable[str]) -> str:
    """The one number that speaks for several: of their group, of their main group, or KLE's own across those."""
    several = sorted(set(numbers))
    if len(several) == 1:
        return several[0]
    if len({one[:GROUP] for one in several}) == 1:
        return f"{several[0][:GROUP]}.00"
    return f"{several[0][:MAIN_GROUP]}.00.00" if len({one[:MAIN_GROUP] for one in several}) == 1 else ACROSS


def _upwards(number: str, level: Level, common: str) -> list[str]:
    """The number at the level that is wanted, and at each above it."""
    steps = {
        Level.SUBJECT: number,
        Level.GROUP: f"{number[:GROUP]}.00",
        Level.MAIN_GROUP: f"{number[:MAIN_GROUP]}.00.00",
    }
    order = list(steps)
    wanted = [] if level is Level.COMMON else [steps[one] for one in order[order.index(level) :]]
    return list(dict.fromkeys([*([common] if level is Level.COMMON else wanted), ACROSS]))


def _proposals(kle: Kle, chain: list[str], day: date) -> list[str]:
    """What stands for the first of the chain: what replaced it, however often, and then the levels above."""
    found: list[str] = []
    waiting = [chain[0]]
    while waiting:
        entry = kle.find(waiting.pop(0), day)
        for one in entry.replaced_by if entry is not None else ():
            number = f"{one}.00" if len(one) == GROUP else one
            if len(number) == SUBJECT and number not in found:
                found.append(number)
                waiting.append(number)
    return [*found, *(one for one in chain[1:] if one not in found)]


def _has_uuid(edition: Edition, number: str) -> bool:
    return number in edition.entries and edition.entries[number].uuid is not None
