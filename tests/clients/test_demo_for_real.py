"""The demonstration as a person runs it: a process of its own, with a real hub under it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from clients.demo.child import free_port
from tests.faults.ordeal import looks

LONGEST = 120
PASSWORD = "lampe-skov-ravn-42"


async def once(*words: str) -> tuple[int, str]:
    asked = [sys.executable, "-m", "clients.demo", "--once", "--lang", "en", *words]
    async with asyncio.timeout(LONGEST):
        child = await asyncio.create_subprocess_exec(*asked, stdout=PIPE, stderr=STDOUT)
        said, _ = await child.communicate()
    return child.returncode or 0, said.decode()


async def test_the_story_is_told_whole_with_its_times() -> None:
    code, said = await once()
    assert code == 0, said
    steps = ("Stored on disk", "Heard by 3", "Mette Holm is coming", "Mette Holm has arrived", "All clear")
    for step in (*steps, "The journal holds the timeline", "Press → shown", "Every step happened."):
        assert step in said


async def test_with_one_deaf_the_alarm_goes_on_to_the_neighbours() -> None:
    code, said = await once("--deaf", "first")
    assert code == 0, said
    for step in ("Heard by 2", "the alarm goes on to the neighbouring unit", "the phone is silent", "has arrived"):
        assert step in said


async def test_a_name_that_nobody_has_is_answered_with_those_there_are() -> None:
    code, said = await once("--deaf", "Nobody")
    assert code == 2
    assert "write first or one of Mette, Jonas, Amina" in said


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[Process, asyncio.Event]]:
    """The serving demonstration once it has said where to sign in, and whether the hub under it has ended."""
    asked = [sys.executable, "-m", "clients.demo", "--lang", "en", "--port", str(free_port()), "--data", str(folder)]
    asked += ["--password", PASSWORD]
    child = await asyncio.create_subprocess_exec(*asked, stdout=PIPE, stderr=STDOUT)
    try:
        async with asyncio.timeout(LONGEST):
            assert child.stdout is not None
            said = b""
            while b"Ctrl-C" not in said:
                line = await child.stdout.readline()
                assert line, said.decode()
                said += line
        yield child, ended(hub_of(child.pid))
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


def hub_address(parent: int) -> str:
    """Where the demonstration's hub listens."""
    said = Path(f"/proc/{parent}/cmdline").read_bytes().decode().split("\0")
    return f"http://127.0.0.1:{said[said.index('--port') + 1]}"


def hub_of(parent: int) -> int:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    [hub] = [int(one) for one in children if b"\0serve\0" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return hub


def ended(pid: int) -> asyncio.Event:
    """Set when the process has ended, also one that is nobody's child any more and that nobody reaps."""
    over, loop, watched = asyncio.Event(), asyncio.get_running_loop(), os.pidfd_open(pid)

    def look() -> None:
        loop.remove_reader(watched)
        os.close(watched)
        over.set()

    loop.add_reader(watched, look)
    return over


async def test_an_incident_goes_to_the_case_system_and_ctrl_c_ends_all_of_it(tmp_path: Path) -> None:
    async with serving(tmp_path / "demo") as (child, hub_over), asyncio.timeout(LONGEST):
        url = hub_address(child.pid)
        async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, trust_env=False) as leader:
            await leader.post("/api/session", json={"username": "henrik", "password": PASSWORD})
            async for _ in looks():
                if "I Fordelingskomponenten som" in (await leader.get("/cases")).text:
                    break
        child.send_signal(signal.SIGINT)
        assert await child.wait() == 0
        await hub_over.wait()


async def test_a_hub_does_not_outlive_a_demonstration_that_was_killed(tmp_path: Path) -> None:
    async with serving(tmp_path / "demo") as (child, hub_over), asyncio.timeout(LONGEST):
        child.kill()
        await hub_over.wait()
