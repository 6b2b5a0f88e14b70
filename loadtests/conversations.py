"""Messages beside alarms: what an alarm takes alone, and while five hundred people write to each other."""

import argparse
import asyncio
import gc
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter_ns, process_time_ns

import httpx

from .asking import add_where, ended, settled, told
from .hubprocess import stay_on
from .nodes import Nodes, over_all, serving
from .phases import steady, until
from .report import Report, percentile
from .rounds import Raiser, RoundBroken, Sample, all_clear, new_alarm, one_alarm
from .site import BigSite
from .swarm import LightClient, Log, allow_many_files, encoded

WARM_UP = 20
_AT_ONCE = 8
_SENT = b'"type":"message"', b'"event":"sent"'
_WHICH = re.compile(rb'"conversation":"([^"]+)","message":\{"number":(\d+),"id":"([0-9a-f-]{36})"')
_TEXTS = (
    "Tak, det ser jeg på.",
    "Hans har sovet godt i nat og spist morgenmad. Han vil gerne ringes op, når du har tid, helst inden klokken ti.",
    "Mødet er flyttet til klokken 14. Tag gerne planen med, så ser vi på den sammen.\nPårørende er sagt til.\n" * 3,
)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.conversations", description=__doc__)
    parser.add_argument("--people", type=int, default=500, help="each with a phone, responders included")
    parser.add_argument("--responders", type=int, default=20, help="on duty where the alarms are")
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--in-each", type=int, default=5, help="people in a conversation")
    parser.add_argument("--rate", type=float, default=100, help="messages a second")
    parser.add_argument("--reading", type=float, default=0.25, help="the share of readers who have it open as it comes")
    parser.add_argument("--alarms", type=float, default=10, help="alarms a second")
    parser.add_argument("--seconds", type=float, default=15, help="length of each part")
    parser.add_argument("--turns", type=int, default=4, help="how often alone and beside take turns")
    add_where(parser)
    asked = settled(parser.parse_args(words))
    if not 1 < asked.in_each <= asked.people or asked.responders > asked.people:
        parser.error("--people must be at least --in-each and --responders, and --in-each more than 1")
    return asked


class Talk(Log):
    """Who is in which conversation, what was said when, and who had it when."""

    def __init__(self, members: Mapping[str, Sequence[LightClient]], reading: float, chance: Random) -> None:
        super().__init__()
        self._members, self._reading, self._chance = members, reading, chance
        self._sent: dict[str, tuple[int, str]] = {}
        self._shown = self._expected = 0

    def listens(self, to: Iterable[LightClient]) -> None:
        """Takes all that these hear from now on."""
        for client in to:
            client.heard = self

    def __call__(self, client: LightClient, at: int, data: bytes) -> None:
        """Keeps what came, and now and then says at once that it was read."""
        super().__call__(client, at, data)
        new = data.count(_SENT[1])
        self._shown += new
        if new and self._chance.random() < self._reading and (found := _WHICH.search(data)):
            which, number, _ = found.groups()
            client.send(encoded({"type": "read", "conversation": which.decode(), "number": int(number)}))

    async def goes_on(self, rate: float, seconds: float) -> None:
        """Somebody says something somewhere, `rate` times a second whatever the hub does, until all have heard all."""
        some, now = list(self._members), asyncio.get_running_loop().time
        began = now()
        for number in range(round(rate * seconds)):
            which = self._chance.choice(some)
            who, message = self._chance.choice(self._members[which]), new_alarm()
            frame = {"type": "say", "conversation": which, "id": message, "text": self._chance.choice(_TEXTS)}
            ready = encoded(frame)
            await asyncio.sleep(began + number / rate - now())
            self._expected += len(self._members[which])
            self._sent[message] = (perf_counter_ns(), which)
            who.send(ready)
        await until(lambda: self._shown >= self._expected, "shown messages")

    def laps(self) -> Iterator[Sequence[int]]:
        """Nanoseconds until each who is in the conversation had each message; lost or twice breaks the run off."""
        came: defaultdict[str, dict[LightClient, int]] = defaultdict(dict)
        for client, at, payload in self.frames():
            if all(mark in payload for mark in _SENT) and (found := _WHICH.search(payload)):
                if client in came[found[3].decode()]:
                    raise RoundBroken(f"a message came twice: {payload[:200]!r}")
                came[found[3].decode()][client] = at
        for message, (at, which) in self._sent.items():
            if came[message].keys() != set(self._members[which]):
                raise RoundBroken(f"{len(came[message])} of {len(self._members[which])} in {which} had {message}")
            yield [then - at for then in came[message].values()]


@dataclass
class Found:
    """What alarms took in all turns of one kind, and the processor time they cost the hubs."""

    samples: list[Sample] = field(default_factory=list)
    hubs_ns: int = 0


