"""A mailbox on a disk: `out` is emptied and `in` is filled by another program; what was taken lies in `done`."""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, count
from pathlib import Path
from typing import TypeVar

from hub.clock import Clock
from hub.ports import Never, NotNow, Waiting
from integrations.wholefile import settle, write_whole

# A disk over a network may never answer.
PATIENCE = 10.0
# What was taken is in the hub, sealed; beside it lies a copy in the clear, for no longer than somebody may ask for it.
KEPT = timedelta(days=7)
LARGEST = 110 * 1024 * 1024
ENDING = ".xml"
_KEY = re.compile(r"[\w-]{1,150}", re.ASCII)
T = TypeVar("T")


class FolderMailbox:
    """Four folders in one: `out`, `in`, `done` and `refused`. Only whole files have names that end in .xml."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    async def put(self, key: str, content: bytes) -> None:
        if not _KEY.fullmatch(key):
            raise Never("The mailbox's files are named by letters, digits, - and _: give the envelope such an id")
        await self._on_disk(lambda: write_whole(self._made("out") / f"{key}{ENDING}", content))

    async def waiting(self, most: int) -> Sequence[Waiting]:
        return await self._on_disk(lambda: self._look(most))

    async def settle(self, name: str, *, taken: bool) -> None:
        await self._on_disk(lambda: self._move(name, self._made("done" if taken else "refused")))

    async def close(self) -> None:
        """Nothing is kept open."""

    def _look(self, most: int) -> list[Waiting]:
        there = [path for path in self._made("in").glob(f"[!.]*{ENDING}") if path.is_file()]
        oldest = sorted(there, key=lambda path: (path.stat().st_mtime_ns, path.name))
        return [Waiting(path.name, path.read_bytes()[:LARGEST]) for path in oldest[:most]]

    def _move(self, name: str, to: Path) -> None:
        here = self._made("in")
        path = here / name
        if path.parent != here or not path.is_file():
            return
        # Under a name that was used before, the one before stays too.
        names = (f"{path.stem}{suffix}{ENDING}" for suffix in chain([""], (f".{number}" for number in count(2))))
        path.rename(next(to / one for one in names if not (to / one).exists()))
        settle(to)
        settle(here)
        self._clear()

    def _clear(self) -> None:
        for path in self._made("done").glob(f"*{ENDING}"):
            moved = datetime.fromtimestamp(path.stat().st_ctime, UTC)
            if self._clock.now() - moved > KEPT:
                path.unlink(missing_ok=True)

    def _made(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    async def _on_disk(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.to_thread(work)
        except TimeoutError:
            raise NotNow(f"The folder {self._folder.name} did not answer within {PATIENCE:g} s") from None
        except OSError as error:
            raise NotNow(
                f"The folder {self._folder.name} could not be read or written ({error.strerror}): see to it"
            ) from None
