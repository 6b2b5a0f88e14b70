"""A house on a shift with the real hub in it: real database, all chores, and a clock that only the test moves.

It fails on surprises: a frame that nobody expected, an error in a log, a chore that fell, a journal that does not
verify or that tells another story than the tables.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI
from structlog.testing import capture_logs

from hub.alarms import store
from hub.alarms.alarm import Alarm
from hub.app import build_app
from hub.join import join
from hub.people.setup import parse
from hub.ports import Channel
from hub.roster.actions import setup_site
from hub.settings import Settings
from hub.storage import journal
from hub.web.live import Live
from hub.web.render import Texts, catalogue
from hub.web.services import Services
from tests.alarms.replay import retold, told_by_the_tables
from tests.scenarios.mortal import MortalHub
from tests.scenarios.outside import PushTown, SmsGateway, Watched
from tests.scenarios.phones import BEATS_EVERY, Phone, Shown

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
AN_AFTERNOON = "2026-03-10T14:00"

UNITS = {"nord": ("syd",), "syd": ("nord",), "vest": ()}
PEOPLE = {
    "anna": "staff nord",
    "bo": "staff nord",
    "carl": "staff nord",
    "nora": "staff nord",
    "dina": "staff syd",
    "erik": "staff syd",
    "vera": "staff vest",
    "lone": "shift_lead nord",
    "leif": "manager",
    "ada": "admin",
}
RULES = """
name = "A house with night duty"
link_within = 60
minimum_reach = 0

[kinds.alarm]
answers_needed = 1
reopen_after = 60
[[kinds.alarm.steps]]
tell = ["on_duty"]
by = ["live", "sms"]
receipt_within = 5
next_after = 20
[[kinds.alarm.steps]]
tell = ["neighbours"]
by = ["live", "sms"]
receipt_within = 5
next_after = 30
[[kinds.alarm.steps]]
tell = ["role:shift_lead", "contact:guard"]
by = ["live", "sms"]
receipt_within = 5
next_after = 40

[kinds.watch]
becomes_alarm_after = 90
[[kinds.watch.steps]]
tell = ["on_duty"]
next_after = 20

[last_resort]
tell = ["role:manager"]
by = ["live", "sms"]
next_after = 60
"""
PINS = {"anna": ("4711", "1174")}


def phone_number(name: str) -> str:
    return f"+4520{[*PEOPLE, 'guard'].index(name):06}"


def local(text: str) -> datetime:
    """A moment as the house's own clock on the wall shows it, unless an offset is said."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=COPENHAGEN)


def site_text(shifts: Iterable[str], now: datetime, people: Iterable[str] = tuple(PEOPLE), pins: bool = False) -> str:
    """The house's site file; a shift is `anna nord`, `nora nord sleeping` or `bo nord active FROM TO`, local times."""
    lines = ['[institution]\nid = "house"\nname = "Huset"\nmunicipality = "29189999"']
    lines += ['timezone = "Europe/Copenhagen"\nrules = "here"']
    for unit, neighbours in UNITS.items():
        lines.append(f'[[unit]]\nid = "{unit}"\nname = "{unit.title()}"\nneighbours = {list(neighbours)}')
        lines.append(f'[[place]]\nid = "room-{unit}"\nunit = "{unit}"\nname = "Rum i {unit}"')
        lines.append(f'[[device]]\nid = "board-{unit}"\nkind = "wallboard"\nplace = "room-{unit}"')
        lines.append(f'[[device]]\nid = "button-{unit}"\nkind = "button"\nplace = "room-{unit}"')
    for name in people:
        role, *units = PEOPLE[name].split()
        lines.append(f'[[person]]\nid = "{name}"\nname = "{name.title()}"\nrole = "{role}"\nunits = {units}')
        lines.append(f'phone = "{phone_number(name)}"')
        if pins and name in PINS:
            lines.append('pin = "{}"\nduress_pin = "{}"'.format(*PINS[name]))
        lines.append(f'[[device]]\nid = "phone-{name}"\nkind = "phone"\nperson = "{name}"')
    lines.append(f'[[contact]]\nid = "guard"\nname = "Vagtselskab"\nphone = "{phone_number("guard")}"')
    for shift in shifts:
        person, unit, duty, *hours = [*shift.split(), "active"] if len(shift.split()) == 2 else shift.split()
        # As they are written, so that the hub itself reads what the clock on the wall says.
        starts, ends = hours or ((now - timedelta(hours=6)).isoformat(), (now + timedelta(hours=6)).isoformat())
        lines.append(f'[[shift]]\nperson = "{person}"\nunit = "{unit}"\nduty = "{duty}"')
        lines.append(f"from = {starts}\nto = {ends}")
    return "\n".join(lines)


