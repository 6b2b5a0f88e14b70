"""The wallboard: an alarm from press to all clear on the plan, a night without a network, and rooms put on the plan."""

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.drawings import floor_plan
from tests.browser.stage import DESK, Stage
from tests.browser.test_access import LOOKS, check
from tests.browser.test_line import BROKEN, ONLINE
from tests.faults.badline import BadLine

pytestmark = pytest.mark.asyncio(loop_scope="session")

TV = (1920, 1080)
# What is read from five metres is at least this many pixels high on a screen a metre wide.
LARGE = 60
SIZE = "one => parseFloat(getComputedStyle(one).fontSize)"
OVERFLOWS = "() => document.documentElement.scrollHeight - innerHeight"
CARD = "Gå to sammen.\nNøglen hænger i kontoret."


@pytest_asyncio.fixture(loop_scope="session")
async def planned(stage: Stage) -> Stage:
    """Nord has a floor plan with two of its rooms on it, an instruction card, and quiet nights."""
    picture = await floor_plan(stage.browser)
    async with stage.client(await stage.session("karen")) as desk:
        here = {"unit": "nord", "floor": ""}
        for form in (
            {"data": here | {"do": "draw"}, "files": {"picture": ("plan.png", picture, "image/png")}},
            {"data": here | {"do": "place", "x-stue-3": "18", "y-stue-3": "20", "x-koekken": "75", "y-koekken": "78"}},
        ):
            assert (await desk.post("/admin/plans", **form)).status_code == 303
        assert (
            await desk.post("/admin/cards", data={"unit": "nord", "card-alarm": CARD, "quiet": "1"})
        ).status_code == 303
    return stage


async def board_of(stage: Stage, **look: object) -> Page:
    board = await stage.open("tavle", "/wall", **look)  # type: ignore[arg-type]
    await expect(board.locator(".plan")).to_be_visible()
    return board


async def test_an_alarm_stands_on_the_plan_until_the_all_clear_and_through_a_lost_network(
    planned: Stage, line: BadLine
) -> None:
    stage = planned
    stage.expected += BROKEN
    board = await board_of(stage, size=TV, line=line)
    jonas = await stage.open("jonas")
    await expect(board.get_by_text("Ingen åbne alarmer.")).to_be_visible()
    await expect(board.locator("[data-unit=nord] .wall-reach")).to_contain_text("1 kan høre alarmen nu")
    assert await board.evaluate(OVERFLOWS) == 0
    assert await board.get_by_role("button").all_inner_texts() == ["Lyd ved alarm er slået fra"]

    which = await stage.press("lone", place="stue-3")
    event = board.locator(".wall-alarm")
    await expect(event).to_contain_text("Lone Frandsen")
    await expect(event).to_contain_text("INGEN er på vej endnu")
    spot = board.locator("[data-place=stue-3]")
    await expect(spot).to_have_attribute("data-kind", "alarm")
    await expect(board.locator("[data-place=koekken]")).to_have_attribute("data-kind", "")
    for words in (".wall-where", ".wall-coming", ".wall-kind"):
        assert await event.locator(words).evaluate(SIZE) >= LARGE * 0.9, words
    assert await board.evaluate(OVERFLOWS) == 0

    # The quiet unit's colleague: what to do, the screen's edge, and sound by choice.
    await expect(jonas.locator(".unit-card")).to_contain_text("Nøglen hænger i kontoret.")
    await expect(jonas.locator("dialog.incoming")).to_have_attribute("data-quiet", "true")
    await jonas.get_by_role("button", name="Med lyd").click()
    await expect(jonas.locator("dialog.incoming")).to_have_attribute("data-quiet", "false")
    await jonas.get_by_role("button", name="Jeg kommer").click()
    await expect(event.locator(".wall-coming")).to_have_text("Jonas Holm er på vej")

    line.is_down()
    await stage.hub.stop()
    await expect(board.locator("#wall-blind")).to_contain_text("Tavlen er BLIND siden")
    await expect(event).to_contain_text("Jonas Holm er på vej")
    await expect(spot).to_have_attribute("data-kind", "alarm")
    assert await board.locator("#wall-blind strong").evaluate(SIZE) >= LARGE
    await stage.hub.start()
    await stage.act("jonas", which, "answers", answer="arrived")
    other = await stage.press("amina", kind="assist", place="vaerelse-12")
    await expect(event).to_have_count(1)
    line.heals()
    await board.evaluate(ONLINE)
    await expect(board.locator("#wall-blind")).to_be_hidden()
    await expect(board.locator(".wall-alarm[data-kind=alarm] .wall-coming")).to_have_text("Jonas Holm er fremme")
    await expect(board.locator(".wall-alarm[data-kind=assist]")).to_contain_text("Værelse 12")
    for done in (which, other):
        await stage.act("karen", done, "resolve", outcome="test")
    await expect(board.locator(".wall-alarm[data-state=resolved]")).to_have_count(2)
    await jonas.goto(f"/alarms/{which}")
    await expect(jonas.locator("#timeline .card-shown")).to_contain_text(f"udgave 1, blev vist:{CARD}")
    await expect(spot).to_have_attribute("data-kind", "")


async def test_rooms_are_put_on_the_plan_by_mouse_and_by_keys(planned: Stage) -> None:
    karen = await planned.open("karen", "/admin/plans?unit=nord", size=DESK)
    stue = karen.locator("[data-place=stue-3]")
    await stue.focus()
    await karen.keyboard.press("ArrowRight")
    await karen.keyboard.press("Shift+ArrowDown")
    left, top = (karen.locator(f"[name={side}-stue-3]") for side in "xy")
    await expect(left).to_have_value("18.5")
    await expect(top).to_have_value("25")
    await karen.locator("#plan").scroll_into_view_if_needed()
    plan = await karen.locator("#plan svg").bounding_box()
    dot = await karen.locator("[data-place=koekken] .dot").bounding_box()
    assert plan is not None
    assert dot is not None
    await karen.mouse.move(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2)
    await karen.mouse.down()
    await karen.mouse.move(plan["x"] + plan["width"] / 2, plan["y"] + plan["height"] / 2, steps=3)
    await karen.mouse.up()
    assert abs(await karen.locator("[name=x-koekken]").evaluate("one => one.valueAsNumber") - 50) < 1
    await karen.get_by_role("button", name="Gem, hvor rummene ligger").click()
    await expect(karen.get_by_text("Gemt.")).to_be_visible()
    await expect(left).to_have_value("18.5")


@pytest.mark.parametrize(("language", "scheme", "size"), LOOKS)
async def test_everybody_can_use_the_screens(planned: Stage, language: str, scheme: str, size: tuple[int, int]) -> None:
    look = {"language": language, "scheme": scheme, "size": size}
    await check(await planned.open(None, "/wall", **look))  # type: ignore[arg-type]
    board = await board_of(planned, **look)
    which = await planned.press("lone", place="stue-3")
    await planned.press("amina", kind="assist", place="vaerelse-12", drill=True)
    await planned.act("lone", which, "withdraw")
    await expect(board.locator(".wall-alarm .ribbon-withdrawn:visible")).to_be_visible()
    await board.evaluate("night => document.body.dataset.night = night", "on" if scheme == "dark" else "off")
    await check(board)
    await planned.clear()
    for path in ("/admin/plans?unit=nord", "/admin/cards?unit=nord"):
        await check(await planned.open("karen", path, **look))  # type: ignore[arg-type]
