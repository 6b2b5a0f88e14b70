"""From press to screen: what the hub takes, beside what the machine itself takes in the same run."""

import argparse
import gc
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .asking import add_where, ended, settled, told
from .bareprocess import reference
from .hubprocess import stay_on
from .nodes import Nodes, over_all, serving
from .phases import Single, idle_kib, saturate, single, steady
from .report import Report, percentile
from .rounds import HttpCaller, Raiser, Sample, all_clear, one_alarm
from .site import BigSite
from .swarm import LightClient, Swarm, allow_many_files

WARM_UP = 50  # rounds before anything counts
ROUNDS_A_SECOND = 8


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.latency", description=__doc__)
    parser.add_argument("--devices", type=int, default=1000, help="connected devices, responders included")
    parser.add_argument("--responders", type=int, default=20, help="on duty where the alarms are")
    parser.add_argument("--raisers", type=int, default=32, help="devices that press")
    parser.add_argument("--rate", type=float, default=50, help="alarms a second in the steady part; 0 leaves it out")
    parser.add_argument("--seconds", type=float, default=20, help="length of each part")
    parser.add_argument("--over", choices=("socket", "http"), default="socket")
    parser.add_argument("--saturate", action="store_true", help="also as many alarms as the hub will take")
    parser.add_argument("--window", type=int, default=4, help="presses under way for each raiser when saturating")
    parser.add_argument("--idle", type=int, default=0, help="also the memory of this many idle connections")
    add_where(parser)
    asked = settled(parser.parse_args(words))
    if asked.devices < asked.responders or asked.rate < 0 or asked.seconds <= 0:
        parser.error("--devices must be at least --responders, --rate at least 0 and --seconds more than 0")
    return asked


async def measure(asked: argparse.Namespace) -> Report:
    """Sets up a site, starts the hubs, and runs every part that was asked for."""
    report = Report(told(asked))
    report.asked["open files"] = allow_many_files()
    stay_on(asked.own_core)
    site = BigSite(asked.responders, max(asked.devices - asked.responders, asked.idle), asked.raisers)
    with tempfile.TemporaryDirectory(prefix="latency-", dir=asked.data) as folder:
        async with (
            serving(Path(folder), [site], nodes=asked.nodes, database=asked.database, cores=asked.hub_cores) as on,
            over_all(on.urls) as connect,
            Swarm(on.urls[0]) as swarm,
        ):
            tokens = on.tokens[0]
            await swarm.connect(
                [tokens[site.responding[0]]]
            )  # what the first connection alone costs is not idle memory
            if asked.idle:
                each = await idle_kib(on.hubs[0], swarm, [tokens[device] for device in site.idling[: asked.idle]])
                report.figure(f"memory of each of {asked.idle} idle connections", each, "KiB", 30)
            swarm.leave(swarm.clients)
            responders = await connect([tokens[device] for device in site.responding])
            await connect([tokens[device] for device in site.idling[: asked.devices - asked.responders]])
            raisers = await _raisers(on.urls[0], swarm, [tokens[device] for device in site.raising], asked.over)
            await _alarms(asked, report, on, raisers, responders)
    return report


async def _alarms(
    asked: argparse.Namespace, report: Report, on: Nodes, raisers: list[Raiser], responders: list[LightClient]
) -> None:
    frame_bytes = await _warm_up(raisers, responders)
    report.asked["frame bytes"] = frame_bytes
    async with reference(asked.hub_cores[0], on.hubs[0].data, frame_bytes, len(responders)) as bare:
        for _ in range(WARM_UP):
            await one_alarm(bare.raiser, bare.responders)
        gc.collect()
        gc.disable()  # a pause of the measurer would look like one of the hub
        found = await single(on.hubs_ns, raisers, responders, bare, round(min(asked.seconds, 20) * ROUNDS_A_SECOND))
    _single(report, found, asked)
    if asked.rate:
        _steady(report, asked, await steady(raisers, responders, asked.rate, asked.seconds))
    if asked.saturate:
        costs = (on.hubs_ns, on.servers_ns)
        most = await saturate(raisers, responders, min(asked.seconds, 10), asked.window, costs)
        least = 1500 if asked.over == "socket" and asked.database == "sqlite" else None
        report.figure("alarms a second at saturation", most.accepted / most.seconds, "/s", least, at_least=True)
        for who, cost in zip(("hubs", "servers"), most.costs, strict=True):
            report.figure(f"processor time of the {who}, an alarm", cost / most.accepted / 1e6, "ms")
        report.figure("the measurer's own share of its core then", most.generator_cpu * 100, "%")
    gc.enable()


def _steady(report: Report, asked: argparse.Namespace, samples: Sequence[Sample]) -> None:
    report.samples(f"{asked.rate:g}/s", samples)
    last = [sample.last for sample in samples]
    alone = asked.database == "sqlite"
    accepted = percentile([sample.accepted for sample in samples], 99) / 1e6
    report.figure(f"{asked.rate:g}/s: accepted p99", accepted, "ms", 100)
    report.figure(f"{asked.rate:g}/s: last shown p50", percentile(last, 50) / 1e6, "ms", 2 if alone else None)
    report.figure(f"{asked.rate:g}/s: last shown p99", percentile(last, 99) / 1e6, "ms", 25 if alone else 500)


def _single(report: Report, found: Single, asked: argparse.Namespace) -> None:
    report.samples("single", found.hub)
    report.spread("reference: press → shown, last", [sample.last for sample in found.bare])
    report.spread("reference: fdatasync of 1 KB", found.sync)
    last, bare = (percentile([one.last for one in series], 50) for series in (found.hub, found.bare))
    accepted = percentile([one.accepted for one in found.hub], 50)
    messages = len(found.hub) * asked.responders
    most = 2.5 if asked.over == "socket" else 3.0
    report.figure("last shown p50 / reference", last / bare, "×", most if asked.database == "sqlite" else None)
    report.figure("last shown p50 / fdatasync", last / percentile(found.sync, 50), "×")
    report.figure("accepted p50 / last shown p50", accepted / last, "×", 1.05 if asked.database == "sqlite" else None)
    report.figure("hub's processor time a message", found.hub_cpu / messages / 1e3, "µs")
    report.figure("reference's processor time a message", found.bare_cpu / messages / 1e3, "µs")
    report.figure("hub / reference, processor time a message", found.hub_cpu / found.bare_cpu, "×")
    many = 1.25 if asked.responders >= 1000 else None
    report.figure("all clear: hub's processor time a message", found.clear_cpu / messages / 1e3, "µs")
    report.figure("all clear: hub / reference", found.clear_cpu / found.bare_cpu, "×", many)


async def _raisers(url: str, swarm: Swarm, tokens: Sequence[str], over: str) -> list[Raiser]:
    sockets = await swarm.connect(tokens)
    if over == "socket":
        return [Raiser(socket) for socket in sockets]
    return [Raiser(socket, HttpCaller(url, socket.token)) for socket in sockets]


async def _warm_up(raisers: Sequence[Raiser], responders: Sequence[LightClient]) -> int:
    """Runs rounds that do not count; the size of the hub's real frame."""
    size = 0
    for number in range(WARM_UP):
        raiser = raisers[number % len(raisers)]
        alarm, sample = await one_alarm(raiser, responders)
        await all_clear(raiser, responders, alarm)
        size = sample.size
    return size


def main(words: Sequence[str] | None = None) -> int:
    """Measures and prints; 0 if every budget that applies was kept."""
    return ended(_arguments(words), measure)


if __name__ == "__main__":
    sys.exit(main())
