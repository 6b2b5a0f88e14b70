"""Every screen as a picture, at three widths, light and dark, in both languages.

python -m tests.browser.screens FOLDER [--only NAME ...], or --docs for the ten most used, into docs/screens.
"""

import asyncio
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import httpx
from playwright.async_api import Page, expect

from tests.browser.drawings import floor_plan
from tests.browser.stage import PHONE, WITHIN, Stage, theatre

DOCS = Path(__file__).resolve().parents[2] / "docs" / "screens"
SIZES = {"390": PHONE, "1024": (1024, 768), "1920": (1920, 1080)}
SCHEMES = ("light", "dark")
LANGUAGES = ("da", "en")
NOBODY = None
# The ten most used, as they are most often seen.
MOST_USED = {
    **dict.fromkeys(("button", "incoming", "helped", "sending", "alarms", "duty", "check"), ("390", "light")),
    "course": ("390", "dark"),
    "wall": ("1920", "dark"),
    "admin": ("1024", "light"),
}
DESKS = {
    "admin": "/admin", "units": "/admin/units", "people": "/admin/people", "devices": "/admin/devices",
    "rules": "/admin/rules", "drills": "/admin/drills", "plans": "/admin/plans?unit=nord",
    "cards": "/admin/cards?unit=nord",
    "contacts": "/admin/contacts", "changes": "/admin/changes", "institution": "/admin/institution", "holes": "/holes",
    "rest": "/rest",
}  # fmt: skip
CARD = "Gå to sammen.\nNøglen hænger i kontoret."

Scene = Callable[[Stage, str], Awaitable[Page]]
scenes: dict[str, Scene] = {}


def scene(made: Scene) -> Scene:
    scenes[made.__name__] = made
    return made


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
    return lone


@scene
async def check(stage: Stage, language: str) -> Page:
    lone = await stage.open("lone", "/check", language=language)
    await lone.locator("h1").click()
    await expect(lone.locator("#checks li").nth(3)).to_be_visible()
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


def desk(name: str, path: str) -> None:
    async def made(stage: Stage, language: str) -> Page:
        return await touched(await stage.open("karen", path, language=language))

    scenes[name] = made


for desk_name, desk_path in DESKS.items():
    desk(desk_name, desk_path)


async def furnish(stage: Stage) -> None:
    """A floor plan with two of its rooms on it, an instruction card, and people who have heard their test."""
    for who in ("lone", "jonas", "mallory", "amina"):
        asked = await stage.api(who, "POST", "/api/proofs")
        await stage.api(who, "POST", f"/api/proofs/{asked['id']}")
    here = {"unit": "nord", "floor": ""}
    picture = {"picture": ("plan.png", await floor_plan(stage.browser), "image/png")}
    rooms = {"x-stue-3": "18", "y-stue-3": "20", "x-koekken": "75", "y-koekken": "78"}
    async with httpx.AsyncClient(
        base_url=stage.hub.url, cookies={"hub_session": await stage.session("karen")}
    ) as karen:
        await karen.post("/admin/plans", data=here | {"do": "draw"}, files=picture)
        await karen.post("/admin/plans", data=here | {"do": "place"} | rooms)
        await karen.post("/admin/cards", data={"unit": "nord", "card-alarm": CARD})


async def every_picture(stage: Stage, folder: Path, names: list[str]) -> int:
    """These scenes in every look; how many pictures were made."""
    for name in names:
        for language in LANGUAGES:
            page = await scenes[name](stage, language)
            for size in SIZES:
                for scheme in SCHEMES:
                    await take(page, size, scheme, folder / f"{name}-{size}-{scheme}-{language}.png")
            await rest(stage)
    return len(names) * len(LANGUAGES) * len(SIZES) * len(SCHEMES)


async def most_used(stage: Stage) -> int:
    for name, (size, scheme) in MOST_USED.items():
        await take(await scenes[name](stage, "da"), size, scheme, DOCS / f"{name}.png")
        await rest(stage)
    return len(MOST_USED)


async def touched(page: Page) -> Page:
    """A screen that has been touched may sound."""
    await page.locator("main").click(position={"x": 1, "y": 1})
    return page


async def take(page: Page, size: str, scheme: str, path: Path) -> None:
    width, height = SIZES[size]
    await page.set_viewport_size({"width": width, "height": height})
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.screenshot(path=path)


async def rest(stage: Stage) -> None:
    for context in stage.contexts:
        await context.set_offline(False)
    for one in (await stage.api("lone", "GET", "/api/lone"))["sessions"]:
        await stage.api("lone", "POST", f"/api/lone/{one['id']}/end")
    await stage.clear()


async def run(folder: Path | None, names: list[str]) -> None:
    expect.set_options(timeout=WITHIN)
    with TemporaryDirectory() as place:
        async with theatre(Path(place), hostile=False) as stage:
            await furnish(stage)
            made = await every_picture(stage, folder, names) if folder is not None else await most_used(stage)
            click.echo(f"{made} pictures in {folder or DOCS}")


if __name__ == "__main__":
    parser = ArgumentParser(description="Makes a picture of every screen.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("folder", type=Path, nargs="?")
    where.add_argument("--docs", action="store_true", help="the ten most used, into docs/screens")
    parser.add_argument("--only", nargs="*", default=list(scenes), choices=list(scenes))
    asked = parser.parse_args()
    if asked.folder is not None:
        asked.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(run(asked.folder, asked.only))
