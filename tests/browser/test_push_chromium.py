"""Chromium's half: a message of the hub is shown, and a tap answers the alarm.

It cannot subscribe without its maker's service, so what the hub encrypted is opened here and handed to the page's own
service worker, as that service would.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, CDPSession, Page, Worker, async_playwright

from tests.browser.pushhouse import House
from tests.browser.stage import ARGUMENTS, CHROMIUM, WITHIN
from tests.contracts.browser import Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME = "amina"
SHOWN = """async () => (await registration.getNotifications()).map((one) => (
    { title: one.title, body: one.body, tag: one.tag, stays: one.requireInteraction, actions: one.actions }))"""
HOW = "async () => (await registration.getNotifications()).map((one) => [one.tag, one.renotify])"
HOW_WHEN_QUIET = """async () => (await registration.getNotifications()).filter((one) => !one.renotify)
    .map((one) => [one.tag, one.renotify])"""
TITLES = "async () => (await registration.getNotifications()).map((one) => one.title)"
CLOSE = "async () => (await registration.getNotifications()).forEach((one) => one.close())"
# A notification of the system cannot be clicked from outside: the worker gets the event that the click would give it.
TAP = """async (action) => {
    const [notification] = await registration.getNotifications();
    const event = Object.assign(new Event("notificationclick"), { notification, action });
    const work = [];
    event.waitUntil = (promise) => work.push(promise);
    self.dispatchEvent(event);
    await Promise.allSettled(work);
    return (await registration.getNotifications()).map((one) => one.body);
}"""


@dataclass(frozen=True, slots=True)
class Evening:
    house: House
    context: BrowserContext
    wire: CDPSession
    worker: Worker
    registration: str
    keys: Browser

    async def is_pushed(self) -> dict[str, Any]:
        """Hands the message that the hub has just posted to the browser; what it said."""
        async with asyncio.timeout(60):
            await self.house.push.took.get()
        message: dict[str, Any] = self.keys.opened(self.house.push.taken[-1])
        await self.hand_over(json.dumps(message))
        return message

    async def shows(self, wanted: str, data: str) -> list[Any]:
        """What the browser shows, once it is what is wanted; what a busy browser drops, the hub sends anew."""
        async with asyncio.timeout(120):
            while True:
                for _ in range(50):
                    async with asyncio.timeout(30):
                        found: list[Any] = await self.worker.evaluate(wanted)
                    if found:
                        return found
                    await asyncio.sleep(0.1)
                await self.hand_over(data)

    async def hand_over(self, data: str) -> None:
        await self.wire.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self.house.hub.url, "registrationId": self.registration, "data": data},
        )


async def registration_of(wire: CDPSession) -> str:
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def noticed(event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            if not found.done():
                found.set_result(one["registrationId"])

    wire.on("ServiceWorker.workerRegistrationUpdated", noticed)
    await wire.send("ServiceWorker.enable")
    async with asyncio.timeout(60):
        return await found


async def installed(context: BrowserContext, page: Page) -> Worker:
    """The page's service worker, up and running."""
    async with context.expect_event("serviceworker") as came:
        await page.evaluate("navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)")
    worker: Worker = await came.value
    return worker


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def evening(pushed_to: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Evening]:
    folder, place = tmp_path_factory.mktemp("evening"), pushed_to
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        context = await playwright.chromium.launch_persistent_context(
            folder / "profile", executable_path=CHROMIUM, args=ARGUMENTS, base_url=place.hub.url
        )
        stack.push_async_callback(context.close)
        context.set_default_timeout(WITHIN)
        await context.grant_permissions(["notifications"], origin=place.hub.url)
        for name, value in (await place.cookies(NAME)).items():
            await context.add_cookies([{"name": name, "value": value, "url": place.hub.url}])
        page = await context.new_page()
        await page.goto("/login")
        worker = await installed(context, page)
        await page.goto("/health/live")  # only the notification may say that it was seen
        wire = await context.new_cdp_session(page)
        keys = Browser()
        place.push.keys["chromium"] = (await place.api(NAME, "GET", "/api/push/key"))["key"]
        subscription = json.loads(keys.subscription(place.push.endpoint("chromium")))
        await place.api(NAME, "POST", "/api/push/subscriptions", subscription)
        yield Evening(place, context, wire, worker, await registration_of(wire), keys)


async def test_it_is_shown_with_its_answers_and_one_tap_answers_the_alarm(evening: Evening) -> None:
    async with evening.house.line("lone") as lone:
        which = await evening.house.press("watch", place="stue-syd")
        await evening.is_pushed()
        await lone.heard(which, NAME)
        assert evening.house.posted(which, "sms") == ("cancelled", True)
        (shown,) = await evening.worker.evaluate(SHOWN)
        assert (shown["title"], shown["tag"], shown["stays"]) == ("Hold øje", which, True)
        assert [(one["action"], one["title"]) for one in shown["actions"]] == [
            ("coming", "Jeg kommer"),
            ("cannot", "Jeg kan ikke"),
        ]
        assert await evening.worker.evaluate(TAP, "coming") == []
        told = await lone.until("alarm", event="answered")
    assert [(one["person"], one["answer"]) for one in told["alarm"]["answers"]] == [(NAME, "coming")]
    assert evening.house.sms.came.empty()
    await evening.house.all_clear(which)


async def test_the_same_message_once_more_replaces_itself_without_a_sound(evening: Evening) -> None:
    which = await evening.house.press("watch", place="stue-syd")
    message = json.dumps(await evening.is_pushed())
    (before,) = await evening.shows(HOW, message)
    await evening.hand_over(message)
    (after,) = await evening.shows(HOW_WHEN_QUIET, message)
    await evening.worker.evaluate(CLOSE)
    assert (before, after) == ([which, True], [which, False])
    await evening.house.all_clear(which)


async def test_an_answer_that_is_not_taken_says_so(evening: Evening) -> None:
    which = await evening.house.press("watch", place="stue-syd")
    await evening.is_pushed()
    async with evening.house.line("lone") as lone:
        if not (await evening.house.alarm(which))["deliveries"]["shown"]:
            await lone.heard(which, NAME)
    await evening.house.all_clear(which)
    bodies = await evening.worker.evaluate(TAP, "cannot")
    assert bodies == ["Dit svar er IKKE nået frem: åbn Tryghedshub, og svar der."]
    await evening.worker.evaluate(CLOSE)


async def test_a_message_that_cannot_be_read_is_shown_all_the_same(evening: Evening) -> None:
    await evening.hand_over("not JSON")
    shown = await evening.shows(
        "async () => (await registration.getNotifications()).map((one) => one.title)", "not JSON"
    )
    assert shown == ["Tryghedshub"]


async def test_the_page_can_be_installed(evening: Evening) -> None:
    page = await evening.context.new_page()
    await page.goto("/login")
    wire = await evening.context.new_cdp_session(page)
    manifest = await wire.send("Page.getAppManifest")
    assert manifest["url"].endswith("/manifest.webmanifest")
    assert not manifest["errors"]
    assert not (await wire.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    said = json.loads(manifest["data"])
    assert (said["start_url"], said["display"]) == ("/", "standalone")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in said["icons"]}
    assert "maskable" in [icon.get("purpose") for icon in said["icons"]]
    for icon in said["icons"]:
        assert (await page.request.get(urljoin(manifest["url"], icon["src"]))).ok
