"""What goes over the hub's one real way out to other programs: its heartbeat, and a contact's webhook."""

import asyncio
from dataclasses import replace

import pytest

from hub.channels import Heartbeat, heartbeat
from hub.clock import SystemClock
from hub.people.setup import parse
from hub.ports import Never, NotNow
from hub.roster.actions import setup_site
from hub.settings import Outside
from integrations.webhook import WebhookChannel, WebhookSettings
from tests.contracts.over_http import Answer, Call, HttpStandIn
from tests.contracts.serving import SECRET, Mood
from tests.contracts.standins import KEY, Receiver
from tests.scenarios.conftest import Begin
from tests.scenarios.outside import Watched, courier
from tests.scenarios.world import RULES, site_text


class Watchman(HttpStandIn):
    """A service that raises its voice when no beat has come for a while."""

    refuses_with = 404

    def __init__(self) -> None:
        super().__init__()
        self.beats: asyncio.Queue[Call] = asyncio.Queue()

    def judge(self, call: Call) -> Answer:
        self.beats.put_nowait(call)
        return Answer(200, b"OK")


def made(url: str) -> Heartbeat:
    outside = heartbeat(Outside(heartbeat_url=url, allow_loopback=True))
    assert outside is not None
    return outside


async def test_the_heartbeat_goes_out_each_minute_that_the_hub_is_ready(begin: Begin) -> None:
    service = Watchman()
    house = await begin("anna nord")
    async with service.listening():
        outside = made(f"{service.url}/ping/secret-id")
        house.services.chores.start("heartbeat", lambda: house.services.vigil.beat(outside.beat))
        for _ in range(3):
            async with asyncio.timeout(60):
                call = await service.beats.get()
            assert (call.method, call.target, call.body) == ("POST", "/ping/secret-id", b"")
            await house.passes(60)
        await house.services.chores.stop()
        await outside.close()


@pytest.mark.parametrize("mood", [Mood.REFUSES, Mood.LATER, Mood.DROPS, Mood.NONSENSE])
async def test_a_beat_that_was_not_taken_is_said_and_ends_nothing(mood: Mood) -> None:
    service = Watchman()
    async with service.listening():
        outside = made(f"{service.url}/ping/secret-id")
        service.mood = mood
        with pytest.raises(NotNow) as refusal:
            await outside.beat()
        assert "secret" not in refusal.value.detail
        assert SECRET not in refusal.value.detail
        service.mood = Mood.HONEST
        await outside.beat()
        await outside.close()


async def test_a_beat_follows_nobody_elsewhere() -> None:
    service = Watchman()
    async with service.listening():
        outside = made(f"{service.url}/ping")
        service.location = f"{service.url}/elsewhere"
        with pytest.raises(NotNow, match="307"):
            await outside.beat()
        assert [call.target for call in service.calls] == ["/ping"]
        await outside.close()


async def test_without_the_setting_for_tests_the_heartbeat_never_calls_this_machine() -> None:
    service = Watchman()
    async with service.listening():
        outside = heartbeat(Outside(heartbeat_url=f"http://127.0.0.1:{service.port}/ping"))
        assert outside is not None
        with pytest.raises(Never):
            await outside.beat()
        await outside.close()
        assert service.connections == 0


async def test_an_alarm_reaches_a_contacts_webhook_signed_and_without_the_note(begin: Begin) -> None:
    service = Receiver()
    house = await begin("anna nord")
    async with service.listening():
        await house.is_killed()
        house.ways["webhook"] = Watched(WebhookChannel(WebhookSettings(KEY), courier(), SystemClock()))
        await house.starts()
        site = parse(site_text(["anna nord"], house.clock.now()))
        (guard,) = site.contacts
        reached = replace(guard, phone=None, webhook=f"{service.url}/alarm")
        await setup_site(house.database, replace(site, contacts=(reached,)), RULES, house.clock)
        (anna,) = await house.connect("anna")

        alarm = await anna.presses(note="Fru Hansen slår")
        await house.settle()

        (said,) = service.taken
        assert service.objections == []
        assert (said["title"], said["tag"], said["drill"]) == ("ALARM", alarm, False)
        assert said["text"] == "Anna kl. 14.00: Nord"
        assert await house.events(alarm) == ["raised", "sent"]
        anna.unread.clear()
        await house.ways["webhook"].close()
