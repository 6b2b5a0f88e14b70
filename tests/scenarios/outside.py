"""What is reached outside the house: numbers, browsers with their pages closed, and whatever else has a wire.

The adapters are the real ones and speak over real lines to services of our own on this machine.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx

from hub.clock import SystemClock
from hub.ports import Channel, Notice
from integrations.endpoints import OutboundRules
from integrations.outbound import Courier
from integrations.webpush import PushChannel
from tests.contracts.benches import push_settings
from tests.contracts.browser import Browser
from tests.contracts.over_http import Answer, Call, wants
from tests.contracts.standins import PushService

if TYPE_CHECKING:
    from tests.scenarios.world import House

ONE_BROWSER = "/push/v1/gAAAAABh"


def courier() -> Courier:
    return Courier(OutboundRules(allow_loopback=True))


class SmsGateway:
    """What left the house, as (who, text)."""

    name = "sms"

    def __init__(self) -> None:
        self.sent: list[tuple[str, Notice]] = []

    async def send(self, notice: Notice, address: str) -> str | None:
        self.sent.append((address, notice))
        return f"sms-{len(self.sent)}"

    async def close(self) -> None: ...

    @property
    def numbers(self) -> list[str]:
        """Those who got one, in order, and forgets them."""
        numbers = [address for address, _ in self.sent]
        self.sent.clear()
        return numbers


class Watched:
    """A channel with a wire, of which the house knows what is still on its way."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.name = channel.name
        self.public_key = getattr(channel, "public_key", None)
        self.sending: set[asyncio.Task[Any]] = set()

    async def send(self, notice: Notice, address: str) -> str | None:
        task = asyncio.current_task()
        assert task is not None
        self.sending.add(task)
        try:
            return await self._channel.send(notice, address)
        finally:
            self.sending.discard(task)

    async def close(self) -> None:
        await self._channel.close()


class ClosedPage:
    """Somebody's browser with every page of the hub closed: only its service worker is awake."""

    def __init__(self, house: "House", owner: str, endpoint: str) -> None:
        self.house = house
        self.owner = owner
        self.browser = Browser()
        self.endpoint = endpoint
        self.lost = False
        """The phone was changed, and nobody told the hub."""
        self.dozes = False
        """The push service takes everything, and nothing is ever shown."""
        self.came: deque[Any] = deque()
        self.headers: list[dict[str, str]] = []

    async def subscribes(self) -> None:
        keys = json.loads(self.browser.subscription(self.endpoint))["keys"]
        answer = await self._posts("subscriptions", {"endpoint": self.endpoint, "keys": keys})
        assert answer.status_code == 201, answer.text

    async def shows(self) -> Any:
        """Takes the oldest message, shows it and says so, as the service worker does."""
        assert self.came, f"nothing was pushed to {self.owner}"
        message = self.came.popleft()
        for stage in ("received", "shown"):
            answer = await self.replies(message, stage=stage)
            assert answer.status_code == 200, answer.text
        return message

    async def replies(self, message: Any, **said: str) -> httpx.Response:
        """Says something in the message's own name: a stage, or the answer that was tapped."""
        which = sha256(self.endpoint.encode()).hexdigest()[:32]
        return await self._posts("replies", {"token": message["reply"], "subscription": which, **said})

    async def _posts(self, what: str, body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.house.tokens[f'phone-{self.owner}']}"}
        answer = await self.house.http.post(f"/api/push/{what}", json=body, headers=headers)
        await self.house.settle()
        return answer


class PushTown(PushService):
    """A browser maker's push service with a browser for each of the house's people."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, ClosedPage] = {}

    async def closed_page(self, house: "House", owner: str) -> ClosedPage:
        """`owner` asks to be reached with the page closed, and closes it."""
        name = f"/push/{owner}-{len(self.pages)}"
        self.pages[name] = page = ClosedPage(house, owner, self.url + name)
        await page.subscribes()
        return page

    def judge(self, call: Call) -> Answer:
        page = self.pages.get(call.target)
        wants(page is not None and not page.lost, 410, "no such browser any more")
        assert page is not None
        self.browser = page.browser
        answer = super().judge(replace(call, target=ONE_BROWSER))
        page.headers.append(call.headers)
        if not page.dozes:
            page.came.append(self.taken[-1])
        return answer

    @asynccontextmanager
    async def reached_by(self) -> AsyncIterator[Watched]:
        """The hub's own push channel to this service."""
        async with self.listening():
            channel = PushChannel(push_settings(), courier(), SystemClock())
            self.application_server_key = channel.public_key
            yield Watched(channel)
            await channel.close()
