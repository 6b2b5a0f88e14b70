"""The roster page in a browser: for everybody to use, and a drag, a key and the form all end in the same place."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from hub.clock import SystemClock
from tests.browser.stage import DESK, PHONE, Stage
from tests.browser.test_access import check

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXPECTED = "Sådan ville den blive. Den flyttes, når du gemmer."


def days() -> tuple[date, date]:
    """Two days ahead in one week."""
    today = SystemClock().now().astimezone(ZoneInfo("Europe/Copenhagen")).date()
    first = today + timedelta(days=14 - today.weekday())
    return first, first + timedelta(days=1)


async def made(stage: Stage, day: date) -> None:
    said = {"person": "mette", "unit": "nord", "duty": "active", "day": f"{day}", "from": "09:00", "to": "17:00"}
    async with stage.client(await stage.session("karen")) as karen:
        done = await karen.post("/roster/shifts/new", data=said)
    assert done.status_code == 303, done.text


async def stands(page: Page, day: date, address: str) -> None:
    """The form says the same day, however it was come to; nothing is moved before it is saved."""
    await expect(page.locator("#f-day")).to_have_value(f"{day}")
    await expect(page.locator("main")).to_contain_text(EXPECTED)
    await page.goto(address)


async def test_a_shift_is_dragged_moved_by_keys_and_by_its_form(stage: Stage) -> None:
    first, second = days()
    await made(stage, first)
    address = f"/roster?by=person&day={first}"
    karen = await stage.open("karen", address, size=DESK)
    row = karen.locator("tr[data-row=mette]")
    chip = row.locator(f"td[data-day='{first}'] a[data-moves]")
    await chip.drag_to(row.locator(f"td[data-day='{second}']"))
    await stands(karen, second, address)
    await chip.press("Shift+ArrowRight")
    await stands(karen, second, address)
    await karen.locator("tr[data-row=lone]").locator(f"td[data-day='{second}']").click(position={"x": 5, "y": 5})
    await expect(karen.locator("#f-person")).to_have_value("lone")
    await karen.goto(address)
    await chip.press("Shift+ArrowRight")
    await expect(karen.locator("#f-day")).to_have_value(f"{second}")
    await karen.keyboard.press("Enter")
    await expect(karen.locator(".done")).to_be_visible()
    await expect(row.locator(f"td[data-day='{second}'] a[data-moves]")).to_contain_text("09:00–17:00")
    await expect(row.locator(f"td[data-day='{first}'] a[data-moves]")).to_have_count(0)


async def test_the_roster_is_for_everybody_to_use(stage: Stage) -> None:
    _, second = days()
    await made(stage, second + timedelta(days=3))
    for language, scheme, size in (("da", "light", PHONE), ("en", "dark", DESK)):
        look = {"language": language, "scheme": scheme, "size": size}
        karen = await stage.open("karen", f"/roster?day={second}", **look)  # type: ignore[arg-type]
        for path in (
            f"/roster?by=person&view=month&day={second}",
            "/roster/shifts/new",
            "/roster/covers",
            "/roster/calendar",
        ):
            await check(karen)
            await karen.goto(path)
        await check(karen)
        await karen.get_by_role("button", name="Lav en adresse" if language == "da" else "Make").click()
        await check(karen)
    lone = await stage.open("lone", "/duty")
    for _ in range(2):
        await lone.locator("#come").click()
        await expect(lone.locator("#mine-came")).to_contain_text("Du mødte ind kl.")
        await expect(lone.locator("#come")).to_be_hidden()
        await lone.locator("#leave summary").click()
        await lone.locator("#leave-now").click()
        await expect(lone.locator("#mine-came")).to_contain_text("Du gik hjem kl.")
    await lone.locator("#come").click()
    await expect(lone.locator("#leave")).to_be_visible()
    await check(lone)
    await lone.goto("/roster?by=person")
    await expect(lone.locator("tr[data-row=lone]")).to_contain_text("Mødt ind")
    await check(lone)
