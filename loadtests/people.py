"""Simulated people with a device each, over the real client, and the board of who has heard what, and when."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from time import perf_counter_ns
from types import TracebackType
from typing import Self

from clients.python import Alarm, AnswerWord, HubLine, HubLineError, Refused, alarms_in, new_id

from .rounds import LONGEST, RoundBroken

_AGAIN = 0.05


class Board:
    """At which moment each person knew of each version of each alarm."""

    def __init__(self, patience: float = LONGEST) -> None:
        self._patience = patience
        self._known: dict[tuple[str, str], int] = {}
        self._moments: defaultdict[tuple[str, int], dict[str, int]] = defaultdict(dict)
        self._changed: defaultdict[tuple[str, int], asyncio.Event] = defaultdict(asyncio.Event)

    def knows(self, who: str, alarm: Alarm) -> None:
        """Somebody's device has the alarm as it now is, and so all that it was before."""
        at, which, version = perf_counter_ns(), alarm["id"], alarm["version"]
        known = self._known.get((who, which), 0)
        for number in range(known + 1, version + 1):
            self._moments[which, number][who] = at
            if (which, number) in self._changed:
                self._changed[which, number].set()
        self._known[who, which] = max(known, version)

    async def last(self, alarm: str, version: int, people: Collection[str]) -> int:
        """The moment at which the last of these people knew."""
        key = (alarm, version)
        moments, changed = self._moments[key], self._changed[key]
        try:
            async with asyncio.timeout(self._patience):
                while not moments.keys() >= set(people):
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            missing = [who for who in people if who not in moments]
            some = ", ".join(missing[:5])
            raise RoundBroken(f"{len(missing)} of {len(people)} never heard version {version}: {some}") from None
        return max((moments[who] for who in people), default=perf_counter_ns())


class Person:
    """One person and the line of their device."""

    def __init__(self, crowd: "Crowd", name: str, url: str, token: str) -> None:
        self.name = name
        self.cursor: int | None = None
        self.line: HubLine | None = None
        self.repeated = 0
        self.said: dict[str, int] = {}
        """The version that each alarm had when this person's last answer was in it."""
        self._crowd, self._url, self._token = crowd, url, token
        self._listening: asyncio.Task[None] | None = None
        self._wanted: dict[str, tuple[AnswerWord, asyncio.Future[int]]] = {}

    async def connects(self) -> int:
        """Comes, or comes back where they were; nanoseconds until they know how things stand."""
        began = perf_counter_ns()
        line = HubLine(self._url, self._token, client="loadtest 1.0", cursor=self.cursor, patience=LONGEST)
        await line.__aenter__()
        self.line = line
        self._listening = asyncio.create_task(self._listen(line))
        return perf_counter_ns() - began

    async def drops(self) -> None:
        """Hangs up; what happens from now on is heard when they are back."""
        if self.line is None:
            return
        self.cursor = self.line.cursor
        self.repeated += self.line.repeated
        line, self.line = self.line, None
        await line.close()
        if self._listening is not None:
            await self._listening

    async def presses(self, alarm: str, *, drill: bool = False) -> int:
        """Raises an alarm; nanoseconds until it is accepted."""
        began = perf_counter_ns()
        await self._here().raise_alarm("alarm", self._crowd.place, id=alarm, drill=drill)
        return perf_counter_ns() - began

    async def says(self, alarm: str, word: AnswerWord) -> int:
        """Answers; nanoseconds until their own screen shows it."""
        shown: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._wanted[alarm] = (word, shown)
        began = perf_counter_ns()
        await self._here().answer(alarm, word)
        async with asyncio.timeout(LONGEST):
            self.said[alarm] = await shown
        return perf_counter_ns() - began

    async def clears(self, alarm: str) -> int:
        """Gives the all clear, however often somebody else says something meanwhile; the version that it then has."""
        while True:
            try:
                return (await self._here().resolve(alarm, "test"))["version"]
            except Refused as refusal:
                if refusal.code != "stale":
                    raise
                await asyncio.sleep(_AGAIN)

    def _here(self) -> HubLine:
        if self.line is None:
            raise RoundBroken(f"{self.name} is not connected")
        return self.line

    async def _listen(self, line: HubLine) -> None:
        async for frame in line.frames():
            for alarm in alarms_in(frame):
                self._crowd.board.knows(self.name, alarm)
                self._answered(alarm)
            if frame.get("event") == "raised" and frame["alarm"]["raised_by"] != self.name:
                await line.receipt(frame["alarm"]["id"], "shown")

    def _answered(self, alarm: Alarm) -> None:
        word, shown = self._wanted.get(alarm["id"], (None, None))
        mine = any(one["person"] == self.name and one["answer"] == word for one in alarm["answers"])
        if shown is not None and mine and not shown.done():
            shown.set_result(alarm["version"])


