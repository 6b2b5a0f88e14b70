"""Sends push messages through a service that refuses, delays, cuts or loses one in five; counts whom nobody reached.

python -m tests.faults.rude --sends 5000 --seed 1
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import monotonic

from tests.faults.outside import PATIENCE, RUDE, Came, How, Send
from tests.faults.pushed import Colleague, House, house, rules
from tests.faults.report import ends, table

# Seconds, in the rule that the house lives by.
RECEIPT_WITHIN = 3
# The next channel's message must have come so soon after the missing receipt was due.
PROMISE = 3.0
RUDELY = 0.2
# Nothing is tried again sooner, by the service's own Retry-After.
SOONEST_AGAIN = 1.0
# The hub says when an alarm was raised in milliseconds.
CLOCKS = 0.01
PEOPLE = 40
# Between presses; everything about one alarm is over after TAIL.
PACE = 1.5
TAIL = 16.0
# Until the person looks at the page again, which subscribes anew by itself.
BACK_AFTER = 1.0


def colleagues(count: int) -> list[Colleague]:
    """Most have one browser and a phone; of ten, one has two browsers and two have no phone."""
    found = []
    for number in range(count):
        phone = None if number % 10 in (3, 7) else f"+45{20_000_000 + number}"
        found.append(Colleague(f"vagt{number}", phone, browsers=2 if number % 10 == 5 else 1))
    return found


@dataclass
class Report:
    """What a run found; it is good when `faults` and `untimely` are empty."""

    alarms: int = 0
    sends: int = 0
    again: int = 0
    how: Counter[How] = field(default_factory=Counter)
    told: int = 0
    two_channels: int = 0
    unreached: int = 0
    one_channel_unreached: int = 0
    texts: int = 0
    calls: int = 0
    late: list[float] = field(default_factory=list)
    late_calls: list[float] = field(default_factory=list)
    needless: int = 0
    copies: int = 0
    twice: int = 0
    receipts: int = 0
    took: float = 0
    journal: str = ""
    faults: list[str] = field(default_factory=list)
    untimely: list[str] = field(default_factory=list)
    """Apart from the faults, since a machine that is busy with much else makes everything late."""

    def table(self) -> str:
        """The run in a few lines."""
        rude = sum(self.how[how] for how in RUDE)
        told = {
            "alarms": f"{self.alarms}, in {self.took:.0f} s",
            "push messages sent": f"{self.sends}, and {self.again} tried again",
            **{f"  {how}": str(self.how[how]) for how in How},
            "treated rudely": f"{rude}, {100 * rude / max(1, self.how.total()):.1f} %",
            "people told": f"{self.told}, {self.two_channels} of them by two channels or more",
            "two channels, reached by none": str(self.unreached),
            "push alone, reached by nothing": f"{self.one_channel_unreached} (no second channel to go to)",
            "text messages after a missing receipt": str(self.texts),
            "  after it was due": _seconds(self.late),
            "calls after that": str(self.calls),
            "  after they were due": _seconds(self.late_calls),
            "sent although the receipt was in": str(self.needless),
            "copies that came to a device again": str(self.copies),
            "shown twice on a device": str(self.twice),
            "receipts that the hub confirmed": str(self.receipts),
            "journal": self.journal,
            "faults": str(len(self.faults)),
            "too late or too early": str(len(self.untimely)),
        }
        return table(told)


def _seconds(late: list[float]) -> str:
    return f"median {median(late or [0]):.3f} s, longest {max(late, default=0):.3f} s (at most {PROMISE:g} s)"


class Run:
    """One house, and alarms at a steady pace."""

    def __init__(self, place: House, sends: int, seed: int, tail: float) -> None:
        self._house, self._sends, self._seed, self._tail = place, sends, seed, tail
        self._order: dict[str, int] = {}
        self._raised_at: dict[str, float] = {}
        self._renewing: set[asyncio.Task[None]] = set()
        self._report = Report()
        place.push.manner, place.push.lost = self._manner, self._lost
        place.push.late_after = RECEIPT_WITHIN + 1.5

    def _manner(self, send: Send) -> How:
        """The same for the same seed, in whatever order the messages come."""
        assert send.alarm is not None
        who = self._house.owner(send.browser).person
        which = self._house.workers[who].index(self._house.owner(send.browser))
        dice = random.Random(f"{self._seed} {self._order[send.alarm]} {who} {which} {send.attempt}")
        return dice.choice(RUDE) if dice.random() < RUDELY else How.TAKEN

    def _lost(self, browser: str) -> None:
        """The subscription is dead, until its owner looks at the page again."""

        async def renew() -> None:
            await asyncio.sleep(BACK_AFTER)
            await self._house.subscribe(self._house.owner(browser))

        if self._house.owner(browser).endpoint.endswith(f"/{browser}"):
            task = asyncio.create_task(renew())
            self._renewing.add(task)
            task.add_done_callback(self._renewing.discard)

    async def go(self) -> Report:
        began = monotonic()
        async with asyncio.TaskGroup() as group:
            while sum(send.attempt == 1 for send in self._house.push.sends) < self._sends:
                group.create_task(self._one_alarm(len(self._order)))
                await asyncio.sleep(PACE)
        busy = [task for worker in self._house.all_workers for task in worker.busy]
        await asyncio.gather(*busy, *self._renewing)
        self._report.took = monotonic() - began
        self._judge()
        return self._report

    async def _one_alarm(self, number: int) -> None:
        alarm = self._house.new_alarm()
        self._order[alarm] = number
        self._raised_at[alarm] = await self._house.press(alarm)
        await asyncio.sleep(self._tail)
        await self._house.all_clear(alarm)

    def _judge(self) -> None:
        report, place = self._report, self._house
        sends = place.push.sends
        report.alarms, report.how = len(self._order), Counter(send.how for send in sends)
        report.sends = sum(send.attempt == 1 for send in sends)
        report.again = len(sends) - report.sends
        for alarm, raised_at in self._raised_at.items():
            firsts: dict[str, list[Send]] = {who: [] for who in place.people}
            for send in sends:
                if send.alarm == alarm and send.attempt == 1:
                    firsts[place.owner(send.browser).person].append(send)
            for who in place.people:
                self._judge_one(alarm, who, *_due(raised_at, firsts[who]))
        for worker in place.all_workers:
            report.twice += worker.twice
            report.copies += worker.came.total() - len(worker.came)
            report.receipts += len(worker.confirmed_at)
            report.faults += worker.gave_up
        if report.twice:
            report.faults.append(f"{report.twice} notices were shown twice on one device")
        report.faults += place.objections()

    def _judge_one(self, alarm: str, who: str, due: float, call_due: float) -> None:
        report, place = self._report, self._house
        confirmed = min(
            (one.confirmed_at[alarm] for one in place.workers[who] if alarm in one.confirmed_at), default=None
        )
        shown = any(alarm in one.shown_at for one in place.workers[who])
        text, call = (_first(found, alarm, who) for found in (place.sms.came, place.voice.came))
        report.told += 1
        if place.people[who].phone is None:
            report.one_channel_unreached += not shown
            return
        report.two_channels += 1
        if not shown and text is None and call is None:
            report.unreached += 1
            report.faults.append(f"{who} was reached by nothing about {alarm}")
        report.texts += text is not None
        report.calls += call is not None
        for came, when, lates in ((text, due, report.late), (call, call_due, report.late_calls)):
            if confirmed is not None and confirmed <= when and (came is None or came > confirmed):
                if came is not None:
                    report.needless += 1
                    report.faults.append(f"{who}, {alarm}: the next channel fired although the receipt was in")
                continue
            # A receipt that comes while the next channel is on its way may still stop it; neither may be late.
            late = min(one for one in (came, confirmed, float("inf")) if one is not None) - when
            lates.append(late)
            if late > PROMISE or (came is not None and came < when - CLOCKS):
                report.untimely.append(f"{who}, {alarm}: the next channel came {late:.3f} s after the receipt was due")
        report.faults += [
            f"{who} got {len(found.came[alarm, who])} messages of one kind about {alarm}"
            for found in (place.sms, place.voice)
            if len(found.came[alarm, who]) > 1
        ]


def _due(raised_at: float, firsts: list[Send]) -> tuple[float, float]:
    """When the text message's turn is, and the call's: at once after a refusal by all browsers, else in their time."""
    latest = raised_at + RECEIPT_WITHIN
    # A browser that was subscribed anew meanwhile is only there from the next try on.
    firsts = [send for send in firsts if send.at < firsts[0].at + SOONEST_AGAIN]
    refused = [send.refused_at for send in firsts if send.refused_at is not None]
    hung = sum(send.how is How.SLOW for send in firsts)
    due = min(latest, max(refused, default=raised_at)) if len(refused) == len(firsts) else latest
    # A service that hangs is given up when the text message has long gone: then it is the call that comes sooner.
    given_up = hung and len(refused) + hung == len(firsts)
    return due, min(due + RECEIPT_WITHIN, raised_at + PATIENCE) if given_up else due + RECEIPT_WITHIN


def _first(found: Came, alarm: str, who: str) -> float | None:
    return min(found.get((alarm, who), ()), default=None)


async def run(folder: Path, sends: int, seed: int, tail: float = TAIL) -> Report:
    """Sets a house up in the folder and sends so many push messages."""
    async with house(folder, colleagues(PEOPLE), rules('"push", "sms", "voice"', RECEIPT_WITHIN)) as place:
        report = await Run(place, sends, seed, tail).go()
        report.journal, faults = await ends(place.hub)
        report.faults += faults
    return report


def main() -> int:
    """Runs from the command line; exit code 0 if everybody was reached, in time, and by no more than it took."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.rude", description=__doc__)
    parser.add_argument("--sends", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), wanted.sends, wanted.seed))
    sys.stdout.write(report.table() + "\n")
    faults = [*report.faults, *report.untimely]
    sys.stdout.writelines(f"FAULT {fault}\n" for fault in faults[:50])
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
