"""Whatever is written, corrected, held and deleted in any order: what is kept is there, what is gone is nowhere.

Ten thousand rounds: `pytest tests/incidents/test_life_of_records.py --hypothesis-profile=ten-thousand`.
"""

import asyncio
import shutil
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

import hub.app  # noqa: F401 - every room declares its tables when it is imported
from hub.alarms.actions import Alarms
from hub.alarms.outcome import Cleared
from hub.alarms.outcome import Outcome as AllClear
from hub.alarms.trigger import Trigger
from hub.clock import ManualClock
from hub.errors import HubError
from hub.incidents import holding, queries, tasks, taskstore
from hub.incidents.actions import EVERYTHING, Incidents
from hub.incidents.chores import Recording
from hub.incidents.followup import How
from hub.incidents.incident import Outcome
from hub.incidents.liststore import Asked
from hub.incidents.paper import Paper
from hub.incidents.retaining import Retention, rules_of
from hub.incidents.retention import Ground, Rules
from hub.incidents.sealing import Seals
from hub.people import store as people
from hub.people.cache import SiteCache
from hub.people.credentials import fingerprint, session_token
from hub.people.setup import parse
from hub.people.signin import SignIns
from hub.people.store import Session, principal
from hub.roster.actions import setup_site
from hub.roster.cache import DutyCache
from hub.storage import boundtexts, checkpoints, journal
from hub.storage.backup import back_up
from hub.storage.database import Database
from hub.storage.resealing import sealed_columns
from hub.storage.vault import Vault
from tests.alarms.profiles import patience, rounds
from tests.databases import Files
from tests.scenarios.world import RULES, site_text

T = TypeVar("T")
OURS = "house"
# Before the edition of 2025, so that records of both are there.
START = datetime(2025, 3, 1, 12, tzinfo=UTC)
EDITION = date(2025, 5, 1)
FIRST = {Paper.WORK: "happened", Paper.CASE: "course"}
some = st.integers(0, 5)
papers = st.sampled_from(list(Paper))


@dataclass
class Written:
    """What the test itself knows of one record."""

    id: str
    alarm: str | None
    words: dict[Paper, list[str]] = field(default_factory=lambda: {paper: [] for paper in Paper})
    injured: bool = False
    closed: datetime | None = None
    holds: list[int] = field(default_factory=list)
    archived: set[Paper] = field(default_factory=set)
    note: bool = True

    def over(self, paper: Paper, now: datetime) -> bool:
        """The rules once more, in the words of who wrote the test."""
        if self.closed is None or self.holds:
            return False
        new = self.closed.date() >= EDITION
        days = 12_775 if paper is Paper.WORK and self.injured and new else 1_825
        to_archive = paper is Paper.CASE or new
        handed = paper in self.archived or not to_archive or not self.words[paper]
        return now >= self.closed + timedelta(days=days) and handed


