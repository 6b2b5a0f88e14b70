"""Kills the hub between a send and its receipt, and shows that nobody was left untold and nothing was shown twice.

python -m tests.faults.between --kills 100 --seed 1
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, time

from websockets.asyncio.client import ClientConnection

from tests.faults.crowd import Address, Frame, Listener
from tests.faults.evidence import SECOND, Evidence
from tests.faults.ordeal import looks
from tests.faults.outside import Moment
from tests.faults.pushed import Colleague, House, house, rules
from tests.faults.report import ends, table
from tests.faults.ward import device_of

# Seconds: longer than a hub takes to come back, so that a receipt that was repeated is in time.
RECEIPT_WITHIN = 8
# What is open longer has had every lease run out.
CLEARED_AFTER = 25.0
MOST_WAIT = 60.0
# What was on its way already when the receipt came in.
ON_ITS_WAY = 0.5

PEOPLE = [
    *(Colleague(f"live{number}", f"+452000010{number}", live=True) for number in range(3)),
    *(Colleague(f"lukket{number}", f"+452000020{number}") for number in range(3)),
    *(Colleague(f"uden{number}") for number in range(2)),
    Colleague("to", "+4520000300", browsers=2),
]


@dataclass
class Screen(Listener):
    """A page that is open: it comes back by its cursor, and says once more of what stands there that it is shown."""

    on_screen: set[str] = field(default_factory=set)
    connected: asyncio.Event = field(default_factory=asyncio.Event)

    async def _take(self, socket: ClientConnection, frame: Frame) -> None:
        if frame["type"] == "alarm" and frame["event"] == "raised":
            self.on_screen.add(frame["alarm"]["id"])
        await super()._take(socket, frame)
        if frame["type"] == "snapshot":
            for alarm in frame["alarms"]:
                if alarm["id"] in self.on_screen:
                    await socket.send(json.dumps({"type": "receipt", "alarm": alarm["id"], "stage": "shown"}))
            self.connected.set()


@dataclass
class Report:
    """What a run did and found; it is good when `faults` is empty."""

    kills: Counter[Moment] = field(default_factory=Counter)
    unprovoked: int = 0
    alarms: int = 0
    told: int = 0
    by: Counter[str] = field(default_factory=Counter)
    untold: int = 0
    messages: int = 0
    copies: int = 0
    twice: int = 0
    texts_twice: int = 0
    needless: int = 0
    receipts: int = 0
    receipts_lost: int = 0
    came_back: int = 0
    longest: float = 0
    longest_start: float = 0
    journal: str = ""
    faults: list[str] = field(default_factory=list)

    def table(self) -> str:
        """The run in a few lines."""
        told = {
            "kills with SIGKILL": str(self.kills.total()),
            **{f"  {moment}": str(self.kills[moment]) for moment in Moment},
            "  after all of it": str(self.unprovoked),
            "longest start until ready": f"{self.longest_start:.1f} s",
            "alarms": str(self.alarms),
            "people to tell": str(self.told),
            **{f"  told by {way}": str(count) for way, count in sorted(self.by.items())},
            "untold": str(self.untold),
            "longest until somebody was told": f"{self.longest:.1f} s",
            "push messages that devices got": f"{self.messages}, {self.copies} of them copies of one that had come",
            "shown twice on a device": str(self.twice),
            "text messages sent twice": f"{self.texts_twice} (the hub died while it sent them)",
            "sent although the receipt was in": str(self.needless),
            "receipts in the journal": f"{self.receipts}, {self.receipts_lost} missing",
            "open pages came back": f"{self.came_back} times",
            "journal": self.journal,
            "faults": str(len(self.faults)),
        }
        return table(told)


class Run:
    """One house, and somebody who strikes at chosen moments."""

    def __init__(self, place: House, seed: int) -> None:
        self._house, self._dice, self._report = place, random.Random(seed), Report()
        self._address = Address(place.hub.url)
        self._raised_at: dict[str, float] = {}
        self._cleared: set[str] = set()
        self._armed: tuple[Moment, int] | None = None
        self._struck = asyncio.Event()
        place.push.moment = self._moment
        for worker in place.all_workers:
            worker.telling = lambda: self._moment(Moment.TELLING)
        self._screens = [
            Screen(one.id, place.tokens[device_of(one.id)], self._address, random.Random(seed), comes=0)
            for one in place.people.values()
            if one.live
        ]

    async def go(self, kills: int) -> Report:
        self._address.up.set()
        async with asyncio.TaskGroup() as group:
            listening = [group.create_task(one.work()) for one in self._screens]
            for _ in range(kills):
                await self._one_kill(group)
                await self._clear(CLEARED_AFTER)
            await self._until(lambda: all(map(self._all_told, self._raised_at)) and not self._telling(), MOST_WAIT)
            await self._clear(0)
            for task in listening:
                task.cancel()
        return self._report

    async def _one_kill(self, group: asyncio.TaskGroup) -> None:
        for screen in self._screens:
            await screen.connected.wait()
        alarm, moment = self._house.new_alarm(), self._dice.choice(list(Moment))
        self._struck.clear()
        self._armed = moment, self._dice.randint(1, 5)
        pressing = group.create_task(self._house.press(alarm))
        await self._until(self._struck.is_set, within=5)
        if self._struck.is_set():
            self._report.kills[moment] += 1
        else:
            self._armed = None
            self._strike()
            self._report.unprovoked += 1
        self._address.up.clear()
        for screen in self._screens:
            screen.connected.clear()
        await self._house.hub.ended()
        began = monotonic()
        await self._house.hub.start()
        self._report.longest_start = max(self._report.longest_start, monotonic() - began)
        self._address.up.set()
        self._raised_at[alarm] = await pressing
        # Whom the receipt's time or a lease has yet to run out for is told while the next ones are.
        await self._until(lambda: not self._telling(), MOST_WAIT)

    def _moment(self, moment: Moment) -> None:
        """Strikes at the n-th such moment, at once or within some milliseconds."""
        if self._armed is None or self._armed[0] is not moment:
            return
        self._armed = (moment, self._armed[1] - 1)
        if self._armed[1]:
            return
        self._armed = None
        if self._dice.random() < 0.5:
            self._strike()
        else:
            asyncio.get_running_loop().call_later(self._dice.uniform(0, 0.02), self._strike)

    def _strike(self) -> None:
        os.kill(self._house.hub.pid, signal.SIGKILL)
        self._struck.set()

    async def _clear(self, older: float) -> None:
        now = time()
        for alarm, raised_at in self._raised_at.items():
            if alarm not in self._cleared and now - raised_at > older and self._all_told(alarm):
                await self._house.all_clear(alarm)
                self._cleared.add(alarm)

    async def _until(self, true: Callable[[], object], within: float) -> None:
        ends = monotonic() + within
        async for _ in looks():
            if true() or monotonic() > ends:
                return

    def _all_told(self, alarm: str) -> bool:
        return all(self._ways(alarm, who) for who in self._house.people)

    def _telling(self) -> bool:
        return any(worker.busy for worker in self._house.all_workers)

    def _ways(self, alarm: str, who: str) -> dict[str, float]:
        """How the person was told of the alarm, and when if that is known."""
        found = {}
        if any(one.person == who and alarm in one.on_screen for one in self._screens):
            found["the open page"] = 0.0
        seen = [one.shown_at[alarm] for one in self._house.workers[who] if alarm in one.shown_at]
        if seen:
            found["notification"] = min(seen)
        texts = self._house.sms.came.get((alarm, who))
        if texts:
            found["text message"] = min(texts)
        return found

    def judge(self) -> None:
        """What the house's devices and the hub's own journal say afterwards."""
        report, place = self._report, self._house
        evidence = Evidence.read(place.hub.data / "hub.db")
        heard: dict[tuple[str, str, str], float] = {}
        for row in evidence.rows:
            if row.event in ("received", "shown") and row.actor is not None:
                heard.setdefault((row.subject, row.actor, row.event), row.at / SECOND)
        report.alarms, report.receipts = len(self._raised_at), len(heard)
        for alarm in self._raised_at:
            for who in place.people:
                self._judge_one(alarm, who, heard)
        for screen in self._screens:
            report.came_back += screen.came_back - 1
            report.faults += screen.faults
            for first, last in screen.owed():
                missed = evidence.missed(screen.person, first, last, screen.heard)
                report.faults += [f"{screen.person} missed row {seq}" for seq in missed]
        for worker in place.all_workers:
            report.messages += worker.came.total()
            report.copies += worker.came.total() - len(worker.came)
            report.twice += worker.twice
            report.faults += worker.gave_up
        if report.twice:
            report.faults.append(f"{report.twice} notices were shown twice on one device")
        report.faults += place.objections()

    def _judge_one(self, alarm: str, who: str, heard: dict[tuple[str, str, str], float]) -> None:
        report = self._report
        ways = self._ways(alarm, who)
        report.told += 1
        report.by.update(ways.keys())
        if not ways:
            report.untold += 1
            report.faults.append(f"{who} was never told of {alarm}")
        if "the open page" not in ways:
            report.longest = max(report.longest, min(ways.values(), default=0) - self._raised_at[alarm])
        stages = [heard.get((alarm, who, stage)) for stage in ("received", "shown")]
        if ways.keys() - {"text message"} and None in stages:
            report.receipts_lost += 1
            report.faults.append(f"{who} had {alarm}, and its receipts in the journal are {stages}")
        first = min((at for at in stages if at is not None), default=float("inf"))
        for way in ("notification", "text message"):
            if ways.get(way, 0) > first + ON_ITS_WAY:
                report.needless += 1
                report.faults.append(f"{who} got a {way} of {alarm} {ways[way] - first:.1f} s after the receipt")
        texts = self._house.sms.came.get((alarm, who), [])
        # Killed between the gateway's yes and its own note of it, the hub must choose: twice, or perhaps never.
        report.texts_twice += len(texts) > 1


async def run(folder: Path, kills: int, seed: int) -> Report:
    """Sets a house up in the folder and kills its hub so many times."""
    async with house(folder, PEOPLE, rules('"live", "push", "sms"', RECEIPT_WITHIN)) as place:
        killing = Run(place, seed)
        report = await killing.go(kills)
        report.journal, faults = await ends(place.hub)
        report.faults += faults
        killing.judge()
    return report


def main() -> int:
    """Runs from the command line; exit code 0 if nobody was left untold and nothing was shown twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.between", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), wanted.kills, wanted.seed))
    sys.stdout.write(report.table() + "\n")
    sys.stdout.writelines(f"FAULT {fault}\n" for fault in report.faults[:50])
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
