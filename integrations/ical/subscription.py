"""A calendar at an address: fetched as the outbound rules allow, and read."""

import asyncio
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from hub.clock import Clock
from hub.ports import RosterTold
from integrations.ical import IcalSettings, Span, read
from integrations.outbound import Courier
from integrations.replies import must_be_taken


class IcalSubscription:
    """Looks at a calendar's address."""

    def __init__(
        self, name: str, url: str, zone: ZoneInfo, settings: IcalSettings, courier: Courier, clock: Clock
    ) -> None:
        self._name = name
        self._url = url.replace("webcal://", "https://", 1)
        self._zone = zone
        self._settings = settings
        self._courier = courier
        self._clock = clock

    async def look(self, first: datetime, end: datetime, digest: str | None) -> RosterTold | None:
        """The calendar's shifts between the two; None if they are what they were at `digest`."""
        reply = await self._courier.fetch(self._url, {"Accept": "text/calendar"})
        must_be_taken(reply, self._clock.now())
        heard = sha256(f"{first.isoformat()} {end.isoformat()}\n".encode() + reply.body).hexdigest()
        if heard == digest:
            return None
        span = Span(first, end, self._zone)
        told = await asyncio.to_thread(read, reply.body, self._name, span, self._settings)
        return replace(told, digest=heard)

    async def close(self) -> None:
        await self._courier.close()
