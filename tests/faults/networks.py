"""Networks of their own for hubs: each is reached over a cable, which loses what goes one way, the other, or both."""

import os
import subprocess
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from clients.demo.child import answer_to
from loadtests.hubprocess import HubProcess
from tests.faults.ward import quick_in

# A machine that there is not: what is sent to it is lost, and nobody says so.
_NOBODY = "02:00:00:00:00:99"


class NoNetworks(Exception):
    """No networks can be made here: one must be root, and the system must know namespaces."""


class Network:
    """One hub's own network; our end of its cable has an address for each of the hub's servers."""

    def __init__(self, number: int) -> None:
        self.name = f"hub-{os.getpid()}-{number}"
        self._cable, self._far = f"hub{os.getpid() % 10**6}a{number}", f"hub{os.getpid() % 10**6}b{number}"
        of = f"10.203.{number}"
        self.database, self.redis, self.hub, self._to_redis = (f"{of}.{last}" for last in (1, 2, 3, 4))

    @contextmanager
    def up(self) -> Iterator["Network"]:
        """The network, for as long as the block lasts."""
        _ip("netns", "add", self.name)
        try:
            _ip("link", "add", self._cable, "type", "veth", "peer", "name", self._far, "netns", self.name)
            for ours in (self.database, self.redis):
                _ip("address", "add", f"{ours}/24", "dev", self._cable)
            _ip("link", "set", self._cable, "up")
            for theirs in (self.hub, self._to_redis):
                self._there("address", "add", f"{theirs}/24", "dev", self._far)
            for link in ("lo", self._far):
                self._there("link", "set", link, "up")
            # What goes to Redis has a sender of its own, so that the answers to that alone can be lost.
            self._there("route", "add", f"{self.redis}/32", "dev", self._far, "src", self._to_redis)
            yield self
        finally:
            _ip("netns", "delete", self.name)

    @contextmanager
    def without_redis(self, ways: Collection[str]) -> Iterator[None]:
        """Of "asks" and "answers" between the hub and Redis, these are lost until the block is over."""
        lost = {"asks": (self._there, self.redis, self._far), "answers": (_ip, self._to_redis, self._cable)}
        with ExitStack() as stack:
            for ip, whom, link in (lost[way] for way in ways):
                ip("neighbour", "replace", whom, "lladdr", _NOBODY, "nud", "permanent", "dev", link)
                stack.callback(ip, "neighbour", "delete", whom, "dev", link)
            yield

    def _there(self, *words: str) -> None:
        _ip("-netns", self.name, *words)


class HubElsewhere(HubProcess):
    """A hub in a network of its own."""

    def __init__(self, folder: Path, settings: Mapping[str, str], network: Network) -> None:
        super().__init__(folder / "data", settings={**quick_in(folder), **settings, "HUB_HOST": network.hub})
        self._network = network
        self.within = ("ip", "netns", "exec", network.name)

    @property
    def url(self) -> str:
        return f"http://{self._network.hub}:{self.port}"

    async def _answers(self) -> bool:
        request = f"GET /health/ready HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n"
        return (await answer_to(self._network.hub, self.port, request.encode())).split()[1:2] == [b"200"]


@contextmanager
def two_networks() -> Iterator[tuple[Network, Network]]:
    """A network for each of two hubs; NoNetworks where that cannot be."""
    with ExitStack() as stack:
        try:
            one, two = (stack.enter_context(Network(number).up()) for number in (1, 2))
        except (OSError, subprocess.CalledProcessError) as problem:
            raise NoNetworks(str(problem)) from problem
        yield one, two


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
