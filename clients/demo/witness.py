"""What each connected screen noticed when a hub died: what it got of the alarm, and how long it was without a line."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter_ns
from typing import Any

from clients.python import HubLine

from .texts import Words

FRAMES = ("raised", "answered", "escalated", "withdrawn", "resolved")
# An alarm that goes on this much after its time was not held up by anybody's death.
LATE = timedelta(seconds=2)


@dataclass
class Witness:
    """One person's line: every event by its place in the journal, and the moments at which the line came back."""

    who: str
    name: str
    line: HubLine
    moved: asyncio.Event
    """Set for all of them when one has heard something or is back."""
    heard: list[int] = field(default_factory=list)
    back_at: list[int] = field(default_factory=list)
    raised: set[str] = field(default_factory=set)

    async def work(self) -> None:
        """Listens until the line ends."""
        greeted = False
        async for frame in self.line.frames():
            if frame.get("type") == "snapshot":
                if greeted:
                    self.back_at.append(perf_counter_ns())
                greeted = True
            elif frame.get("type") == "alarm":
                self.heard.append(frame["cursor"])
                if frame["event"] == "raised":
                    self.raised.add(frame["alarm"]["id"])
            self.moved.set()

    async def caught_up(self, timeline: Sequence[Mapping[str, Any]]) -> None:
        """Waits a moment for the last event: it may be on its way still."""
        last = max(row["seq"] for row in timeline if row["event"] in FRAMES)
        with suppress(TimeoutError):
            async with asyncio.timeout(LATE.total_seconds()):
                while last not in self.heard:
                    self.moved.clear()
                    await self.moved.wait()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether anybody noticed: each problem as a sentence."""

    events: int
    late: timedelta
    problems: Sequence[str]


def judged(words: Words, timeline: Sequence[Mapping[str, Any]], seen: Sequence[Witness]) -> Verdict:
    """Holds what every screen got against the hub's own record of the alarm."""
    raised, went_on = (next(row for row in timeline if row["event"] == event) for event in ("raised", "escalated"))
    due = datetime.fromtimestamp(raised["facts"]["escalates_at"] / 1e6, UTC)
    late = datetime.fromisoformat(went_on["at"]) - due
    problems = [problem for one in seen for problem in _problems(words, timeline, one)]
    if not timedelta() <= late <= LATE:
        problems.append(words["late"].format(late=f"{late.total_seconds():.2f} s"))
    return Verdict(sum(len(one.heard) for one in seen), late, problems)


def _problems(words: Words, timeline: Sequence[Mapping[str, Any]], one: Witness) -> Iterator[str]:
    frames = [row for row in timeline if row["event"] in FRAMES]
    told = [row["seq"] for row in frames if one.who in _concerned(row)]
    # All from the first on that they were told of, or that they as a leader might see.
    first = min(told + one.heard, default=None)
    for row in frames:
        if first is not None and row["seq"] >= first and row["seq"] not in one.heard:
            yield words["missed"].format(name=one.name, which=f"{row['seq']} ({row['event']})")
    if doubled := one.line.repeated + len(one.heard) - len(set(one.heard)):
        yield words["doubled"].format(name=one.name, count=doubled)


def _concerned(row: Mapping[str, Any]) -> Iterator[str]:
    if row["event"] == "raised" and row["by"] is not None:
        yield row["by"]["id"]
    for who in row["facts"].get("told", ()):
        yield who["id"]
