"""What each system is told of the key, the session's start and sounds; Windows as far as Linux can tell."""

import asyncio
import re
import wave
from pathlib import Path

import pytest
from Xlib import XK

from clients.desktop.hotkey import BadHotKey, HotKey, NoHotKey, NoKey
from clients.desktop.platforms import here
from clients.desktop.platforms.linux import Linux, entry
from clients.desktop.platforms.wayland import Wayland, trigger
from clients.desktop.platforms.windows import codes
from clients.desktop.platforms.x11 import X11, keysym
from clients.desktop.sound import CannotPlay, Cry, write
from tests.desktop.screen import Screen


@pytest.mark.parametrize(
    ("text", "windows", "portal", "x11"),
    [
        ("Ctrl+F12", (0x4002, 0x7B), "CTRL+F12", XK.XK_F12),
        ("alt + ctrl + h", (0x4003, ord("H")), "CTRL+ALT+h", XK.XK_h),
        ("Pause", (0x4000, 0x13), "Pause", XK.XK_Pause),
        ("super+SPACE", (0x4008, 0x20), "LOGO+space", XK.XK_space),
    ],
)
def test_a_key_is_the_same_on_every_system(text: str, windows: tuple[int, int], portal: str, x11: int) -> None:
    key = HotKey.parse(text)
    assert HotKey.parse(str(key)) == key
    assert (codes(key), trigger(key), keysym(key)) == (windows, portal, x11)


@pytest.mark.parametrize("text", ["", "Ctrl", "Ctrl+", "h", "Shift+h", "Hyper+F1", "Ctrl+Ctrl+F1", "F25", "Ctrl+Å"])
def test_what_is_no_key_combination_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadHotKey, match="hot_key"):
        HotKey.parse(text)


def test_the_session_chooses_its_own_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert isinstance(here(), Wayland)
    monkeypatch.delenv("WAYLAND_DISPLAY")
    assert isinstance(here(), X11)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_key_that_another_program_has_is_not_given_twice(
    display: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display.name)
    key = HotKey.parse("Ctrl+F11")
    first = X11().presses(key)
    holding = asyncio.ensure_future(anext(first))
    await asyncio.sleep(0)  # as far as its waiting for a press
    with pytest.raises(NoHotKey) as no:
        await anext(X11().presses(key))
    assert no.value.why is NoKey.TAKEN
    await display.hand("key", "ctrl+F11")
    await holding
    await first.aclose()


def test_what_starts_with_the_session_is_written_as_the_desktops_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    where = Path(Linux().install_autostart(["/opt/py thon/python", "-m", "clients.desktop"]))
    assert where.parent == tmp_path / "config" / "autostart"
    assert 'Exec="/opt/py thon/python" -m clients.desktop\n' in where.read_text(encoding="utf-8")
    assert len(list(tmp_path.rglob("*.desktop"))) == 2
    Linux().remove_autostart()
    Linux().remove_autostart()
    assert not list(tmp_path.rglob("*.desktop"))


@pytest.mark.parametrize("word", ["plain", "with space", 'a "quoted" word', "$HOME", "`id`", "50 %"])
def test_a_word_of_a_command_stays_one_word(word: str) -> None:
    line = next(line for line in entry([word]).splitlines() if line.startswith("Exec="))
    # As the Desktop Entry Specification reads it: the text's own backslashes, the quoted word's, then the codes.
    read = line.removeprefix("Exec=").replace("\\\\", "\\")
    if read != word:
        assert re.fullmatch(r'"([^"`$\\]|\\["`$\\])*"', read)
        read = re.sub(r"\\(.)", r"\1", read[1:-1])
    assert read.replace("%%", "%") == word


async def test_a_sound_that_nobody_can_hear_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = tmp_path / "siren.wav"
    write(sound, Cry.SIREN)
    with wave.open(str(sound)) as written:
        assert written.getnframes() / written.getframerate() == pytest.approx(2.4)
    for name, code in (("pw-play", 1), ("paplay", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CannotPlay):
        await Linux().play(sound)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Linux().can_play()
    with pytest.raises(CannotPlay):
        await Linux().play(sound)
    (tmp_path / "pw-play").unlink()
    await Linux().play(sound)
