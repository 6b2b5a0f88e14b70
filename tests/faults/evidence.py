"""What the hub's own files say afterwards, read from outside: every alarm's course against the rules' seconds."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from tests.faults.ward import wait_after

SECOND = 1_000_000
FRAMES = ("raised", "answered", "escalated", "resolved")
_ALARMS = "SELECT * FROM alarm"
_ROWS = "SELECT * FROM journal WHERE subject IS NOT NULL ORDER BY seq"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the journal."""

    seq: int
    at: int
    event: str
    subject: str
    actor: str | None
    facts: Mapping[str, Any]


@dataclass(slots=True)
class Course:
    """One alarm from its raising on, as the journal has it; `faults` are where it broke the rules."""

    alarm: str
    step: int = 0
    version: int = 0
    state: str = ""
    deadline: int | None = None
    waited: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def take(self, row: Row) -> None:
        """Follows the alarm by one row."""
        facts = row.facts
        if self.state == "resolved":
            self._fault(row, "came after the all clear")
        if facts["version"] != self.version + 1:
            self._fault(row, f"has version {facts['version']} after {self.version}")
        if (row.event == "raised") != (self.version == 0):
            self._fault(row, "is not its beginning" if self.version else "was never raised")
        if row.event == "escalated":
            self._escalates(row)
        if row.event in ("raised", "escalated"):
            self.step, self.deadline = facts["step"], row.at + wait_after(facts["step"]) * SECOND
        elif row.event in ("answered", "resolved"):
            self.deadline = None
        if facts["escalates_at"] != self.deadline:
            self._fault(row, f"escalates at {facts['escalates_at']}, by the rules at {self.deadline}")
        self.version, self.state = facts["version"], facts["state"]

    def _escalates(self, row: Row) -> None:
        if self.deadline is None:
            self._fault(row, "escalates although somebody was coming")
            return
        if row.at < self.deadline:
            self._fault(row, f"is {(self.deadline - row.at) / SECOND:.3f} s early")
        passed = row.facts.get("passed", [])
        if row.facts["step"] != self.step + len(passed) + 1:
            self._fault(row, f"goes from step {self.step} to {row.facts['step']}, passing {passed}")
        self.waited.append(wait_after(self.step))
        self.late.append((row.at - self.deadline) / SECOND)

    def _fault(self, row: Row, says: str) -> None:
        self.faults.append(f"{self.alarm}, row {row.seq} {row.event}: {says}")


@dataclass(frozen=True)
class Evidence:
    """The database as it lies on the disk."""

    alarms: Mapping[str, Mapping[str, Any]]
    rows: list[Row]

    @classmethod
    def read(cls, database: Path) -> "Evidence":
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            return cls._of(connection.execute(_ALARMS).fetchall(), connection.execute(_ROWS).fetchall())
        finally:
            connection.close()

    @classmethod
    async def asked(cls, url: str) -> "Evidence":
        """The same from a PostgreSQL server, at one moment."""
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return cls._of(await connection.fetch(_ALARMS), await connection.fetch(_ROWS))
        finally:
            await connection.close()

    @classmethod
    def _of(cls, alarms: Iterable[Any], rows: Iterable[Any]) -> "Evidence":
        found = [
            Row(row["seq"], row["at"], row["event"], row["subject"], row["actor"], json.loads(row["facts"]))
            for row in rows
        ]
        return cls({row["id"]: dict(row) for row in alarms}, found)

    def courses(self) -> dict[str, Course]:
        """Every alarm's course through the journal."""
        courses: dict[str, Course] = {}
        for row in self.rows:
            if row.event in FRAMES and row.subject in self.alarms:
                courses.setdefault(row.subject, Course(row.subject)).take(row)
        return courses

    def overdue(self, now: int) -> set[tuple[str, int]]:
        """The alarms, with their deadlines, for which the hub should have done something by now."""
        return {
            (alarm, row["escalates_at"])
            for alarm, row in self.alarms.items()
            if row["escalates_at"] is not None and row["escalates_at"] <= now
        }

    def faults(self, pressed: Collection[str], accepted: Collection[str]) -> Iterator[str]:
        """Everything that must never be, as sentences."""
        yield from (f"{alarm} was accepted and is gone" for alarm in accepted if alarm not in self.alarms)
        yield from (f"{alarm} was never pressed" for alarm in self.alarms if alarm not in pressed)
        courses = self.courses()
        for alarm, row in self.alarms.items():
            course = courses.get(alarm, Course(alarm))
            yield from course.faults
            stands = (row["step"], row["version"], row["state"], row["escalates_at"])
            if stands != (course.step, course.version, course.state, course.deadline):
                yield f"{alarm} stands as {stands}, by its journal {course}"
        receipts = Counter((row.subject, row.actor, row.event) for row in self.rows if row.event == "shown")
        yield from (f"{receipt} is written down {times} times" for receipt, times in receipts.items() if times > 1)

    def missed(self, person: str, first: int, last: int, heard: Collection[int]) -> list[int]:
        """Rows of alarms that the person had been told of, and that their device never got, up to the last it got."""
        told: defaultdict[str, set[str]] = defaultdict(set)
        due: list[int] = []
        for row in self.rows:
            if row.event in FRAMES:
                told[row.subject] |= set(row.facts.get("told", ()))
                if first < row.seq <= last and person in told[row.subject]:
                    due.append(row.seq)
        return sorted(set(due) - set(heard))
