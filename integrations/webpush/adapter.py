"""The channel "push": Web Push to the services that browsers' makers run (RFC 8030, 8291, 8292)."""

import base64
import hashlib
from asyncio import to_thread
from dataclasses import dataclass, field
from importlib import import_module

import httpx

from hub.clock import Clock
from hub.ports import Never, Notice
from integrations.endpoints import host_of
from integrations.outbound import Courier
from integrations.replies import must_be_taken, reference
from integrations.webpush.payload import payload
from integrations.webpush.subscription import Subscription, is_one_of, is_service_name, subscription
from integrations.webpush.vapid import Vapid

KNOWN_SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
# The subscription was given up, or was never made with our key: no later message will get through either.
_GONE = {403, 404, 410}


@dataclass(frozen=True, slots=True)
class PushSettings:
    """Who we are to the push services, and which services there are."""

    private_key: str = field(repr=False)
    subject: str
    """Whom a push service's staff may write to: mailto:… or https:// and a host."""
    services: tuple[str, ...] = KNOWN_SERVICES

    def __post_init__(self) -> None:
        Vapid(self.private_key, self.subject)
        for name in self.services:
            if not is_service_name(name):
                raise ValueError(f"push services: {name!r} is no host name; write one.example.org or *.example.org")
        if not self.services:
            raise ValueError("push services: give at least one, or leave the setting out")


class PushChannel:
    """Sends each notice, encrypted for one browser, to the address: its subscription as JSON."""

    name = "push"

    def __init__(self, settings: PushSettings, courier: Courier, clock: Clock) -> None:
        self._services = settings.services
        self._vapid = Vapid(settings.private_key, settings.subject)
        self._courier = courier
        self._clock = clock

    @property
    def public_key(self) -> str:
        """What a page subscribes with, its `applicationServerKey`: it follows from the private key."""
        return self._vapid.public_key

    async def send(self, notice: Notice, address: str) -> str | None:
        browser = subscription(address)
        endpoint = self._courier.checked(browser.endpoint)
        if not (is_one_of(host_of(endpoint), self._services) or self._courier.leads_home(endpoint)):
            raise Never("The push subscription names a service that the hub does not know", gone=True)
        now = self._clock.now()
        headers = {
            "Authorization": self._vapid.authorization(_origin(endpoint), now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            # Left out, a service drops the message when the phone sleeps, and says 201 all the same.
            "TTL": str(max(notice.expires_in, 0)),
            "Urgency": "high",
            "Topic": _topic(notice.tag),
        }
        message = await to_thread(_encrypted, payload(notice), browser)
        reply = await self._courier.post(browser.endpoint, message, headers)
        if reply.status in _GONE:
            raise Never(f"{reply.host} no longer knows the push subscription ({reply.status})", gone=True)
        must_be_taken(reply, self._clock.now())
        return reference(reply.headers.get("Location"))

    async def close(self) -> None:
        await self._courier.close()


async def load() -> None:
    """Loads what encrypts, beside a hub that serves already."""
    await to_thread(import_module, "pywebpush")


def _origin(endpoint: httpx.URL) -> str:
    port = "" if endpoint.port is None else f":{endpoint.port}"
    return f"{endpoint.scheme}://{host_of(endpoint)}{port}"


def _topic(tag: str) -> str:
    """RFC 8030, 5.4: at most 32 signs of base64url. A hash, since the service need not know the alarm's name."""
    return base64.urlsafe_b64encode(hashlib.sha256(tag.encode(errors="replace")).digest())[:32].decode()


def _encrypted(message: bytes, browser: Subscription) -> bytes:
    # It brings two more clients for HTTP along, a fifth of a hub's start: `load` has it there before the first message.
    from pywebpush import WebPusher  # type: ignore[import-untyped] # noqa: PLC0415

    # Only pywebpush's encryption: its own sending takes proxies from the environment and looks the name up unchecked.
    keys = {"p256dh": browser.p256dh, "auth": browser.auth}
    return bytes(WebPusher({"endpoint": browser.endpoint, "keys": keys}).encode(message)["body"])
