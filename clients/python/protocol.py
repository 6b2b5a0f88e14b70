"""A device's line to the hub: raise, answer, hear; and go on where it was when the line breaks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Self
from weakref import WeakSet

from .link import Link, pauses
from .over_http import HubCalls
from .picture import Picture
from .wire import Alarm, AnswerWord, FalseBecause, Frame, HubLineError, HubUnreachable, Outcome, Refused, Stage, new_id

_FEED_SIZE = 1000  # frames kept for one slow reader of `frames()`; beyond that it starts over from a snapshot
_TRY_AGAIN = {"error", "too_many_tries", "unavailable"}

_Feed = asyncio.Queue[Frame | HubLineError | None]


def _nobody_asks() -> None:
    return


class HubLine:
    """The line of one device; inside `async with` it is connected, or on its way back by cursor."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        client: str = "python 1.0",
        cursor: int | None = None,
        patience: float | None = 30.0,
        answer_within: float = 2.0,
        beat_every: float = 10.0,
        turned: Callable[[], None] = _nobody_asks,
    ) -> None:
        """`turned` is called whenever the line comes, goes or is given up."""
        self.url = url.rstrip("/")
        self.calls = HubCalls(self.url, token)
        self.repeated = 0
        """How many frames came that had been here before: a hub sends none."""
        self._client, self._patience, self._answer_within = client, patience, answer_within
        self._tell_turned = turned
        self._picture = Picture(cursor)
        self._link = Link(
            self.url, token, hello=self._hello, heard=self._hear, turned=self._turned, beat_every=beat_every
        )
        self._expected: dict[tuple[str, str], asyncio.Future[Alarm | None]] = {}
        self._receipts: list[Frame] = []
        self._flush: asyncio.Task[None] | None = None
        self._feeds: WeakSet[_Feed] = WeakSet()

    @property
    def cursor(self) -> int | None:
        """How far in the hub's journal this device has come; give it to the next line to resume."""
        return self._picture.cursor

    @property
    def alarms(self) -> dict[str, Alarm]:
        """The open alarms as this device last heard, by id."""
        return self._picture.alarms

    @property
    def condition(self) -> Frame:
        """What each beat tells of the device: battery, charging, sound, visible."""
        return self._link.condition

    @property
    def connected(self) -> bool:
        return self._link.up

    def start(self) -> None:
        """Begins to connect and waits for nothing; `close` ends it."""
        self._link.start()

    async def __aenter__(self) -> Self:
        self.start()
        try:
            await self.until_connected()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the line; whoever reads `frames()` comes to the end."""
        self._tell(None)
        if self._flush is not None:
            self._flush.cancel()
        await self._link.close()
        await self.calls.close()

    async def until_connected(self) -> None:
        """Waits for the line; raises what hinders it when patience runs out."""
        try:
            async with asyncio.timeout(self._patience):
                await self._link.settled.wait()
        except TimeoutError:
            raise HubUnreachable(self.url, self._link.trouble) from None
        if self._link.fatal is not None:
            raise self._link.fatal

    async def raise_alarm(
        self,
        kind: str,
        place: str | None = None,
        *,
        id: str | None = None,
        note: str | None = None,
        drill: bool = False,
    ) -> Alarm:
        """Raises an alarm and returns it once it is on the hub's disk; tries until then, always with the same id."""
        press: Frame = {"id": id or new_id(), "kind": kind, "place": place, "note": note, "drill": drill or None}
        press = {key: value for key, value in press.items() if value is not None}
        return await self._insist(
            lambda: self._over_socket("raise", press, (press["id"], "accepted")),
            lambda: self.calls.raise_alarm(press),
        )

    async def answer(self, alarm: str, answer: AnswerWord) -> Alarm:
        """Tells the raiser that this person is coming, has arrived or cannot."""
        return await self._act(alarm, "answer", "answers", "answered", {"answer": answer})

    async def resolve(
        self, alarm: str, outcome: Outcome, note: str | None = None, false_because: FalseBecause | None = None
    ) -> Alarm:
        """All clear, and why a false alarm was one; if nothing has changed since this device last heard of it."""
        said = {"outcome": outcome} | ({"note": note} if note else {})
        said |= {"false_because": false_because} if false_because else {}
        return await self._act(alarm, "resolve", "resolve", "resolved", said)

    async def withdraw(self, alarm: str, pin: str | None = None) -> Alarm:
        """The raiser takes it back; responders still see it until it is resolved."""
        return await self._act(alarm, "withdraw", "withdraw", "withdrawn", {"pin": pin} if pin else {})

    async def receipt(self, alarm: str, stage: Stage) -> None:
        """Tells that the device has the alarm, or that the person can see it; kept until the line is up."""
        self._receipts.append({"type": "receipt", "alarm": alarm, "stage": stage})
        await self._send_receipts()

    async def prove(self, test: str) -> None:
        """Tells that the person has heard the test of their shift."""
        await self.calls.call("POST", f"/api/proofs/{test}")

    def frames(self) -> AsyncIterator[Frame]:
        """Every frame from now on, first a snapshot of how things stand."""
        feed = _Feed(_FEED_SIZE)
        feed.put_nowait(self._link.fatal or self._picture.snapshot())
        self._feeds.add(feed)
        return _read(feed)

    async def _act(self, alarm: str, verb: str, path: str, event: str, said: Frame) -> Alarm:
        known = self.alarms.get(alarm)
        if known is None:
            raise Refused("closed", f"This device knows of no open alarm {alarm}: it may be resolved already.")
        body = {**said, "as_of": known["version"]}
        return await self._insist(
            lambda: self._over_socket(verb, {"alarm": alarm, **body}, (alarm, event)),
            lambda: self.calls.act(alarm, path, body),
        )

    async def _insist(self, *ways: Callable[[], Awaitable[Alarm | None]]) -> Alarm:
        why = self._link.trouble
        try:
            async with asyncio.timeout(self._patience):
                for pause in pauses():
                    for way in ways:
                        try:
                            alarm = await way()
                        except HubUnreachable as problem:
                            why = str(problem.__cause__ or problem)
                        except Refused as refusal:
                            if refusal.code not in _TRY_AGAIN:
                                raise
                            why = refusal.detail
                        else:
                            if alarm is not None:
                                self._picture.keep(alarm)
                                return alarm
                    await asyncio.sleep(pause)
        except TimeoutError:
            pass
        raise HubUnreachable(self.url, why)

    async def _over_socket(self, kind: str, said: Frame, key: tuple[str, str]) -> Alarm | None:
        if self._link.fatal is not None:
            raise self._link.fatal
        answer: asyncio.Future[Alarm | None] = asyncio.get_running_loop().create_future()
        self._expected[key] = answer
        try:
            if not await self._link.send({"type": kind, **said}):
                return None
            async with asyncio.timeout(self._answer_within):
                return await answer
        except TimeoutError:
            return None
        finally:
            self._expected.pop(key, None)

    async def _send_receipts(self) -> None:
        while self._receipts:
            receipt = self._receipts.pop(0)
            if not await self._link.send(receipt):
                self._receipts.insert(0, receipt)
                return

    def _hello(self) -> Frame:
        return {"type": "hello", "cursor": self.cursor, "client": self._client}

    def _turned(self) -> None:
        self._tell_turned()
        if self._link.up:
            self._flush = asyncio.create_task(self._send_receipts())
            return
        for key in list(self._expected):
            self._settle(key, None)
        if self._link.fatal is not None:
            self._tell(self._link.fatal)

    def _hear(self, frame: Frame) -> None:
        if not self._picture.take(frame):
            self.repeated += 1
            return
        match frame.get("type"):
            case "accepted":
                self._settle((frame["alarm"]["id"], "accepted"), frame["alarm"])
            case "alarm":
                self._settle((frame["alarm"]["id"], frame["event"]), frame["alarm"])
            case "refused":
                self._refuse(frame)
        self._tell(frame)

    def _settle(self, key: tuple[str, str], alarm: Alarm | None) -> None:
        waiting = self._expected.get(key)
        if waiting is not None and not waiting.done():
            waiting.set_result(alarm)

    def _refuse(self, frame: Frame) -> None:
        for (alarm, _), waiting in self._expected.items():
            if alarm == frame.get("re") and not waiting.done():
                waiting.set_exception(Refused(frame["code"], frame.get("detail", ""), frame.get("alarm")))

    def _tell(self, item: Frame | HubLineError | None) -> None:
        for feed in list(self._feeds):
            if feed.full():
                while not feed.empty():
                    feed.get_nowait()
                feed.put_nowait(self._picture.snapshot())
            feed.put_nowait(item)


async def _read(feed: _Feed) -> AsyncIterator[Frame]:
    while (item := await feed.get()) is not None:
        if isinstance(item, HubLineError):
            raise item
        yield item
