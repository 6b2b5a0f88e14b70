"""A program as a child process: ready inside `async with`, hurt at will, and never left behind."""

import asyncio
import ctypes
import os
import pwd
import signal
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import Self

_PR_SET_PDEATHSIG = 1


class DidNotStart(Exception):
    """A program could not be set up or did not come up; the text ends with its own last words."""


class Child(ABC):
    """One program with its log."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The program's newest run."""
        if self._process is None:
            raise DidNotStart(f"{type(self).__name__} has not been started: start it first.")
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @abstractmethod
    async def start(self) -> None:
        """Starts the program and waits until it is ready."""

    @abstractmethod
    async def stop(self) -> None:
        """Ends the program as its operator would."""

    async def kill(self) -> None:
        """Ends the program as a power cut would."""
        if self.runs:
            self.process.kill()
            await self.process.wait()

    async def ended(self) -> int:
        """Waits until the program has ended by itself; its exit code."""
        return await self.process.wait()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.kill()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def last_words(self, lines: int = 15) -> str:
        """The end of what the program has written to its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


async def answer_to(host: str, port: int, request: bytes) -> bytes:
    """The first line of what is answered there; nothing if nobody answers."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError:
        return b""
    try:
        writer.write(request)
        return await reader.readline()
    except OSError:
        return b""
    finally:
        writer.close()


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at this moment."""
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])


def tied_to(
    parent: int, cores: Collection[int] = (), ends_by: signal.Signals = signal.SIGTERM, user: str | None = None
) -> Callable[[], None]:
    """What a child does before it becomes its program: it dies with `parent`, stays on these cores, runs as `user`."""
    account = pwd.getpwnam(user) if user is not None else None
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux alone has it; elsewhere the child is ended by hand

    def before_exec() -> None:
        if account is not None:  # first, for the system then forgets whom it dies with
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, ends_by)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)
        if cores and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, cores)

    return before_exec
