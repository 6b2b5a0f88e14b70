"""The load tests' people raise and hear everything, and what somebody did not hear is seen."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clients.python import Alarm
from loadtests.hubprocess import HubProcess
from loadtests.people import Board
from loadtests.rounds import RoundBroken
from loadtests.site import BigSite

SHORT = {
    "panic_storm": "--people 5 --within 0.5",
    "shift_change_reconnect": "--people 5 --changes 2 --alarms 2",
    "busy_chat": "--people 4 --alarms 2 --seconds 2",
    "normal_night": "--people 4 --every 0.2 --seconds 2",
}
Json = dict[str, Any]


async def ran(name: str, words: str, *more: str) -> Json:
    """What a run measured; it was slow at most."""
    command = [sys.executable, "-P", "-m", f"loadtests.{name}", *words.split(), "--json", "-", *more]
    async with asyncio.timeout(150):
        child = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
        said, wrong = await child.communicate()
    assert child.returncode in {0, 1}, wrong.decode()
    report: Json = json.loads(said)
    report["figures"] = {figure["name"]: figure["value"] for figure in report["figures"]}
    return report


@pytest.mark.parametrize("name", SHORT)
async def test_a_short_run_of_each_scenario_hears_everything(name: str, tmp_path: Path) -> None:
    report = await ran(name, SHORT[name], "--data", str(tmp_path))
    assert report["figures"]["faults"] == 0
    assert report["figures"]["alarms raised"] >= 2
    assert report["us"]


async def test_everybody_hears_everybody_over_two_hubs(tmp_path: Path) -> None:
    report = await ran("panic_storm", "--people 6 --within 0.5 --nodes 2", "--data", str(tmp_path))
    assert (report["figures"]["faults"], report["figures"]["alarms raised"]) == (0, 6)


async def test_a_scenario_runs_on_a_hub_that_is_there_already(tmp_path: Path) -> None:
    hub = HubProcess(tmp_path / "hub")
    await hub.setup(BigSite(responders=3, idle=0).write(tmp_path, datetime.now(UTC)))
    async with hub:
        where = ("--host", hub.url, "--tokens", str(hub.data / "tokens.json"), "--data", str(tmp_path))
        report = await ran("panic_storm", "--within 0.2", *where)
    assert (report["figures"]["faults"], report["figures"]["alarms raised"]) == (0, 3)


async def test_a_quiet_institution_is_measured_beside_a_busy_one(tmp_path: Path) -> None:
    words = "--presses 2 --responders 2 --raisers 3 --shapes even most"
    report = await ran("neighbour", words, "--data", str(tmp_path))
    assert {"alone: press → shown, last", "most: press → shown, last"} <= report["us"].keys()
    assert report["figures"]["as many as the hub takes: accepted"] > 0


async def test_messages_beside_alarms_are_had_once_by_everybody(tmp_path: Path) -> None:
    words = "--people 8 --responders 2 --conversations 4 --in-each 3 --rate 20 --alarms 5 --seconds 0.6 --turns 1"
    report = await ran("conversations", words, "--reading", "0.5", "--data", str(tmp_path))
    assert (report["figures"]["messages"], report["figures"]["alarms, alone and beside"]) == (12, 6)


def alarm(version: int) -> Alarm:
    return {
        "id": "a", "unit": "her", "kind": "alarm", "state": "raised", "version": version, "step": 0,
        "raised_by": "r0", "raised_at": "2026-11-22T07:00:00Z", "answers": [],
    }  # fmt: skip


async def test_the_board_waits_for_the_last_and_a_newer_version_tells_of_the_older() -> None:
    board = Board()
    board.knows("r1", alarm(1))
    waiting = asyncio.create_task(board.last("a", 1, ["r1", "r2"]))
    await asyncio.sleep(0)
    assert not waiting.done()
    board.knows("r2", alarm(3))
    first = await waiting
    board.knows("r2", alarm(1))
    assert await board.last("a", 1, ["r1", "r2"]) == first == await board.last("a", 3, ["r2"])


async def test_somebody_who_never_hears_is_named() -> None:
    board = Board(patience=0)
    board.knows("r1", alarm(1))
    with pytest.raises(RoundBroken, match="1 of 2 never heard version 1: r2"):
        await board.last("a", 1, ["r1", "r2"])
