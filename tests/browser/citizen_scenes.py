"""What an alarm where a risk is known looks like, and what those who come may open of a citizen."""

import re

from playwright.async_api import Page, expect

from tests.browser.scenes import scene, touched
from tests.browser.stage import Stage

_KNOWN: list[str] = []


async def known_of(stage: Stage) -> None:
    """Bent lives on the ground floor, and Jonas has noted what he does when somebody comes in quickly."""
    bent = {"name": "Bent Beboer", "home": "nord", "number": "010170-1234", "helps": "Tal roligt, sluk radioen."}
    where = await stage.sends("jonas", "/citizens/new", bent | {"guardian": "Inger Bruun, 30 00 00 01"})
    which = where.rpartition("/")[2]
    risk = {"text": "Slår, når døren åbnes hurtigt", "todo": "Bank på, og vent på svar"}
    await stage.sends("jonas", "/citizens/risks", risk | {"about": f"citizen:{which}"})
    await stage.sends("jonas", "/citizens/risks", risk | {"about": "place:stue-3", "text": "Knust rude ved vinduet"})
    _KNOWN.append(which)


async def known_no_more(stage: Stage) -> None:
    """The risks are over: no alarm after this shows them."""
    async with stage.client(await stage.session("jonas")) as client:
        page = (await client.get("/citizens/risks")).text
    for one in re.findall(r'action="(/citizens/risks/[\w-]+/end)"', page):
        await stage.sends("jonas", one, {"form": "", "why": "Væk"})


async def comes(stage: Stage, language: str) -> Page:
    """Lone presses, and Jonas is there."""
    jonas = await stage.open("jonas", language=language)
    await stage.press("lone", place="stue-3")
    await expect(jonas.locator(".card-incoming .risks li")).to_have_count(2)
    await jonas.locator("[data-answer=arrived]").click()
    await expect(jonas.locator(".more-of-citizen")).to_be_visible()
    return jonas


async def chooses(stage: Stage, language: str) -> Page:
    """From his card Jonas goes on to whose card he could open."""
    jonas = await comes(stage, language)
    await jonas.locator(".more-of-citizen").click()
    await expect(jonas.locator("form[action$='/citizens']").first).to_be_visible()
    return jonas


@scene
async def citizens_list(stage: Stage, language: str) -> Page:
    return await touched(await stage.open("jonas", "/citizens", language=language))


@scene
async def citizens_one(stage: Stage, language: str) -> Page:
    return await touched(await stage.open("jonas", f"/citizens/{_KNOWN[0]}", language=language))


@scene
async def citizens_risks(stage: Stage, language: str) -> Page:
    return await touched(await stage.open("jonas", "/citizens/risks", language=language))


@scene
async def citizens_incoming(stage: Stage, language: str) -> Page:
    return await comes(stage, language)


@scene
async def citizens_course(stage: Stage, language: str) -> Page:
    jonas = await comes(stage, language)
    await jonas.locator("#to-my-page").click()
    await jonas.goto(f"/alarms/{(await stage.open_alarms())[0]['id']}")
    await expect(jonas.locator("#one-risk-list li")).to_have_count(2)
    return jonas


@scene
async def citizens_wall(stage: Stage, language: str) -> Page:
    await stage.open("jonas")
    await stage.press("lone", place="stue-3")
    board = await stage.open("tavle", "/wall", language=language)
    await expect(board.locator(".wall-risk")).to_be_visible()
    return board


@scene
async def citizens_choose(stage: Stage, language: str) -> Page:
    return await chooses(stage, language)


@scene
async def citizens_card(stage: Stage, language: str) -> Page:
    jonas = await chooses(stage, language)
    await jonas.locator(f"[name=citizen][value='{_KNOWN[0]}']").check()
    await jonas.locator("[name=reason][value=calm]").check()
    await jonas.locator("form[action$='/citizens'] button").click()
    await expect(jonas.locator("#glass h1")).to_have_text("Bent Beboer")
    return jonas


@scene
async def citizens_reviews(stage: Stage, language: str) -> Page:
    await citizens_card(stage, language)
    return await touched(await stage.open("karen", "/citizens/reviews", language=language))
