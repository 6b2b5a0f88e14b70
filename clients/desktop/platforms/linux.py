"""What X11 and Wayland sessions share: how a program starts with the session, and what plays a sound."""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import Sequence
from pathlib import Path

from clients.desktop.sound import CannotPlay

from .port import APP_ID

_PLAYERS = (("pw-play",), ("paplay",), ("aplay", "-q"))
_RESERVED = set(" \t\n\"'\\><~|&;$*?#()`%")


class Linux:
    """The part of the port that the freedesktop standards and the sound servers answer."""

    def can_play(self) -> bool:
        return self._player() is not None

    async def play(self, file: Path) -> None:
        player = self._player()
        if player is None:
            raise CannotPlay
        child = await asyncio.create_subprocess_exec(*player, str(file), stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
        try:
            if await child.wait():
                raise CannotPlay
        finally:
            if child.returncode is None:
                child.kill()

    def install_autostart(self, command: Sequence[str]) -> str:
        # A portal gives keys only to programs that it finds under their name among the installed ones.
        for file in (self._autostart(), self._installed()):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(entry(command), encoding="utf-8")
        return str(self._autostart())

    def remove_autostart(self) -> str:
        for file in (self._autostart(), self._installed()):
            file.unlink(missing_ok=True)
        return str(self._autostart())

    def _player(self) -> tuple[str, ...] | None:
        return next((words for words in _PLAYERS if shutil.which(words[0])), None)

    def _autostart(self) -> Path:
        base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return Path(base) / "autostart" / f"{APP_ID}.desktop"

    def _installed(self) -> Path:
        base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
        return Path(base) / "applications" / f"{APP_ID}.desktop"


def entry(command: Sequence[str]) -> str:
    """A desktop entry that runs the command."""
    lines = [
        "[Desktop Entry]",
        "Type=Application",
        "Name=Tryghedshub",
        "Comment=Tryghedsalarm",
        f"Exec={' '.join(map(quoted, command))}",
        "Terminal=false",
        "Categories=Office;",
        "X-GNOME-Autostart-enabled=true",
    ]
    return "\n".join(lines) + "\n"


def quoted(word: str) -> str:
    """One word of an Exec line, as the Desktop Entry Specification wants it."""
    word = word.replace("%", "%%")
    if not _RESERVED & set(word):
        return word
    for sign in ("\\", '"', "`", "$"):
        word = word.replace(sign, "\\" + sign)
    # A backslash is read twice: first as in any text of the file, then as in a quoted word.
    return '"' + word.replace("\\", "\\\\") + '"'
