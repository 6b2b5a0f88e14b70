"""The channel "webhook": whoever has a URL can be told by it."""

import json
from dataclasses import dataclass, field

from hub.clock import Clock, rfc3339
from hub.ports import Notice
from integrations.outbound import Courier
from integrations.replies import must_be_taken
from integrations.signing import check_key, signed_headers


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What the receivers know us by."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        check_key(self.key, "webhook key")


class WebhookChannel:
    """Posts each notice to the address, which is the contact's URL."""

    name = "webhook"

    def __init__(self, settings: WebhookSettings, courier: Courier, clock: Clock) -> None:
        self._settings = settings
        self._courier = courier
        self._clock = clock

    async def send(self, notice: Notice, address: str) -> str | None:
        now = self._clock.now()
        body = json.dumps(
            {
                "id": notice.id,
                "title": notice.title,
                "text": notice.text,
                "tag": notice.tag,
                "url": notice.url,
                "drill": notice.drill,
                "sent_at": rfc3339(now),
            }
        ).encode()
        reply = await self._courier.post(address, body, signed_headers(self._settings.key, now, body, notice.id))
        must_be_taken(reply, self._clock.now())
        return None

    async def close(self) -> None:
        await self._courier.close()
