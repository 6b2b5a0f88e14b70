"""The button is there before all else: small on the first visit, kept for when there is no network, one key away."""

import pytest
from playwright.async_api import expect

from tests.browser.firstload import first_load
from tests.browser.stage import DESK, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

LARGEST_FIRST_LOAD = 150_000
UNREACHED = ["ERR_CONNECTION_REFUSED", "WebSocket connection to", "ERR_FAILED", "503", "502"]
IS_KEPT = "async () => Boolean(await caches.match('/')) && Boolean(await caches.match('/offline'))"


async def test_the_first_visit_is_small_and_asks_nobody_else(stage: Stage) -> None:
    load = await first_load(stage, "lone")
    assert load.transferred <= LARGEST_FIRST_LOAD
    assert load.hosts == {f"{stage.hub.host}:{stage.hub.port}"}


async def test_the_button_opens_and_sends_although_the_hub_was_away(stage: Stage) -> None:
    stage.expected += UNREACHED
    lone = await stage.open("lone", kept=True)
    await lone.get_by_label("Hvor er du?").select_option("stue-3")
    await lone.wait_for_function(IS_KEPT)
    stranger = await stage.open(None, "/login", kept=True)
    await stranger.evaluate("navigator.serviceWorker.register('/sw.js')")
    await stranger.wait_for_function("async () => Boolean(await caches.match('/offline'))")
    await stranger.evaluate("navigator.serviceWorker.ready")
    await stage.hub.stop()
    try:
        await lone.goto("/alarms")
        await expect(lone).to_have_url(stage.hub.url + "/")
        await expect(lone.locator(".pinned .line-down")).to_contain_text("du kan IKKE modtage alarmer")
        await expect(lone.locator(".pinned").get_by_role("link", name="Ring 112")).to_have_attribute("href", "tel:112")
        await lone.locator("#press-alarm").focus()
        for _ in range(2):
            await lone.keyboard.press("Enter")
        await expect(lone.locator(".mine-card .loud")).to_contain_text("IKKE modtaget endnu")
        await stranger.goto("/login")
        await expect(stranger.get_by_role("heading", level=1)).to_contain_text("du kan IKKE modtage alarmer")
        await expect(stranger.get_by_role("link", name="Call 112")).to_be_visible()
    finally:
        await stage.hub.start()
    await expect(lone.locator(".mine-card .ladder")).to_contain_text("Modtaget ")
    await expect(lone.locator("html:not([data-kept])[data-line=live]")).to_be_attached()
    assert [(one["raised_by"], one["place"]) for one in await stage.open_alarms()] == [("lone", "stue-3")]
    await expect(stranger.get_by_role("button", name="Log ind")).to_be_visible()
    await lone.get_by_role("button", name="Log ud").click()
    await expect(lone).to_have_url(stage.hub.url + "/login?next=%2F")
    assert not await lone.evaluate("async () => Boolean(await caches.match('/'))"), (
        "the next person gets no page of hers"
    )
    stage.sessions.pop("lone")


async def test_one_key_is_the_alarm_button_on_every_page(stage: Stage) -> None:
    lone = await stage.open("lone", "/alarms", size=DESK)
    await lone.keyboard.press("F9")
    await expect(lone.locator("#press-hot")).to_contain_text("Tryk igen")
    assert not await stage.open_alarms()
    await lone.keyboard.press("F9")
    await expect(lone.locator(".mine-card .ladder")).to_contain_text("Modtaget ")
    await lone.keyboard.down("F9")
    await expect(lone.locator("#press-alarm")).to_have_attribute("data-press", "holding")
    await expect(lone.locator("#press-alarm")).to_have_attribute("data-press", "")
    await lone.keyboard.up("F9")
    await expect(lone.locator(".mine-card")).to_have_count(2)
