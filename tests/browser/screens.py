"""Every screen as a picture, at three widths, light and dark, in both languages.

python -m tests.browser.screens FOLDER [--only NAME ...], or --docs for the ten most used, into docs/screens.
"""

import asyncio
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from playwright.async_api import Page, expect

from tests.browser.case_scenes import filing
from tests.browser.citizen_scenes import known_of
from tests.browser.desk_scenes import furnish, on_the_roster, swapping
from tests.browser.message_scenes import writing
from tests.browser.outside_scenes import sharing_out
from tests.browser.scenes import scenes
from tests.browser.stage import PHONE, WITHIN, Stage, theatre

DOCS = Path(__file__).resolve().parents[2] / "docs" / "screens"
SIZES = {"390": PHONE, "1024": (1024, 768), "1920": (1920, 1080)}
SCHEMES = ("light", "dark")
LANGUAGES = ("da", "en")
# The ten most used, as they are most often seen.
MOST_USED = {
    **dict.fromkeys(("button", "incoming", "helped", "sending", "alarms", "duty", "check"), ("390", "light")),
    "course": ("390", "dark"),
    "wall": ("1920", "dark"),
    "admin": ("1024", "light"),
}
# What has happened before these screens, and would be in the way of those before them.
BEFORE = (
    (("roster", "swaps"), on_the_roster),
    (("swaps",), swapping),
    (("messages",), writing),
    (("outside",), sharing_out),
    (("citizens",), known_of),
    (("case-", "case_"), filing),
)


async def every_picture(stage: Stage, folder: Path, names: list[str]) -> int:
    """These scenes in every look, as long as they are; how many pictures were made."""
    ready: set[object] = set()
    for name in names:
        for prepare in (one for start, one in BEFORE if name.startswith(start) and one not in ready):
            await prepare(stage)
            ready.add(prepare)
        for language in LANGUAGES:
            page = await scenes[name](stage, language)
            for size in SIZES:
                for scheme in SCHEMES:
                    await take(page, size, scheme, folder / f"{name}-{size}-{scheme}-{language}.png", whole=True)
            await rest(stage)
    return len(names) * len(LANGUAGES) * len(SIZES) * len(SCHEMES)


async def most_used(stage: Stage) -> int:
    for name, (size, scheme) in MOST_USED.items():
        await take(await scenes[name](stage, "da"), size, scheme, DOCS / f"{name}.png")
        await rest(stage)
    return len(MOST_USED)


async def take(page: Page, size: str, scheme: str, path: Path, *, whole: bool = False) -> None:
    width, height = SIZES[size]
    await page.set_viewport_size({"width": width, "height": height})
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.evaluate("scrollTo(0, 0)")
    # What fills the screen is as long as the screen.
    await page.screenshot(path=path, full_page=whole and not await page.locator("dialog[open]").count())


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
