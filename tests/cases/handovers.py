"""Hands thousands of records over to a case system that misbehaves, while what carries them is killed, and judges.

python -m tests.cases.handovers --count 10000 --kills 100 --seed 1              one hub over SQLite
python -m tests.cases.handovers --cluster --count 10000 --kills 100 --seed 1    a hub and a worker over PostgreSQL
python -m tests.cases.handovers --way sf1470 (or oio_rest, dokument)            to a system of another kind

The case system answers late, twice, out of order and not at all, refuses, breaks off, and is killed too. What it took
it keeps in books of its own, and what becomes of each record is drawn from the record's name alone: those books, that
draw and the hub's register are held against each other. Each record must be in the case system once or on a person's
desk with a reason, and on a desk only if the case system would not have it. Exit code 1 if one is not.
"""

import argparse
import asyncio
import random
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from time import monotonic

from clients.demo.child import free_port
from clients.demo.hubchild import HubChild, HubDidNotStart, WorkerChild
from clients.demo.servers import PostgresServer
from clients.demo.standinchild import Receipts, StandInChild
from clients.standins import books
from clients.standins.fordeling import ACCEPTED
from clients.standins.mischief import Mischief
from hub.cases.register import LONGEST_WAIT
from hub.ports import sent_as
from hub.storage.backup import move_up
from hub.storage.vault import open_vault
from tests.cases.bulk import HOME, MUNICIPALITY, furnished
from tests.cases.evidence import DESK, Evidence, standing
from tests.cases.ways import WAYS, By, connected
from tests.faults.ordeal import spread
from tests.faults.report import ends, table

# A machine may have much else to do.
READY_WITHIN = 600.0
# So long nothing may happen before a run is said to stand still: what failed again and again waits that long.
STANDSTILL = (LONGEST_WAIT + timedelta(minutes=5)).total_seconds()


@dataclass
class Machines:
    """What carries the records, what takes them, and where what became of them can be read."""

    carriers: dict[str, HubChild]
    service: StandInChild
    url: str

    def child(self, name: str) -> HubChild | StandInChild:
        return self.carriers.get(name) or self.service


@dataclass
class Report:
    """What a run did and found; it is good when `faults` is empty."""

    count: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    starts: list[float] = field(default_factory=list)
    seconds: float = 0.0
    ended: Counter[str] = field(default_factory=Counter)
    came_again: int = 0
    journal: str = ""
    faults: list[str] = field(default_factory=list)

    def table(self) -> str:
        return table(
            {
                "hand-overs": str(self.count),
                "kills with SIGKILL": ", ".join(f"{name} {times}" for name, times in sorted(self.kills.items())) or "0",
                "start to ready": spread(self.starts),
                "seconds until the last had ended": f"{self.seconds:.0f}",
                "ended": ", ".join(f"{name} {times}" for name, times in sorted(self.ended.items())),
                "handed over again under the same name": str(self.came_again),
                "journal": self.journal,
                "faults": str(len(self.faults)),
            }
        )


@asynccontextmanager
async def machines(folder: Path, count: int, seed: int, by: By, *, cluster: bool) -> AsyncIterator[Machines]:
    """Sets everything up; nothing of it runs yet but the database's server."""
    async with AsyncExitStack() as stack:
        settings = {"HUB_OUTBOUND_LOOPBACK": "yes"}
        hub = HubChild(folder / "hub", settings=settings, ready_within=READY_WITHIN)
        site = folder / "site.toml"
        site.write_text(HOME.toml, encoding="utf-8")
        await hub.setup(site)
        await furnished(hub.data, count, seed, datetime.now(UTC), by.practice)
        port, secret = free_port(), secrets.token_urlsafe(24)
        (folder / "secret").write_text(secret, encoding="utf-8")
        credential = await connected(hub, folder, port, secret, by)
        url, carriers = f"sqlite+aiosqlite:///{hub.data / 'hub.db'}", {"hub": hub}
        if cluster:
            server = await stack.enter_async_context(PostgresServer(folder / "postgres"))
            await server.create("hub")
            url = server.url("hub")
            await move_up(hub.data / "hub.db", url)
            settings |= {"HUB_DATABASE_URL": url}
            worker = WorkerChild(folder / "worker", settings=settings, ready_within=READY_WITHIN)
            copytree(hub.data / "keys", worker.data / "keys")
            hub = HubChild(hub.data, settings=settings, ready_within=READY_WITHIN)
            carriers = {"hub": hub, "worker": worker}
        told = Receipts(f"{hub.url}/api/cases/receipts", credential) if credential is not None else None
        kind = by.target.value
        service = StandInChild(folder, port, MUNICIPALITY, told, kind=kind, mischief=seed, ready_within=READY_WITHIN)
        for child in (*carriers.values(), service):
            stack.push_async_callback(child.kill)
        yield Machines(carriers, service, url)


