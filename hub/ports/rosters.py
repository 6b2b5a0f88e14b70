"""What the hub asks of rosters and of systems that know who works where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One shift, or one absence, as an outside roster tells it: in that roster's own words, not yet understood."""

    place: str
    """Where it stands, for the one who mends it: `shifts.csv:12`."""
    person: str
    unit: str
    starts: datetime | str
    """A text is a local time, as people write them."""
    ends: datetime | str
    duty: str = ""
    role: str = ""
    id: str | None = None
    email: str = ""
    """Another name for the person, where the roster knows it."""
    absent: str = ""
    """Why they are away, if this is an absence and no shift."""
    by_the_clock: bool = False
    """Whether both times are of one date, so that an end before the beginning is on the next day."""


@dataclass(frozen=True, slots=True)
class RosterTold:
    """All that an outside roster says at one look."""

    rows: Sequence[RosterRow]
    problems: Sequence[str] = ()
    """What could not be read, each with its place and the mend: then none of it is taken."""
    headings: Mapping[str, str] = field(default_factory=dict)
    """What this roster itself calls the fields of a row."""
    gone: Sequence[str] = ()
    """The ids of what it says is no more."""
    whole: tuple[datetime, datetime] | None = None
    """Between which moments it names all that begins, if it says so."""
    only_changes: bool = False
    """Whether it names what has changed only."""
    passed_over: int = 0
    """Entries that are no shift of anybody, such as a vacant one."""
    digest: str | None = None
    """A sum of what was read: the same again need not be looked at."""


class RosterSource(Protocol):
    """A roster outside that the hub looks at by itself."""

    async def look(self, first: datetime, end: datetime, digest: str | None) -> RosterTold | None:
        """What it says of the time between the two; None if that is what it said at `digest`.

        Raises NotNow or Never if it does not answer.
        """
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class OutsidePerson:
    """One employment as an outside system tells it."""

    place: str
    id: str
    name: str
    unit: str
    leads: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class OutsideUnit:
    """One unit of an outside system, and the one that it belongs to."""

    id: str
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class PeopleTold:
    """Whom an outside system knows, in which of its units."""

    people: Sequence[OutsidePerson]
    units: Mapping[str, OutsideUnit]
    gone: Sequence[str] = ()
    """The ids of those who, it says, have left."""
    problems: Sequence[str] = ()
