"""Runs the hub in a world whose disk and clock are as a file says.

python -m tests.faults.warped FILE … -m hub serve

The file holds three numbers: seconds that each sync of SQLite's takes, 1 if it fails, and seconds by which the
machine's clock has been set. Only the calls are ours: SQLite itself, and all of the hub, run as they are.
"""

import ctypes
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_IOERR_FSYNC = 1034
_OK = 0
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class _Methods(ctypes.Structure):
    """The beginning of sqlite3_io_methods; all of it is copied."""

    _fields_ = [("version", ctypes.c_int), *((name, ctypes.c_void_p) for name in ("close", "read", "write", "cut"))]
    _fields_ += [("sync", ctypes.c_void_p), ("rest", ctypes.c_void_p * 13)]


class _File(ctypes.Structure):
    _fields_ = [("methods", ctypes.POINTER(_Methods))]


class _Vfs(ctypes.Structure):
    """The beginning of sqlite3_vfs; it is changed in its place."""

    _fields_ = [("version", ctypes.c_int), ("size", ctypes.c_int), ("longest", ctypes.c_int)]
    _fields_ += [(name, ctypes.c_void_p) for name in ("next", "name", "data", "open")]


class NotHere(Exception):
    """SQLite does not let itself be reached in the Python that runs here."""


class World:
    """What the file says now."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._wall = time.time
        self._kept: list[Any] = []

    def says(self) -> tuple[float, bool, float]:
        slow, fails, ahead = self._file.read_text(encoding="ascii").split()
        return float(slow), fails == "1", float(ahead)

    def time(self) -> float:
        """What the machine's clock shows."""
        return self._wall() + self.says()[2]

    def warps_syncs(self) -> None:
        """Stands in for the sync of every file that SQLite opens from now on."""
        vfs = _default_vfs().contents
        opens = _OPEN(vfs.open)
        methods: dict[int, Any] = {}

        def warped(which: int, own: Any) -> Any:
            copy = _Methods.from_buffer_copy(own)
            copy.sync = self._keeps(self._sync(_SYNC(own.sync)))
            methods[which] = copy
            return copy

        def opened(of: int, name: int, file: int, flags: int, out: int) -> int:
            answer = opens(of, name, file, flags, out)
            made = _File.from_address(file)
            if made.methods:
                which = ctypes.addressof(made.methods.contents)
                made.methods = ctypes.pointer(methods.get(which) or warped(which, made.methods.contents))
            return int(answer)

        vfs.open = self._keeps(_OPEN(opened))

    def _keeps(self, function: Any) -> int | None:
        self._kept.append(function)
        return ctypes.cast(function, ctypes.c_void_p).value

    def _sync(self, own: Callable[[int, int], int]) -> Any:
        def sync(file: int, flags: int) -> int:
            slow, fails, _ = self.says()
            if slow:
                time.sleep(slow)
            return _IOERR_FSYNC if fails else own(file, flags)

        return _SYNC(sync)


def _default_vfs() -> Any:
    import _sqlite3  # noqa: PLC0415

    try:
        find = ctypes.CDLL(getattr(_sqlite3, "__file__", None)).sqlite3_vfs_find
    except (AttributeError, OSError) as problem:
        raise NotHere(f"no sqlite3_vfs_find: {problem}") from problem
    find.restype = ctypes.POINTER(_Vfs)
    return find(None)


def main() -> None:
    """Changes the world, then is the program that the words after the file name."""
    world = World(Path(sys.argv[1]))
    world.warps_syncs()
    time.time = world.time
    at = sys.argv.index("-m")
    sys.argv = sys.argv[at + 1 :]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