class Run:
    """Somebody with a hammer, and somebody who looks how far it has come."""

    def __init__(self, machines: Machines, by: By, count: int, kills: int, seed: int) -> None:
        self._machines, self._by, self._kills, self._report = machines, by, kills, Report(count)
        self._dice, self._seed = random.Random(seed), seed
        # How much of all is recorded and has ended: the kills are spread over all of it.
        self._way_gone = 0.0

    async def go(self) -> Report:
        began = monotonic()
        await asyncio.gather(*(self._starts(name) for name in (*self._machines.carriers, "service")))
        struck = asyncio.create_task(self._strikes())
        await self._until_all_ended(struck)
        with suppress(asyncio.CancelledError):
            await struck
        self._report.seconds = monotonic() - began
        self._report.journal, faults = await ends(*reversed(self._machines.carriers.values()))
        await self._machines.service.stop()
        self._report.faults += faults
        self._judge(await Evidence.read(self._machines.url, open_vault(self._machines.carriers["hub"].data)))
        return self._report

    async def _starts(self, name: str) -> None:
        began = monotonic()
        await self._machines.child(name).start()
        if name in self._machines.carriers:
            self._report.starts.append(monotonic() - began)

    async def _strikes(self) -> None:
        """Kills those that carry so many times, and the service beside it, now and then two at once."""
        carriers = list(self._machines.carriers)
        while (killed := sum(self._report.kills[name] for name in carriers)) < self._kills:
            await asyncio.sleep(self._dice.uniform(0.3, 3))
            if self._way_gone < killed / self._kills:
                continue
            victims = {self._dice.choice(carriers)}
            if self._dice.random() < 0.25:
                victims.add("service")
            for name in sorted(victims):
                self._report.kills[name] += 1
                await self._machines.child(name).kill()
            if self._dice.random() < 0.1:
                await self._killed_while_starting(min(victims & set(carriers)))
            await asyncio.gather(*(self._starts(name) for name in victims))

    async def _killed_while_starting(self, name: str) -> None:
        starting = asyncio.ensure_future(self._starts(name))
        await asyncio.sleep(self._dice.uniform(0.2, 1.5))
        self._report.kills[name] += 1
        await self._machines.child(name).kill()
        await asyncio.gather(starting, return_exceptions=True)
        if starting.exception() is not None and not isinstance(starting.exception(), HubDidNotStart):
            await starting

    async def _until_all_ended(self, struck: asyncio.Task[None]) -> None:
        before, since = "", monotonic()
        while True:
            stands = await standing(self._machines.url)
            ended = sum(stands[answer] for answer in (ACCEPTED, *DESK))
            self._way_gone = (stands.total() + ended) / (2 * self._report.count)
            over = ended == self._report.count and struck.done()
            if over and not (self._by.tells_later and books.owed(self._machines.service.books)):
                return
            if struck.done() and struck.exception() is not None:
                return
            if (now := str(dict(sorted(stands.items())))) != before:
                before, since = now, monotonic()
                sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {dict(self._report.kills)} {before}\n")
            elif monotonic() - since > STANDSTILL:
                self._report.faults.append(f"stood still for {STANDSTILL:.0f} s: {before}")
                struck.cancel()
                return
            await asyncio.sleep(2)

    def _judge(self, evidence: Evidence) -> None:
        report, taken = self._report, books.taken(self._machines.service.books)
        there, names = Counter(one.id for one in taken), Counter(one.transaction for one in taken)
        report.came_again = books.notes(self._machines.service.books)[books.AGAIN]
        report.ended = Counter(str(answer) for answer in evidence.answers.values())
        if len(evidence.answers) != report.count:
            report.faults.append(f"{report.count - len(evidence.answers)} incidents have no record: they were lost")
        report.faults += [f"{name} was taken {times} times" for name, times in names.items() if times > 1]
        report.faults += [f"{one} is there, and nobody sent it" for one in there if one not in evidence.answers]
        fate = Mischief(self._seed).fate
        for which, answer in evidence.answers.items():
            wanted = fate(sent_as(which, 1)).accepted
            report.faults += _faults(which, answer, there[which], wanted, evidence)


def _faults(which: str, answer: str | None, there: int, wanted: bool, evidence: Evidence) -> Iterator[str]:
    """What is wrong with one record, as the register, the journal, the case system's books and its fate have it."""
    accepted = evidence.accepted_rows.get(which, Counter())
    if answer not in (*DESK, ACCEPTED):
        yield f"{which} stands at {answer}"
    if answer in DESK and not evidence.reasons.get(which):
        yield f"{which} is on a desk without a reason"
    if answer == ACCEPTED and there != 1:
        yield f"{which} is in the case system {there} times"
    if there > 1 or accepted.total() != (answer == ACCEPTED):
        yield f"{which} was doubled: there {there} times, accepted {accepted.total()} times in the journal"
    if (answer == ACCEPTED) is not wanted:
        yield f"{which} ended here otherwise than there: {answer}, {evidence.reasons.get(which, '')}"


async def run(folder: Path, by: By, count: int, kills: int, seed: int, *, cluster: bool = False) -> Report:
    """Sets everything up in the folder, and goes on until each record has ended."""
    async with machines(folder, count, seed, by, cluster=cluster) as made:
        return await Run(made, by, count, kills, seed).go()


def main() -> int:
    """Runs from the command line; exit code 0 if none was lost, doubled or left."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m tests.cases.handovers", description=__doc__, formatter_class=form)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--way", choices=WAYS, default="journalpost", help="where to, and as what")
    parser.add_argument("--cluster", action="store_true", help="a hub and a worker over PostgreSQL, and not one alone")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tryghedshub-handovers-") as folder:
        going = run(Path(folder), WAYS[wanted.way], wanted.count, wanted.kills, wanted.seed, cluster=wanted.cluster)
        report = asyncio.run(going)
    sys.stdout.write(report.table() + "\n")
    sys.stdout.writelines(f"FAULT {fault}\n" for fault in report.faults[:50])
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
