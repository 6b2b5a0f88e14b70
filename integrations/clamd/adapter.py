"""The scanner "clamd": a file goes to ClamAV's daemon over a stream, and its verdict comes back."""

import asyncio
import re
from dataclasses import dataclass

from hub.ports import Never, NotNow

# How much goes at a time, each after its length in four bytes; a length of nothing is the end.
PIECE = 64 * 1024
# A scanner that is busy takes its time; whoever sends a file waits for it.
ANSWERS_WITHIN = 30.0
LONGEST_ANSWER = 4096
_FOUND = re.compile(r"stream: (.+) FOUND")
_PORT = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\s/]+):(?P<port>\d{1,5})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the daemon listens: at a path on this machine, or at a host and a port."""

    path: str = ""
    host: str = ""
    port: int = 0

    def __post_init__(self) -> None:
        if bool(self.path) == bool(self.host) or not 0 <= self.port <= 65_535:
            raise ValueError("write a path such as /run/clamav/clamd.ctl, or a host and port such as 127.0.0.1:3310")


def place(text: str) -> Place:
    """Where that is, as an operator writes it; ValueError says how."""
    if text.startswith("/"):
        return Place(path=text)
    found = _PORT.fullmatch(text)
    return Place(host=found["host"].strip("[]"), port=int(found["port"])) if found else Place()


class Clamd:
    """Asks one daemon about each file by itself."""

    def __init__(self, at: Place, answers_within: float = ANSWERS_WITHIN) -> None:
        self._at = at
        self._answers_within = answers_within

    async def scan(self, content: bytes) -> str | None:
        """What ClamAV calls what it found; None for nothing. Raises NotNow or Never while it cannot say."""
        try:
            async with asyncio.timeout(self._answers_within):
                answer = await self._asked(content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise NotNow(f"clamd does not answer ({type(error).__name__})") from error
        found = _FOUND.fullmatch(answer)
        if found is not None:
            return found[1]
        if answer == "stream: OK":
            return None
        if "size limit exceeded" in answer:
            raise Never("clamd takes no file of this size: raise StreamMaxLength in clamd.conf to 10M or more")
        raise NotNow("clamd answered something else than a verdict")

    async def _asked(self, content: bytes) -> str:
        at = self._at
        opened = asyncio.open_unix_connection(at.path) if at.path else asyncio.open_connection(at.host, at.port)
        reader, writer = await opened
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), PIECE):
                piece = content[start : start + PIECE]
                writer.write(len(piece).to_bytes(4) + piece)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            answer = await reader.readuntil(b"\0")
        finally:
            writer.close()
        return answer[:LONGEST_ANSWER].rstrip(b"\0").decode("utf-8", "replace").strip()
