"""The channel "sms": text messages through GatewayAPI's REST interface, or one of the same shape."""

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

from hub.clock import Clock
from hub.ports import Never, Notice
from integrations.endpoints import check_operators_url
from integrations.outbound import Courier
from integrations.phone import msisdn
from integrations.replies import must_be_taken, reference, said
from integrations.sms_text import sms

# A gateway that may not try for a minute will hardly reach a phone at all.
_SHORTEST_VALIDITY = 60


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """Our account at the gateway, and the name that stands above the message on the phone."""

    token: str = field(repr=False)
    sender: str
    url: str = "https://gatewayapi.com/rest/mtsms"
    message_class: str | None = None
    """What the account calls its express lane, such as "premium", if it has one."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\x21-\x39\x3b-\x7e]{16,200}", self.token):
            raise ValueError("sms token: give the API token as the gateway shows it")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ]{0,9}[A-Za-z0-9]|[0-9]{3,15}", self.sender):
            raise ValueError("sms sender: give 2 to 11 letters and digits, or a number of up to 15 digits")
        if self.message_class is not None and not re.fullmatch(r"[a-z_]{1,30}", self.message_class):
            raise ValueError("sms message_class: give the gateway's own word, such as premium, or leave it out")
        check_operators_url(self.url, "sms url")


class SmsChannel:
    """Sends each notice to the address, which is a phone number, in at most two segments."""

    name = "sms"

    def __init__(self, settings: SmsSettings, courier: Courier, clock: Clock) -> None:
        self._settings = settings
        self._courier = courier
        self._clock = clock
        self._headers = {
            "Content-Type": "application/json",
            # The gateway takes the token as a user name without a password; in the URL it would end in logs.
            "Authorization": "Basic " + base64.b64encode(f"{settings.token}:".encode()).decode(),
        }

    async def send(self, notice: Notice, address: str) -> str | None:
        number = msisdn(address)
        if number is None:
            raise Never("The phone number is none that can be written to: mend it where the person is kept", gone=True)
        body = json.dumps(self._message(notice, number)).encode()
        reply = await self._courier.post(self._settings.url, body, self._headers)
        must_be_taken(reply, self._clock.now())
        answer = said(reply)
        ids = answer.get("ids") if isinstance(answer, dict) else None
        return reference(ids[0]) if isinstance(ids, list) and ids else None

    def _message(self, notice: Notice, number: str) -> dict[str, Any]:
        made = sms(notice.title, notice.text, notice.url)
        message: dict[str, Any] = {
            "sender": self._settings.sender,
            "message": made.text,
            "recipients": [{"msisdn": int(number)}],
            "userref": notice.id,
            "validity_period": max(notice.expires_in, _SHORTEST_VALIDITY),
        }
        if not made.gsm:
            # Without it the gateway would put question marks where its alphabet has no sign.
            message["encoding"] = "UCS2"
        if self._settings.message_class is not None:
            message["class"] = self._settings.message_class
        return message

    async def close(self) -> None:
        await self._courier.close()