class LifeOfRecords(RuleBasedStateMachine):
    """Some records at a time in one house, over years."""

    template: ClassVar[Path]
    folder: ClassVar[Path]
    tokens: ClassVar[dict[str, str]]
    homes: ClassVar["count[int]"] = count()

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.file = self.folder / f"{next(self.homes)}" / "hub.db"
        self.file.parent.mkdir()
        shutil.copyfile(self.template, self.file)
        self.clock, self.vault = ManualClock(START), Vault({"k1": b"k" * 32}, "k1")
        self.url = f"sqlite+aiosqlite:///{self.file}"
        self.run(self.opens())
        self.numbers, self.records = count(1), list[Written]()
        self.erased: dict[str, int] = {}
        self.lay: set[str] = set()

    async def opens(self) -> None:
        self.database = database = await Database.open(self.url)
        seals, sites = Seals(self.vault), SiteCache()
        self.incidents = Incidents(database, self.clock, seals, sites)
        self.retention = Retention(database, self.clock, seals)
        bind = partial(boundtexts.append, self.vault)
        signs = SignIns(database, self.clock)
        self.alarms = Alarms(database, self.clock, sites, DutyCache(), signs, bind=bind)
        self.recording = Recording(database, self.clock, self.incidents)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        try:
            self.it_runs()
        finally:
            self.run(self.database.close())
            self.run(self.loop.shutdown_default_executor())
            self.loop.close()
            shutil.rmtree(self.file.parent)

    def word(self) -> str:
        return f"ord{next(self.numbers):05}x"

    def any_of(self, which: int) -> Written:
        return self.records[which % len(self.records)]

    def does(self, work: Coroutine[Any, Any, T]) -> bool:
        """Whether it was allowed."""
        try:
            self.run(work)
        except HubError:
            return False
        return True

    # What can happen.

    @precondition(lambda self: len(self.records) < 4)
    @rule(with_alarm=st.booleans(), words=st.booleans())
    def it_happens(self, with_alarm: bool, words: bool) -> None:
        word, alarm = self.word(), None
        if with_alarm:
            alarm = str(UUID(int=next(self.numbers)))
            self.run(self.pressed(alarm))
            (which,) = [one for one in self.known() if one not in {one.id for one in self.records}]
            self.records.append(Written(which, alarm, closed=self.clock.now()))
        if words or not with_alarm:
            answers = {"happened": word, "kinds": "near_miss"}
            asked = (None if alarm else "nord", self.clock.now(), Outcome.FALSE, answers)
            which = self.run(self.incidents.note(self.tokens["anna"], OURS, alarm, *asked))
            if alarm is None:
                self.records.append(Written(which, None))
            self.records[-1].words[Paper.WORK].append(word)
            self.records[-1].closed = None

    async def pressed(self, alarm: str) -> None:
        trigger = Trigger(alarm, "alarm", place="room-nord", note=self.word())
        await self.alarms.raise_alarm(self.tokens["anna"], trigger)
        await self.alarms.resolve(self.tokens["anna"], alarm, 1, Cleared(AllClear.FALSE, self.word()))
        await self.recording.look()

    def known(self) -> list[str]:
        return [row[0] for row in Files.look(Files(self.folder), self.url, "SELECT id FROM incident")]

    @precondition(lambda self: self.records)
    @rule(which=some, paper=papers, injured=st.booleans())
    def somebody_writes(self, which: int, paper: Paper, injured: bool) -> None:
        record, word = self.any_of(which), self.word()
        ticks = {"law": "absence"} if injured and paper is Paper.WORK else {}
        work = self.incidents.write(
            self.tokens["leif"], OURS, record.id, paper, {FIRST[paper]: word, **ticks}, EVERYTHING
        )
        if self.does(work):
            record.words[paper].append(word)
            record.injured |= bool(ticks)
            record.closed = None

    @precondition(lambda self: self.records)
    @rule(which=some, paper=papers)
    def somebody_leaves_a_draft(self, which: int, paper: Paper) -> None:
        about = f"{self.any_of(which).id}/{paper.value}"
        self.run(self.incidents.keep_draft(self.tokens["anna"], OURS, about, self.word()))

    @precondition(lambda self: any(not one.closed for one in self.records))
    @rule(which=some)
    def the_leader_signs(self, which: int) -> None:
        record = self.any_of(which)
        self.run(self.tasks_end(record.id))
        if self.does(self.incidents.sign(self.tokens["leif"], OURS, record.id)):
            record.closed = self.clock.now()

    async def tasks_end(self, which: str) -> None:
        async with self.database.read() as tx:
            found = [one.number for one in await taskstore.tasks(tx, OURS, which) if one.open]
        why = f"Ikke nødvendigt i netop denne sag {self.word()}"
        for number in found:
            work = partial(tasks.close, seals=self.incidents.seals, which=which, number=number, how=How.WAIVED, why=why)
            await self.incidents.does(self.tokens["leif"], OURS, work)

    @precondition(lambda self: self.records)
    @rule(which=some)
    def it_is_opened_again(self, which: int) -> None:
        record = self.any_of(which)
        if self.does(self.incidents.reopen(self.tokens["leif"], OURS, record.id, self.word())):
            record.closed = None

    @precondition(lambda self: self.records)
    @rule(which=some, ground=st.sampled_from(list(Ground)))
    def it_is_held(self, which: int, ground: Ground) -> None:
        record, seals = self.any_of(which), self.incidents.seals
        work = partial(holding.hold, seals=seals, which=record.id, ground=ground, why=self.word())
        if self.does(self.incidents.does(self.tokens["leif"], OURS, work)):
            record.holds.append(self.run(self.reached()))

    async def reached(self) -> int:
        async with self.database.read() as tx:
            return await journal.cursor(tx, OURS)

    @precondition(lambda self: any(one.holds for one in self.records))
    @rule(which=some)
    def it_is_let_go(self, which: int) -> None:
        held = [one for one in self.records if one.holds]
        record, seals = held[which % len(held)], self.incidents.seals
        work = partial(holding.lift, seals=seals, which=record.id, seq=record.holds.pop(), why=self.word())
        assert self.does(self.incidents.does(self.tokens["leif"], OURS, work))

    @precondition(lambda self: any(one.closed for one in self.records))
    @rule(paper=papers)
    def the_archive_takes_what_waits(self, paper: Paper) -> None:
        for record in self.records:
            rules, seals = self.run(self.the_rules()), self.incidents.seals
            work = partial(
                holding.hand_over, seals=seals, which=record.id, paper=paper, receipt=self.word(), rules=rules
            )
            if self.does(self.incidents.does(self.tokens["leif"], OURS, work)):
                record.archived.add(paper)

    async def the_rules(self) -> Rules:
        async with self.database.read() as tx:
            return await rules_of(tx, OURS)

    @rule()
    def somebody_searches(self) -> None:
        async def looks() -> None:
            async with self.database.read() as tx:
                leif = await principal(tx, self.tokens["leif"], self.clock.now())
            await self.incidents.looked(leif, "incident_searched", "incidents", {}, self.word())

        self.run(looks())

    @rule(days=st.sampled_from([1, 100, 1_825, 1_825, 4_000, 12_775]), runs=st.booleans())
    def time_passes(self, days: int, runs: bool) -> None:
        if (self.clock.now() - START).days + days < 30_000:
            self.clock.advance(days * 86_400)
        if runs:
            self.it_runs()

    @precondition(lambda self: self.records)
    @rule(which=some, days=st.sampled_from([1_825, 1_825, 12_775]), handed=st.booleans())
    def a_whole_time_goes_by(self, which: int, days: int, handed: bool) -> None:
        """Chance alone would seldom come so far."""
        self.the_leader_signs(which)
        self.time_passes(days, runs=True)
        if handed:
            for paper in Paper:
                self.the_archive_takes_what_waits(paper)
            self.it_runs()

    @rule()
    def it_runs(self) -> None:
        """What is over goes, and then everything is looked through."""
        self.lay |= self.sealed()
        now = self.clock.now()
        self.run(self.retention.look())
        assert self.run(self.database.sweep())
        for record in list(self.records):
            gone = {paper for paper in Paper if record.words[paper] and record.over(paper, now)}
            words = {paper: [] if paper in gone else record.words[paper] for paper in Paper}
            if gone:
                self.erased[record.id] = self.erased.get(record.id, 0) + 1
            record.injured = record.injured and Paper.WORK not in gone
            if not any(record.words.values()) and record.over(Paper.WORK, now):
                self.erased[record.id] = 1
                self.records.remove(record)
            elif gone and not any(words.values()):
                self.records.remove(record)
            record.words = words
        self.run(self.what_is_kept_is_there())
        self.run(self.what_is_gone_is_nowhere())

    # What must then be so.

    def sealed(self) -> set[str]:
        found = [
            row[0]
            for one in sealed_columns()
            for row in Files.look(Files(self.folder), self.url, "SELECT {1} FROM {0}".format(*one.name.split(".")))
        ]
        return {sealed for sealed in found if sealed}

    async def what_is_kept_is_there(self) -> None:
        async with self.database.read() as tx:
            leif = await principal(tx, self.tokens["leif"], self.clock.now())
            assert set(self.known()) == {one.id for one in self.records}
            for record in self.records:
                seen = await queries.one(tx, self.incidents.seals, leif, record.id)
                said = {paper: [one.value for one in seen.said if one.paper is paper] for paper in Paper}
                for paper, words in record.words.items():
                    assert [one for one in said[paper] if one.startswith("ord")] == words
                    for word in words:
                        found = await queries.page(tx, self.incidents.seals, leif, Asked(words=word))
                        assert [one.id for one in found.incidents] == [record.id]
                if record.alarm is not None:
                    alarm = await self.alarms_note(record.alarm)
                    assert alarm is not None
            verdict = await checkpoints.verify(tx, OURS)
            assert verdict.whole, verdict.fault
            assert await boundtexts.wrong(tx, self.vault, OURS) is None
            proofs = await journal.newest_of(tx, OURS, 500, frozenset({"incident_erased"}))
        told = [str(one.subject).removeprefix("incident:") for one in proofs]
        assert {which: told.count(which) for which in told} == self.erased

    async def alarms_note(self, which: str) -> str | None:
        (row,) = Files.look(Files(self.folder), self.url, f"SELECT note FROM alarm WHERE id = '{which}'")
        note: str | None = row[0]
        return note

    async def what_is_gone_is_nowhere(self) -> None:
        gone = [one.encode() for one in self.lay - self.sealed()]
        if gone:
            copy = self.file.with_name("copy.db")
            copy.unlink(missing_ok=True)
            await back_up(self.url, copy)
            for file in (copy, *self.file.parent.glob("hub.db*")):
                content = file.read_bytes()
                assert not [one for one in gone if one in content], file.name


async def begun(folder: Path) -> dict[str, str]:
    """A house with Anna and Leif in it, who stay signed in for all their lives."""
    database = await Database.open(f"sqlite+aiosqlite:///{folder / 'template.db'}")
    await setup_site(database, parse(site_text((), START)), RULES, ManualClock(START))
    tokens = {who: session_token() for who in ("anna", "leif")}
    for who, token in tokens.items():
        new = Session(fingerprint(token), OURS, who, START, START, START.replace(year=2199), "Firefox", None)
        await database.write(partial(people.start_session, new=new), of=OURS)
    await database.close()
    return tokens


@patience()
def test_what_is_kept_is_there_and_what_is_gone_is_nowhere(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("records")
    machine = type(
        "Life",
        (LifeOfRecords,),
        {"folder": folder, "template": folder / "template.db", "tokens": asyncio.run(begun(folder))},
    )
    quick = rounds(4, 25)
    run_state_machine_as_test(machine, settings=settings(quick, phases=tuple(Phase)))
