"""The desktop program on a real screen, under a window manager, against a real hub that is killed and comes again."""

import asyncio
from pathlib import Path

import pytest

from tests.desktop.place import Place, command
from tests.desktop.screen import GREEN, Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")
ALARM = "Tryghedshub – alarm"
SAID = 0xE3F2E8  # the button of the answer that was given


async def test_one_program_runs_and_its_hot_key_raises_one_alarm_while_another_has_the_screen(
    cleared: Place, display: Screen, tmp_path: Path
) -> None:
    async with cleared.desk(tmp_path, display) as first:
        await display.hand("search", "--onlyvisible", "--name", "Tryghedshub", "windowminimize")
        await display.until(lambda: not any(title.startswith("Tryghedshub") for title in display.stack()))
        await command(display.environment(tmp_path))
        await display.until_top("Tryghedshub")
        assert first.returncode is None
        await press_under_slides(cleared, display, tmp_path)


async def press_under_slides(cleared: Place, display: Screen, tmp_path: Path) -> None:
    async with display.slides(tmp_path):
        await display.hand("key", "--repeat", "4", "--delay", "60", "ctrl+F12")
        raised = await cleared.until_raised("jonas")
        assert raised["kind"] == "alarm"
        # Who pressed sees how far it has come.
        await display.until_top("Tryghedshub")
        display.keep(tmp_path / "pressed.png")
        assert len(await cleared.open_alarms("jonas")) == 1


async def test_an_alarm_takes_the_top_of_the_screen_and_is_answered_by_keyboard(
    cleared: Place, display: Screen, tmp_path: Path
) -> None:
    async with cleared.desk(tmp_path, display):
        display.keep(tmp_path / "idle.png")
        async with display.slides(tmp_path):
            alarm = await cleared.press(note="Kom <i>hurtigt</i>")
            await display.until_top(ALARM)
            await display.until(lambda: not display.shows(GREEN))
            await display.hand("search", "--name", "Slides", "windowraise", "windowfocus")
            await display.until_top(ALARM)
            assert not display.shows(GREEN)
            display.keep(tmp_path / "incoming.png")
            await display.until(lambda: True)
            assert (await cleared.open_alarms())[0].get("deliveries", {}).get("shown") == 1
            await display.hand("key", "space", "Return")  # what was being typed answers nothing
            await asyncio.sleep(1.0)
            assert not (await cleared.open_alarms())[0]["answers"]
            await display.hand("key", "alt+1")
            await cleared.until_answered(alarm, "coming")
            display.keep(tmp_path / "coming.png")
            await display.hand("key", "alt+3")
            await cleared.until_answered(alarm, "cannot")
            await display.until_top("Slides")


async def test_a_hub_that_is_killed_and_comes_again_misses_no_press_and_no_answer(
    cleared: Place, display: Screen, tmp_path: Path
) -> None:
    async with cleared.desk(tmp_path, display):
        alarm = await cleared.press()
        await display.until_top(ALARM)
        await asyncio.sleep(1.0)  # buttons that have just appeared hear nothing
        await cleared.hub.kill()
        await display.until(lambda: any("IKKE modtage" in title for title in display.stack()))
        await display.hand("key", "alt+2")
        await display.until(lambda: display.shows(SAID))
        display.keep(tmp_path / "down.png")
        await display.hand("key", "ctrl+F12")
        await cleared.hub.start()
        await cleared.until_answered(alarm, "arrived")
        await cleared.until_raised("jonas")
        assert len(await cleared.open_alarms("jonas")) == 1
        await cleared.clear()
        await display.until(lambda: any("kan høre alarmen" in title for title in display.stack()))
        await cleared.press()
        await display.until_top(ALARM)
