"""The parts of a run: idle memory, single presses beside the reference, a steady rate, and saturation."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from time import perf_counter_ns, process_time_ns

from .bareprocess import Bare
from .hubprocess import HubProcess, cpu_ns
from .rounds import (
    ACCEPTED,
    CREATED,
    LONGEST,
    RAISED,
    RESOLVED,
    Raiser,
    RoundBroken,
    Sample,
    all_clear,
    new_alarm,
    one_alarm,
    resolve_frame,
)
from .swarm import LightClient, Log, Swarm, encoded, ignore, split_frames

_BATCH = 64
GAP = 0.05  # seconds between single presses: about ten cold alarms a second beside as many of the reference
_ID = re.compile(rb'"id":"([0-9a-f-]{36})"')


@dataclass(slots=True)
class Single:
    """Single presses on a quiet hub, hub and reference in turn."""

    hub: list[Sample] = field(default_factory=list)
    bare: list[Sample] = field(default_factory=list)
    sync: list[int] = field(default_factory=list)
    hub_cpu: int = 0
    clear_cpu: int = 0
    bare_cpu: int = 0


async def single(
    hub_ns: Callable[[], int], raisers: Sequence[Raiser], responders: Sequence[LightClient], bare: Bare, rounds: int
) -> Single:
    """Raises one alarm at a time and clears it again before the next, with the reference between."""
    found = Single()
    for raiser, _ in zip(cycle(raisers), range(rounds), strict=False):
        before = hub_ns()
        alarm, sample = await one_alarm(raiser, responders)
        await asyncio.sleep(GAP / 4)  # what the hub does after the last frame is part of the price
        found.hub_cpu += hub_ns() - before
        found.hub.append(sample)
        before = hub_ns()
        await all_clear(raiser, responders, alarm)
        await asyncio.sleep(GAP / 4)
        found.clear_cpu += hub_ns() - before
        await asyncio.sleep(GAP / 4)

        before = cpu_ns(bare.pid)
        _, sample = await one_alarm(bare.raiser, bare.responders)
        await asyncio.sleep(GAP / 4)
        found.bare_cpu += cpu_ns(bare.pid) - before
        found.bare.append(sample)
        found.sync.append(await bare.sync())
        await asyncio.sleep(GAP / 4)
    return found


async def steady(
    raisers: Sequence[Raiser], responders: Sequence[LightClient], rate: float, seconds: float, shown: Log | None = None
) -> list[Sample]:
    """Raises `rate` alarms a second whatever the hub does, and clears them all afterwards.

    Where responders hear more than alarms, `shown` is the log that they hand everything to already.
    """
    await asyncio.gather(*(raiser.ready() for raiser in raisers))
    accepted = Accepted(raisers)
    if shown is None:
        shown = Log()
        for client in responders:
            client.heard = shown
    alarms = [new_alarm() for _ in range(round(rate * seconds))]
    presses = [(alarm, one, one.prepared(alarm)) for alarm, one in zip(alarms, cycle(raisers), strict=False)]
    pressed: dict[str, int] = {}
    now = asyncio.get_running_loop().time
    began = now()
    for number, (alarm, raiser, ready) in enumerate(presses):
        await asyncio.sleep(began + number / rate - now())
        accepted.expect(raiser, alarm)
        pressed[alarm] = raiser.press(ready)
    await asyncio.sleep(1)
    samples = _samples(pressed, accepted.moments(), shown, len(responders))
    await clear_all([(raiser, alarm) for alarm, raiser, _ in presses])
    return samples


class Accepted:
    """When each press was accepted, on whichever way it went."""

    def __init__(self, raisers: Sequence[Raiser]) -> None:
        self._log = Log()
        self._at: dict[str, int] = {}
        self._asked: defaultdict[object, list[str]] = defaultdict(list)
        for raiser in raisers:
            raiser.socket.heard = ignore if raiser.http else self._log
            if raiser.http:
                raiser.http.heard = self._http

    def expect(self, raiser: Raiser, alarm: str) -> None:
        if raiser.http:
            self._asked[raiser.http].append(alarm)

    def moments(self) -> dict[str, int]:
        """The moment for each alarm so far."""
        for _, at, payload in self._log.frames():
            if ACCEPTED in payload:
                self._at[_id_in(payload)] = at
        return self._at

    def _http(self, caller: object, at: int, data: bytes) -> None:
        for _ in range(data.count(CREATED)):  # one connection answers in the order that it was asked
            self._at[self._asked[caller].pop(0)] = at


def _samples(pressed: dict[str, int], accepted: dict[str, int], log: Log, responders: int) -> list[Sample]:
    shown: defaultdict[str, list[int]] = defaultdict(list)
    for _, at, payload in log.frames():
        if RAISED in payload:
            shown[_id_in(payload)].append(at)
    samples = []
    for alarm, at in pressed.items():
        seen = shown[alarm]
        if alarm not in accepted or len(seen) != responders:
            told = f"accepted: {alarm in accepted}, shown on {len(seen)} of {responders}"
            raise RoundBroken(f"alarm {alarm} did not reach everybody: {told}")
        samples.append(Sample(accepted[alarm] - at, min(seen) - at, max(seen) - at))
    return samples


def _id_in(payload: bytes) -> str:
    found = _ID.search(payload)
    if found is None:
        raise RoundBroken(f"a frame without an alarm's id: {payload[:200]!r}")
    return found[1].decode()


@dataclass(frozen=True, slots=True)
class Saturated:
    """How many alarms a second the hub takes when there are always more waiting."""

    accepted: int
    seconds: float
    generator_cpu: float
    costs: Sequence[int] = ()
    """What each of the counters asked for has gone up by."""


async def saturate(
    raisers: Sequence[Raiser],
    responders: Sequence[LightClient],
    seconds: float,
    window: int,
    costs: Sequence[Callable[[], int]] = (),
) -> Saturated:
    """Keeps `window` presses of every raiser under way for `seconds`, and clears all afterwards."""
    await asyncio.gather(*(raiser.ready() for raiser in raisers))
    pushers = [Pusher(raiser, 1 if raiser.http else window) for raiser in raisers]
    shown = FrameCount(RAISED)
    for client in responders:
        client.heard = shown
    before = [cost() for cost in costs]
    cpu, began = process_time_ns(), perf_counter_ns()
    for pusher in pushers:
        pusher.start()
    await asyncio.sleep(seconds)
    took = perf_counter_ns() - began
    accepted = sum(pusher.accepted for pusher in pushers)
    busy = (process_time_ns() - cpu) / took
    spent = [cost() - start for cost, start in zip(costs, before, strict=True)]
    for pusher in pushers:
        pusher.stopping = True
    alarms = [(pusher.raiser, alarm) for pusher in pushers for alarm in pusher.alarms]
    await until(lambda: sum(pusher.accepted for pusher in pushers) >= len(alarms), "accepted presses")
    await until(partial(shown.reached, len(alarms) * len(responders)), "shown alarms")
    for client in responders:
        client.heard = ignore
    await clear_all(alarms)
    return Saturated(accepted, took / 1e9, busy, spent)


class FrameCount:
    """Counts the frames with a mark over any number of connections."""

    def __init__(self, mark: bytes) -> None:
        self.count = 0
        self._mark = mark
        self._rests: dict[object, bytes] = {}

    def __call__(self, client: object, _at: int, data: bytes) -> None:
        payloads, self._rests[client] = split_frames(self._rests.get(client, b"") + data)
        for payload in payloads:
            self.count += self._mark in payload

    def reached(self, count: int) -> bool:
        return self.count >= count


class Pusher:
    """Presses again each time one of its presses is accepted."""

    def __init__(self, raiser: Raiser, window: int) -> None:
        self.accepted = 0
        self.alarms: list[str] = []
        self.stopping = False
        self.raiser, self._window = raiser, window
        self._frames = FrameCount(ACCEPTED)
        if raiser.http:
            raiser.socket.heard = ignore
            raiser.http.heard = self._http
        else:
            raiser.socket.heard = self._socket

    def start(self) -> None:
        for _ in range(self._window):
            self._press()

    def _press(self) -> None:
        if not self.stopping:
            self.alarms.append(new_alarm())
            self.raiser.press(self.raiser.prepared(self.alarms[-1]))

    def _socket(self, client: object, at: int, data: bytes) -> None:
        before = self._frames.count
        self._frames(client, at, data)
        self._took(self._frames.count - before)

    def _http(self, _caller: object, _at: int, data: bytes) -> None:
        self._took(data.count(CREATED))

    def _took(self, more: int) -> None:
        self.accepted += more
        for _ in range(more):
            self._press()


async def clear_all(raised: Sequence[tuple[Raiser, str]]) -> None:
    """Resolves all these alarms, a batch at a time, each by the device that raised it."""
    cleared = FrameCount(RESOLVED)
    raisers = {raiser.socket: raiser for raiser, _ in raised}.values()
    await asyncio.sleep(0.2)  # what is still on its way to the raisers is not for this count
    for raiser in raisers:
        raiser.socket.heard = cleared
    for start in range(0, len(raised), _BATCH):
        batch = raised[start : start + _BATCH]
        for raiser, alarm in batch:
            raiser.socket.send(encoded(resolve_frame(alarm)))
        await until(partial(cleared.reached, start + len(batch)), "cleared alarms")
    for raiser in raisers:
        raiser.socket.heard = ignore


async def until(so: Callable[[], bool], what: str) -> None:
    """Waits until it is so, or breaks the run off."""
    deadline = asyncio.get_running_loop().time() + LONGEST
    while not so():
        if asyncio.get_running_loop().time() > deadline:
            raise RoundBroken(f"too few {what} within {LONGEST:.0f} s")
        await asyncio.sleep(0.002)


async def idle_kib(hub: HubProcess, swarm: Swarm, tokens: Sequence[str]) -> float:
    """KiB that each connection costs which only beats; they hang up afterwards."""
    half = len(tokens) // 2
    clients = await swarm.connect(tokens[:half])  # these fill what the hub's start has left free in its heap
    await asyncio.sleep(1)
    before = hub.rss_kib()
    clients += await swarm.connect(tokens[half:])
    await asyncio.sleep(1)
    each = (hub.rss_kib() - before) / (len(tokens) - half)
    if any(client.closed for client in clients):
        raise RoundBroken("some idle devices were hung up on")
    swarm.leave(clients)
    await asyncio.sleep(1)
    return each
