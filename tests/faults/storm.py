"""Lets thousands of devices come back to a hub at once, and some of many read no more, and shows that nobody noticed.

python -m tests.faults.storm --sockets 10000 --among 1000 --stalled 50
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from time import monotonic

import httpx
import uvloop

from loadtests.hubprocess import HubProcess
from loadtests.rounds import Raiser, all_clear, new_alarm, one_alarm
from loadtests.site import BigSite
from loadtests.swarm import LightClient, NotConnected, Swarm, allow_many_files, split_frames
from tests.faults.report import ends, table
from tests.faults.ward import quick_in

# Devices in one house, and how many of them are on duty: every alarm in the house concerns those.
A_HOUSE = 1000
ON_DUTY = 100
# In each house: raised while everybody is away.
MISSED = 5
BACK_WITHIN = 45.0
MOST_MEMORY = 600
# Beside the devices: what the two processes have open themselves.
SPARE_FILES = 500
EVERY = 0.5
COMES_AGAIN_AFTER = 1.0
# Seconds, milliseconds and MiB that stalled readers may cost at most.
DROPPED_WITHIN, MORE_WAIT, MORE_MEMORY = 30.0, 100.0, 100.0
# Alarms before a figure is taken, and seconds between one and the next.
ROUNDS, PAUSE = 100, 0.02
ESTABLISHED = "01"


@dataclass
class Report:
    """What a run did and found; it is good when `faults` is empty."""

    told: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def table(self) -> str:
        """The run in a few lines."""
        return table(self.told | {"faults": str(len(self.faults))})

    def asks(self, name: str, value: float, most: float, unit: str) -> None:
        """Takes down a figure that must not be larger than `most`."""
        self.told[name] = f"{value:.2f} {unit} (at most {most:.0f})"
        if value > most:
            self.faults.append(f"{name}: {value:.2f} {unit}, and {most:.0f} at most is asked for")


@dataclass
class House:
    """One institution: its button, its devices, and the alarms that those on duty are owed."""

    button: str
    on_duty: Sequence[str]
    idle: Sequence[str]
    owed: list[str] = field(default_factory=list)


class Homecomer:
    """A device that comes back with its cursor, and what it is then told."""

    def __init__(self, owed: Sequence[str], client: LightClient) -> None:
        self._owed, self.client = owed, client
        self.cursor: int = json.loads(client.snapshot)["cursor"]
        self._back = asyncio.Event()
        self._heard = bytearray()
        self._more = asyncio.Event()
        self.refused = 0

    def hear(self, _client: LightClient, _at: int, data: bytes) -> None:
        """Takes down what comes; read is it when all are home."""
        self._heard += data
        self._more.set()

    async def comes(self, swarm: Swarm) -> None:
        """Connects with its cursor, as often as it takes: a crowd on one processor may be too slow for the door."""
        while not self._back.is_set():
            try:
                self.client = await swarm.come_back(self.client.token, self.cursor, self.hear)
                self._back.set()
            except (NotConnected, OSError):
                self.refused += 1
                await asyncio.sleep(COMES_AGAIN_AFTER)

    async def is_caught_up(self) -> None:
        """Waits until it has heard the newest alarm of this moment."""
        newest = self._owed[-1].encode() if self._owed else b""
        await self._back.wait()
        while newest not in self._heard:
            self._more.clear()
            await self._more.wait()

    def faults(self) -> Iterator[str]:
        """What it was not told, or wrongly."""
        first = json.loads(self.client.snapshot)
        if (first["type"], first.get("cursor")) != ("snapshot", self.cursor):
            yield f"a device that asked from {self.cursor} on got {first['type']} {first.get('cursor')}"
        frames = [json.loads(one) for one in split_frames(bytes(self._heard))[0]]
        events = [one for one in frames if one["type"] == "alarm"]
        cursors = [one["cursor"] for one in events]
        if cursors != sorted(set(cursors)) or (cursors and cursors[0] <= self.cursor):
            yield f"a device that asked from {self.cursor} on heard {cursors}"
        raised = [one["alarm"]["id"] for one in events if one["event"] == "raised"]
        if raised != list(self._owed):
            yield f"a device heard {len(raised)} alarms, and {len(set(self._owed) - set(raised))} are missing"


async def press(hub: HubProcess, house: House) -> None:
    """Raises an alarm in the house; once it is stored it is owed to everybody there."""
    alarm = new_alarm()
    headers = {"Authorization": f"Bearer {house.button}"}
    async with httpx.AsyncClient(base_url=hub.url, headers=headers, trust_env=False, timeout=60) as http:
        (await http.post("/api/alarms", json={"id": alarm, "kind": "alarm"})).raise_for_status()
    house.owed.append(alarm)


@asynccontextmanager
async def houses(folder: Path, sizes: Sequence[int]) -> AsyncIterator[tuple[HubProcess, list[House]]]:
    """A hub for institutions of these sizes, ready."""
    hub = HubProcess(folder / "data", settings=quick_in(folder))
    found = []
    for number, size in enumerate(sizes):
        site = BigSite(min(ON_DUTY, size), max(0, size - ON_DUTY))
        file = site.write(folder / str(number), datetime.now(UTC))
        text = file.read_text(encoding="utf-8").replace('"maaling"', f'"maaling-{number}"', 1)
        file.write_text(text, encoding="utf-8")
        tokens = await hub.setup(file)
        found.append(
            House(
                tokens[site.raising[0]], [tokens[one] for one in site.responding], [tokens[one] for one in site.idling]
            )
        )
    async with hub:
        yield hub, found


def most_memory(hub: HubProcess) -> float:
    """MiB that the hub's process has held at most since it was started."""
    status = Path(f"/proc/{hub.pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) / 1024


async def storm(folder: Path, sockets: int) -> Report:
    """The hub dies under so many devices, alarms are raised while they are away, and all come back at once."""
    report = Report()
    sizes = [min(A_HOUSE, sockets - first) for first in range(0, sockets, A_HOUSE)]
    async with houses(folder, sizes) as (hub, found), Swarm(hub.url) as swarm:
        home = await _at_home(swarm, found)
        swarm.leave([one.client for one in home])
        await hub.kill()
        await hub.start()
        for house in found:
            for _ in range(MISSED):
                await press(hub, house)
        report.told["devices"] = f"{len(home)} in {len(found)} institutions, {ON_DUTY} on duty in each"
        await _come_back(hub, swarm, found, home, report)
        report.asks("most memory of the hub", most_memory(hub), MOST_MEMORY, "MiB")
        report.told["handshakes that were refused and tried again"] = str(sum(one.refused for one in home))
        faults = [fault for one in home for fault in one.faults()]
        report.told["alarms raised before, and meanwhile"] = f"{MISSED * len(found)}, {_raised(found)}"
        report.told["devices that missed something"] = str(len(faults))
        report.faults += faults
        report.told["journal"], broken = await ends(hub)
        report.faults += broken
    return report


def _raised(found: Sequence[House]) -> int:
    return sum(len(house.owed) - MISSED for house in found)


async def _at_home(swarm: Swarm, found: Sequence[House]) -> list[Homecomer]:
    """All devices, connected in good order."""
    home: list[Homecomer] = []
    for house in found:
        for owed, tokens in ((house.owed, house.on_duty), ([], house.idle)):
            home += [Homecomer(owed, client) for client in await swarm.connect(tokens)]
    return home


async def _come_back(
    hub: HubProcess, swarm: Swarm, found: Sequence[House], home: Sequence[Homecomer], report: Report
) -> None:
    """All at once, while alarms are raised."""
    began, worked, over = monotonic(), hub.cpu_ns(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep_pressing(hub, found, over))
        for one in home:
            group.create_task(one.comes(swarm))
        await asyncio.gather(*(one.is_caught_up() for one in home))
        report.asks("all were caught up after", monotonic() - began, BACK_WITHIN, "s")
        # Not cut off: a press that nobody hears the answer of may be stored all the same.
        over.set()
    report.told["processor time of the hub for it"] = f"{(hub.cpu_ns() - worked) / 1e9:.2f} s"
    # Those that were raised last may be on their way still.
    await asyncio.gather(*(one.is_caught_up() for one in home))


async def _keep_pressing(hub: HubProcess, found: Sequence[House], over: asyncio.Event) -> None:
    for house in cycle(found):
        await press(hub, house)
        await asyncio.sleep(EVERY)
        if over.is_set():
            return


async def stall(folder: Path, among: int, stalled: int) -> Report:
    """Some of those on duty read no more; what it costs the others, and when the hub lets go of them."""
    report = Report()
    async with houses(folder, [among]) as (hub, (house,)), Swarm(hub.url) as swarm:
        (button,) = await swarm.connect([house.button])
        await swarm.connect(house.idle)
        on_duty = await swarm.connect(house.on_duty)
        lame, others, raiser = on_duty[:stalled], on_duty[stalled:], Raiser(button)
        await _alarms(raiser, on_duty, ROUNDS)
        before, held = await _alarms(raiser, others, ROUNDS), hub.rss_kib()
        ports = {one.transport.get_extra_info("sockname")[1] for one in lame if one.transport is not None}
        began = monotonic()
        for one in lame:
            one.hold()
        during = await _alarms(raiser, others, ROUNDS)
        while ports & connected(hub.port) and monotonic() - began < 2 * DROPPED_WITHIN:
            during += await _alarms(raiser, others, 5)
        report.told["stalled"] = f"{len(lame)} of {len(on_duty)} on duty, among {among} devices"
        report.asks("the last of them was let go after", monotonic() - began, DROPPED_WITHIN, "s")
        p99 = [quantiles(taken, n=100)[98] for taken in (before, during)]
        report.told["press to the last of the others, p99 before"] = f"{p99[0]:.1f} ms of {len(before)} alarms"
        report.asks("and how much more then", p99[1] - p99[0], MORE_WAIT, "ms")
        report.asks("more memory of the hub", most_memory(hub) - held / 1024, MORE_MEMORY, "MiB")
        report.told["journal"], broken = await ends(hub)
        report.faults += broken
    return report


async def _alarms(raiser: Raiser, responders: Sequence[LightClient], count: int) -> list[float]:
    """Milliseconds that each took to the last responder."""
    taken = []
    for _ in range(count):
        alarm, sample = await one_alarm(raiser, responders)
        taken.append(sample.last / 1e6)
        await all_clear(raiser, responders, alarm)
        await asyncio.sleep(PAUSE)
    return taken


def connected(port: int) -> set[int]:
    """The ports of those who are connected to this one, on this machine."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return {int(one[2][-4:], 16) for one in fields if int(one[1][-4:], 16) == port and one[3] == ESTABLISHED}


async def run(folder: Path, sockets: int, among: int, stalled: int) -> list[Report]:
    """Both, one after the other."""
    return [await storm(folder / "storm", sockets), await stall(folder / "stall", among, stalled)]


def main() -> int:
    """Runs from the command line; exit code 0 if nobody missed anything and all figures are as asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.storm", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sockets", type=int, default=10_000, help="devices that come back at once")
    parser.add_argument("--among", type=int, default=1_000, help="devices of which some stall")
    parser.add_argument("--stalled", type=int, default=50)
    wanted = parser.parse_args()
    if allow_many_files() < wanted.sockets + SPARE_FILES:
        sys.stderr.write("This system allows too few open files for so many devices: raise ulimit -n.\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        reports = uvloop.run(run(Path(folder), wanted.sockets, wanted.among, wanted.stalled))
    for report in reports:
        sys.stdout.write(report.table() + "\n\n")
        sys.stdout.writelines(f"FAULT {fault}\n" for fault in report.faults[:50])
    return 1 if any(report.faults for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