class House(MortalHub):
    """The hub of one institution, its clock, and the phones of its people."""

    services: Services
    live: Live

    def __init__(self, folder: Path, template: Path | str, at: datetime, sms: SmsGateway | None = None) -> None:
        super().__init__(folder, template, at)
        self.ids = count(1)
        self.phones: dict[str, Phone] = {}
        self.tokens: dict[str, str] = {}
        self.sms = sms
        self.ways: dict[str, Channel] = {"sms": sms} if sms else {}
        self.town = PushTown()
        # Kept through all lives: FastAPI looks at each of its ways anew in a new one, and a year has many lives.
        self._app: FastAPI | None = None
        self._http: httpx.AsyncClient | None = None

    # The hub's own life.

    async def starts(self) -> None:
        """Joins all parts over the database as it lies on disk."""
        settings = Settings(self.folder, self.url)
        await self.opens_its_database()
        self.services = await join(settings, self.clock, self.database, dict(self.ways), _words())
        self.live = Live(self.services)
        self._settings = settings
        if self._app is not None:
            self._app.state.services = self.services

    @property
    def app(self) -> FastAPI:
        """The same hub as it is served."""
        if self._app is None:
            self._app = build_app(self._settings, self.clock)
            self._app.state.services = self.services
        return self._app

    @property
    def http(self) -> httpx.AsyncClient:
        """The same hub over HTTP."""
        if self._http is None:
            self._http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://hub.example")
        return self._http

    async def stops(self) -> None:
        for phone in self.phones.values():
            phone.drops()
        if self._http is not None:
            await self._http.aclose()
            self._http = None
        await self.services.chores.stop()
        await self.database.close()

    def under_way(self) -> "list[asyncio.Task[Any]]":
        sending = [task for way in self.ways.values() if isinstance(way, Watched) for task in way.sending]
        return sending + [task for phone in self.phones.values() if phone.wire for task in phone.wire._tasks or ()]

    async def passes(self, seconds: float) -> None:
        """Time goes by, with every chore and every beat at its own moment."""
        await self.until(self.clock.now() + timedelta(seconds=seconds))

    async def until(self, end: datetime) -> None:
        while True:
            await self.settle()
            beating = [phone for phone in self.phones.values() if phone.connected and phone.beats]
            wakes = [phone.next_beat for phone in beating]
            if (chore := self.clock.next_wake()) is not None:
                wakes.append(chore)
            moment = min([end, *wakes])
            self.clock.set(max(moment, self.clock.now()))
            for phone in beating:
                if phone.next_beat <= moment:
                    phone.beat()
            if moment >= end:
                break
        await self.settle()

    async def is_asleep_until(self, moment: str) -> None:
        """A long quiet time in one leap; devices beat at its end."""
        await self.sleeps(local(moment) - self.clock.now())

    async def sleeps(self, time: timedelta) -> None:
        """So long nothing happens: one leap; devices beat at its end."""
        self.clock.set(self.clock.now() + time)
        await self.settle()
        for phone in self.phones.values():
            if phone.connected and phone.beats:
                phone.beat()
        await self.settle()

    # Its people.

    async def set_up(self, *shifts: str, rules: str = RULES, pins: bool = False, without: Sequence[str] = ()) -> None:
        """Creates the house, or changes it."""
        people = [name for name in PEOPLE if name not in without]
        site = parse(site_text(shifts, self.clock.now(), people, pins))
        done = await setup_site(self.database, site, rules, self.clock)
        self.tokens |= done.tokens
        await self.settle()

    async def connect(self, *names: str) -> list[Phone]:
        """Their devices, connected: a person's phone, or `board-nord`, `button-nord`."""
        found = []
        for name in names:
            device = name if name in self.tokens else f"phone-{name}"
            self.phones[device] = phone = Phone(self, device, self.tokens[device], name)
            await phone.connects()
            found.append(phone)
        return found

    def hear(self, event: str, *phones: Phone, **fields: Any) -> Shown:
        """All of these hear it next, and see the same."""
        seen = [phone.hears(event, **fields) for phone in phones]
        assert all(one == seen[0] for one in seen), seen
        return seen[0]

    def is_quiet(self) -> None:
        """Nobody has heard anything that the test has not asked for."""
        for phone in self.phones.values():
            phone.hears_nothing()

    # What stands in the end.

    async def alarm(self, which: str) -> Alarm:
        async with self.database.read() as tx:
            found = await store.find(tx, "house", which)
        assert found is not None
        return found

    async def events(self, which: str) -> list[str]:
        """The alarm's timeline, without receipts."""
        async with self.database.read() as tx:
            entries = await journal.about(tx, "house", which)
        return [entry.event for entry in entries if entry.event not in ("received", "shown")]

    async def proves_itself(self) -> None:
        """Nothing unexpected was said, and the journal verifies and tells the same story as the tables."""
        await self.settle()
        self.is_quiet()
        for phone in self.phones.values():
            assert not phone.refusals, f"{phone} was refused: {list(phone.refusals)}"
            assert not phone.accepted, f"{phone}: {list(phone.accepted)}"
            assert not phone.snapshots, f"{phone}: {list(phone.snapshots)}"
        assert not self.services.chores.fallen
        async with self.database.read() as tx:
            verdict = await journal.verify(tx, "house")
            assert verdict.whole, verdict.fault
            entries = await journal.after(tx, "house", 0, verdict.rows)
            found = await store.page(tx, "house", only_open=False, before=None, most=1_000)
        story = retold(entries)
        assert story == {alarm.id: told_by_the_tables(alarm) for alarm in found}


