"""The channel "voice": asks a call provider's webhook to ring a number and say something."""

import json
import re
from dataclasses import dataclass, field

from hub.clock import Clock
from hub.ports import Never, Notice
from integrations.endpoints import check_operators_url
from integrations.outbound import Courier
from integrations.phone import msisdn
from integrations.replies import must_be_taken, reference, said
from integrations.signing import check_key, signed_headers


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """Where the call provider listens, what it knows us by, and the language it reads in."""

    url: str = field(repr=False)
    key: bytes = field(repr=False)
    language: str = "da-DK"

    def __post_init__(self) -> None:
        check_operators_url(self.url, "voice url")
        check_key(self.key, "voice key")
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", self.language):
            raise ValueError("voice language: give a language tag such as da-DK")


class VoiceChannel:
    """Has each notice read aloud at the address, which is a phone number."""

    name = "voice"

    def __init__(self, settings: VoiceSettings, courier: Courier, clock: Clock) -> None:
        self._settings = settings
        self._courier = courier
        self._clock = clock

    async def send(self, notice: Notice, address: str) -> str | None:
        number = msisdn(address)
        if number is None:
            raise Never("The phone number is none that can be called: mend it where the person is kept", gone=True)
        body = json.dumps(
            {
                "to": f"+{number}",
                "say": ". ".join(part for part in (notice.title, notice.text) if part),
                "language": self._settings.language,
                "id": notice.id,
            }
        ).encode()
        headers = signed_headers(self._settings.key, self._clock.now(), body, notice.id)
        reply = await self._courier.post(self._settings.url, body, headers)
        must_be_taken(reply, self._clock.now())
        answer = said(reply)
        return reference(answer.get("id")) if isinstance(answer, dict) else None

    async def close(self) -> None:
        await self._courier.close()
