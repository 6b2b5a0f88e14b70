"""Everybody can use every screen: measured with axe-core, and with a ruler."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.citizen_scenes import (
    citizens_card,
    citizens_choose,
    citizens_course,
    citizens_incoming,
    citizens_list,
    citizens_one,
    citizens_reviews,
    citizens_risks,
    comes,
    known_no_more,
    known_of,
)
from tests.browser.desk_scenes import ADDRESS
from tests.browser.message_scenes import (
    messages,
    messages_found,
    messages_keeping,
    messages_new,
    messages_one,
    messages_templates,
    writing,
)
from tests.browser.outside_scenes import (
    outside_door,
    outside_link,
    outside_message,
    outside_register,
    outside_sharing,
    sharing_out,
)
from tests.browser.stage import DESK, PHONE, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOOKS = [("da", "light", PHONE), ("en", "dark", DESK)]
SMALL = """() => [...document.querySelectorAll('a, button, select, summary, input, textarea, label:has([type])')]
    .filter((one) => one.checkVisibility({visibilityProperty: true}))
    .filter((one) => !one.closest('.skip, .unseen') && !['checkbox', 'radio'].includes(one.type))
    .map((one) => ({name: one.outerHTML.slice(0, 90), height: one.getBoundingClientRect().height}))
    .filter((one) => one.height < 47.9)"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def check(page: Page) -> None:
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert await page.evaluate(SMALL) == []
    assert await page.evaluate(TOO_WIDE) == 0


@pytest.mark.parametrize(("language", "scheme", "size"), LOOKS)
async def test_every_screen_is_accessible(stage: Stage, language: str, scheme: str, size: tuple[int, int]) -> None:
    look = {"language": language, "scheme": scheme, "size": size}
    login = await stage.open(None, "/login", **look)  # type: ignore[arg-type]
    await check(login)
    await login.goto("/offline")
    await check(login)
    karen = await stage.open("karen", "/admin/people/mette", **look)  # type: ignore[arg-type]
    await karen.locator("[action$=invite] button").click()
    await login.goto(await karen.locator("#address").input_value())
    await check(login)
    jonas = await stage.open("jonas", **look)  # type: ignore[arg-type]
    lone = await stage.open("lone", **look)  # type: ignore[arg-type]
    await expect(lone.locator("#duty li").first).to_be_visible()
    await lone.locator(".how summary").click()
    await check(lone)
    which = await stage.press("lone", place="stue-3", note="Kom ad bagdøren")
    await stage.press("mette", kind="assist", place="koekken")
    await stage.press("amina", kind="watch", place="vaerelse-12", drill=True)
    await expect(jonas.locator(".card-incoming button").first).to_be_enabled()
    await check(jonas)
    await jonas.locator("[data-answer=arrived]").first.click()
    await jonas.locator("dialog summary:visible").first.click()
    await check(jonas)
    await expect(lone.locator(".mine-card[data-stage=helped]")).to_be_visible()
    await lone.locator(".mine-card summary").click()
    await check(lone)
    if size == PHONE:
        await sharing_out(stage)
        for picture in (outside_register, outside_sharing, outside_message, outside_door, outside_link):
            await check(await picture(stage, language))
    for path in ("/alarms", f"/alarms/{which}"):
        await lone.goto(path)
        await expect(lone.locator("#open-alarms li, #timeline li").first).to_be_visible()
        await check(lone)


async def test_what_is_known_of_citizens_is_accessible(stage: Stage) -> None:
    await known_of(stage)
    pages = (citizens_list, citizens_one, citizens_risks, citizens_reviews)
    for picture in (*pages, citizens_choose, citizens_card, citizens_incoming, citizens_course):
        await check(await picture(stage, "da"))
        await stage.clear()
    jonas = await comes(stage, "da")
    more = {"about": "place:stue-3", "text": "Vandet er ikke lukket", "todo": "Luk i skabet ved døren"}
    await stage.sends("lone", "/citizens/risks", more)
    await expect(jonas.locator(".card-incoming .risks li")).to_have_count(3)
    await known_no_more(stage)
    await expect(jonas.locator(".card-incoming .risks")).to_be_hidden()
    await stage.clear()
    assert await (await citizens_risks(stage, "da")).locator("form[action$='/end']").count() == 0


async def test_messages_are_accessible(stage: Stage) -> None:
    await writing(stage)
    for picture in (messages, messages_found, messages_one, messages_new, messages_templates, messages_keeping):
        page = await picture(stage, "da")
        await page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        await check(page)
    await stage.sends("karen", "/admin/mailboxes", ADDRESS)
    await check(await stage.open("karen", "/admin/mailboxes"))


async def test_every_kind_of_alarm_has_enough_contrast(stage: Stage) -> None:
    jonas = await stage.open("jonas", size=DESK)
    for kind in ("alarm", "assist", "silent", "watch"):
        for drill in (False, True):
            which = await stage.press("lone", kind=kind, place="stue-3", drill=drill)
            await stage.act("lone", which, "withdraw")
            await expect(jonas.locator("dialog .ribbon-withdrawn")).to_be_visible()
            await expect(jonas.locator(".card-incoming button").first).to_be_enabled()
            contrast = await Axe().run(jonas, options={"runOnly": ["color-contrast"]})
            assert contrast.violations_count == 0, contrast.generate_report()
            await stage.act("karen", which, "resolve", outcome="test")
            await expect(jonas.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("size", [(320, 640), (640, 400), (844, 390)])
async def test_screens_fit_when_enlarged_or_turned(stage: Stage, size: tuple[int, int]) -> None:
    lone = await stage.open("lone", size=size)
    assert await lone.evaluate(TOO_WIDE) == 0
    jonas = await stage.open("jonas", size=size)
    await stage.press("lone", place="koekken")
    await expect(jonas.get_by_role("button", name="Jeg kommer")).to_be_enabled()
    wide = "() => { const one = document.querySelector('dialog'); return one.scrollWidth - one.clientWidth; }"
    assert await jonas.evaluate(wide) == 0
    await jonas.get_by_role("button", name="Jeg kommer").click()
    await jonas.goto("/alarms")
    assert await jonas.evaluate(TOO_WIDE) == 0


async def test_the_alarm_button_is_big(stage: Stage) -> None:
    lone = await stage.open("lone")
    box = await lone.locator("#press-alarm").bounding_box()
    assert box is not None
    assert box["width"] >= 0.4 * PHONE[0]
    assert box["y"] + box["height"] <= PHONE[1]