@cache
def _words() -> Texts:
    return catalogue("da")


@asynccontextmanager
async def opened(
    folder: Path, template: Path | str, at: str, *, sms: bool, push: bool = False, ways: Iterable[Channel] = ()
) -> AsyncIterator[House]:
    """A house whose hub runs until the block ends, and whose log must hold no complaint."""
    house = House(folder, template, local(at), SmsGateway() if sms else None)
    house.ways |= {way.name: Watched(way) for way in ways}
    complaints: list[logging.LogRecord] = []
    listener = _Listener(complaints)
    logging.getLogger().addHandler(listener)
    async with AsyncExitStack() as stack:
        if push:
            house.ways["push"] = await stack.enter_async_context(house.town.reached_by())
        logs = stack.enter_context(capture_logs())
        await house.starts()
        try:
            yield house
        finally:
            await house.stops()
            logging.getLogger().removeHandler(listener)
    assert not [line for line in logs if line["log_level"] not in ("debug", "info")]
    assert not [record.getMessage() for record in complaints]


class _Listener(logging.Handler):
    def __init__(self, complaints: list[logging.LogRecord]) -> None:
        super().__init__(logging.WARNING)
        self._complaints = complaints

    def emit(self, record: logging.LogRecord) -> None:
        self._complaints.append(record)


__all__ = ["BEATS_EVERY", "House", "Phone", "SmsGateway", "opened"]
