"""A channel that is set up wrong says so when the hub starts, not when it is needed; and none shows its secrets."""

import pytest

from integrations.apprise import AppriseSettings
from integrations.gatewayapi import SmsSettings
from integrations.voice import VoiceSettings
from integrations.webhook import WebhookSettings
from integrations.webpush import PushSettings
from tests.contracts.benches import push_settings
from tests.contracts.standins import KEY, TOKEN

RAW_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
SMTP = "mailtos://hub:very-secret-word@mail.example:587?from=hub@mail.example"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: WebhookSettings(key=b"short"), "32 random bytes"),
        (lambda: VoiceSettings(url="https://calls.example/", key=b""), "32 random bytes"),
        (lambda: VoiceSettings(url="http://calls.example/", key=KEY), "https"),
        (lambda: VoiceSettings(url="https://192.168.1.9/", key=KEY), "inside"),
        (lambda: VoiceSettings(url="https://calls.example/", key=KEY, language="dansk!"), "language"),
        (lambda: SmsSettings(token="", sender="Tryghed"), "token"),
        (lambda: SmsSettings(token=TOKEN, sender="Tryghedshubben"), "sender"),
        (lambda: SmsSettings(token=TOKEN, sender="Trøst"), "sender"),
        (lambda: SmsSettings(token=TOKEN, sender="Tryghed", url="gatewayapi.com"), "url"),
        (lambda: SmsSettings(token=TOKEN, sender="Tryghed", message_class="Very Premium"), "class"),
        (lambda: PushSettings(private_key="nonsense", subject="mailto:a@b.example"), "P-256"),
        (lambda: PushSettings(private_key=RAW_KEY, subject="somebody"), "mailto:"),
        (lambda: PushSettings(private_key=RAW_KEY, subject="mailto:a@b.example", services=("*",)), "host name"),
        (lambda: PushSettings(private_key=RAW_KEY, subject="mailto:a@b.example", services=("*.com/x",)), "host name"),
        (lambda: PushSettings(private_key=RAW_KEY, subject="mailto:a@b.example", services=()), "at least one"),
        (lambda: AppriseSettings("sms", SMTP + "&to={address}"), "email or teams"),  # type: ignore[arg-type]
        (lambda: AppriseSettings("email", SMTP), "{address}"),
        (lambda: AppriseSettings("email", "mailtos://hub@{address}?to={address}"), "never in the host"),
        (lambda: AppriseSettings("email", "post://mail.example?to={address}"), "no such service"),
        (lambda: AppriseSettings("teams", "workflows://nowhere"), "no such service"),
        (lambda: AppriseSettings("teams", "workflows://a.example/flow/sig", timeout=60), "timeout"),
    ],
)
def test_settings_refuse_to_be_born_wrong(make: object, says: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=says.replace("{", r"\{")):
        make()


def test_no_setting_shows_its_secrets() -> None:
    settings = [
        WebhookSettings(key=KEY),
        VoiceSettings(url="https://calls.example/very-secret-word", key=KEY),
        SmsSettings(token=TOKEN, sender="Tryghed"),
        push_settings(),
        AppriseSettings("email", SMTP + "&to={address}"),
    ]
    shown = "".join(map(repr, settings))
    for secret in (KEY.decode(), TOKEN, "PRIVATE KEY", "very-secret-word"):
        assert secret not in shown


def test_a_push_key_may_be_its_thirty_two_bytes() -> None:
    PushSettings(private_key=RAW_KEY, subject="https://hub.example")
