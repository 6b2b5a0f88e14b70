"""Random situations, each told three times: by the dry run, by reach, and by the alarm itself.

`python -m tests.simulated.situations --count 200 --seed 1`
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from hub.alarms.alarm import Alarm
from hub.alarms.rulebooks import played
from hub.alarms.setting import Setting
from hub.cli.rules import scene_at
from hub.delivery.reach import Level
from hub.escalation.plan import Tell, told_by
from hub.escalation.rules import Step
from hub.escalation.simulate import Outcome, Row
from hub.people.access import Principal
from hub.people.site import Role, Site
from hub.ports import Channel, Notice
from hub.roster.shift import Duty, Shift, on_duty
from hub.settings import Settings
from hub.storage import journal, migrate
from hub.storage.journal import Entry
from tests.simulated.chance import PRESSED, WORKING, Situation, situation
from tests.simulated.dryrun import commanded, read_by_a_person
from tests.simulated.ward import A_LOOK, A_MOMENT, MEMORY, PushHouse, Ward, a_ward

BEFORE = timedelta(seconds=60)
CONFIRMS_AFTER = timedelta(seconds=0.5)
# Running the command itself takes longer than the situation.
EVERY_COMMAND = 10

Sent = tuple[datetime, str, str]


class Letterbox(PushHouse):
    """A channel of any name that keeps what was sent over it, and when."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.ward: Ward | None = None
        self.sent: list[tuple[datetime, str, str]] = []

    async def send(self, notice: Notice, address: str) -> str | None:
        assert self.ward is not None
        to = address.partition("/browser/")[2].partition('"')[0] if self.name == "push" else address
        self.sent.append((self.ward.clock.now(), notice.tag, to))
        return None


class Telling(NamedTuple):
    """Who is told so many seconds after the press."""

    after: float
    tell: tuple[Tell, ...]


@dataclass
class Found:
    """What the situations showed."""

    counted: Counter[str]
    faults: list[str]


