"""A file of nothing that the operator can delete when the disk is full, so that the hub goes on at once."""

import os
import shutil
from pathlib import Path

SIZE = 64 * 1024 * 1024
# Where there is less than this, the ballast would itself be the trouble.
ROOM = 16 * SIZE


def lay(folder: Path) -> bool:
    """Makes the ballast if it is not there and there is room; whether it is there now."""
    path = folder / "ballast"
    if path.exists():
        return True
    if shutil.disk_usage(folder).free < ROOM:
        return False
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, SIZE)
    return True
