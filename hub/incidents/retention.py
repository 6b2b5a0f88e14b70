"""How long what was written is kept: by its KLE number and edition, from its close. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from hub.incidents.incident import Incident, State
from hub.incidents.paper import Fact, Paper
from hub.kle.kle import Kle
from hub.messaging.conversation import About


class Keep(StrEnum):
    """What becomes of it when its time is over, in KLE's own letters."""

    ARCHIVE = "B"
    """It is handed to the archive before it is deleted."""
    DISCARD = "K"


class Other(StrEnum):
    """What is kept for a time besides the papers of incidents."""

    DRILL = "drill"
    """What was written about alarms that were practice."""
    SEARCH = "search"
    """The words that somebody searched for."""
    DRAFT = "draft"
    CITIZEN = "citizen"
    """Whom the house looked after, from the day that they moved."""
    RISK = "risk"
    """What was shown in alarms and whose cards were opened in them, from its end."""
    OUTSIDE = "outside"
    """Parties outside the house whom nobody writes to any more."""
    ABOUT_CITIZEN = "conversation-citizen"
    ABOUT_INCIDENT = "conversation-incident"
    ABOUT_UNIT = "conversation-unit"
    ABOUT_NOTHING = "conversation"


CONVERSATIONS = {
    About.CITIZEN: Other.ABOUT_CITIZEN,
    About.INCIDENT: Other.ABOUT_INCIDENT,
    About.UNIT: Other.ABOUT_UNIT,
    About.NOTHING: Other.ABOUT_NOTHING,
}
Sort = TypeVar("Sort", Paper, Other)


class Ground(StrEnum):
    """Why something is held, whatever its time."""

    COMPLAINT = "complaint"
    CLAIM = "claim"


class Stage(StrEnum):
    """How near a paper or a conversation is to its end."""

    KEPT = "kept"
    HELD = "held"
    ARCHIVE = "archive"
    """It waits until somebody has confirmed that the archive has it."""
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Period:
    """What one edition says, from its day until a newer one takes over."""

    edition: date
    keep: Keep
    days: int
    source: str

    def __post_init__(self) -> None:
        if self.days < 1:
            raise ValueError("what is kept is kept for a day at least")


@dataclass(frozen=True, slots=True)
class Record:
    """One sort of record, and where it belongs."""

    id: str
    name: str
    of: Paper | Other
    key: str
    """Its KLE subject, or its own name where KLE has none for it."""
    facet: str | None = None
    when: frozenset[Fact] = frozenset()
    """The facts that make a paper one of these, any of them; none where every paper is."""

    @property
    def number(self) -> str:
        """Its KLE number as it is written, if it has one."""
        return "" if self.key == self.of.value else " ".join(part for part in (self.key, self.facet) if part)


@dataclass(frozen=True, slots=True)
class Term:
    """How long something is kept, and by which records in which edition."""

    keep: Keep
    days: int
    grounds: tuple[tuple[Record, Period], ...]

    @property
    def span(self) -> timedelta:
        return timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class RetentionBook:
    """All records and periods of an institution."""

    records: tuple[Record, ...]
    periods: Mapping[str, tuple[Period, ...]]

    def __post_init__(self) -> None:
        found = {record.of for record in self.records if not record.when}
        if found != {*Paper, *Other}:
            raise ValueError("each paper, and each of the others, has a record that needs no fact")

    def in_force(self, key: str, day: date) -> Period:
        """What the edition of that day says; of a day before the first, the first."""
        known = self.periods[key]
        return next((one for one in reversed(known) if one.edition <= day), known[0])

    def term(self, of: Paper | Other, facts: Collection[Fact], day: date) -> Term:
        """How long it is kept that was closed on that day: as long as any of its records, and archived if any is."""
        grounds = tuple(
            (record, self.in_force(record.key, day))
            for record in self.records
            if record.of is of and (not record.when or record.when & set(facts))
        )
        periods = [period for _, period in grounds]
        archived = any(period.keep is Keep.ARCHIVE for period in periods)
        return Term(Keep.ARCHIVE if archived else Keep.DISCARD, max(one.days for one in periods), grounds)

    def shortest(self, *those: Paper | Other) -> timedelta:
        """What happened since then cannot be due, whichever of those it is."""
        keys = {record.key for record in self.records if record.of in those}
        return timedelta(days=min(one.days for key in keys for one in self.periods[key]))


@dataclass(frozen=True, slots=True)
class Rules:
    """What an institution's times are reckoned by; read beside the writer, for whole editions of KLE may be in it."""

    book: RetentionBook
    zone: ZoneInfo

    def term(self, of: Paper | Other, facts: Collection[Fact], closed: datetime) -> Term:
        """How long it is kept that was closed then, by the edition of that day where the institution is."""
        return self.book.term(of, facts, closed.astimezone(self.zone).date())


@dataclass(frozen=True, slots=True)
class Due(Generic[Sort]):
    """One paper of a closed incident, or a conversation, and when its time is over."""

    paper: Sort
    term: Term
    closed_at: datetime
    written: bool = True
    held: bool = False
    handed: bool = False
    """Whether somebody has confirmed that the archive has it."""

    @property
    def at(self) -> datetime:
        return self.closed_at + self.term.span

    def stage(self, now: datetime) -> Stage:
        if self.held:
            return Stage.HELD
        if now < self.at:
            return Stage.KEPT
        # An alarm that nobody wrote a word about, or what cannot be read, leaves nothing that an archive could take.
        waits = self.written and self.term.keep is Keep.ARCHIVE and not self.handed
        return Stage.ARCHIVE if waits else Stage.DUE


def ending(papers: Sequence[Due[Paper]], now: datetime) -> frozenset[Paper]:
    """The papers whose end has come, of those that anything is written in."""
    return frozenset(one.paper for one in papers if one.written and one.stage(now) is Stage.DUE)


def over(papers: Sequence[Due[Paper]], now: datetime) -> bool:
    """Whether the record as a whole has come to its end: nothing that was written is kept any longer."""
    written = [one for one in papers if one.written]
    # Of an incident without a word, the employee's paper says how long its alarms' notes are kept.
    deciding = written or [one for one in papers if one.paper is Paper.WORK]
    return bool(deciding) and all(one.stage(now) is Stage.DUE for one in deciding)


def closed_at(incident: Incident) -> datetime | None:
    """Since when nothing is added to it: its last signature, or its beginning where nobody ever wrote a word."""
    if incident.state is State.SIGNED:
        return max(signature.at for signature in incident.signatures.values())
    return incident.opened_at if incident.state is State.WAITING else None


def laid_over(book: RetentionBook, shipped: RetentionBook, kle: Kle) -> RetentionBook:
    """The book with what imported editions of KLE say of its numbers: over what the hub came with, under one's own."""

    def dated(key: str) -> tuple[Period, ...]:
        known = {one.edition: one for one in shipped.periods.get(key, ())}
        for edition in kle.editions:
            kept = kle.retention(key, edition.published)
            if kept is not None and kept.edition == edition.published and kept.days:
                source = f"KLE {edition.published}"
                known[edition.published] = Period(edition.published, Keep(kept.keep.value), kept.days, source)
        own = set(book.periods[key]) - set(shipped.periods.get(key, ()))
        known |= {one.edition: one for one in own}
        return tuple(known[day] for day in sorted(known))

    return RetentionBook(book.records, {key: dated(key) for key in book.periods})