class Trial:
    """One situation from the evening before to the last resort's second coming."""

    def __init__(self, seed: int, chance: Situation, ward: Ward, boxes: list[Letterbox]) -> None:
        self.seed = seed
        self.chance = chance
        self.ward = ward
        self.boxes = boxes
        self.heard: dict[str, list[datetime]] = {}
        self.confirmed: dict[str, list[datetime]] = {}
        self.setting: Setting
        self.shifts: Sequence[Shift] = ()

    async def faults(self) -> Iterator[str]:
        """Everything in which the three accounts differ."""
        await self._people_come()
        raiser = self.ward.phones[self.chance.pressed_on]
        which = str(await raiser.presses(self.chance.kind, **self._said()))
        alarm = await self.ward.alarm(which)
        rows = await self._dry_run(alarm)
        reach = await self._reach(alarm.unit)
        await self._runs(which, PRESSED + timedelta(seconds=rows[-1].after))
        async with self.ward.database.read() as tx:
            entries = await journal.about(tx, "house", which)
            site = await self.ward.services.sites.get(tx, "house")
        found = [*self._steps(rows, entries)]
        tellings = self._tellings(rows, entries, alarm)
        found += [*self._rerouted(tellings, entries), *self._screens(tellings, alarm)]
        found += self._sent(tellings, alarm, site)
        found += self._reached(reach, await self.ward.alarm(which))
        if self.seed % EVERY_COMMAND == 0 and alarm.unit in site.units:
            found += await self._command(rows, alarm, site)
        return iter(found)

    def _said(self) -> dict[str, Any]:
        return {"drill": self.chance.drill} | ({"place": self.chance.place} if self.chance.place else {})

    async def _people_come(self) -> None:
        """Phones connect and fall silent, browsers subscribe, and those who do tap their test."""
        ward, chance = self.ward, self.chance
        for person, state in chance.phones.items():
            if state != "off":
                await ward.phone(person).connects()
                ward.phone(person).taps = person in chance.proven
        for person in sorted(chance.subscribed):
            await self._subscribes(person)
        for person, state in chance.phones.items():
            if state == "silent":
                ward.phone(person).falls_silent()
        if not ward.phones[chance.pressed_on].connected:
            await ward.phones[chance.pressed_on].connects()
        await ward.stands_at(PRESSED - A_LOOK)
        await ward.stands_at(PRESSED)
        for phone in ward.phones.values():
            phone.forgets()
            phone.confirms_itself = False

    async def _subscribes(self, person: str) -> None:
        """A browser from a time when the hub had push, whether it has it now or not."""
        by = Principal("house", person, Role.STAFF, ())
        endpoint = f"https://push.example/browser/{person}"
        await self.ward.services.push.subscribe(by, person, endpoint, f'{{"endpoint": "{endpoint}"}}', "")

    async def _dry_run(self, alarm: Alarm) -> tuple[Row, ...]:
        """What the command would draw, read from the same file."""
        settings = Settings(self.ward.folder, self.ward.url)
        site, pressed, self.shifts = await scene_at(PRESSED.isoformat(), None, settings)
        assert pressed == PRESSED
        self.setting = Setting.of(site)
        return played(self.setting, self.shifts, pressed, alarm.unit, alarm.kind, alarm.raised_by, alarm.drill)

    async def _reach(self, unit: str | None) -> dict[str, str]:
        """What the hub answers to who would hear an alarm there now."""
        if unit is None:
            return {}
        leader = next(iter(self.chance.phones))
        answer = await self.ward.asks(leader, "GET", f"/api/reach?unit={unit}")
        people: dict[str, str] = {one["person"]: one["reach"] for one in answer.json()["people"]}
        assert answer.json()["reachable"] == sum(level != Level.NOT for level in people.values())
        return people

    async def _runs(self, which: str, end: datetime) -> None:
        """Time goes from due moment to due moment until the end, and phones confirm a little after they hear."""
        ward = self.ward
        self._hears(which)
        while True:
            due = ward.due()
            confirm = min((at for at in self._confirming() if at > ward.clock.now()), default=end)
            # What is looked for every second may be due already, and is done at the next look.
            at = min(end, confirm, end if due is None else due if due > ward.clock.now() else ward.clock.now() + A_LOOK)
            if ward.clock.now() < at - A_MOMENT:
                await ward.stands_at(at - A_MOMENT)
                self._hears(which)
            await ward.stands_at(at)
            self._hears(which)
            for person, moments in self.confirmed.items():
                if at in moments:
                    ward.phone(person).say({"type": "receipt", "alarm": which, "stage": "shown"})
            await ward.settle()
            if at >= end:
                return

    def _confirming(self) -> list[datetime]:
        return [at for moments in self.confirmed.values() for at in moments]

    def _hears(self, which: str) -> None:
        """What every screen has been shown since the last look, at this very moment."""
        now = self.ward.clock.now()
        for device, phone in self.ward.phones.items():
            for heard in phone.unread:
                if heard.frame["alarm"]["id"] == which and heard.frame["event"] in ("raised", "escalated"):
                    self.heard.setdefault(device, []).append(heard.at)
                    who = phone.owner
                    told = device == f"phone-{who}" and heard.frame["alarm"]["raised_by"] != who
                    if told and phone.works and who in self.chance.confirm:
                        self.confirmed.setdefault(who, []).append(now + CONFIRMS_AFTER)
            phone.unread.clear()

    # The three accounts, side by side.

    def _steps(self, rows: tuple[Row, ...], entries: list[Entry]) -> Iterator[str]:
        """Who was told at each step and when, by the journal, against the table."""
        told = [entry for entry in entries if entry.event in ("raised", "became_alarm", "escalated")]
        happened, passed = [], []
        for entry in told:
            after = (entry.at - PRESSED).total_seconds()
            passed += [(after, n) for n in entry.facts.get("passed", ())]
            happened.append((after, entry.facts["kind"], entry.facts["step"], tuple(entry.facts.get("told", ()))))
        said = [(row.after, row.kind, row.step, tuple(map(recipient, row.tell))) for row in taken(rows)]
        if happened != said:
            yield f"the table says {said}; what happened is {happened}"
        if passed != (by_table := [(row.after, row.step) for row in rows if row.outcome is Outcome.PASSED]):
            yield f"the table passes {by_table}; what happened is {passed}"

    def _tellings(self, rows: tuple[Row, ...], entries: list[Entry], alarm: Alarm) -> list[Telling]:
        """The table's rows, and whoever came on duty meanwhile whom the steps so far would have told."""
        news = [(entry.at - PRESSED).total_seconds() for entry in entries if entry.event == "rerouted"]
        found: list[Telling] = []
        steps: list[Step] = []
        for row in (*taken(rows), None):
            while news and (row is None or news[0] < row.after):
                found.append(Telling(news[0], self._newcomers(news.pop(0), steps, found, alarm)))
            if row is not None:
                steps = [self.setting.book.step(row.kind, n) for n in range(row.step + 1)]
                found.append(Telling(row.after, row.tell))
        return found

    def _newcomers(self, after: float, steps: list[Step], so_far: list[Telling], alarm: Alarm) -> tuple[Tell, ...]:
        told = {recipient(tell) for telling in so_far for tell in telling.tell}
        duty = Duty(on_duty(self.shifts, PRESSED + timedelta(seconds=after)))
        scene = self.setting.scene(alarm.unit, duty, alarm.raised_by, alarm.drill)
        new: dict[str, Tell] = {}
        for tell in (tell for step in steps for tell in told_by(step, scene)):
            if recipient(tell) not in told:
                new.setdefault(recipient(tell), tell)
        return tuple(new.values())

    def _rerouted(self, tellings: list[Telling], entries: list[Entry]) -> Iterator[str]:
        """Whom the journal calls newcomers, against those who are."""
        right = {one.after: sorted(map(recipient, one.tell)) for one in tellings}
        for entry in entries:
            if entry.event == "rerouted":
                after, told = (entry.at - PRESSED).total_seconds(), sorted(entry.facts["told"])
                if not told or told != right[after]:
                    yield f"newcomers {after} s after the press were {right[after]}; told were {told}"

    def _screens(self, tellings: list[Telling], alarm: Alarm) -> Iterator[str]:
        """Which devices showed it at each step: those of all told so far, the raiser's, and the unit's wallboards."""
        right: dict[str, list[datetime]] = {}
        so_far: set[str] = set()
        for telling in tellings:
            so_far |= {recipient(tell) for tell in telling.tell}
            for device, phone in self.ward.phones.items():
                screen = device.startswith("board") and device == f"board-{alarm.unit}"
                if phone.connected and (screen or {phone.owner, device} & (so_far | {alarm.raised_by})):
                    right.setdefault(device, []).append(PRESSED + timedelta(seconds=telling.after))
        if self.heard != right:
            yield f"screens showed it {self.heard}; those who were told have {right}"

    def _sent(self, tellings: list[Telling], alarm: Alarm, site: Site) -> Iterator[str]:
        """What left the house: each channel that reaches the person in its turn, until their device confirmed."""
        end = PRESSED + timedelta(seconds=tellings[-1].after)
        right = sorted(
            (at, channel, to)
            for telling in tellings
            for tell in telling.tell
            for at, channel, to in self._turns(tell, PRESSED + timedelta(seconds=telling.after), site)
            if at <= min(end, self._confirmed(recipient(tell), PRESSED + timedelta(seconds=telling.after)))
        )
        happened = sorted(
            (at, box.name, to) for box in self.boxes for at, tag, to in box.sent if tag == alarm.id and at <= end
        )
        if happened != right:
            yield f"sent were {sorted(set(happened) ^ set(right))} wrongly or not: {len(happened)} of {len(right)}"

    def _confirmed(self, who: str, told_at: datetime) -> datetime:
        """When their device has taken that telling upon itself, if ever."""
        return min((at for at in self.confirmed.get(who, ()) if at > told_at), default=datetime.max.replace(tzinfo=UTC))

    def _turns(self, tell: Tell, at: datetime, site: Site) -> Iterator[Sent]:
        for channel in tell.by:
            if channel == "live":
                if tell.contact or not self.ward.phone(tell.who).connected:
                    continue
            elif channel not in self.ward.ways or (to := self._address(tell, channel, site)) is None:
                continue
            else:
                yield at, channel, to
            at += timedelta(seconds=tell.receipt_within)

    def _address(self, tell: Tell, channel: str, site: Site) -> str | None:
        someone = site.contacts[tell.who] if tell.contact else site.people[tell.who]
        if channel == "push":
            return tell.who if not tell.contact and tell.who in self.chance.subscribed else None
        if channel == "webhook":
            return site.contacts[tell.who].webhook if tell.contact else None
        addresses = {"sms": someone.phone, "voice": someone.phone, "email": someone.email}
        # The common room needs no address of anybody's.
        return someone.email or tell.who if channel == "teams" else addresses.get(channel)

    def _reached(self, reach: dict[str, str], alarm: Alarm) -> Iterator[str]:
        """Of those on duty there who were told: whom reach counts has heard it, and the others have not."""
        pushed = {to for box in self.boxes if box.name == "push" for _, tag, to in box.sent if tag == alarm.id}
        for person, level in reach.items():
            if person not in alarm.told or person == alarm.raised_by:
                continue
            heard = self.ward.phone(person).works and f"phone-{person}" in self.heard
            if (level != Level.NOT) != (heard or person in pushed):
                yield f"reach says {level} of {person}, who heard it {heard}, by push {person in pushed}"

    async def _command(self, rows: tuple[Row, ...], alarm: Alarm, site: Site) -> list[str]:
        """What the command itself draws, as a person reads it."""
        raiser = alarm.raised_by if alarm.raised_by in site.people else None
        drawn = await commanded(self.ward, PRESSED, str(alarm.unit), alarm.kind, raiser, alarm.drill)
        names = {key: one.name for key, one in site.people.items()} | {
            key: one.name for key, one in site.contacts.items()
        }
        told = [(row.after, {names[tell.who] for tell in row.tell}) for row in rows if row.tell]
        read = read_by_a_person(drawn, set(names.values()))
        return [] if read == told else [f"the command draws {read}; what happens is {told}"]


