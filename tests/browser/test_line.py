"""The line breaks and comes back: the screen says so loudly, and nothing is lost on the way."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import WebSocket, WebSocketRoute, expect

from tests.browser.stage import PASSWORD, Stage
from tests.browser.test_story import hold
from tests.faults.badline import BadLine

pytestmark = pytest.mark.asyncio(loop_scope="session")

CUT_FOR = 30_000  # milliseconds
BROKEN = ["net::ERR_", "WebSocket connection to"]
# What a browser says to its pages when the network is back.
ONLINE = "dispatchEvent(new Event('online'))"


async def test_shout_when_disconnected_do_not_tell_me_you_are_connected(stage: Stage) -> None:
    stage.expected += BROKEN
    lone = await stage.open("lone")
    jonas = await stage.open("jonas")
    mallory = await stage.open("mallory")
    known = await stage.press("amina", kind="assist", place="koekken")
    for page in (lone, jonas, mallory):
        await page.get_by_role("button", name="Jeg kommer").click()
        await page.get_by_role("button", name="Til min egen alarmknap").click()
    for page in (lone, jonas):
        await expect(page.locator(".pinned .line-down")).to_be_hidden()
    await stage.hub.stop()
    try:
        for page in (lone, jonas):
            await expect(page.locator(".pinned .line-down")).to_be_visible()
            await expect(page.locator(".pinned .line-down")).to_contain_text("du kan IKKE modtage alarmer")
        await hold(lone)
        await expect(lone.locator(".loud")).to_contain_text("IKKE modtaget endnu")
        await expect(lone.locator("#mine").get_by_role("link", name="Ring 112")).to_be_visible()
        await hold(mallory)
        await expect(mallory.locator(".mine-card .headline")).to_have_text("Sender…")
        await mallory.goto("about:blank")
    finally:
        await stage.hub.start()
    await stage.act("karen", known, "resolve", outcome="test")
    await expect(jonas.get_by_role("dialog")).to_contain_text("Lone Frandsen")
    await expect(jonas.get_by_role("dialog")).not_to_contain_text("Fælleskøkken")
    await expect(jonas.locator(".pinned .line-down")).to_be_hidden()
    await expect(lone.locator(".mine-card .headline")).to_contain_text("Hørt af ")
    await mallory.goto("/")
    await expect(mallory.locator(".mine-card .ladder")).to_contain_text("Modtaget ")
    pressed = sorted((alarm["raised_by"], alarm["kind"]) for alarm in await stage.open_alarms())
    assert pressed == [("lone", "alarm"), ("mallory", "alarm")], "each press arrived, and once"


async def test_an_answer_given_without_a_network_arrives_later(stage: Stage, line: BadLine) -> None:
    stage.expected += BROKEN
    jonas = await stage.open("jonas", line=line)
    which = await stage.press("lone", place="stue-3")
    await expect(jonas.get_by_role("button", name="Jeg kommer")).to_be_enabled()
    line.is_down()
    await jonas.get_by_role("button", name="Jeg kommer").click()
    await expect(jonas.get_by_role("dialog")).to_contain_text("Dit svar er IKKE nået frem endnu")
    line.heals()
    await jonas.evaluate(ONLINE)
    await expect(jonas.get_by_role("dialog")).to_contain_text("Du har svaret: Jeg kommer")
    assert [one["person"] for one in (await stage.alarm(which))["answers"]] == ["jonas"]


async def test_nothing_is_missed_while_the_network_is_cut_for_half_a_minute(stage: Stage, line: BadLine) -> None:
    stage.expected += BROKEN
    jonas = await stage.open("jonas", line=line)
    known = await stage.press("lone", kind="assist", place="koekken")
    await expect(jonas.get_by_role("dialog")).to_contain_text("Fælleskøkken")
    heard: list[dict[str, Any]] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(json.loads(frame)))

    jonas.on("websocket", opened)
    line.is_down()
    await expect(jonas.locator("html")).to_have_attribute("data-line", "down")
    await stage.act("mette", known, "answers", answer="coming")
    over = await stage.press("mallory", kind="watch", place="koekken")
    await stage.act("mette", over, "resolve", outcome="false")
    begun = await stage.press("lone", place="stue-3")
    await jonas.wait_for_timeout(CUT_FOR)
    await stage.act("mette", begun, "answers", answer="coming")
    line.heals()
    await jonas.evaluate(ONLINE)
    await expect(jonas.locator("html")).to_have_attribute("data-line", "live")
    await expect(jonas.get_by_role("dialog")).to_contain_text("Stue 3")
    await expect(jonas.get_by_role("dialog")).to_contain_text("Mette Østergaard er på vej")
    told = [(one["event"], one["alarm"]["id"]) for one in heard if one["type"] == "alarm"]
    missed = [("answered", known), ("raised", over), ("resolved", over), ("raised", begun), ("answered", begun)]
    assert told == missed, "each once, in order"


async def test_a_network_that_dies_without_a_word_is_found_out(stage: Stage, line: BadLine) -> None:
    stage.expected += BROKEN
    jonas = await stage.open("jonas", own_clock=True, line=line)
    line.swallows = frozenset({"asks", "answers"})
    await jonas.clock.run_for(16_000)
    await expect(jonas.locator("html")).to_have_attribute("data-line", "down")
    line.heals()
    line.cut()
    await jonas.clock.run_for(16_000)
    await expect(jonas.locator("html")).to_have_attribute("data-line", "live")


async def test_a_page_whose_scripts_never_ran_says_that_it_cannot_receive(stage: Stage) -> None:
    lone = await stage.open("lone")
    await lone.route("**/*.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    await lone.reload()
    await expect(lone.locator(".pinned .line-down")).to_be_visible()


async def test_signing_in_and_out(stage: Stage) -> None:
    stage.expected += ["401", "WebSocket connection to"]
    page = await stage.open(None, "/alarms")
    await expect(page).to_have_url(stage.hub.url + "/login?next=/alarms")
    await page.get_by_role("button", name="Log ind").click()
    await expect(page.get_by_role("alert")).to_have_text("Skriv både brugernavn og adgangskode.")
    await page.get_by_label("Brugernavn").fill("amina")
    await page.get_by_label("Adgangskode").fill("forkert")
    await page.get_by_role("button", name="Log ind").click()
    await expect(page.get_by_role("alert")).to_have_text("Brugernavnet eller adgangskoden er forkert.")
    await page.get_by_label("Adgangskode").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(stage.hub.url + "/alarms")
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", name="Open now")).to_be_visible()
    other = await page.context.new_page()
    await other.goto("/")
    await other.get_by_role("button", name="Sign out").click()
    await expect(other).to_have_url(stage.hub.url + "/login?next=%2F")
    await expect(page).to_have_url(stage.hub.url + "/login?next=%2Falarms")


async def test_a_page_that_a_hub_sends_on_does_not_wait(stage: Stage) -> None:
    jonas = await stage.open("jonas", own_clock=True)
    lines: asyncio.Queue[WebSocketRoute] = asyncio.Queue()

    def carry(line: WebSocketRoute) -> None:
        lines.put_nowait(line)
        line.connect_to_server()

    await jonas.route_web_socket("**/live", carry)
    await jonas.reload()
    await jonas.wait_for_selector("html[data-line=live]")
    # From now on no timer of the page runs: whatever it does, it does without waiting.
    await jonas.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    await lines.get_nowait().close(code=1012, reason="the hub restarts: connect again at once")
    async with asyncio.timeout(10):
        await lines.get()
    await expect(jonas.locator("html")).to_have_attribute("data-line", "live")
