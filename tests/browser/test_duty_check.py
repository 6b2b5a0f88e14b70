"""My shift, and whether I can receive alarms: what the screens say, and that it is true."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import DESK, PHONE, Stage
from tests.browser.test_access import check
from tests.browser.test_line import BROKEN, ONLINE
from tests.faults.badline import BadLine

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOOK_NOW = "document.dispatchEvent(new Event('visibilitychange'))"


async def test_my_shift_and_who_is_on_duty(stage: Stage) -> None:
    await stage.open("jonas")
    for language, scheme, size in (("da", "light", PHONE), ("en", "dark", DESK)):
        lone = await stage.open("lone", "/duty", language=language, scheme=scheme, size=size)
        await expect(lone.locator("#mine-state")).to_contain_text("Afdeling Nord")
        nord = lone.locator("[data-unit=nord]")
        await expect(nord).to_contain_text("Jonas Holm")
        await expect(nord.locator(".unit-reach")).to_contain_text(
            "2 kan høre en alarm" if language == "da" else "2 can hear"
        )
        await check(lone)
        await lone.locator("#menu summary").click()
        await check(lone)
        await lone.keyboard.press("Escape")
        await expect(lone.locator("#menu")).not_to_have_attribute("open", "")
    amina = await stage.open("karen", "/duty")
    await expect(amina.locator("#mine-state")).to_have_text("Du er ikke på vagt nu.")
    await expect(amina.locator("[data-unit=syd]")).to_contain_text("Amina Yildiz")


@pytest.mark.parametrize(("language", "scheme", "size"), [("da", "dark", PHONE), ("en", "light", DESK)])
async def test_can_i_receive_alarms(
    stage: Stage, line: BadLine, language: str, scheme: str, size: tuple[int, int]
) -> None:
    stage.expected += BROKEN
    lone = await stage.open("lone", "/check", language=language, scheme=scheme, size=size, line=line)
    da = language == "da"
    await lone.locator("h1").click()
    verdict = lone.locator("#verdict-text")
    await expect(verdict).to_have_text(
        "Du kan modtage alarmer, mens siden er åben" if da else "You can receive alarms while this page is open"
    )
    await expect(lone.locator("#checks li")).to_have_count(7)
    await check(lone)
    await lone.locator("#test").click()
    await expect(lone.locator("#test-steps .done")).to_have_count(2)
    await lone.locator("[data-ready=proof]").click()
    await expect(lone.locator("#test-steps .done")).to_have_count(3)
    # This hub has no push, and the page does not make believe that it had gone the whole way.
    await expect(lone.locator("#test-steps .failed")).to_have_count(1, timeout=40_000)
    await expect(lone.locator("#test-passed")).to_be_hidden()
    await check(lone)
    line.is_down()
    await lone.evaluate(LOOK_NOW)
    await expect(verdict).to_have_text("Du kan IKKE modtage alarmer" if da else "You can NOT receive alarms")
    await check(lone)
    line.heals()
    await lone.evaluate(ONLINE)
    await expect(verdict).not_to_contain_text("IKKE" if da else "NOT")