def recipient(tell: Tell) -> str:
    return f"contact:{tell.who}" if tell.contact else tell.who


def taken(rows: tuple[Row, ...]) -> list[Row]:
    """The rows in which something happens."""
    return [row for row in rows if row.outcome is not Outcome.PASSED]


async def one(folder: Path, template: Path, seed: int) -> tuple[Situation, list[str]]:
    """One situation by its seed, and what is wrong with it."""
    chance = situation(seed)
    boxes = [Letterbox(name) for name in sorted(chance.channels)]
    channels: list[Channel] = [*boxes]
    async with a_ward(folder, template, PRESSED - BEFORE, channels, chance.site, chance.rules) as ward:
        for box in boxes:
            box.ward = ward
        faults = [*await Trial(seed, chance, ward, boxes).faults()]
    return chance, [f"situation {seed}: {fault}" for fault in faults]


async def many(folder: Path, template: Path, first: int, count: int) -> Found:
    """So many situations, from the first seed on."""
    found = Found(Counter(), [])
    for seed in range(first, first + count):
        chance, faults = await one(folder / f"situation-{seed}", template, seed)
        found.faults += faults
        found.counted += Counter(
            {
                "situations": 1,
                f"raised as {chance.kind}": 1,
                f"raised {'as practice' if chance.drill else 'in earnest'}": 1,
                f"raised on a {chance.pressed_on.partition('-')[0]}": 1,
                "devices that worked": [*chance.phones.values()].count(WORKING),
                "devices that were silent or off": len(chance.phones) - [*chance.phones.values()].count(WORKING),
                "channels that the hub had": len(chance.channels),
            }
        )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Holds the dry run, reach and what really happens side by side.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        template = Path(folder) / "empty.db"
        migrate.upgrade(template)
        began = time.perf_counter()
        found = uvloop.run(many(Path(folder), template, given.seed, given.count))
        seconds = time.perf_counter() - began
    sys.stdout.writelines(f"  {name:<56}{number:>10,}\n" for name, number in sorted(found.counted.items()))
    sys.stdout.write(f"\n{len(found.faults)} differences, {seconds:.1f} s\n")
    sys.stdout.writelines(f"  {fault}\n" for fault in found.faults[:50])
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