class Crowd:
    """Everybody on duty, spread over the hubs; inside `async with`, and gone afterwards."""

    def __init__(self, urls: Sequence[str], tokens: dict[str, str], place: str) -> None:
        self.board = Board()
        self.place = place
        names = sorted(device for device in tokens if device.startswith("telefon-r"))
        self.people = [
            Person(self, device.removeprefix("telefon-"), urls[number % len(urls)], tokens[device])
            for number, device in enumerate(names)
        ]
        self.button = Person(self, "knap-0", urls[0], tokens["knap-0"])
        self.raised: dict[str, Person] = {}
        self._all = asyncio.Barrier(len(self.people))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(person.drops() for person in (self.button, *self.people)))

    async def meets(self) -> int:
        """Waits until everybody has come this far; each gets a number."""
        try:
            async with asyncio.timeout(LONGEST):
                return await self._all.wait()
        except (TimeoutError, asyncio.BrokenBarrierError):
            await self._all.abort()
            raise RoundBroken("not everybody came this far") from None

    def new_alarm(self, by: Person) -> str:
        """An id for an alarm; at the end of the run it is cleared if nobody has done so."""
        alarm = new_id()
        self.raised[alarm] = by
        return alarm

    def others(self, than: Person) -> list[str]:
        return [person.name for person in self.people if person is not than]

    async def told(self, by: Person, alarm: str, version: int, began: int) -> int:
        """Nanoseconds until the last of the others knew."""
        return await self.board.last(alarm, version, self.others(by)) - began

    async def clears(self, by: Person, alarm: str) -> int:
        """Gives the all clear; nanoseconds until everybody else knew."""
        began = perf_counter_ns()
        version = await by.clears(alarm)
        return await self.told(by, alarm, version, began)

    async def button_presses(self, times: int) -> None:
        """Has the button on the wall pressed by somebody, so often."""
        if self.button.line is None:
            await self.button.connects()
        for _ in range(times):
            await self.button.presses(self.new_alarm(self.button))

    async def comes_back(self, person: Person) -> int:
        """Connects somebody again; nanoseconds until they know of everything that was raised."""
        began = perf_counter_ns()
        await person.connects()
        for alarm in self.raised:
            await self.board.last(alarm, 1, [person.name])
        return perf_counter_ns() - began

    async def ends(self) -> list[str]:
        """Clears what is open; what came twice, or is open all the same."""
        for alarm, by in self.raised.items():
            if by.line and alarm in by.line.alarms:
                await self.clears(by, alarm)
        lines = [one.line for one in self.people if one.line]
        still_open = set().union(*(line.alarms for line in lines)) & set(self.raised)
        repeated = sum(one.repeated for one in self.people) + sum(line.repeated for line in lines)
        found = [f"{repeated} events came twice"] if repeated else []
        return found + ([f"{len(still_open)} alarms are open though all were cleared"] if still_open else [])


TROUBLE = (HubLineError, RoundBroken, TimeoutError)
