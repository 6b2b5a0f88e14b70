"""The log on a disk that is full: lines are lost, and nothing else."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

from hub.log import Lasting

# Falls twice, and says so to a disk that takes nothing.
FALLS = """
import asyncio
from datetime import UTC, datetime

from hub.chores import Chores
from hub.clock import ManualClock
from hub.log import configure


async def main():
    clock = ManualClock(datetime(2026, 3, 10, tzinfo=UTC))
    chores, runs, again = Chores(clock), [], asyncio.Event()

    async def chore():
        runs.append(clock.now())
        if len(runs) < 3:
            raise OSError("no room")
        again.set()
        await asyncio.Event().wait()

    chores.start("escalation", chore)
    while not again.is_set():
        clock.advance(1)
        await asyncio.sleep(0)
    print("runs again", len(runs))
    await chores.stop()


configure("FORMAT")
asyncio.run(main())
"""


def test_a_chore_that_falls_runs_again_though_the_log_cannot_be_written() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        for log_format in ("text", "json"):
            command = [sys.executable, "-c", FALLS.replace("FORMAT", log_format)]
            said = subprocess.run(command, stderr=full, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
            assert said.stdout == "runs again 3\n"


class FullDisk(StringIO):
    """Takes nothing while it is full."""

    full = True

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_what_could_not_be_logged_is_counted_once_there_is_room() -> None:
    disk = FullDisk()
    log = Lasting(disk)
    log.write("one\n")
    log.write("two\n")
    disk.full = False
    log.write("three\n")
    log.write("four\n")
    assert disk.getvalue() == "2 lines of this log could not be written.\nthree\nfour\n"
