"""A time alone on the phone of the one who is alone, and on the screens of those who come."""

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Geolocation, Page, expect

from tests.browser.stage import DESK, Stage
from tests.browser.test_access import check

pytestmark = pytest.mark.asyncio(loop_scope="session")

HERE = Geolocation(latitude=55.6761, longitude=12.5683, accuracy=12)
NEXT_SOUND = """() => new Promise((heard) => {
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) { heard(true); return start.apply(this, when); };
})"""


async def running(stage: Stage, who: str) -> list[Any]:
    return list((await stage.api(who, "GET", "/api/lone"))["sessions"])


async def goes(stage: Stage, who: str, seconds: float, grace: float, **more: Any) -> str:
    body = {"id": str(uuid4()), "minutes": seconds / 60, "grace": grace, **more}
    return str((await stage.api(who, "POST", "/api/lone", body))["id"])


async def opened_where_phones_are_located(stage: Stage, who: str) -> Page:
    page = await stage.open(who)
    await page.context.grant_permissions(["geolocation"])
    await page.context.set_geolocation(HERE)
    return page


async def test_a_home_visit_from_the_door_and_back(stage: Stage) -> None:
    lone = await opened_where_phones_are_located(stage, "lone")
    room = lone.locator("#lone")
    await room.locator("summary").click()
    await expect(room).to_contain_text("Din position sendes kun, mens forløbet varer.")
    await check(lone)
    await room.get_by_label("Hvor skal du hen?").fill("Skovvej 4")
    await room.get_by_label("Hvad skal du?").fill("Hjemmebesøg")
    async with lone.expect_response(lambda answer: answer.url.endswith("/position")) as located:
        await room.get_by_role("button", name="45 minutter").click()
    assert (await located.value).status == 204

    await expect(room).to_contain_text("Skovvej 4 · Hjemmebesøg")
    await expect(room.locator(".lone-left")).to_have_text(re.compile("^4[45]:"))
    await expect(room.locator(".lone-left")).to_have_attribute("aria-hidden", "true")
    await expect(room).to_contain_text("Din position sendes kun, mens forløbet varer.")
    await check(lone)
    (session,) = await running(stage, "lone")
    assert (session["minutes"], session["place"], session["position"]["lat"]) == (45, "Skovvej 4", HERE["latitude"])

    await room.get_by_role("button", name="15 min mere").click()
    await expect(room.locator(".lone-left")).to_have_text(re.compile("^(59|1:00):"))
    await lone.reload()
    await expect(room.locator(".lone-left")).to_have_text(re.compile("^(59|1:00):"))
    async with lone.expect_response(lambda answer: answer.url.endswith("/check-in")) as said:
        await room.get_by_role("button", name="Jeg er OK").click()
    assert (await said.value).status == 200
    await room.get_by_role("button", name="Jeg er tilbage").click()
    await expect(room.locator("summary")).to_be_visible()
    assert await running(stage, "lone") == []
    assert await lone.evaluate("localStorage.getItem('hub.shares.lone')") is None


async def test_the_question_fills_the_screen_sounds_and_is_answered(stage: Stage) -> None:
    lone = await stage.open("lone")
    await lone.locator("#lone-title").click()
    sounded = lone.evaluate(NEXT_SOUND)
    which = await goes(stage, "lone", 5, 60)
    question = lone.get_by_role("dialog", name="Er du OK?")
    await expect(question).to_be_visible()
    await expect(question).to_contain_text("Din tid alene slutter kl. ")
    assert await sounded
    await expect(lone.locator("#lone-due-title")).to_be_focused()
    await expect(question).to_contain_text("Din tid alene er gået.")
    await check(lone)
    await question.get_by_role("button", name="Jeg er OK").click()
    await expect(question).to_be_hidden()
    assert [one["id"] for one in await running(stage, "lone")] == [which]
    await expect(question).to_be_visible()
    await question.get_by_role("button", name="15 min mere").click()
    await expect(question).to_be_hidden()
    await stage.api("lone", "POST", f"/api/lone/{which}/end")


async def test_without_an_answer_colleagues_see_who_was_alone_and_where(stage: Stage) -> None:
    lone = await stage.open("lone")
    jonas = await stage.open("jonas", size=DESK)
    position = {"lat": 55.6761, "lon": 12.5683, "accuracy_m": 12}
    await goes(stage, "lone", 1, 1, place="Skovvej 4", purpose="Hjemmebesøg", position=position)
    card = jonas.get_by_role("dialog")
    for words in ("ALARM", "Lone Frandsen", "var alene og gav ikke livstegn i tide", "Hjemmebesøg · Skovvej 4"):
        await expect(card).to_contain_text(words)
    link = card.get_by_role("link", name="Sidst kendte position: 55.67610, 12.56830 ± 12 m")
    await expect(link).to_have_attribute("href", "geo:55.6761,12.5683?q=55.6761,12.5683")
    await expect(jonas.get_by_role("button", name="Jeg kommer")).to_be_enabled()
    await check(jonas)
    mine = lone.locator(".mine-card")
    await expect(mine).to_contain_text("Der kom intet livstegn i tide: Tryghedshub slog alarm.")
    await expect(lone.locator("#lone-due")).to_be_hidden()
    await expect(mine).to_contain_text("Hørt af 1")
    await mine.get_by_role("link", name="Se forløbet").click()
    await expect(lone.locator("#timeline")).to_contain_text("Lone Frandsen var alene og gav ikke livstegn i tide")


async def test_who_has_called_in_secret_is_asked_nothing(stage: Stage) -> None:
    lone = await stage.open("lone")
    await stage.press("lone", kind="silent")
    which = await goes(stage, "lone", 2, 30)
    await expect(lone.locator("#lone .lone-left")).to_have_text(re.compile("^0:2"))
    await expect(lone.locator("#lone-due")).to_be_hidden()
    await stage.api("lone", "POST", f"/api/lone/{which}/end")


@pytest.mark.parametrize("size", [(320, 640), (844, 390)])
async def test_the_question_fits_small_screens(stage: Stage, size: tuple[int, int]) -> None:
    lone = await stage.open("lone", size=size)
    which = await goes(stage, "lone", 1, 60, place="x" * 200)
    question = lone.get_by_role("dialog", name="Er du OK?")
    await expect(question).to_contain_text("Din tid alene er gået.")
    assert await question.evaluate("one => one.scrollWidth - one.clientWidth") == 0
    await stage.api("lone", "POST", f"/api/lone/{which}/check-in")
    await stage.api("lone", "POST", f"/api/lone/{which}/end")
    await expect(question).to_be_hidden()
    assert await lone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
