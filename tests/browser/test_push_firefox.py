"""A real Firefox with every page of the site closed: the hub reaches it, and takes its word for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.browser.firefox import Firefox, firefox
from tests.browser.pushhouse import House, Line, house
from tests.browser.pushservice import DELIVERED, UNREADABLE
from tests.contracts.browser import Browser
from tests.contracts.over_http import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

IS_ON = "document.getElementById('push-switch').textContent === 'Slå fra'"
IS_READY = "!document.getElementById('push-switch').hidden && document.documentElement.dataset.line === 'live'"
SHOWN = """
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map((one) => (
        { title: one.title, body: one.body, tag: one.tag, stays: one.requireInteraction, lang: one.lang }))
"""
SWEPT = "for (const one of await (await navigator.serviceWorker.ready).getNotifications()) one.close()"


@dataclass(frozen=True, slots=True)
class Night:
    """The house, Jonas's browser, and the screens of those who watch."""

    house: House
    browser: Firefox
    lone: Line

    async def jonas_closes_everything(self) -> None:
        """He has asked to be reached, and then closed every page."""
        await self._in_his_page(SWEPT)
        while await self._jonas_reach() != "not_connected":
            await self.lone.until("reach", unit="nord")

    async def notifications(self) -> list[dict[str, object]]:
        shown: list[dict[str, object]] = await self._in_his_page(SHOWN)
        return shown

    async def _in_his_page(self, script: str) -> list[dict[str, object]]:
        async with self.browser.page(self.house.hub.url, await self.house.cookies("jonas")) as page:
            await page.becomes(IS_READY)
            if not await page.run(f"return {IS_ON}"):
                await page.tap("#push-switch")
            await page.becomes(IS_ON)
            found: list[dict[str, object]] = await page.run(script)
            return found

    async def _jonas_reach(self) -> str:
        reach = await self.house.api("lone", "GET", "/api/reach?unit=nord")
        (reason,) = (one["reason"] for one in reach["people"] if one["person"] == "jonas")
        return str(reason)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def night(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Night]:
    folder = tmp_path_factory.mktemp("night")
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(house(folder))
        browser = await stack.enter_async_context(firefox(folder, place.push.address))
        lone = await stack.enter_async_context(place.line("lone"))
        yield Night(place, browser, lone)


@pytest_asyncio.fixture(loop_scope="module")
async def closed(night: Night) -> AsyncIterator[Night]:
    """Jonas is on duty with every page closed; afterwards nothing is left open, misbehaving or complained of."""
    await night.jonas_closes_everything()
    yield night
    night.house.push.tampers = False
    assert not night.house.push.says_next
    assert night.house.sms.came.empty()
    assert not night.browser.complaints


async def told_by_text_message(night: Night) -> None:
    async with asyncio.timeout(60):
        (recipient,) = (await night.house.sms.came.get())["recipients"]
    assert recipient["msisdn"] == 4520000001


async def acknowledged(night: Night) -> int:
    async with asyncio.timeout(60):
        return await night.house.push.acknowledged.get()


async def test_with_every_page_closed_it_is_shown_and_its_receipt_stops_the_text_message(closed: Night) -> None:
    which = await closed.house.press("alarm")
    await closed.lone.heard(which, "jonas")
    assert await acknowledged(closed) == DELIVERED
    outcome, before_due = closed.house.posted(which, "sms")
    assert (outcome, before_due) == ("cancelled", True)
    (shown,) = await closed.notifications()
    assert shown["title"] == "ALARM"
    assert str(shown["body"]).startswith("Lone Frandsen kl. ")
    assert str(shown["body"]).endswith("Stue Nord, Afdeling Nord")
    assert (shown["tag"], shown["stays"], shown["lang"]) == (which, True, "da")
    (browser,) = (await closed.house.api("jonas", "GET", "/api/push/subscriptions"))["subscriptions"]
    assert browser["proven"]
    await closed.house.all_clear(which)


