"""A hub to measure or to hurt: a child process on cores of its own, with what it costs."""

import os
from pathlib import Path

from clients.demo.child import free_port, tied_to
from clients.demo.hubchild import HubChild, HubDidNotStart, PortTaken, child_environment

__all__ = [
    "HubDidNotStart",
    "HubProcess",
    "PortTaken",
    "child_environment",
    "cpu_ns",
    "free_port",
    "rss_kib",
    "stay_on",
    "tied_to",
]


def cpu_ns(pid: int) -> int:
    """Nanoseconds of processor time that the process has used, in all its threads."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    return total


def rss_kib(pid: int) -> int:
    """KiB of memory that the process holds."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1])


def stay_on(core: int) -> None:
    """Keeps this process on one core, so that measurer and measured do not fight over theirs."""
    if core in os.sched_getaffinity(0):
        os.sched_setaffinity(0, {core})


class HubProcess(HubChild):
    """A hub as a direct child: `async with` starts and stops it, `kill` and `start` hurt it."""

    def cpu_ns(self) -> int:
        """Processor time that the hub has used so far."""
        return cpu_ns(self.pid)

    def rss_kib(self) -> int:
        """Memory that the hub holds now."""
        return rss_kib(self.pid)