async def measure(asked: argparse.Namespace) -> Report:
    """Alarms alone and the same beside messages, in turns."""
    report = Report(told(asked))
    allow_many_files()
    stay_on(asked.own_core)
    site = BigSite(asked.responders, asked.people - asked.responders, 10)
    with tempfile.TemporaryDirectory(prefix="conversations-", dir=asked.data) as folder:
        async with (
            serving(Path(folder), [site], nodes=asked.nodes, database=asked.database, cores=asked.hub_cores) as on,
            over_all(on.urls) as connect,
        ):
            tokens = on.tokens[0]
            raisers = [Raiser(one) for one in await connect([tokens[device] for device in site.raising])]
            phones = {one.token: one for one in await connect([tokens[one] for one in site.responding + site.idling])}
            responders = [phones[tokens[device]] for device in site.responding]
            people = {one.removeprefix("telefon-"): phones[tokens[one]] for one in site.responding + site.idling}
            chance = Random(asked.people)
            talk = Talk(await _begun(asked, on, people, chance), asked.reading, chance)
            await _warm_up(raisers, responders)
            gc.collect()
            gc.disable()
            await _turns(asked, report, on, talk, phones.values(), raisers, responders)
            gc.enable()
    return report


async def _turns(
    asked: argparse.Namespace,
    report: Report,
    on: Nodes,
    talk: Talk,
    phones: Collection[LightClient],
    raisers: Sequence[Raiser],
    responders: Sequence[LightClient],
) -> None:
    alone, beside, own = Found(), Found(), 0.0
    for _ in range(asked.turns):
        before = on.hubs_ns()
        alone.samples += await steady(raisers, responders, asked.alarms, asked.seconds)
        alone.hubs_ns += on.hubs_ns() - before
        talk.listens(phones)
        before, cpu, began = on.hubs_ns(), process_time_ns(), perf_counter_ns()
        pressed, _ = await asyncio.gather(
            steady(raisers, responders, asked.alarms, asked.seconds, talk),
            talk.goes_on(asked.rate, asked.seconds),
        )
        own = max(own, (process_time_ns() - cpu) / (perf_counter_ns() - began))
        beside.samples += pressed
        beside.hubs_ns += on.hubs_ns() - before
    laps = list(talk.laps())
    for name, found in (("alone", alone), ("beside", beside)):
        report.spread(f"{name}: press → accepted", [one.accepted for one in found.samples])
        report.spread(f"{name}: press → shown, last", [one.last for one in found.samples])
    report.spread("messages: send → shown, each", [one for lap in laps for one in lap])
    report.spread("messages: send → shown, last", [max(lap) for lap in laps])
    for part, most in ((50, None), (95, None), (99, 1.1)):
        times = percentile([one.last for one in beside.samples], part) / percentile(
            [one.last for one in alone.samples], part
        )
        report.figure(f"alarms: last shown p{part} beside / alone", times, "×", most)
    report.figure("messages: last shown p99", percentile([max(lap) for lap in laps], 99) / 1e6, "ms", 200)
    report.figure("alarms, alone and beside", len(alone.samples) + len(beside.samples), "")
    report.figure("messages", len(laps), "")
    report.figure("messages that somebody did not have, or twice", 0, "", 0)
    report.figure("hubs' processor time, a message", (beside.hubs_ns - alone.hubs_ns) / len(laps) / 1e6, "ms")
    report.figure("the measurer's own share of its core at most", own * 100, "%")


async def _warm_up(raisers: Sequence[Raiser], responders: Sequence[LightClient]) -> None:
    for number in range(WARM_UP):
        raiser = raisers[number % len(raisers)]
        alarm, _ = await one_alarm(raiser, responders)
        await all_clear(raiser, responders, alarm)


async def _begun(
    asked: argparse.Namespace, on: Nodes, people: Mapping[str, LightClient], chance: Random
) -> dict[str, list[LightClient]]:
    """The conversations, begun; everybody is in about as many as anybody else."""
    names = sorted(people)
    chance.shuffle(names)
    gate = asyncio.Semaphore(_AT_ONCE)
    async with httpx.AsyncClient(base_url=on.urls[0], timeout=30, trust_env=False) as client:

        async def begin(number: int) -> tuple[str, list[LightClient]]:
            start = number * asked.in_each
            opener, *others = [names[(start + at) % len(names)] for at in range(asked.in_each)]
            which, to = new_alarm(), [{"person": who} for who in others]
            body = {"id": new_alarm(), "conversation": which, "to": to, "title": f"Samtale {number}", "text": "Hej"}
            headers = {"Authorization": f"Bearer {people[opener].token}", "Content-Type": "application/json"}
            async with gate:
                answer = await client.post("/api/conversations", content=json.dumps(body), headers=headers)
            if not answer.is_success:
                raise RoundBroken(f"a conversation did not begin: {answer.status_code} {answer.text[:200]}")
            return which, [people[who] for who in (opener, *others)]

        return dict(await asyncio.gather(*map(begin, range(asked.conversations))))


def main(words: Sequence[str] | None = None) -> int:
    """Measures and prints; 0 if every budget was kept."""
    return ended(_arguments(words), measure)


if __name__ == "__main__":
    sys.exit(main())
