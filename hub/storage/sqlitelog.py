"""SQLite's log (the WAL), folded into the file beside the writer.

A commit that did it itself, as SQLite would every 1,000 pages, held up the presses behind it by some 5 ms.
"""

import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

# After so many commands: at 64, alarms beside messages were 1.14 times as long as alone at their p99, at 256 as long.
FOLDED_AFTER = 256
# The writer goes on meanwhile: each pass brings less, and when one leaves nothing the log begins anew.
PASSES = 4
# If the writer leaves no gap for that, it folds the log itself at 64 MB of it.
LONGEST = 16_000


class Log:
    """Folds when told how much was written; `sweep` also cuts the log off."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = 0
        self._over = False
        self._due = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._fold_forever, name="hub-folder", daemon=True)
        self._thread.start()

    def wrote(self, commands: int) -> None:
        """So many more commands were committed."""
        self._written += commands
        if self._written >= FOLDED_AFTER:
            self._written = 0
            self._due.set()

    def sweep(self) -> bool:
        """Folds the log and cuts it off, unless somebody reads; waits for no reader, since writers would behind it."""
        with self._lock, closing(self._connected()) as beside:
            (busy, _, _) = beside.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self) -> None:
        self._over = True
        self._due.set()
        self._thread.join()

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, isolation_level=None, timeout=0)

    def _fold_forever(self) -> None:
        with closing(self._connected()) as beside:
            while self._due.wait() and not self._over:
                self._due.clear()
                # A full disk is the writer's to say: all that was committed stays in the log.
                with suppress(sqlite3.OperationalError), self._lock:
                    _fold(beside)


def _fold(beside: sqlite3.Connection) -> None:
    for _ in range(PASSES):
        (_, there, folded) = beside.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if there == folded:
            return
