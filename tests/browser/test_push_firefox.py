"""A real Firefox with every page of the site closed: the hub reaches it, and takes its word for it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.browser.firefox import Firefox, firefox
from tests.browser.pushhouse import House, Line
from tests.browser.pushservice import DELIVERED, UNREADABLE
from tests.contracts.browser import Browser
from tests.contracts.over_http import Answer

pytestmark = pytest.mark.asyncio(loop_scope="session")

IS_ON = "document.getElementById('push-switch')?.textContent === 'Slå fra'"
IS_READY = "document.getElementById('push-switch')?.hidden === false"
SHOWN = """
    const registration = await navigator.serviceWorker.ready;
    const shown = await registration.getNotifications();
    for (const one of shown) one.close();
    return shown.map((one) => (
        { title: one.title, body: one.body, tag: one.tag, stays: one.requireInteraction, lang: one.lang }));
"""
# He taps the test when it has come to his page and been sent; then waits until it has gone the whole way.
TESTS_HIMSELF = """
    const until = (holds) => new Promise((done) => {
        const look = () => holds() && (watch.disconnect(), done());
        const watch = new MutationObserver(look);
        watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        look();
    });
    const steps = () => document.querySelectorAll("#test-steps .done").length;
    document.getElementById("test").click();
    await until(() => steps() >= 2);
    document.querySelector("[data-ready=proof]").click();
    await until(() => !document.getElementById("test-passed").hidden);
    return [steps(), document.querySelectorAll("#checks [data-state=bad]").length];
"""
SUBSCRIBE_WITH = """
    const { pushManager } = await navigator.serviceWorker.ready;
    await (await pushManager.getSubscription()).unsubscribe();
    const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: "%s" });
    const headers = { "Content-Type": "application/json" };
    await fetch("/api/push/subscriptions", { method: "POST", body: JSON.stringify(made), headers });
"""


@dataclass(frozen=True, slots=True)
class Night:
    """The house, Jonas's browser, and the screens of those who watch."""

    house: House
    browser: Firefox
    lone: Line

    async def jonas_can_be_reached(self) -> None:
        """He has asked to be reached with the page closed, or asks now; and every page is closed."""
        if not (await self.house.api("jonas", "GET", "/api/push/subscriptions"))["subscriptions"]:
            await self.in_his_page("")

    async def notification(self, alarm: str) -> dict[str, object]:
        """What Firefox shows him of the alarm, once and no more; then he wipes it all away."""
        shown: list[dict[str, object]] = await self.in_his_page(SHOWN)
        (found,) = (one for one in shown if one["tag"] == alarm)
        return found

    async def in_his_page(self, script: str, path: str = "") -> Any:
        """Runs the script in his page, with notifications switched on; then the page is closed, and the hub knows."""
        async with self.browser.page(self.house.hub.url + path, await self.house.cookies("jonas")) as page:
            await page.becomes(IS_READY)
            if not await page.run(f"return {IS_ON}"):
                await page.tap("#push-switch")
            await page.becomes(IS_ON)
            found = await page.run(script)
        while await self._jonas_is_connected():
            await self.lone.until("reach", unit="nord")
        return found

    async def _jonas_is_connected(self) -> bool:
        reach = await self.house.api("lone", "GET", "/api/reach?unit=nord")
        (devices,) = (one["devices"] for one in reach["people"] if one["person"] == "jonas")
        return bool(devices)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def night(pushed_to: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Night]:
    folder = tmp_path_factory.mktemp("night")
    async with firefox(folder, pushed_to.push.address) as browser, pushed_to.line("lone") as lone:
        yield Night(pushed_to, browser, lone)


@pytest_asyncio.fixture(loop_scope="session")
async def closed(night: Night) -> AsyncIterator[Night]:
    """Jonas is on duty with every page closed; afterwards nothing is left open, misbehaving or complained of."""
    await night.jonas_can_be_reached()
    yield night
    night.house.push.tampers = False
    while not night.house.push.took.empty():
        night.house.push.took.get_nowait()
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
    shown = await closed.notification(which)
    assert shown["title"] == "ALARM"
    assert str(shown["body"]).startswith("Lone Frandsen kl. ")
    assert str(shown["body"]).endswith("Stue Nord, Afdeling Nord")
    assert (shown["tag"], shown["stays"], shown["lang"]) == (which, True, "da")
    (browser,) = (await closed.house.api("jonas", "GET", "/api/push/subscriptions"))["subscriptions"]
    assert browser["proven"]
    await closed.house.all_clear(which)


async def test_the_test_alarm_goes_the_whole_way(closed: Night) -> None:
    steps, wrong = await closed.in_his_page(TESTS_HIMSELF, "/check")
    assert steps == 4
    assert wrong <= 1, "but for the sound, which waits for a finger"
    assert await acknowledged(closed) == DELIVERED


async def test_a_message_that_somebody_changed_is_not_shown_and_the_text_message_goes_when_due(closed: Night) -> None:
    closed.house.push.tampers = True
    which = await closed.house.press("assist")
    assert await acknowledged(closed) == UNREADABLE
    await told_by_text_message(closed)
    assert (await closed.house.alarm(which))["deliveries"]["received"] == 0
    await closed.house.all_clear(which)


async def test_a_service_that_is_down_is_tried_again_while_the_text_message_goes_at_once(closed: Night) -> None:
    closed.house.push.says_next = [Answer(503, headers=(("Retry-After", "1"),))]
    which = await closed.house.press("alarm")
    await told_by_text_message(closed)
    await closed.lone.heard(which, "jonas")
    assert await acknowledged(closed) == DELIVERED
    assert closed.house.posted(which, "push").outcome in ("sent", "cancelled")
    shown = await closed.notification(which)
    assert shown["title"] == "ALARM"
    await closed.house.all_clear(which)


async def test_a_dead_subscription_is_given_up_told_of_and_passed_at_once(closed: Night) -> None:
    closed.house.push.says_next = [Answer(410)]
    async with closed.house.line("mette") as mette, closed.house.line("jonas") as jonas:
        which = await closed.house.press("watch")
        for screen in (mette, jonas):
            warning = await screen.until("warning")
            assert warning == {"type": "warning", "code": "push_lost", "person": "jonas", "name": "Jonas Holm"}
        await told_by_text_message(closed)
    assert closed.house.posted(which, "push").outcome == "failed"
    assert (await closed.house.api("jonas", "GET", "/api/push/subscriptions")) == {"subscriptions": []}
    await closed.house.all_clear(which)


async def test_a_subscription_made_with_another_hubs_key_is_dead(closed: Night) -> None:
    other = json.loads(Browser().subscription(""))["keys"]["p256dh"]
    await closed.in_his_page(SUBSCRIBE_WITH % other)
    async with closed.house.line("mette") as mette:
        which = await closed.house.press("watch")
        assert (await mette.until("warning"))["person"] == "jonas"
    # The one that he had before is dead too, and was given up in the same go.
    expected = {"another key than the one subscribed with", "no such subscription"}
    assert set(closed.house.push.objections) == expected
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
    which = await closed.house.press("assist", drill=True)
    await told_by_text_message(closed)
    closed.house.push.browser_is_back()
    await closed.lone.heard(which, "jonas")
    assert await acknowledged(closed) == DELIVERED
    shown = await closed.notification(which)
    assert shown["title"] == "ØVELSE – Tilkald"
    await closed.house.all_clear(which)
