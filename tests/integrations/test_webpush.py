"""Web Push beyond the common contract, against a push service of our own with a browser that opens what it gets."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidTag

from hub.clock import ManualClock
from hub.ports import Never, Notice
from integrations.endpoints import OutboundRules
from integrations.outbound import Courier
from integrations.webpush import PushChannel
from integrations.webpush.payload import LONGEST, payload
from integrations.webpush.subscription import is_one_of
from tests.contracts.authority import Authority
from tests.contracts.benches import Bench, push, push_settings
from tests.contracts.browser import Browser
from tests.contracts.serving import Mood
from tests.contracts.standins import PushService

NOTICE = Notice(
    id="n-1",
    title="ALARM Nord",
    text="Freja, stue 3",
    tag="019a8f1c-7e1b-7c1e-9b55-6f2f3c1d0a11",
    url="https://hub.solgaarden.example/a/1",
    expires_in=900,
    reply="rep_for-this-browser-alone",
    answers=(("coming", "Jeg kommer"), ("cannot", "Jeg kan ikke")),
    unsent="Svaret er IKKE nået frem.",
)


@pytest.fixture
async def bench(authority: Authority) -> AsyncIterator[Bench]:
    async with push(5.0, authority) as made:
        yield made


@pytest.fixture
def service(bench: Bench) -> PushService:
    assert isinstance(bench.service, PushService)
    return bench.service


async def test_the_browser_opens_what_our_service_worker_and_a_browser_without_one_need(
    bench: Bench, service: PushService
) -> None:
    where = await bench.channel.send(NOTICE, bench.address)
    assert where == f"{service.url}/message/1"
    (message,) = service.taken
    buttons = [{"action": "coming", "title": "Jeg kommer"}, {"action": "cannot", "title": "Jeg kan ikke"}]
    facts = {
        "tag": NOTICE.tag,
        "url": NOTICE.url,
        "lang": "da",
        "drill": False,
        "quiet": False,
        "reply": NOTICE.reply,
        "actions": buttons,
        "unsent": "Svaret er IKKE nået frem.",
    }
    shown = message.pop("notification")
    assert message == {
        "id": "n-1",
        "title": "ALARM Nord",
        "body": "Freja, stue 3",
        **facts,
        "web_push": 8030,
        "mutable": True,
    }
    assert shown["navigate"] == NOTICE.url
    assert shown["data"] == {"id": "n-1", **facts}
    assert shown["actions"] == [{**button, "navigate": NOTICE.url} for button in buttons]
    assert (shown["title"], shown["body"], shown["tag"]) == ("ALARM Nord", "Freja, stue 3", NOTICE.tag)


async def test_it_is_urgent_and_kept_until_it_is_of_no_use(bench: Bench, service: PushService) -> None:
    await bench.channel.send(NOTICE, bench.address)
    (call,) = service.calls
    assert (call.headers["urgency"], call.headers["ttl"]) == ("high", "900")


async def test_news_of_one_alarm_share_a_topic_that_tells_nothing(bench: Bench, service: PushService) -> None:
    for notice in (NOTICE, replace(NOTICE, id="n-2", title="Mette kommer"), replace(NOTICE, id="n-3", tag="another")):
        await bench.channel.send(notice, bench.address)
    first, second, other = service.topics
    assert first == second != other
    assert len(first) == 32
    assert "019a8f1c" not in first


async def test_a_changed_bit_opens_nothing(bench: Bench, service: PushService) -> None:
    await bench.channel.send(NOTICE, bench.address)
    body = bytearray(service.calls[0].body)
    body[-1] ^= 1
    with pytest.raises(InvalidTag):
        service.browser.opened(bytes(body))


async def test_nobody_else_opens_it_and_no_two_are_alike(bench: Bench, service: PushService) -> None:
    await bench.channel.send(NOTICE, bench.address)
    await bench.channel.send(NOTICE, bench.address)
    first, second = (call.body for call in service.calls)
    assert first[:16] != second[:16]
    with pytest.raises(InvalidTag):
        Browser().opened(first)


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_dead_subscription_is_said_to_be_gone(bench: Bench, service: PushService, status: int) -> None:
    service.mood = Mood.REFUSES
    service.refuses_with = status
    with pytest.raises(Never, match=str(status)) as refusal:
        await bench.channel.send(NOTICE, bench.address)
    assert refusal.value.more == {"gone": True}


async def test_a_refused_message_does_not_make_the_subscription_dead(bench: Bench, service: PushService) -> None:
    service.mood = Mood.REFUSES
    service.refuses_with = 413
    with pytest.raises(Never) as refusal:
        await bench.channel.send(NOTICE, bench.address)
    assert refusal.value.more == {}


async def test_a_subscription_made_with_another_key_is_refused(bench: Bench, service: PushService) -> None:
    service.application_server_key = "another"
    with pytest.raises(Never, match="403"):
        await bench.channel.send(NOTICE, bench.address)
    assert service.objections == ["another key than the one subscribed with"]


async def test_a_token_serves_an_hour_and_its_time_is_the_clocks() -> None:
    service = PushService()
    clock = ManualClock(datetime.now(UTC))
    async with service.listening():
        channel = PushChannel(push_settings(), Courier(OutboundRules(allow_loopback=True)), clock)
        service.application_server_key = channel.public_key
        await channel.send(NOTICE, service.subscription)
        clock.advance(3599)
        await channel.send(NOTICE, service.subscription)
        assert len(service.tokens) == 1
        clock.advance(1)
        await channel.send(NOTICE, service.subscription)
        assert len(service.tokens) == 2
        # A clock that was set back makes no token that has yet to begin.
        clock.set(datetime.now(UTC))
        await channel.send(NOTICE, service.subscription)
        assert len(service.taken) == 4
        await channel.close()


@pytest.mark.parametrize("letter", ["a", "å", "😀", '"', "\ud800"])
def test_a_long_text_is_cut_to_what_every_service_takes(letter: str) -> None:
    message = payload(replace(NOTICE, title=letter * 500, text=letter * 5000))
    assert len(message) <= LONGEST
    read = json.loads(message)
    assert read["title"]
    assert read["body"].endswith("…")
    assert read["notification"]["body"] == read["body"]


def test_without_a_place_to_go_there_is_no_declarative_form() -> None:
    assert "web_push" not in json.loads(payload(replace(NOTICE, url=None)))


ODD = [
    "",
    "{",
    "[]",
    "null",
    "{}",
    "[" * 4000,
    '{"endpoint": 1, "keys": {"p256dh": "", "auth": ""}}',
    '{"endpoint": "https://fcm.googleapis.com/x"}',
    '{"endpoint": "https://fcm.googleapis.com/x", "keys": []}',
    '{"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": null, "auth": null}}',
    '{"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "BAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}}',
    Browser().subscription("https://fcm.googleapis.com/x").replace('"auth": "', '"auth": "AA'),
    # Of the right length, and no point of the curve.
    json.dumps({"endpoint": "https://a.example", "keys": {"p256dh": "B" + "A" * 86, "auth": "A" * 22}}),
    Browser().subscription("https://fcm.googleapis.com/" + "x" * 5000),
]


@pytest.mark.parametrize("address", ODD, ids=range(len(ODD)))
async def test_what_is_no_subscription_is_never(bench: Bench, address: str) -> None:
    with pytest.raises(Never) as refusal:
        await bench.channel.send(NOTICE, address)
    assert refusal.value.more == {"gone": True}
    assert "googleapis" not in refusal.value.detail


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://push.evil.example/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com/x",
        "https://push.apple.com/x",
        "https://evil-push.apple.com/x",
        "https://updates.push.services.mozilla.com@evil.example/x",
        "https://evil.example/?.push.apple.com",
    ],
)
async def test_only_known_services_are_sent_to(endpoint: str) -> None:
    async def nowhere(_: str, __: int) -> list[str]:
        raise AssertionError("a name was looked up")

    courier = Courier(OutboundRules(), nowhere)
    channel = PushChannel(push_settings(), courier, ManualClock(datetime.now(UTC)))
    with pytest.raises(Never):
        await channel.send(NOTICE, Browser().subscription(endpoint))
    await channel.close()


def test_a_star_stands_for_hosts_below_and_for_nothing_else() -> None:
    assert is_one_of("web.push.apple.com", ("*.push.apple.com",))
    assert not is_one_of("push.apple.com", ("*.push.apple.com",))
    assert not is_one_of("webpush.apple.com", ("*.push.apple.com",))
