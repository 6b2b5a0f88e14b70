"""The channel "folder": what is sent becomes a file that nobody writes over, on a disk that others look after."""

import asyncio
import re
from pathlib import Path

from hub.ports import Never, Notice, NotNow
from integrations.wholefile import write_whole

# A disk over a network may never answer.
PATIENCE = 10.0
_NAME = re.compile(r"[\w.-]{1,200}")


class FolderChannel:
    """Writes each notice's text into the folder that is its address, under the notice's id."""

    name = "folder"

    async def send(self, notice: Notice, address: str) -> str | None:
        if not _NAME.fullmatch(notice.id):
            raise Never(f"No file can be named {notice.id}")
        path = Path(address) / f"{notice.id}.txt"
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.to_thread(_write, path, notice.text.encode())
        except TimeoutError:
            raise NotNow(f"The folder {address} did not answer within {PATIENCE:g} s") from None
        except OSError as error:
            raise NotNow(f"The folder {address} took no file ({error.strerror})") from None
        return path.name

    async def close(self) -> None:
        """Nothing is kept open."""


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; a file that is there stays as it is, since a retry brings the same."""
    if not path.exists():
        write_whole(path, content)
