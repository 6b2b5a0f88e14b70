"""The world outside on this machine: a push service with every bad manner, a text gateway and a call provider."""

import asyncio
import base64
import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from time import time

from tests.contracts.over_http import Answer, Call, read_body, read_head, wants
from tests.contracts.standins import CallProvider, Gateway, PushService, signed_by_the_hub

OK = Answer(201)
# Seconds: the hub's own patience with a service, and what is longer.
PATIENCE = 5.0
TOO_SLOW = 6.0


class How(StrEnum):
    """What becomes of one message at the push service."""

    TAKEN = "taken and delivered"
    TOO_MANY = "refused with 429"
    BROKEN = "refused with 500"
    DOWN = "refused with 503"
    FORBIDDEN = "refused with 403"
    UNKNOWN = "refused with 404"
    GONE = "refused with 410"
    LATE = "taken, delivered after the receipt was due"
    SLOW = "answered after the hub had given up, delivered then"
    CUT_UNREAD = "line cut before it was read"
    CUT_READ = "line cut after it was read, delivered"
    CUT_LATE = "line cut after it was read, delivered late"
    LOST = "taken and lost"


REFUSED = {
    How.TOO_MANY: 429,
    How.BROKEN: 500,
    How.DOWN: 503,
    How.FORBIDDEN: 403,
    How.UNKNOWN: 404,
    How.GONE: 410,
}
FOR_GOOD = {How.FORBIDDEN, How.UNKNOWN, How.GONE}
CUT = {How.CUT_UNREAD, How.CUT_READ, How.CUT_LATE}
RUDE = tuple(how for how in How if how is not How.TAKEN)


class Moment(StrEnum):
    """Where between a send and its receipt something can happen."""

    ARRIVING = "as the message arrives, unread"
    READ = "delivered, and the hub not answered yet"
    ANSWERED = "delivered and the hub answered"
    TELLING = "as the receipt leaves the device"


@dataclass(slots=True)
class Send:
    """One message of the hub, as the push service saw it."""

    browser: str
    alarm: str | None
    attempt: int
    at: float
    how: How = How.TAKEN
    refused_at: float | None = None


def topic(alarm: str) -> str:
    """By which a service knows that two messages are about the same, without knowing what."""
    return base64.urlsafe_b64encode(sha256(alarm.encode()).digest())[:32].decode()


class RudePushService(PushService):
    """Many browsers behind it; `manner` decides how each send is treated, `deliver` wakes the browser."""

    def __init__(self, deliver: Callable[[str, bytes], None]) -> None:
        super().__init__()
        self.manner: Callable[[Send], How] = lambda _send: How.TAKEN
        self.moment: Callable[[Moment], None] = lambda _moment: None
        self.lost: Callable[[str], None] = lambda _browser: None
        """Called with a browser whose subscription the service has given up."""
        self.late_after = 0.0
        self.alarms: dict[str, str] = {}
        """Topic -> the alarm that has it; what else is sent is treated well."""
        self.sends: list[Send] = []
        self._deliver = deliver
        self._attempts: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._later: set[asyncio.Task[None]] = set()

    def endpoint(self, browser: str) -> str:
        """Where the hub sends to; what stands before a ~ stays the same when a browser subscribes anew."""
        return f"{self.url}/push/{browser}"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await read_head(reader)
            send = self._arrives(head)
            if send.how is How.CUT_UNREAD:
                self._cut(send, writer)
                return
            call = await read_body(reader, head)
            fair = self._answered(call)
            if fair.status != OK.status:
                await self._reply(writer, fair)
                continue
            if send.how in CUT:
                self._deliver_after(self.late_after if send.how is How.CUT_LATE else 0, send, call)
                self._cut(send, writer)
                return
            if send.how is How.SLOW:
                await asyncio.sleep(TOO_SLOW)
            await self._reply(writer, self._treated(send, call))
            self.moment(Moment.ANSWERED)

    def _arrives(self, head: Call) -> Send:
        self.moment(Moment.ARRIVING)
        browser = head.target.removeprefix("/push/")
        subject = self.alarms.get(head.headers.get("topic", ""))
        same = browser.partition("~")[0], subject or ""
        self._attempts[same] += 1
        send = Send(browser, subject, self._attempts[same], time())
        if subject is not None:
            send.how = self.manner(send)
            self.sends.append(send)
        return send

    def judge(self, call: Call) -> Answer:
        wants(call.method == "POST" and call.headers.get("content-encoding") == "aes128gcm", 415, "no push message")
        self._check_vapid(call.headers.get("authorization", ""))
        return OK

    def _treated(self, send: Send, call: Call) -> Answer:
        if send.how in REFUSED:
            send.refused_at = time()
            if send.how in FOR_GOOD:
                self.lost(send.browser)
            return Answer(REFUSED[send.how], headers=(("Retry-After", "1"),) if send.how is How.TOO_MANY else ())
        if send.how is not How.LOST:
            self._deliver_after(self.late_after if send.how is How.LATE else 0, send, call)
        self.moment(Moment.READ)
        return OK

    def _cut(self, send: Send, writer: asyncio.StreamWriter) -> None:
        send.refused_at = time()
        writer.transport.abort()

    def _deliver_after(self, seconds: float, send: Send, call: Call) -> None:
        async def later() -> None:
            await asyncio.sleep(seconds)
            self._deliver(send.browser, call.body)

        if not seconds:
            self._deliver(send.browser, call.body)
            return
        task = asyncio.create_task(later())
        self._later.add(task)
        task.add_done_callback(self._later.discard)


Came = defaultdict[tuple[str, str], list[float]]
"""(alarm, person) -> when something came for them."""


def about(notice: str) -> tuple[str, str]:
    """The alarm and the person in a notice's id; alarms are UUIDs."""
    found = re.fullmatch(r"([0-9a-f-]{36}):([^:]+):[^:]+:\d+", notice)
    return (found[1], found[2]) if found is not None else ("", notice)


class TextGateway(Gateway):
    """The gateway, which notes when each message about an alarm came."""

    def __init__(self) -> None:
        super().__init__()
        self.came: Came = defaultdict(list)

    def judge(self, call: Call) -> Answer:
        answer = super().judge(call)
        self.came[about(self.taken[-1]["userref"])].append(time())
        return answer


class Caller(CallProvider):
    """The call provider, which notes when each call about an alarm was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.came: Came = defaultdict(list)
        self.key = b""

    def judge(self, call: Call) -> Answer:
        wants(signed_by_the_hub(call, self.key), 401, "not signed by the hub")
        said = call.json()
        self.came[about(said["id"])].append(time())
        return Answer(201, json.dumps({"id": f"call-{len(self.came)}"}).encode())
