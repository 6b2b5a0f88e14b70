"""Every screen as a picture, at three widths, light and dark, in both languages.

python -m tests.browser.screens FOLDER [--only NAME ...], or --docs for the ten most used, into docs/screens.
"""

import asyncio
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from playwright.async_api import Page, expect

from tests.browser.stage import PHONE, WITHIN, Stage, theatre

DOCS = Path(__file__).resolve().parents[2] / "docs" / "screens"
SIZES = {"390": PHONE, "1024": (1024, 768), "1920": (1920, 1080)}
SCHEMES = ("light", "dark")
LANGUAGES = ("da", "en")
NOBODY = None

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
    return lone


@scene
async def helped(stage: Stage, language: str) -> Page:
    lone = await stage.open("lone", language=language)
    which = await stage.press("lone", place="stue-3")
    await stage.act("jonas", which, "answers", answer="coming")
    await expect(lone.locator(".mine-card[data-stage=helped]")).to_be_visible()
    return lone


@scene
async def sending(stage: Stage, language: str) -> Page:
    stage.expected += ["ERR_INTERNET_DISCONNECTED", "WebSocket connection to"]
    lone = await stage.open("lone", language=language)
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
    return lone


@scene
async def course(stage: Stage, language: str) -> Page:
    which = await stage.press("lone", place="stue-3")
    await stage.act("jonas", which, "answers", answer="coming")
    await stage.act("jonas", which, "answers", answer="arrived")
    await stage.act("jonas", which, "resolve", outcome="real", note="Alle er i god behold.")
    lone = await stage.open("lone", f"/alarms/{which}", language=language)
    await expect(lone.locator("#timeline li").first).to_be_visible()
    return lone


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


async def pictures(stage: Stage, folder: Path, names: list[str]) -> int:
    """Every scene in every look; how many pictures were made."""
    count = 0
    for name in names:
        for language in LANGUAGES:
            page = await scenes[name](stage, language)
            for size, (width, height) in SIZES.items():
                await page.set_viewport_size({"width": width, "height": height})
                for scheme in SCHEMES:
                    await take(page, scheme, folder / f"{name}-{size}-{scheme}-{language}.png")
                    count += 1
            await rest(stage)
    return count


async def take(page: Page, scheme: str, path: Path) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.screenshot(path=path)


async def rest(stage: Stage) -> None:
    for context in stage.contexts:
        await context.set_offline(False)
    for one in (await stage.api("lone", "GET", "/api/lone"))["sessions"]:
        await stage.api("lone", "POST", f"/api/lone/{one['id']}/end")
    await stage.clear()


async def run(folder: Path, names: list[str]) -> None:
    with TemporaryDirectory() as place:
        async with theatre(Path(place)) as stage:
            expect.set_options(timeout=WITHIN)
            click.echo(f"{await pictures(stage, folder, names)} pictures in {folder}")


if __name__ == "__main__":
    parser = ArgumentParser(description="Makes a picture of every screen.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=list(scenes))
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(run(asked.folder, asked.only))
