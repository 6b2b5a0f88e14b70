"""Which ways out of the house this hub has: the adapters, made from its settings and its sealed keys."""

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from hub.clock import Clock
from hub.errors import Invalid
from hub.ports import Channel, NotNow, Scanner
from hub.proof.carrying import Destination
from hub.settings import Outside, Settings
from hub.storage import secrets
from hub.storage.database import Database
from hub.storage.vault import open_vault
from integrations.clamd import Clamd, place
from integrations.endpoints import OutboundRules, check_operators_url
from integrations.folder import FolderChannel
from integrations.gatewayapi import SmsChannel, SmsSettings
from integrations.outbound import Courier
from integrations.voice import VoiceChannel, VoiceSettings
from integrations.webhook import WebhookChannel, WebhookSettings


def channels(outside: Outside, vapid: bytes | None, signing: bytes | None, clock: Clock) -> Mapping[str, Channel]:
    """Every channel that is set up, by the name that rules call it; Invalid names the setting that is wrong."""
    rules = OutboundRules(allow_loopback=outside.allow_loopback)

    def courier() -> Courier:
        return Courier(rules)

    made: list[Channel] = []
    if signing is not None:
        made.append(WebhookChannel(WebhookSettings(signing), courier(), clock))
    if outside.sms_token and outside.sms_sender:
        with _named("HUB_SMS_…"):
            made.append(SmsChannel(_sms(outside, outside.sms_token, outside.sms_sender), courier(), clock))
    for name, template in (("email", outside.email_url), ("teams", outside.teams_url)):
        if template is not None:
            with _named(f"HUB_{name.upper()}_URL"):
                made.append(_apprise("email" if name == "email" else "teams", template))
    if outside.voice_url is not None:
        with _named("HUB_VOICE_URL"):
            key = _needed(signing, "HUB_VOICE_URL")
            made.append(VoiceChannel(VoiceSettings(outside.voice_url, key), courier(), clock))
    if outside.push_subject is not None:
        with _named("HUB_PUSH_SUBJECT or HUB_PUSH_SERVICES"):
            made.append(_push(outside, _needed(vapid, "HUB_PUSH_SUBJECT"), outside.push_subject, courier, clock))
    return {channel.name: channel for channel in made}


async def ways_out(settings: Settings, database: Database, clock: Clock) -> Mapping[str, Channel]:
    """The channels of this hub, with the keys that it keeps sealed in its database."""
    vault = open_vault(settings.data)
    async with database.read() as tx:
        vapid, signing = await secrets.find(tx, vault, "vapid"), await secrets.find(tx, vault, "signing")
    return channels(settings.outside, vapid, signing, clock)


def proof_ways(outside: Outside, ways: Mapping[str, Channel]) -> Mapping[str, Destination]:
    """Where checkpoints of the journals go; Invalid names the setting that another is missing for."""
    folder = FolderChannel()
    wanted = {
        "folder": (outside.proof_folder, folder, ""),
        "email": (outside.proof_email, ways.get("email"), "HUB_PROOF_EMAIL: set HUB_EMAIL_URL too."),
        "webhook": (outside.proof_webhook, ways.get("webhook"), 'HUB_PROOF_WEBHOOK: run "hub keys" first.'),
    }
    made: dict[str, Destination] = {}
    for name, (address, channel, mend) in wanted.items():
        if address is not None and channel is None:
            raise Invalid(mend)
        if address is not None and channel is not None:
            made[name] = Destination(channel, address)
    if outside.proof_webhook is not None:
        with _named("HUB_PROOF_WEBHOOK"):
            check_operators_url(outside.proof_webhook, "url")
    return made


class Heartbeat:
    """Tells a service outside, at an address of the operator's, that this hub is ready."""

    def __init__(self, url: str, courier: Courier) -> None:
        self._url = url
        self._courier = courier

    async def beat(self) -> None:
        """Calls the address once. Raises NotNow or Never if it was not taken."""
        answer = await self._courier.post(self._url, b"", {})
        if answer.status >= 300:
            raise NotNow(f"{answer.host} answered {answer.status}")

    async def close(self) -> None:
        await self._courier.close()


def heartbeat(outside: Outside) -> Heartbeat | None:
    """The heartbeat, if an address is set; Invalid names what is wrong with it."""
    if outside.heartbeat_url is None:
        return None
    with _named("HUB_HEARTBEAT_URL"):
        check_operators_url(outside.heartbeat_url, "url")
    return Heartbeat(outside.heartbeat_url, Courier(OutboundRules(allow_loopback=outside.allow_loopback)))


def scanner(outside: Outside) -> Scanner | None:
    """What looks through files for viruses, if one is set up; Invalid names what is wrong with where it is."""
    if outside.clamd is None:
        return None
    with _named("HUB_CLAMD"):
        return Clamd(place(outside.clamd))


def _sms(outside: Outside, token: str, sender: str) -> SmsSettings:
    if outside.sms_url is None:
        return SmsSettings(token, sender, message_class=outside.sms_class)
    return SmsSettings(token, sender, outside.sms_url, outside.sms_class)


# Imported only where they are set up: together they take as long to load as all the rest of the hub.


def _apprise(name: Literal["email", "teams"], template: str) -> Channel:
    from integrations.apprise import AppriseChannel, AppriseSettings  # noqa: PLC0415

    return AppriseChannel(AppriseSettings(name, template))


def _push(outside: Outside, key: bytes, subject: str, courier: Callable[[], Courier], clock: Clock) -> Channel:
    from integrations.webpush import KNOWN_SERVICES, PushChannel, PushSettings  # noqa: PLC0415

    private_key = base64.urlsafe_b64encode(key).rstrip(b"=").decode()
    settings = PushSettings(private_key, subject, outside.push_services or KNOWN_SERVICES)
    return PushChannel(settings, courier(), clock)


async def load_push() -> None:
    """Loads what a notification is encrypted with."""
    from integrations.webpush import load  # noqa: PLC0415

    await load()


def _needed(key: bytes | None, setting: str) -> bytes:
    if key is None:
        raise Invalid(f'{setting}: this hub has no keys yet; run "hub keys" first.')
    return key


@contextmanager
def _named(setting: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError) as fault:
        raise Invalid(f"{setting}: {fault}") from fault
