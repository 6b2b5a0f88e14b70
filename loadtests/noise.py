"""A busy institution: alarms evenly, in bursts, or as fast as the hub takes them, until its standard input closes.

Run as a process of its own, so that hearing its own alarms holds up nobody who measures:
`python -m loadtests.noise --urls URL… --tokens FILE --shape burst`. It prints a line when it has begun, and in the end
how many alarms were accepted, once everybody has heard them all.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from time import perf_counter

import uvloop

from .nodes import over_all
from .phases import FrameCount, Pusher, clear_all, until
from .rounds import RAISED, Raiser, new_alarm
from .swarm import LightClient, allow_many_files

SHAPES = ("even", "bursts", "most")
AN_HOUR = 50_000
BURST = 100
_WINDOW = 4


class Noise:
    """The busy institution's buttons and those who hear them."""

    def __init__(self, raisers: Sequence[Raiser], responders: Sequence[LightClient]) -> None:
        self.pushers = [Pusher(raiser, _WINDOW) for raiser in raisers]
        self._shown = FrameCount(RAISED)
        self._responders = responders
        for client in responders:
            client.heard = self._shown

    @property
    def accepted(self) -> int:
        return sum(pusher.accepted for pusher in self.pushers)

    async def make(self, shape: str, over: asyncio.Event) -> None:
        """Makes noise until it is over."""
        if shape == "most":
            for pusher in self.pushers:
                pusher.start()
            await over.wait()
            for pusher in self.pushers:
                pusher.stopping = True
            return
        for pusher in self.pushers:
            pusher.stopping = True  # one press at a time, none by itself
        at_once = BURST if shape == "bursts" else 1
        turns, now = cycle(self.pushers), asyncio.get_running_loop().time
        due = now()
        while not over.is_set():
            for _, pusher in zip(range(at_once), turns, strict=False):
                pusher.alarms.append(new_alarm())
                pusher.raiser.press(pusher.raiser.prepared(pusher.alarms[-1]))
            due += at_once * 3600 / AN_HOUR
            await asyncio.sleep(due - now())

    async def ended(self, *, clears: bool) -> None:
        """Waits until every alarm was accepted and heard by everybody, and clears them."""
        alarms = [(pusher.raiser, alarm) for pusher in self.pushers for alarm in pusher.alarms]
        await until(lambda: self.accepted >= len(alarms), "accepted presses")
        await until(lambda: self._shown.reached(len(alarms) * len(self._responders)), "shown alarms")
        if clears:
            await clear_all(alarms)


async def _run(asked: argparse.Namespace) -> None:
    allow_many_files()
    tokens = json.loads(asked.tokens.read_text(encoding="utf-8"))
    raising = [token for device, token in tokens.items() if device.startswith("knap")]
    responding = [token for device, token in tokens.items() if device.startswith("telefon-r")]
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), over.set)
    async with over_all(asked.urls) as connect:
        noise = Noise([Raiser(one) for one in await connect(raising)], await connect(responding))
        print("begun", flush=True)
        began = perf_counter()
        await noise.make(asked.shape, over)
        took = perf_counter() - began
        loop.remove_reader(sys.stdin.fileno())
        made = {"accepted": noise.accepted, "seconds": took}
        # So many take long to clear, and it is the last noise on that hub.
        await noise.ended(clears=asked.shape != "most")
        print(json.dumps(made), flush=True)


def main() -> int:
    """Makes noise until it is told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", nargs="+", required=True)
    parser.add_argument("--tokens", type=Path, required=True)
    parser.add_argument("--shape", choices=SHAPES, required=True)
    asked = parser.parse_args()
    os.nice(10)  # whoever measures must not wait for whoever is measured against
    uvloop.run(_run(asked))
    return 0


if __name__ == "__main__":
    sys.exit(main())
