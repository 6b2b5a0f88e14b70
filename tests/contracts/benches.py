"""Each channel at a bench: the adapter as the hub makes it, with the stand-in of its service at the other end."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.clock import SystemClock
from hub.ports import Channel
from integrations.apprise import AppriseChannel, AppriseSettings
from integrations.endpoints import OutboundRules
from integrations.gatewayapi import SmsChannel, SmsSettings
from integrations.outbound import Courier
from integrations.voice import VoiceChannel, VoiceSettings
from integrations.webhook import WebhookChannel, WebhookSettings
from integrations.webpush import PushChannel, PushSettings
from tests.contracts.authority import Authority
from tests.contracts.mailbox import PASSWORD, USER, Mailbox
from tests.contracts.standins import KEY, TOKEN, CallProvider, Gateway, PushService, Receiver, TeamsWorkflow

Service = Receiver | CallProvider | Gateway | PushService | TeamsWorkflow | Mailbox


@dataclass(frozen=True, slots=True)
class Bench:
    channel: Channel
    service: Service
    address: str
    tells_when: bool = True
    """Whether the service's Retry-After comes through the adapter."""
    hears_out: bool = False
    """Whether the adapter's library reads an answer to its end, however long it is."""
    huge_is_taken: bool = True


BenchMaker = Callable[[float, Authority], AbstractAsyncContextManager[Bench]]


def courier(patience: float) -> Courier:
    return Courier(OutboundRules(timeout=patience, allow_loopback=True))


@asynccontextmanager
async def webhook(patience: float, _: Authority) -> AsyncIterator[Bench]:
    service = Receiver()
    async with service.listening():
        channel = WebhookChannel(WebhookSettings(key=KEY), courier(patience), SystemClock())
        yield Bench(channel, service, f"{service.url}/alarm")
        await channel.close()


@asynccontextmanager
async def voice(patience: float, _: Authority) -> AsyncIterator[Bench]:
    service = CallProvider()
    async with service.listening():
        settings = VoiceSettings(url=f"{service.url}/calls", key=KEY)
        channel = VoiceChannel(settings, courier(patience), SystemClock())
        yield Bench(channel, service, "20 30 40 50")
        await channel.close()


@asynccontextmanager
async def sms(patience: float, _: Authority) -> AsyncIterator[Bench]:
    service = Gateway()
    async with service.listening():
        settings = SmsSettings(token=TOKEN, sender="Tryghed", url=f"{service.url}/rest/mtsms")
        channel = SmsChannel(settings, courier(patience), SystemClock())
        yield Bench(channel, service, "+45 20 30 40 50")
        await channel.close()


@asynccontextmanager
async def push(patience: float, _: Authority) -> AsyncIterator[Bench]:
    service = PushService()
    async with service.listening():
        channel = PushChannel(push_settings(), courier(patience), SystemClock())
        service.application_server_key = channel.public_key
        yield Bench(channel, service, service.subscription)
        await channel.close()


def push_settings() -> PushSettings:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return PushSettings(private_key=pem.decode(), subject="mailto:drift@solgaarden.example")


@asynccontextmanager
async def email(patience: float, _: Authority) -> AsyncIterator[Bench]:
    service = Mailbox()
    async with service.listening():
        template = (
            f"mailto://{quote(USER, safe='')}:{PASSWORD}@127.0.0.1:{service.port}"
            f"?from={quote(USER, safe='')}&mode=insecure&to={{address}}"
        )
        channel = AppriseChannel(AppriseSettings("email", template, 2 * patience))
        yield Bench(channel, service, "mette+vagt@solgaarden.example", tells_when=False, huge_is_taken=False)
        await channel.close()


@asynccontextmanager
async def teams(patience: float, authority: Authority) -> AsyncIterator[Bench]:
    service = TeamsWorkflow(authority.server("127.0.0.1"))
    async with service.listening():
        template = f"workflows://127.0.0.1:{service.port}/643e69f83c8944/KODuebWbDGYFr0z0eu"
        channel = AppriseChannel(AppriseSettings("teams", template, 2 * patience))
        yield Bench(channel, service, "", tells_when=False, hears_out=True)
        await channel.close()


BENCHES: tuple[BenchMaker, ...] = (webhook, voice, sms, push, email, teams)
