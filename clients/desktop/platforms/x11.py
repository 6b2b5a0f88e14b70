"""An X11 session: the key is grabbed on the root window."""

import asyncio
from collections.abc import AsyncGenerator

from Xlib import XK, X
from Xlib.display import Display
from Xlib.error import BadAccess, BadMatch, CatchError

from clients.desktop.hotkey import HotKey, NoHotKey, NoKey

from .linux import Linux

_MASKS = {"Ctrl": X.ControlMask, "Alt": X.Mod1Mask, "Shift": X.ShiftMask, "Super": X.Mod4Mask}
# The key works whether Caps Lock and Num Lock are on or not.
_LOCKS = (0, X.LockMask, X.Mod2Mask, X.LockMask | X.Mod2Mask)


class X11(Linux):
    """Keys from the X server; windows that the window manager does not see."""

    # A full-screen window that has the focus lies over all that are merely kept above.
    past_the_manager = True

    def prepare(self) -> None:
        return

    def focus(self, window: int) -> None:
        focus(window)

    async def presses(self, key: HotKey) -> AsyncGenerator[None]:
        server = Display()
        readable = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(server.fileno(), readable.set)
        try:
            _grab(server, key)
            while True:
                while server.pending_events():
                    event = server.next_event()
                    if event.type == X.KeyPress:
                        yield
                    elif event.type == X.MappingNotify:  # another keyboard, or another layout
                        server.refresh_keyboard_mapping(event)
                        _grab(server, key)
                readable.clear()
                await readable.wait()
        finally:
            loop.remove_reader(server.fileno())
            server.close()


def focus(window: int) -> None:
    """Gives the keyboard to the window, if it can be seen; Qt's time may be older than the last change of focus."""
    server = Display()
    wanted = server.create_resource_object("window", window)
    wanted.set_input_focus(X.RevertToParent, X.CurrentTime, onerror=CatchError(BadMatch))
    server.close()


def _grab(server: Display, key: HotKey) -> None:
    code = server.keysym_to_keycode(keysym(key))
    if not code:
        raise NoHotKey(NoKey.MISSING)
    root = server.screen().root
    root.ungrab_key(X.AnyKey, X.AnyModifier)
    held = sum(_MASKS[one] for one in key.modifiers)
    refused = CatchError(BadAccess)
    for locks in _LOCKS:
        root.grab_key(code, held | locks, True, X.GrabModeAsync, X.GrabModeAsync, onerror=refused)
    server.sync()
    if refused.get_error() is not None:
        raise NoHotKey(NoKey.TAKEN)


def keysym(key: HotKey) -> int:
    """The key as X knows it."""
    return XK.string_to_keysym("space" if key.key == "Space" else key.key.lower() if len(key.key) == 1 else key.key)
