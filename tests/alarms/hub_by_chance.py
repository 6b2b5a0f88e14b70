"""The real hub with a cast of people whose screens remember every frame, for rounds that chance plays."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import bindparam, update

from hub.alarms import events, store
from hub.alarms.actions import Alarms
from hub.alarms.alarm import Alarm
from hub.alarms.chores import Escalation, HeardNews
from hub.chores import Chores
from hub.clock import ManualClock
from hub.delivery.sockets import Envelope, Sockets, Vital
from hub.people.access import Principal
from hub.people.cache import SiteCache
from hub.people.setup import parse
from hub.people.signin import SignIns
from hub.people.site import Role
from hub.people.tables import institution, person
from hub.roster import store as roster
from hub.roster.actions import setup_site
from hub.roster.cache import DutyCache
from hub.roster.shift import DutyState, Shift
from hub.storage import journal, migrate
from hub.storage.database import Database, Reader, Transaction
from hub.storage.journal import Entry
from tests.alarms.books import CAST, START, UNITS, as_toml
from tests.alarms.replay import Story, replayed, retold, told_by_the_tables
from tests.escalation.scenes import OnShift, book
from tests.scenarios.mortal import MortalHub

PIN, DURESS_PIN = "4711", "1174"
# What is shown as it is now and not as it was: how many heard it, and where the raiser is while it is open.
OF_NOW = ("deliveries", "told", "position")
# A verified PIN costs a tenth of a second by design; of ten thousand rounds, none is about that.
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_PINS = (
    update(person)
    .where(person.c.id == bindparam("who"))
    .values(pin_hash=bindparam("pin"), duress_pin_hash=bindparam("duress_pin"))
)
_RULES = (
    update(institution)
    .where(institution.c.id == bindparam("which"))
    .values(rules_text=bindparam("text"), site_version=institution.c.site_version + 1)
)


def site_text() -> str:
    lines = ['[institution]\nid = "house"\nname = "Huset"\nmunicipality = "29189999"']
    lines += ['timezone = "Europe/Copenhagen"\nrules = "here"']
    for unit, neighbours in UNITS.items():
        lines.append(f'[[unit]]\nid = "{unit}"\nname = "{unit.title()}"\nneighbours = {list(neighbours)}')
        lines.append(f'[[place]]\nid = "room-{unit}"\nunit = "{unit}"\nname = "Rum i {unit}"')
        lines.append(f'[[device]]\nid = "board-{unit}"\nkind = "wallboard"\nplace = "room-{unit}"')
    for name, colleague in CAST.items():
        units = list(colleague.units)
        lines.append(f'[[person]]\nid = "{name}"\nname = "{name.title()}"\nrole = "{colleague.role}"\nunits = {units}')
        lines.append(f'[[device]]\nid = "phone-{name}"\nkind = "phone"\nperson = "{name}"')
    return "\n".join([*lines, '[[contact]]\nid = "vagtselskab"\nname = "Vagtselskab"\nphone = "70101010"'])


async def make_template(folder: Path) -> Path:
    """A database with the cast in it, to be copied for each round."""
    empty = folder / "empty.db"
    migrate.upgrade(empty)
    house = ChanceHouse(folder, empty)
    await house.starts()
    tokens = await cast_in(house.database)
    await house.stops()
    template = folder / "template.db"
    house.file.rename(template)
    template.with_suffix(".json").write_text(json.dumps(tokens))
    return template


async def cast_in(database: Database) -> dict[str, str]:
    """Puts the cast into a database; returns their devices' tokens."""
    done = await setup_site(database, parse(site_text()), as_toml(book("on_duty")), ManualClock(START))

    async def pins(tx: Transaction) -> None:
        for name in CAST:
            await tx.run(_PINS, who=name, pin=_QUICK.hash(PIN), duress_pin=_QUICK.hash(DURESS_PIN))

    await database.write(pins)
    return dict(done.tokens)


