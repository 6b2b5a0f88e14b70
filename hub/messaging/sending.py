"""Reliable messaging on the way out: when a message goes again, and when it is given up. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

PATIENCE = timedelta(minutes=30)
MOST_SENDS = 3
"""Once, and at most twice again."""


class Code(StrEnum):
    """What a receiver's system says of a message, in the words of the standard."""

    OK = "ok"
    TRANSIENT = "transient-error"
    FATAL = "fatal-error"


class State(StrEnum):
    """Where a message of ours stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Sending:
    """A message of ours on its way: how often it has gone, when last, and what was answered."""

    header: str
    sends: int = 0
    sent_at: datetime | None = None
    state: State = State.WAITING
    issues: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.sends <= MOST_SENDS or (self.sends == 0) != (self.sent_at is None):
            raise ValueError(f"a message goes at most {MOST_SENDS} times, and has a time once it went")

    def may_go(self, now: datetime) -> bool:
        """Whether it is to be sent now, for the first time or again."""
        if self.state is not State.WAITING or self.sends >= MOST_SENDS:
            return False
        return self.sent_at is None or now - self.sent_at >= PATIENCE

    def went(self, now: datetime) -> "Sending":
        """It has just been handed over, in an envelope with an id and a time of its own."""
        if not self.may_go(now):
            raise ValueError("it may not go now: ask may_go first")
        return replace(self, sends=self.sends + 1, sent_at=now)

    def answered(self, header: str, code: str, issues: tuple[str, ...] = ()) -> "Sending":
        """An acknowledgement has come; one of another message, or after the last word, changes nothing."""
        if header != self.header or self.state in {State.TAKEN, State.REFUSED} or self.sends == 0:
            return self
        if code == Code.OK:
            return replace(self, state=State.TAKEN, issues=())
        if code == Code.FATAL:
            return replace(self, state=State.REFUSED, issues=issues)
        # Their system could not take it just now: it goes again when it would have gone anyway.
        return replace(self, issues=issues) if code == Code.TRANSIENT else self

    def looked_at(self, now: datetime) -> "Sending":
        """Given up once the last try has waited as long as the others."""
        late = self.sends == MOST_SENDS and self.sent_at is not None and now - self.sent_at >= PATIENCE
        return replace(self, state=State.UNANSWERED) if late and self.state is State.WAITING else self

    def due(self) -> datetime | None:
        """When it is to be looked at next."""
        if self.state is not State.WAITING or self.sent_at is None:
            return None
        return self.sent_at + PATIENCE
