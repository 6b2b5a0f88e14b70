"""A browser with every page closed: what our service worker does with each message, and how hard it tries to tell."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Any

import httpx

from tests.contracts.browser import Browser

_SOURCE = (Path(__file__).resolve().parents[2] / "clients/web/static/sw.js").read_text(encoding="utf-8")


def _milliseconds(name: str) -> tuple[int, ...]:
    """A constant of the real worker, so that this one has its patience and no other."""
    found = re.search(rf"const {name} = \[?([\d_, ]+)\]?;", _SOURCE)
    if found is None:
        raise LookupError(f"sw.js: no {name} in it; mend the pattern, or what is read here")
    return tuple(int(number) for number in found[1].split(","))


RECEIPT_TRIES = _milliseconds("RECEIPT_TRIES")
(ANSWER_WITHIN,) = _milliseconds("ANSWER_WITHIN")


@dataclass(eq=False)
class Worker:
    """One browser of one person, subscribed with keys of its own."""

    person: str
    line: httpx.AsyncClient
    """The browser's own: it shares no connection with another."""
    telling: Callable[[], None] = lambda: None
    """Called as a receipt leaves for the hub."""
    keys: Browser = field(default_factory=Browser)
    endpoint: str = ""
    on_screen: dict[str, str] = field(default_factory=dict)
    """By tag, which notice stands there: a browser has one notification a tag."""
    alerts: Counter[str] = field(default_factory=Counter)
    """How often each notice was shown so that the person noticed."""
    came: Counter[str] = field(default_factory=Counter)
    shown_at: dict[str, float] = field(default_factory=dict)
    confirmed_at: dict[str, float] = field(default_factory=dict)
    """When the hub had first answered that it has the receipt, by alarm."""
    gave_up: list[str] = field(default_factory=list)
    busy: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def subscription(self) -> Any:
        return json.loads(self.keys.subscription(self.endpoint))

    @property
    def twice(self) -> int:
        """How often the person was shown a notice that they had been shown already."""
        return self.alerts.total() - len(self.alerts)

    def hand_over(self, body: bytes) -> None:
        """As the push service does: the worker wakes, and what it does goes on beside."""
        task = asyncio.create_task(self._pushed(self.keys.opened(body)))
        self.busy.add(task)
        task.add_done_callback(self.busy.discard)

    async def _pushed(self, message: dict[str, Any]) -> None:
        self._show(message)
        await asyncio.gather(self._reply(message, "received"), self._reply(message, "shown"))

    def _show(self, message: dict[str, Any]) -> None:
        tag, notice = message["tag"], message["id"]
        self.came[notice] += 1
        if self.on_screen.get(tag) != notice:
            self.alerts[notice] += 1
        self.on_screen[tag] = notice
        self.shown_at.setdefault(tag, time())

    async def _reply(self, message: dict[str, Any], stage: str) -> None:
        which = sha256(self.endpoint.encode()).hexdigest()[:32]
        body, status = {"token": message["reply"], "stage": stage, "subscription": which}, 0
        for wait in RECEIPT_TRIES:
            await asyncio.sleep(wait / 1000)
            self.telling()
            status = await self._post(body)
            if status < 300:
                self.confirmed_at.setdefault(message["tag"], time())
                return
            if status < 500:
                break
        self.gave_up.append(f"{self.person} could not tell that {message['id']} was {stage}: {status}")

    async def _post(self, body: dict[str, str]) -> int:
        try:
            answer = await self.line.post("/api/push/replies", json=body, timeout=ANSWER_WITHIN / 1000)
        except httpx.HTTPError:
            return 599
        return answer.status_code