class Screen:
    """One person's or wall's live connection, which remembers each alarm frame by its cursor."""

    institution = "house"

    def __init__(self, person: str | None, device: str) -> None:
        self.person = person
        self.device: str | None = device
        self.vital = Vital(START)
        self.frames: dict[int, dict[str, Any]] = {}
        self.hints: list[dict[str, Any]] = []

    @property
    def owner(self) -> str:
        return self.person or self.device or ""

    def push(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            frame = json.loads(_payload(envelope.frame))
            if envelope.cursor is None:
                self.hints.append(frame)
                continue
            assert frame["cursor"] == envelope.cursor
            assert envelope.cursor > max(self.frames, default=0), f"{self.owner} heard {envelope.cursor} late or twice"
            self.frames[envelope.cursor] = frame

    def end(self, code: int, reason: str) -> None:
        raise AssertionError(f"{self.owner} was closed: {code} {reason}")


def _payload(frame: bytes) -> bytes:
    """What an unmasked text frame carries (RFC 6455, section 5.2)."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]


class ChanceHouse(MortalHub):
    """The house of the cast: rules and roster can be anything, and every row that is written is looked at.

    Of the hub's chores it runs those of the alarm; ten thousand rounds have no time for the others.
    """

    def __init__(self, folder: Path, template: Path | str, tokens: Mapping[str, str] | None = None) -> None:
        super().__init__(folder, template, START)
        self.tokens = tokens or {}
        if isinstance(template, Path) and (kept := template.with_suffix(".json")).exists():
            self.tokens = json.loads(kept.read_text())
        self.screens = [Screen(name, f"phone-{name}") for name in CAST]
        self.screens += [Screen(None, f"board-{unit}") for unit in UNITS]
        self.entries: list[Entry] = []
        self.pressed: dict[str, Alarm] = {}
        self.stories: dict[str, Story] = {}

    async def starts(self) -> None:
        await self.opens_its_database()
        database, clock, sockets = self.database, self.clock, Sockets()
        self.alarms = Alarms(database, clock, SiteCache(), DutyCache(), SignIns(database, clock))
        self.chores = Chores(clock)
        database.listen(lambda facts: sockets.fan_out([fact for fact in facts if isinstance(fact, Envelope)]))
        self.chores.start("escalation", Escalation(database, clock, self.alarms).run)
        self.chores.start("heard", HeardNews(database, clock, self.alarms, sockets).run)
        for screen in self.screens:
            sockets.add(screen)
        await self.settle()

    async def stops(self) -> None:
        await self.chores.stop()
        await self.database.close()

    def token(self, who: str) -> str:
        return self.tokens[f"phone-{who}"]

    async def has_rules(self, text: str) -> None:
        async def action(tx: Transaction) -> None:
            await tx.run(_RULES, which="house", text=text)

        await self.database.write(action)

    async def has_on_duty(self, shifts: Sequence[tuple[OnShift, int, int]]) -> None:
        """Each is on duty from so many seconds from now, for so many."""
        now = self.clock.now()
        new: dict[str, Shift] = {}
        for one, begins, lasts in shifts:
            starts = now + timedelta(seconds=begins)
            ends = starts + timedelta(seconds=lasts)
            shift = Shift.of("chance", one.person, one.unit, starts, ends, DutyState(one.duty))
            new[shift.id] = shift

        async def action(tx: Transaction) -> None:
            old = await roster.of_source(tx, "house", "chance")
            await roster.remove(tx, "house", list(old.values()), now)
            await roster.add(tx, "house", list(new.values()))
            await roster.next_version(tx, "house")

        await self.database.write(action)

    async def next_deadline(self) -> datetime | None:
        return await self.database.write(store.next_due)

    async def look(self) -> list[Entry]:
        """The rows since the last look; the journal and the tables tell the same of every alarm."""
        new, found = await self.database.write(self._read)
        assert [entry.seq for entry in new] == list(range(len(self.entries) + 1, len(self.entries) + 1 + len(new)))
        self.entries += new
        if new:
            self.stories = retold(self.entries)
        for alarm in found:
            before = self.pressed.get(alarm.id)
            assert before is None or set(before.told) <= set(alarm.told), "somebody who was told is told no more"
            if before is not None and not before.open:
                assert told_by_the_tables(before) == told_by_the_tables(alarm), "a closed alarm changed"
            assert self.stories[alarm.id] == told_by_the_tables(alarm)
        self.pressed = {alarm.id: alarm for alarm in found}
        return new

    async def _read(self, tx: Reader) -> tuple[list[Entry], list[Alarm]]:
        new = await journal.after(tx, "house", len(self.entries), 10_000)
        return new, await store.page(tx, "house", only_open=False, before=None, most=1_000)

    async def every_row_was_heard_as_it_would_be_replayed(self) -> None:
        """Each live frame is the one that a reconnecting client gets for the same row; none was kept from anyone."""
        async with self.database.read() as tx:
            setting = await self.alarms.setting(tx, "house")
            verdict = await journal.verify(tx, "house")
        assert verdict.whole, verdict.fault
        assert verdict.rows == len(self.entries)
        told: dict[str, set[str]] = {}
        for entry in self.entries:
            if entry.event not in events.FRAME_EVENTS or entry.subject is None:
                continue
            alarm = self.pressed[entry.subject]
            told.setdefault(alarm.id, set()).update(entry.facts.get("told", ()))
            told[alarm.id] |= {who for who, (said, _) in entry.facts.get("answers", {}).items() if said != "cannot"}
            for screen in self.screens:
                live = screen.frames.get(entry.seq)
                frame = replayed(self._principal(screen), entry, alarm, setting)
                concerns = {*told[alarm.id], alarm.raised_by, *setting.screens.get(alarm.unit or "", ())}
                if frame is None or screen.owner not in concerns:
                    assert live is None, f"{screen.owner} heard what was not for them: {live}"
                else:
                    assert live is not None, f"{screen.owner} did not hear {entry}"
                    assert _as_it_was(live) == _as_it_was(json.loads(json.dumps(frame)))

    def _principal(self, screen: Screen) -> Principal:
        if screen.person is None:
            return Principal("house", device=screen.device)
        colleague = CAST[screen.person]
        return Principal("house", screen.person, Role(colleague.role), colleague.units, screen.device)


def _as_it_was(frame: dict[str, Any]) -> dict[str, Any]:
    alarm = {key: value for key, value in frame["alarm"].items() if key not in OF_NOW}
    return {**frame, "alarm": alarm}
