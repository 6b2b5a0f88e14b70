"""The sessions that the program knows its way about in."""

import os
import sys

from .port import Platform


def here() -> Platform:
    """The session that this program was started in."""
    if sys.platform == "win32":
        from .windows import Windows  # noqa: PLC0415 - each system has only its own

        return Windows()
    if os.environ.get("WAYLAND_DISPLAY"):
        from .wayland import Wayland  # noqa: PLC0415

        return Wayland()
    from .x11 import X11  # noqa: PLC0415

    return X11()
