"""A disk that is really full: no alarm is called stored that is not, all can be read, and the ballast helps."""

import asyncio
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from hub.health import ballast, faults
from tests.scenarios.phones import Phone
from tests.scenarios.world import AN_AFTERNOON, House, local

MIB = 1024 * 1024
Fill = Callable[[], None]


@contextmanager
def small_disk(folder: Path) -> Iterator[Fill]:
    """Eight MiB of memory as a disk of its own, which gives each writer the same answer as a real one."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=True, capture_output=True)

    def fill() -> None:
        others = folder / "somebody-elses"
        with pytest.raises(OSError, match="No space left"):
            others.write_bytes(bytes(8 * MIB))

    try:
        yield fill
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def no_file_may_grow(folder: Path) -> Iterator[Fill]:
    """What anybody can do who may not mount: the system refuses each file to grow, until the ballast is gone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill() -> None:
        log = next(folder.glob("life-*/hub.db-wal"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, hard))

    try:
        yield fill
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Fill, Fill]]:
    """The folder of a disk, what fills it, and what makes room again by deleting the ballast."""
    folder = tmp_path / "disk"
    with ExitStack() as stack:
        try:
            fill = stack.enter_context(small_disk(folder))
        except (OSError, subprocess.CalledProcessError):
            fill = stack.enter_context(no_file_may_grow(folder))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

        def free() -> None:
            (folder / "ballast").unlink()
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

        yield folder, fill, free


async def presses_until_refused(house: House, anna: Phone) -> list[str]:
    """What was accepted before the disk took no more: SQLite may have had a little room in its own file."""
    accepted: list[str] = []
    for _ in range(500):
        which = str(UUID(int=next(house.ids)))
        anna.say({"type": "raise", "id": which, "kind": "alarm"})
        await house.settle()
        if anna.refusals:
            return accepted
        assert anna.accepted.popleft()["id"] == which
        accepted.append(which)
    raise AssertionError("the disk never filled")


async def test_a_full_disk_refuses_in_words_lets_everybody_read_and_the_ballast_gets_it_going(
    disk: tuple[Path, Fill, Fill], empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, fill, free = disk
    monkeypatch.setattr(ballast, "SIZE", MIB)
    monkeypatch.setattr(ballast, "ROOM", MIB)
    monkeypatch.setattr(faults, "LEAST_FREE", 0)
    house = House(folder, empty_database, local(AN_AFTERNOON))
    with capture_logs():
        await house.starts()
        assert ballast.lay(folder)
        await house.set_up("anna nord", "bo nord")
        anna, bo = await house.connect("anna", "bo")
        before = await anna.presses()

        fill()
        stored = [before, *await presses_until_refused(house, anna)]
        words = anna.is_refused("unavailable")["detail"]
        assert "Nothing was stored: get help another way" in words
        assert "HUB_DATA" in words
        assert [heard.frame["alarm"]["id"] for heard in bo.unread] == stored

        body = {"id": str(UUID(int=next(house.ids))), "kind": "alarm"}
        headers = {"Authorization": f"Bearer {anna.token}"}
        answer = await house.http.post("/api/alarms", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")

        listed = await bo.asks("/api/alarms?state=open")
        assert sorted(alarm["id"] for alarm in listed["alarms"]) == sorted(stored)[-50:]
        assert (await bo.asks("/api/duty?unit=nord"))["people"]
        # The hub's own small proof may fit in where no alarm does, but not for long.
        await house.passes(60)
        ready = await house.http.get("/health/ready", headers={"Accept-Language": "en"})
        assert ready.status_code == 503
        assert "where the file ballast may be deleted first" in " ".join(ready.json()["faults"])
        told = [frame["faults"] for frame in bo.warnings if frame["code"] == "hub_unwell"]
        assert "ballast" in told[-1][0]

        await asyncio.to_thread(free)
        after = await anna.presses()
        await house.passes(6)
        assert (await house.http.get("/health/ready")).status_code == 200
        assert [frame["faults"] for frame in bo.warnings if frame["code"] == "hub_unwell"][-1] == []
        assert after in bo.known
        for phone in (anna, bo):
            phone.unread.clear()
        await house.proves_itself()
        await house.stops()