async def test_a_drill_says_so(closed: Night) -> None:
    which = await closed.house.press("alarm", drill=True)
    await closed.lone.heard(which, "jonas")
    assert await acknowledged(closed) == DELIVERED
    (shown,) = await closed.notifications()
    assert shown["title"] == "ØVELSE – ALARM"
    await closed.house.all_clear(which)


async def test_a_message_that_somebody_changed_is_not_shown_and_the_text_message_goes_when_due(closed: Night) -> None:
    closed.house.push.tampers = True
    which = await closed.house.press("assist")
    assert await acknowledged(closed) == UNREADABLE
    await told_by_text_message(closed)
    assert (await closed.house.alarm(which))["deliveries"]["received"] == 0
    assert await closed.notifications() == []
    await closed.house.all_clear(which)


async def test_a_service_that_is_down_is_tried_again_while_the_text_message_goes_at_once(closed: Night) -> None:
    closed.house.push.says_next = [Answer(503, headers=(("Retry-After", "1"),))]
    which = await closed.house.press("alarm")
    await told_by_text_message(closed)
    await closed.lone.heard(which, "jonas")
    assert await acknowledged(closed) == DELIVERED
    assert closed.house.posted(which, "push").outcome in ("sent", "cancelled")
    (shown,) = await closed.notifications()
    assert shown["tag"] == which
    await closed.house.all_clear(which)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_dead_subscription_is_given_up_told_of_and_passed_at_once(closed: Night, status: int) -> None:
    closed.house.push.says_next = [Answer(status)]
    async with closed.house.line("mette") as mette, closed.house.line("jonas") as jonas:
        # His screen here is connected, but has nobody behind it: push is due a second later.
        which = await closed.house.press("assist")
        for screen in (mette, jonas):
            warning = await screen.until("warning")
            assert warning == {"type": "warning", "code": "push_lost", "person": "jonas", "name": "Jonas Holm"}
    await told_by_text_message(closed)
    assert closed.house.posted(which, "push").outcome == "failed"
    assert (await closed.house.api("jonas", "GET", "/api/push/subscriptions")) == {"subscriptions": []}
    await closed.house.all_clear(which)


async def test_a_subscription_made_with_another_hubs_key_is_dead(closed: Night) -> None:
    other = Browser().subscription("").split('"p256dh": "')[1].split('"')[0]
    async with closed.browser.page(f"{closed.house.hub.url}/alarms", await closed.house.cookies("jonas")) as page:
        await page.becomes(IS_ON)
        await page.run(
            f"""
            const {{ pushManager }} = await navigator.serviceWorker.ready;
            await (await pushManager.getSubscription()).unsubscribe();
            const made = await pushManager.subscribe({{ userVisibleOnly: true, applicationServerKey: "{other}" }});
            await fetch("/api/push/subscriptions", {{ method: "POST", body: JSON.stringify(made),
                headers: {{ "Content-Type": "application/json" }} }});
            """
        )
    async with closed.house.line("mette") as mette:
        which = await closed.house.press("assist")
        assert (await mette.until("warning"))["person"] == "jonas"
        assert "another key than the one subscribed with" in closed.house.push.objections
    await told_by_text_message(closed)
    await closed.house.all_clear(which)


async def test_after_a_loss_the_next_visit_of_the_page_makes_it_whole(closed: Night) -> None:
    which = await closed.house.press("alarm")
    await closed.lone.heard(which, "jonas")
    assert await acknowledged(closed) == DELIVERED
    await closed.house.all_clear(which)


async def test_a_browser_that_was_away_shows_it_when_it_comes_back_and_the_text_message_went_meanwhile(
    closed: Night,
) -> None:
    closed.house.push.held = []
    which = await closed.house.press("assist")
    await told_by_text_message(closed)
    closed.house.push.browser_is_back()
    await closed.lone.heard(which, "jonas")
    assert await acknowledged(closed) == DELIVERED
    (shown,) = await closed.notifications()
    assert shown["title"] == "Tilkald"
    await closed.house.all_clear(which)
