"""A hub as a child process: set up, started, ready, and never left behind."""

import asyncio
import errno
import json
import os
import socket
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from time import monotonic

from clients.demo.child import Child, DidNotStart, answer_to, free_port, tied_to

ROOT = Path(__file__).resolve().parents[2]


class HubDidNotStart(DidNotStart):
    """The hub could not be set up or did not come up; the text ends with its own last words."""


class PortTaken(HubDidNotStart):
    """Another program listens at the address."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is taken by another program, perhaps a hub that runs already: "
            f"stop that one, or choose another port, for example --port {port + 1}."
        )
        self.host, self.port = host, port


def check_port(host: str, port: int) -> None:
    """Refuses a port that somebody listens on already."""
    try:
        with socket.create_server((host, port)):
            return
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from None
        raise HubDidNotStart(f"Nothing can listen on {host}:{port} here ({problem}): give another --port.") from None


def child_environment() -> dict[str, str]:
    """The environment for a child that is not the operator's hub: his HUB_ settings name the real database."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {name: value for name, value in os.environ.items() if not name.startswith("HUB_")} | {"PYTHONPATH": path}


class HubChild(Child):
    """One hub over one data folder; inside `async with` it is ready, and it can be killed and started again."""

    program = "serve"
    within: tuple[str, ...] = ()
    """What runs it in another place than ours, as `ip netns exec` does."""

    def __init__(
        self,
        data: Path,
        *,
        port: int | None = None,
        host: str = "127.0.0.1",
        cores: Collection[int] = (),
        settings: Mapping[str, str] | None = None,
        ready_within: float = 90.0,
    ) -> None:
        super().__init__(data.resolve() / "hub.log")
        self.data = data.resolve()
        self.host, self.port = host, port or free_port(host)
        self._cores = tuple(cores)
        self._ready_within = ready_within
        own = {"HUB_DATA": str(self.data), "HUB_HOST": host, "HUB_PORT": str(self.port)}
        self._environment = {**child_environment(), **own, **(settings or {})}

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def setup(self, site: Path) -> dict[str, str]:
        """Sets the site up in the data folder and returns the tokens of the devices that are new in it."""
        tokens = self.data / "tokens.json"
        await self.command("setup", str(site), "--tokens", str(tokens))
        return {str(device): str(token) for device, token in json.loads(tokens.read_text(encoding="utf-8")).items()}

    async def command(self, *words: str) -> str:
        """Runs one command of the hub over the same data and returns what it said."""
        self.data.mkdir(parents=True, exist_ok=True)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "hub", *words,
            env=self._environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            preexec_fn=tied_to(os.getpid()),
        )  # fmt: skip
        said, _ = await child.communicate()
        if child.returncode:
            raise HubDidNotStart(f"`hub {' '.join(words)}` failed ({child.returncode}):\n{said.decode().strip()}")
        return said.decode()

    async def start(self) -> None:
        """Starts the hub and waits until it is ready."""
        check_port(self.host, self.port)
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.within, sys.executable, "-P", "-m", "hub", self.program,
                env=self._environment, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C is for us alone: we end the hub when the colleagues have gone
                preexec_fn=tied_to(os.getpid(), self._cores),
            )  # fmt: skip
        await self.ready()

    async def stop(self, within: float = 10.0) -> None:
        """Ends the hub as its operator would; one that does not end in time is killed."""
        if not self.runs:
            return
        self.process.terminate()
        try:
            async with asyncio.timeout(within):
                await self.process.wait()
        except TimeoutError:
            await self.kill()

    async def ready(self) -> None:
        """Waits until the hub says that it can do its job."""
        deadline = monotonic() + self._ready_within
        while not await self._answers():
            if not self.runs or monotonic() > deadline:
                raise HubDidNotStart(f"The hub did not come up. Its last words in {self.log}:\n{self.last_words()}")
            await asyncio.sleep(0.02)

    async def _answers(self) -> bool:
        request = f"GET /health/ready HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n"
        return (await answer_to(self.host, self.port, request.encode())).split()[1:2] == [b"200"]


class WorkerChild(HubChild):
    """A worker: it sends what the hubs have written down, and listens to nobody."""

    program = "work"

    async def start(self) -> None:
        # What it said before it was killed counts no more.
        self.log.unlink(missing_ok=True)
        await super().start()

    async def _answers(self) -> bool:
        return b"Ready to send" in self.log.read_bytes()
