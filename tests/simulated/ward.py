"""A unit with its real hub, whose time goes from one due moment to the next, and the devices of its people."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from structlog.testing import capture_logs

from hub.clock import instant
from hub.people.setup import parse
from hub.ports import Channel, Never, Notice
from hub.roster.actions import setup_site
from tests.scenarios.phones import Phone, Shown
from tests.scenarios.world import House
from tests.simulated.almanac import NORD, SYD
from tests.simulated.quick import QuickDatabase

PEOPLE = {
    **dict.fromkeys(NORD, ("staff", "nord")),
    **dict.fromkeys(SYD, ("staff", "syd")),
    "lone": ("shift_lead", "nord"),
    "leif": ("manager", ""),
    "ada": ("admin", ""),
}
BEATS_EVERY = timedelta(seconds=15)
MEMORY = Path("/dev/shm")
A_MOMENT = timedelta(milliseconds=1)
# A chore that has just looked looks again after this, if nothing has told it of an earlier moment.
A_LOOK = timedelta(seconds=1)
RULES = """
name = "A unit with night duty"
link_within = 60
minimum_reach = 1
[kinds.alarm]
answers_needed = 1
reopen_after = 120
steps = [
    {tell = ["on_duty"], by = ["live", "push", "sms"], receipt_within = 5, next_after = 20},
    {tell = ["neighbours"], by = ["live", "push", "sms"], receipt_within = 5, next_after = 30},
    {tell = ["role:shift_lead", "contact:guard"], by = ["live", "push", "sms"], receipt_within = 5, next_after = 40},
]
[last_resort]
tell = ["role:manager"]
by = ["live", "push", "sms"]
next_after = 60
"""
_DUE = """
SELECT min(due) AS due FROM (
    SELECT min(escalates_at) AS due FROM alarm WHERE state != 'resolved' AND escalates_at IS NOT NULL
    UNION ALL SELECT min(due_at) FROM lone WHERE due_at IS NOT NULL
    UNION ALL SELECT min(due_at) FROM drill WHERE due_at IS NOT NULL
    UNION ALL SELECT min(next_at) FROM proof_asked WHERE next_at IS NOT NULL
    UNION ALL SELECT min(due_at) FROM outbox WHERE done_at IS NULL
)
"""


def number(name: str) -> str:
    return f"+4530{[*PEOPLE, 'guard'].index(name):06}"


def site_text(institution: str = "house") -> str:
    """The site file of the unit, its neighbour, and everybody with a phone."""
    lines = [f'[institution]\nid = "{institution}"\nname = "Huset"\nmunicipality = "29189999"']
    lines += ['timezone = "Europe/Copenhagen"\nrules = "here"']
    for unit, neighbour in (("nord", "syd"), ("syd", "nord")):
        lines.append(f'[[unit]]\nid = "{unit}"\nname = "{unit.title()}"\nneighbours = ["{neighbour}"]')
        lines.append(f'[[place]]\nid = "room-{unit}"\nunit = "{unit}"\nname = "Rum i {unit}"')
        lines.append(f'[[device]]\nid = "board-{unit}"\nkind = "wallboard"\nplace = "room-{unit}"')
    for name, (role, unit) in PEOPLE.items():
        units = f'["{unit}"]' if unit else "[]"
        lines.append(f'[[person]]\nid = "{name}"\nname = "{name.title()}"\nrole = "{role}"\nunits = {units}')
        lines.append(f'phone = "{number(name)}"\n[[device]]\nid = "phone-{name}"\nkind = "phone"\nperson = "{name}"')
    lines.append(f'[[contact]]\nid = "guard"\nname = "Vagtselskab"\nphone = "{number("guard")}"')
    return "\n".join(lines)


class Handset(Phone):
    """A phone or wallboard that beats in its own rhythm, confirms what it shows, and can fall silent on its line."""

    house: "Ward"

    def __init__(self, house: "Ward", device: str, token: str, owner: str) -> None:
        super().__init__(house, device, token, owner)
        self.beaten_at = house.clock.now()
        self.confirms_itself = True
        self.state: dict[str, Any] = {"battery": 0.8, "charging": False, "sound": "on"}

    @property
    def works(self) -> bool:
        return self.connected and self.beats

    async def dials(self, cursor: int | None = None) -> None:
        await super().dials(cursor)
        self.beats = self.taps = True
        self.reports()

    def falls_silent(self) -> None:
        """The line stays open, as it does when a phone's battery is taken out."""
        self.beats = self.taps = False

    def reports(self, **state: Any) -> None:
        """Says what it is like now."""
        self.state |= state
        self.beat(**self.state)

    def beat(self, **state: Any) -> None:
        super().beat(**state)
        self.beaten_at = self.house.clock.now()

    def breathes(self, until: datetime) -> None:
        """All beats that come before `until`, of which the hub keeps the last."""
        beats = (until - self.beaten_at) // BEATS_EVERY
        if self.works and beats > 0 and self.wire is not None:
            self.beaten_at += beats * BEATS_EVERY
            self.wire.vital.beat_at = self.beaten_at
            self.house.counted["beats"] += beats

    def _tap(self, proof: Shown) -> None:
        self.proofs.clear()
        super()._tap(proof)
        if self.taps and proof["state"] == "asked":
            self.house.tapped[self.owner] = self.house.clock.now()
            self.house.counted["shift-start proofs"] += 1

    def _keep(self, frame: Shown) -> None:
        super()._keep(frame)
        telling = frame["event"] in ("raised", "escalated", "reopened", "became_alarm")
        colleague = self.device.startswith("phone") and frame["alarm"]["raised_by"] != self.owner
        if telling and colleague and self.confirms_itself:
            asyncio.get_running_loop().call_soon(self._confirm, frame["alarm"]["id"])

    def _confirm(self, alarm: str) -> None:
        if self.works:
            self.say({"type": "receipt", "alarm": alarm, "stage": "shown"})

    def forgets(self) -> None:
        """What nobody will ask about again."""
        for kept in (self.unread, self.frames, self.known):
            kept.clear()
        for pile in (*self._piles.values(), self.snapshots, self.accepted):
            if pile is not self.reach:
                pile.clear()
        while len(self.reach) > 8:
            self.reach.popleft()


