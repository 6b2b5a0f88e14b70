"""What differs from system to system, behind one port: keys, windows on top, sound, and starting with the session."""

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Protocol

from clients.desktop.hotkey import HotKey

APP_ID = "org.tryghedshub.Desktop"


class Platform(Protocol):
    """One kind of session that the program runs in."""

    past_the_manager: bool
    """Whether a window stays over all others only where the window manager does not see it."""

    def prepare(self) -> None:
        """Chooses how windows are made, before the first."""

    def focus(self, window: int) -> None:
        """Gives the keyboard to a window that is past the manager, which gives it none."""

    def presses(self, key: HotKey) -> AsyncGenerator[None]:
        """Each press of the key, wherever the person is working; NoHotKey if the system gives none."""

    def can_play(self) -> bool:
        """Whether there is a program or service that makes sounds."""

    async def play(self, file: Path) -> None:
        """Plays a sound once; cancelling ends it. CannotPlay if nobody could hear it."""

    def install_autostart(self, command: Sequence[str]) -> str:
        """Starts the command with each of the person's sessions; where that is written."""

    def remove_autostart(self) -> str:
        """The command is no longer started by itself; where that was written."""
