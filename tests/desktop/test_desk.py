"""What the PC does with its line, without a screen: against a real hub."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clients.demo.child import free_port
from clients.desktop.desk import Desk
from clients.desktop.pressing import unsent
from clients.desktop.settings import Settings
from clients.desktop.sound import Siren
from clients.desktop.texts import texts
from clients.desktop.view import Ready, View
from clients.desktop.words import loud, ready_word, rungs
from clients.python import HubLine
from tests.desktop.place import Place
from tests.desktop.screen import WITHIN

session = pytest.mark.asyncio(loop_scope="session")
DANISH = texts("da")


class Watched:
    """A desk at work, and how things stand at it."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.view = View()
        self._changed = asyncio.Event()
        self.desk = Desk(settings, folder, DANISH, Siren(folder, None), self._tell)

    def _tell(self, view: View) -> None:
        self.view = view
        self._changed.set()

    async def until(self, so: Callable[[View], object]) -> View:
        """Waits until it stands so."""
        async with asyncio.timeout(WITHIN):
            while not so(self.view):
                self._changed.clear()
                await self._changed.wait()
        return self.view


@asynccontextmanager
async def at_work(place: Place, folder: Path, device: str = "pc-jonas", **told: Any) -> AsyncIterator[Watched]:
    settings = replace(Settings(place.hub.url, place.tokens[device]), **told)
    watched = Watched(settings, folder)
    work = asyncio.create_task(watched.desk.run())
    try:
        yield watched
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


@session
async def test_it_is_grey_until_somebody_would_hear(cleared: Place, tmp_path: Path) -> None:
    async with at_work(cleared, tmp_path) as desk:
        alone = await desk.until(lambda view: view.ready is Ready.NOBODY)
        assert alone.ready.grey
        assert ready_word(alone, DANISH) == "INGEN kan høre alarmen her nu"
        async with HubLine(cleared.hub.url, cleared.tokens["telefon-lone"]):
            seen = await desk.until(lambda view: view.hearing == 1)
            assert not seen.ready.grey
            assert seen.unit == "Afdeling Nord"
        await desk.until(lambda view: view.ready is Ready.NOBODY)


@session
async def test_a_token_that_the_hub_does_not_know_is_said(cleared: Place, tmp_path: Path) -> None:
    async with at_work(cleared, tmp_path, token="dev_unknown") as desk:
        refused = await desk.until(lambda view: view.unknown_here)
        assert "tilmeld den igen" in ready_word(refused, DANISH)
        desk.desk.press()
        pressed = await desk.until(lambda view: view.press and view.press.refused)
        assert pressed.press is not None
        assert loud(pressed.press, pressed, DANISH).startswith("Alarmen blev IKKE modtaget")


@session
async def test_what_is_answered_goes_aside_and_comes_back_when_it_is_opened(cleared: Place, tmp_path: Path) -> None:
    async with at_work(cleared, tmp_path) as desk:
        key = await cleared.press()
        await desk.until(lambda view: view.on_top)
        desk.desk.put_aside(key)
        assert not desk.view.on_top
        desk.desk.open(key)
        assert desk.view.on_top
        desk.desk.answer(key, "coming")
        await desk.until(lambda view: not view.sending and view.groups[0].answered("jonas") == "coming")
        assert desk.view.on_top
        desk.desk.put_aside(key)
        assert not desk.view.on_top
        desk.desk.answer(key, "cannot")
        await desk.until(lambda view: view.groups[0].answered("jonas") == "cannot" and not view.sending)
        assert not desk.view.on_top
        await cleared.clear()
        await desk.until(lambda view: not view.groups)


@session
async def test_the_screen_of_somebody_in_trouble_is_not_covered(cleared: Place, tmp_path: Path) -> None:
    async with at_work(cleared, tmp_path) as desk:
        await desk.until(lambda view: view.person)
        desk.desk.press()
        desk.desk.press()
        stored = await desk.until(lambda view: view.press and view.press.alarm)
        await cleared.press()
        await desk.until(lambda view: view.groups)
        assert not desk.view.on_top
        assert stored.press is not None
        assert next(word for word, reached in rungs(stored.press, DANISH) if reached).startswith("Modtaget")
        assert len(await cleared.open_alarms("jonas")) == 1
        desk.desk.withdraw(None)
        await desk.until(lambda view: view.on_top)
        await cleared.clear()
        await desk.until(lambda view: view.press and view.press.over)
        desk.desk.done()
        assert desk.view.press is None


@session
async def test_the_next_press_may_be_a_drill(cleared: Place, tmp_path: Path) -> None:
    async with at_work(cleared, tmp_path, device="pc-kontor", kind="assist") as desk:
        await desk.until(lambda view: view.ready is not Ready.CONNECTING)
        desk.desk.practise()
        assert desk.view.practising
        desk.desk.press()
        raised = await cleared.until_raised("pc-kontor")
        assert (raised["drill"], raised["kind"], raised["place"]) == (True, "assist", "kontor")
        assert not desk.view.practising


@session
async def test_the_test_of_the_shift_is_answered_here(cleared: Place, tmp_path: Path) -> None:
    async with at_work(cleared, tmp_path) as desk:
        await desk.until(lambda view: view.proof)
        desk.desk.prove()
        await desk.until(lambda view: view.proof is None)
    async with at_work(cleared, tmp_path) as again:
        await again.until(lambda view: view.ready is Ready.NOBODY)
        assert again.view.proof is None


def waiting(folder: Path) -> list[str]:
    """The presses that lie in the folder."""
    return [file.name for file in folder.glob("press-*")]


def test_an_old_press_and_half_a_file_are_no_cry_for_help(tmp_path: Path) -> None:
    (tmp_path / "press-a.json").write_text('{"id": ', encoding="utf-8")
    (tmp_path / "press-b.json").write_text('{"id": "b", "kind": "alarm", "drill": false}', encoding="utf-8")
    os.utime(tmp_path / "press-b.json", (0, 0))
    assert list(unsent(tmp_path)) == []
    assert waiting(tmp_path) == []


@session
async def test_a_press_without_a_hub_is_taken_up_by_the_next_program(cleared: Place, tmp_path: Path) -> None:
    async with at_work(cleared, tmp_path, hub=f"http://127.0.0.1:{free_port()}") as desk:
        await desk.until(lambda view: view.ready is Ready.DOWN)
        desk.desk.press()
        press = desk.view.press
        assert press is not None
        assert "IKKE modtaget endnu" in loud(press, desk.view, DANISH)
    async with at_work(cleared, tmp_path) as again:
        stored = await again.until(lambda view: view.press and view.press.alarm)
        assert stored.press is not None
        assert stored.press.id == press.id
        assert [alarm["id"] for alarm in await cleared.open_alarms("jonas")] == [press.id]
    assert waiting(tmp_path) == []
