"""What the screens of those on duty show in their pictures, and those who act in front of it."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.browser.stage import Stage

NOBODY = None

Scene = Callable[[Stage, str], Awaitable[Page]]
scenes: dict[str, Scene] = {}


def scene(made: Scene) -> Scene:
    scenes[made.__name__] = made
    return made


async def touched(page: Page) -> Page:
    """A screen that has been touched may sound."""
    await page.locator("main").click(position={"x": 1, "y": 1})
    return page


@scene
async def login(stage: Stage, language: str) -> Page:
    return await stage.open(NOBODY, "/login", language=language)


@scene
async def button(stage: Stage, language: str) -> Page:
    await stage.open("jonas")
    lone = await stage.open("lone", language=language)
    await expect(lone.locator("#duty li").first).to_be_visible()
    return await touched(lone)


@scene
async def helped(stage: Stage, language: str) -> Page:
    lone = await stage.open("lone", language=language)
    which = await stage.press("lone", place="stue-3")
    await stage.act("jonas", which, "answers", answer="coming")
    await expect(lone.locator(".mine-card[data-stage=helped]")).to_be_visible()
    return await touched(lone)


@scene
async def sending(stage: Stage, language: str) -> Page:
    stage.expected += ["ERR_INTERNET_DISCONNECTED", "WebSocket connection to"]
    lone = await stage.open("lone", language=language, kept=True)
    await lone.wait_for_function("async () => Boolean(await caches.match('/'))")
    await lone.reload()
    await lone.wait_for_selector("html[data-line=live]")
    await lone.route("**/api/alarms", lambda route: route.abort())
    await lone.context.set_offline(True)
    await lone.locator("#press-alarm").focus()
    await lone.keyboard.press("Enter")
    await lone.keyboard.press("Enter")
    await expect(lone.locator(".mine-card .loud")).to_be_visible()
    await expect(lone.locator(".pinned .line-down")).to_be_visible()
    return lone


@scene
async def incoming(stage: Stage, language: str) -> Page:
    jonas = await stage.open("jonas", language=language)
    await stage.press("lone", place="stue-3")
    await expect(jonas.locator(".card-incoming button").first).to_be_enabled()
    return jonas


@scene
async def incoming_assist(stage: Stage, language: str) -> Page:
    jonas = await stage.open("jonas", language=language)
    which = await stage.press("lone", kind="assist", place="koekken", note="Kom ad bagdøren")
    await stage.act("mette", which, "answers", answer="coming")
    await expect(jonas.locator(".card-incoming .others li").first).to_be_visible()
    return jonas


@scene
async def arrived(stage: Stage, language: str) -> Page:
    jonas = await stage.open("jonas", language=language)
    await stage.press("lone", place="stue-3", drill=True)
    await jonas.locator("[data-answer=arrived]").click()
    await jonas.locator("dialog summary:visible").click()
    return jonas


@scene
async def alarms(stage: Stage, language: str) -> Page:
    which = await stage.press("lone", place="stue-3")
    await stage.act("jonas", which, "resolve", outcome="real", note="Alle er i god behold.")
    await stage.press("amina", kind="watch", place="vaerelse-12")
    lone = await stage.open("lone", "/alarms", language=language)
    await expect(lone.locator("#recent-alarms li").first).to_be_visible()
    return await touched(lone)


@scene
async def course(stage: Stage, language: str) -> Page:
    which = await stage.press("lone", place="stue-3")
    await stage.act("jonas", which, "answers", answer="coming")
    await stage.act("jonas", which, "answers", answer="arrived")
    await stage.act("jonas", which, "resolve", outcome="real", note="Alle er i god behold.")
    lone = await stage.open("lone", f"/alarms/{which}", language=language)
    await expect(lone.locator("#timeline li").first).to_be_visible()
    return await touched(lone)


@scene
async def alone(stage: Stage, language: str) -> Page:
    lone = await stage.open("lone", language=language)
    await lone.locator("#lone summary").click()
    await lone.locator("#lone [name=place]").fill("Skovvej 4")
    await lone.locator("#lone .minutes button").nth(2).click()
    await expect(lone.locator("#lone .lone-left")).to_be_visible()
    return lone


@scene
async def duty(stage: Stage, language: str) -> Page:
    await stage.open("jonas")
    lone = await stage.open("lone", "/duty", language=language)
    await expect(lone.locator("#units li").first).to_be_visible()
    return await touched(lone)


@scene
async def check(stage: Stage, language: str) -> Page:
    lone = await stage.open("lone", "/check", language=language)
    await lone.locator("h1").click()
    await expect(lone.locator("#verdict[data-state=ok]")).to_be_visible()
    return lone


@scene
async def menu(stage: Stage, language: str) -> Page:
    karen = await stage.open("karen", "/alarms", language=language)
    await karen.locator("#menu summary").click()
    return karen


@scene
async def offline(stage: Stage, language: str) -> Page:
    return await stage.open(NOBODY, "/offline", language=language)


@scene
async def health(stage: Stage, language: str) -> Page:
    return await stage.open(NOBODY, "/health", language=language)


@scene
async def wall(stage: Stage, language: str) -> Page:
    await stage.open("jonas")
    which = await stage.press("lone", place="stue-3")
    await stage.act("mette", which, "answers", answer="coming")
    board = await stage.open("tavle", "/wall", language=language)
    await expect(board.locator(".plan")).to_be_visible()
    await expect(board.locator("body")).to_contain_text("Mette")
    return board
