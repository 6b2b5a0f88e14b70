"""Windows: RegisterHotKey on a thread of its own, the person's Run key, and the system's own sound player."""

import sys

from clients.desktop.hotkey import HotKey

MOD_NOREPEAT = 0x4000
_MODIFIERS = {"Alt": 0x1, "Ctrl": 0x2, "Shift": 0x4, "Super": 0x8}
_KEYS = {"Pause": 0x13, "Space": 0x20, "End": 0x23, "Home": 0x24, "Insert": 0x2D}
_F1 = 0x70


def codes(key: HotKey) -> tuple[int, int]:
    """The combination as RegisterHotKey takes it: modifiers, and the virtual key."""
    held = MOD_NOREPEAT | sum(_MODIFIERS[one] for one in key.modifiers)
    if key.key in _KEYS:
        return held, _KEYS[key.key]
    if len(key.key) == 1:
        return held, ord(key.key)
    return held, _F1 + int(key.key[1:]) - 1


if sys.platform == "win32":
    import asyncio
    import ctypes
    import subprocess
    import winreg
    import winsound
    from collections.abc import AsyncGenerator, Callable, Sequence
    from ctypes import wintypes
    from pathlib import Path
    from threading import Thread

    from clients.desktop.hotkey import NoHotKey, NoKey
    from clients.desktop.sound import CannotPlay

    WM_HOTKEY, WM_QUIT = 0x0312, 0x0012
    _RUN, _NAME = r"Software\Microsoft\Windows\CurrentVersion\Run", "Tryghedshub"

    class Windows:
        """Keys from a message loop of their own; windows on top need only ask for it."""

        past_the_manager = False

        def prepare(self) -> None:
            # Without a name of its own, the taskbar and the notifications take the program for Python.
            ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(_NAME)

        def focus(self, window: int) -> None:
            ctypes.windll.user32.SetForegroundWindow(window)

        async def presses(self, key: HotKey) -> AsyncGenerator[None]:
            loop = asyncio.get_running_loop()
            heard: asyncio.Queue[int | None] = asyncio.Queue()

            def tell(item: int | None) -> None:
                loop.call_soon_threadsafe(heard.put_nowait, item)

            Thread(target=_wait_for, args=(key, tell), daemon=True).start()
            thread = await heard.get()
            if thread is None:
                raise NoHotKey(NoKey.TAKEN)
            try:
                while True:
                    await heard.get()
                    yield
            finally:
                ctypes.windll.user32.PostThreadMessageW(thread, WM_QUIT, 0, 0)

        def can_play(self) -> bool:
            return True

        async def play(self, file: Path) -> None:
            try:
                await asyncio.to_thread(winsound.PlaySound, str(file), winsound.SND_FILENAME | winsound.SND_NODEFAULT)
            except RuntimeError:
                raise CannotPlay from None
            except asyncio.CancelledError:
                winsound.PlaySound(None, 0)
                raise

        def install_autostart(self, command: Sequence[str]) -> str:
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as run:
                winreg.SetValueEx(run, _NAME, 0, winreg.REG_SZ, subprocess.list2cmdline(command))
            return rf"HKEY_CURRENT_USER\{_RUN}"

        def remove_autostart(self) -> str:
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as run:
                try:
                    winreg.DeleteValue(run, _NAME)
                except FileNotFoundError:
                    return rf"HKEY_CURRENT_USER\{_RUN}"
            return rf"HKEY_CURRENT_USER\{_RUN}"

    def _wait_for(key: HotKey, tell: Callable[[int | None], None]) -> None:
        """Tells the thread's own id once it has the key, or None; then the key's number at each press."""
        user32 = ctypes.windll.user32
        held, code = codes(key)
        if not user32.RegisterHotKey(None, 1, held, code):
            tell(None)
            return
        try:
            tell(ctypes.windll.kernel32.GetCurrentThreadId())
            message = wintypes.MSG()
            while user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                if message.message == WM_HOTKEY:
                    tell(int(message.wParam))
        finally:
            user32.UnregisterHotKey(None, 1)
