"""A made-up case system as a child process."""

import asyncio
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from clients.demo.child import Child, DidNotStart, answer_to, tied_to
from clients.demo.hubchild import child_environment
from clients.standins.serving import HOST


@dataclass(frozen=True, slots=True)
class Receipts:
    """Where receipts are brought, and with what."""

    url: str
    credential: str = field(repr=False)


class StandInChild(Child):
    """A case system, made up: killed and started again, it knows what it knew."""

    def __init__(
        self,
        folder: Path,
        port: int,
        authority: str,
        receipts: Receipts | None,
        *,
        kind: str = "sf2900",
        mischief: int | None = None,
        ready_within: float = 60.0,
    ) -> None:
        super().__init__(folder.resolve() / "standin.log")
        self.port, self.books = port, folder.resolve() / "books.jsonl"
        self._ready_within = ready_within
        told: dict[str, object] = {"kind": kind, "port": port, "books": self.books, "authority": authority}
        told |= {"secret": folder / "secret"}
        if receipts is not None:
            kept = folder / "credential"
            kept.touch(mode=0o600)
            kept.write_text(receipts.credential, encoding="utf-8")
            told |= {"receipts": receipts.url, "credential": kept}
        told |= {"mischief": mischief} if mischief is not None else {}
        self._words = [part for name, value in told.items() for part in (f"--{name}", str(value))]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        deadline = monotonic() + self._ready_within
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "clients.standins", *self._words,
                env=child_environment(), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=tied_to(os.getpid()),
            )  # fmt: skip
        knock = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
        while not await answer_to(HOST, self.port, knock):
            if not self.runs or monotonic() > deadline:
                raise DidNotStart(f"The stand-in did not come up. Its last words:\n{self.last_words()}")
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        if self.runs:
            self.process.terminate()
            await self.process.wait()