class PushHouse:
    """A push service: it takes a notice, or says that the browser is gone."""

    name = "push"
    public_key = "a-public-key"

    def __init__(self) -> None:
        self.subscribed: dict[str, str] = {}
        self.gone: set[str] = set()
        self.came: list[tuple[str, Notice]] = []

    async def send(self, notice: Notice, address: str) -> str | None:
        person = address.partition("/browser/")[2].partition('"')[0]
        if person in self.gone:
            self.subscribed.pop(person, None)
            raise Never("the push service knows this browser no more", gone=True)
        self.came.append((person, notice))
        return None

    async def close(self) -> None: ...


class Ward(House):
    """The hub, its clock, its channels and its devices, through a year."""

    phones: dict[str, Handset]  # type: ignore[assignment]
    database: QuickDatabase
    # Fewer than where a reader is a thread of its own: a year has some hundred thousand rests.
    turns = 12

    def __init__(self, folder: Path, template: Path, at: datetime, channels: Sequence[Channel]) -> None:
        super().__init__(folder, template, at)
        self.ways = {channel.name: channel for channel in channels}
        self.push = next((channel for channel in channels if isinstance(channel, PushHouse)), PushHouse())
        self.counted: Counter[str] = Counter()
        self.tapped: dict[str, datetime] = {}
        self.down: list[tuple[datetime, datetime]] = []

    async def opens_its_database(self) -> None:
        database = await QuickDatabase.open(self.url)
        assert isinstance(database, QuickDatabase)
        self.database = database

    def under_way(self) -> "list[asyncio.Task[Any]]":
        # Asked some half a million times a year: most of them find nothing.
        tasks: list[asyncio.Task[Any]] = []
        for phone in self.phones.values():
            if phone.wire is not None and phone.wire._tasks:
                tasks += phone.wire._tasks
        return tasks

    async def is_set_up(self, site: str, rules: str) -> None:
        """Its first set-up, with a wallboard in each unit."""
        done = await setup_site(self.database, parse(site), rules, self.clock)
        self.tokens |= done.tokens
        for device, token in self.tokens.items():
            self.phones[device] = Handset(self, device, token, device.removeprefix("phone-"))
        for device in self.tokens:
            if device.startswith("board"):
                await self.phones[device].connects()

    def phone(self, person: str) -> Handset:
        return self.phones[f"phone-{person}"]

    async def asks(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request of somebody's phone, and all that follows from it."""
        headers = {"Authorization": f"Bearer {self.tokens[f'phone-{who}']}"}
        answer = await self.http.request(method, path, json=body, headers=headers)
        await self.settle()
        return answer

    def due(self) -> datetime | None:
        """The earliest moment that anything in the hub's own tables waits for."""
        (row,) = self.database.asked(_DUE)
        return instant(row["due"]) if row["due"] is not None else None

    async def stands_at(self, moment: datetime) -> None:
        """Time goes there at once, with every beat that falls before it."""
        moment = max(moment, self.clock.now())
        for phone in self.phones.values():
            phone.breathes(moment)
        self.clock.set(moment)
        await self.settle()
        while self.push.came:
            await self._shown(*self.push.came.pop())
        self.counted["stops of the clock"] += 1

    async def _shown(self, person: str, notice: Notice) -> None:
        """A browser whose page is closed shows the notice, and says so."""
        self.counted["notices in a closed page"] += 1
        if notice.reply is not None:
            body = {"token": notice.reply, "stage": "shown", "subscription": self.push.subscribed[person]}
            answer = await self.http.post("/api/push/replies", json=body)
            assert answer.is_success, answer.text
            await self.settle()

    async def is_away(self, seconds: float) -> None:
        """The hub is killed, and so much later it runs again; devices come back that worked."""
        working = [phone for phone in self.phones.values() if phone.works]
        killed_at = self.clock.now()
        await self.is_killed()
        self.clock.advance(seconds)
        await self.starts()
        self.down.append((killed_at, self.clock.now()))
        await self.settle()
        for phone in working:
            await phone.connects(phone.cursor)
        self.counted["restarts of the hub"] += 1

    def latest(self, due: datetime) -> datetime:
        """The latest moment at which what was due may be done: a look after it can be."""
        return self.possible(due) + A_LOOK

    def possible(self, due: datetime) -> datetime:
        """The first moment from `due` on at which the hub is there to do it."""
        for killed_at, back_at in self.down:
            if killed_at <= due < back_at:
                due = back_at
        return due


W = TypeVar("W", bound=Ward)


@asynccontextmanager
async def a_ward(
    folder: Path, template: Path, at: datetime, channels: Sequence[Channel], site: str, rules: str
) -> AsyncIterator[Ward]:
    """A ward that is set up, and whose hub runs until the block ends."""
    async with quietly(Ward(folder, template, at, channels)) as ward:
        await ward.is_set_up(site, rules)
        yield ward


@asynccontextmanager
async def quietly(ward: W) -> AsyncIterator[W]:
    """The hub runs until the block ends, and its log must hold no complaint."""
    with capture_logs() as logs:
        await ward.starts()
        try:
            yield ward
        finally:
            await ward.stops()
    complaints: Sequence[object] = [line for line in logs if line["log_level"] not in ("debug", "info")]
    assert not complaints, complaints[:3]
