"""A screen of its own, a window manager on it, and eyes that see what lies on top."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from PySide6.QtGui import QImage
from Xlib import X
from Xlib.display import Display
from Xlib.error import BadDrawable, BadWindow
from Xlib.xobject.drawable import Window

from clients.demo.child import tied_to
from clients.demo.hubchild import child_environment

SIZE = (1280, 800)
WITHIN = 20.0
GREEN = 0x00FF00
SLIDES = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication(sys.argv)
slides = QWidget()
slides.setWindowTitle("Slides")
slides.setStyleSheet("background: #00ff00")
slides.showFullScreen()
again = QTimer(interval=50)
again.timeout.connect(slides.raise_)
again.start()
app.exec()
"""


class Screen:
    """One X display."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._server = Display(name)
        self._root = self._server.screen().root

    def close(self) -> None:
        self._server.close()

    def environment(self, home: Path) -> dict[str, str]:
        """What a program needs to run here as somebody with this home."""
        ours = child_environment()
        kept = {key: value for key, value in ours.items() if key in {"PATH", "PYTHONPATH", "LANG"}}
        return {
            **kept,
            "DISPLAY": self.name,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "share"),
            "XDG_RUNTIME_DIR": str(home),
        }

    def stack(self) -> list[str]:
        """The titles of the visible windows, the topmost last."""
        windows = self._root.query_tree().children
        return [title for window in windows if self._on_screen(window) and (title := self._seen(window))]

    def _on_screen(self, window: Window) -> bool:
        """Window managers keep windows of their own where nobody sees them."""
        with suppress(BadDrawable):
            at = window.get_geometry()
            return bool(at.x + at.width > 0 and at.y + at.height > 0)
        return False

    def _seen(self, window: Window) -> str:
        """The title of a visible window, or of what a window manager's frame holds."""
        try:
            if window.get_attributes().map_state != X.IsViewable:
                return ""
            name = window.get_full_text_property(self._server.intern_atom("_NET_WM_NAME")) or window.get_wm_name()
            return str(name or next(filter(None, map(self._seen, window.query_tree().children)), ""))
        except BadWindow:
            return ""  # it has just gone

    def picture(self) -> QImage:
        """What can be seen now."""
        width, height = SIZE
        seen = self._root.get_image(0, 0, width, height, X.ZPixmap, 0xFFFFFFFF)
        return QImage(bytes(seen.data), width, height, QImage.Format.Format_RGB32).copy()

    def shows(self, colour: int) -> bool:
        """Whether any of a grid of points has the colour."""
        picture = self.picture()
        points = ((x, y) for x in range(2, SIZE[0], 20) for y in range(2, SIZE[1], 20))
        return any(picture.pixel(x, y) & 0xFFFFFF == colour for x, y in points)

    def keep(self, file: Path) -> None:
        """Writes down what can be seen, for people to look at."""
        self.picture().save(str(file))

    async def until(self, seen: Callable[[], bool]) -> None:
        """Waits until this is so."""
        async with asyncio.timeout(WITHIN):
            while not seen():  # noqa: ASYNC110 - a screen tells nobody that it has changed
                await asyncio.sleep(0.05)

    async def until_top(self, title: str) -> None:
        await self.until(lambda: bool(stack := self.stack()) and stack[-1].startswith(title))

    async def hand(self, *words: str) -> str:
        """Moves the mouse or presses keys, as `xdotool` says it."""
        child = await asyncio.create_subprocess_exec(
            "xdotool", *words, env={**os.environ, "DISPLAY": self.name}, stdout=PIPE
        )
        said, _ = await child.communicate()
        assert child.returncode == 0, words
        return said.decode().strip()

    @asynccontextmanager
    async def slides(self, home: Path) -> AsyncIterator[None]:
        """A program that fills the screen, has the focus, and lifts itself to the top again and again."""
        async with running([sys.executable, "-c", SLIDES], self.environment(home)):
            await self.until(lambda: self.shows(GREEN) and self.stack()[-1] == "Slides")
            yield


@asynccontextmanager
async def running(words: list[str], env: dict[str, str], log: Path | None = None) -> AsyncIterator[Process]:
    """A program that is ended afterwards."""
    with (log or Path(os.devnull)).open("ab") as said:
        child = await asyncio.create_subprocess_exec(
            *words, env=env, stdin=DEVNULL, stdout=said, stderr=said, preexec_fn=tied_to(os.getpid())
        )
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            child.terminate()
        await child.wait()


@asynccontextmanager
async def screen() -> AsyncIterator[Screen]:
    """An empty screen under a window manager that keeps full-screen windows on top."""
    reads, writes = os.pipe()
    words = ["Xvfb", "-displayfd", str(writes), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"]
    server = await asyncio.create_subprocess_exec(
        *words, pass_fds=(writes,), stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, preexec_fn=tied_to(os.getpid())
    )
    os.close(writes)
    try:
        with os.fdopen(reads) as number:
            name = f":{(await asyncio.to_thread(number.readline)).strip()}"
        async with running(["openbox", "--sm-disable"], {**os.environ, "DISPLAY": name}):
            shown = Screen(name)
            yield shown
            shown.close()
    finally:
        server.terminate()
        await server.wait()
