"""The line breaks and comes back: the screen says so loudly, and nothing is lost on the way."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import PASSWORD, Stage
from tests.browser.test_story import hold

pytestmark = pytest.mark.asyncio(loop_scope="session")

BROKEN = ["ERR_CONNECTION_REFUSED", "WebSocket connection to"]


async def test_a_restart_of_the_hub_is_said_loudly_and_misses_nothing(stage: Stage) -> None:
    stage.expected += BROKEN
    lone = await stage.open("lone")
    jonas = await stage.open("jonas")
    known = await stage.press("lone", kind="assist", place="koekken")
    await jonas.get_by_role("button", name="Jeg kommer").click()
    await jonas.get_by_role("button", name="Til min egen alarmknap").click()
    await stage.hub.stop()
    try:
        for page in (lone, jonas):
            await expect(page.locator("body > .line-down")).to_be_visible()
            await expect(page.locator("body > .line-down")).to_contain_text("du kan IKKE modtage alarmer")
        await hold(lone)
        await expect(lone.locator(".loud").first).to_contain_text("IKKE modtaget endnu")
        await expect(lone.get_by_role("link", name="Ring 112").first).to_be_visible()
    finally:
        await stage.hub.start()
    await stage.act("karen", known, "resolve", outcome="test")
    await expect(jonas.get_by_role("dialog")).to_contain_text("Lone Frandsen")
    await expect(lone.locator(".mine-card .headline").first).to_have_text("Hørt af 1")
    await expect(jonas.locator(".strip-clear")).to_contain_text("Fælleskøkken")
    await expect(jonas.locator("body > .line-down")).to_be_hidden()
    assert [alarm["kind"] for alarm in await stage.open_alarms()] == ["alarm"], "the same press, once"


async def test_an_answer_given_without_a_line_arrives_later(stage: Stage) -> None:
    stage.expected += BROKEN
    jonas = await stage.open("jonas")
    which = await stage.press("lone", place="stue-3")
    await expect(jonas.get_by_role("button", name="Jeg kommer")).to_be_enabled()
    await stage.hub.stop()
    try:
        await jonas.get_by_role("button", name="Jeg kommer").click()
        await expect(jonas.get_by_role("dialog")).to_contain_text("Dit svar er IKKE nået frem endnu")
    finally:
        await stage.hub.start()
    await expect(jonas.get_by_role("dialog")).to_contain_text("Du har svaret: Jeg kommer")
    assert [one["person"] for one in (await stage.alarm(which))["answers"]] == ["jonas"]


async def test_a_press_survives_the_page(stage: Stage) -> None:
    stage.expected += BROKEN
    lone = await stage.open("lone")
    await stage.hub.stop()
    try:
        await hold(lone)
        await expect(lone.locator(".mine-card .headline")).to_have_text("Sender…")
    finally:
        await lone.goto("about:blank")
        await stage.hub.start()
    assert not await stage.open_alarms()
    await lone.goto("/")
    await expect(lone.locator(".mine-card .ladder")).to_contain_text("Modtaget ")
    assert len(await stage.open_alarms()) == 1


async def test_a_page_whose_scripts_never_ran_says_that_it_cannot_receive(stage: Stage) -> None:
    lone = await stage.open("lone")
    await lone.route("**/*.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    await lone.reload()
    await expect(lone.locator("body > .line-down")).to_be_visible()


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
