"""Every attack gets its clear refusal, and an alarm raised in the midst of it is accepted and heard by all on duty."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from loadtests.swarm import allow_many_files
from tests.faults.attacks import ATTACKS, Attack
from tests.faults.hostile import Scene, scene

REFUSED = {
    "a slow reader": ["closed (", "came back and had all 64 alarms once and in order"],
    "1 MiB of junk": ["a frame of 1 MiB: 1009", "noise on a socket: 1002", "noise at the door: 400 bad_request"],
    "silent connections": ["1000 connections that said nothing were let go: too_slow"],
    "a body of 10 MiB": ["10 MiB: 413 too_large"],
    "unknown fields": ["422 invalid: colour: unknown field", "over the socket: raise.colour: unknown field"],
    "a clock an hour off": [
        "201 pressed_at is 60 min behind the hub",
        "201 pressed_at is 60 min ahead of the hub",
    ],
    "a rule file with a typo": ["rules.toml:12: kinds.alarm, step 1, nextafter:", 'did you mean "next_after"?'],
}
SIZES = {"silent connections": 1000}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    allow_many_files()
    async with scene(tmp_path_factory.mktemp("ward")) as found:
        yield found


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_each_attack_is_refused_and_alarms_are_heard_meanwhile(here: Scene, attack: Attack) -> None:
    raised = len(here.taken)
    refusal = await here.suffers(attack, SIZES.get(attack.name, 3), count=3)
    assert len(here.taken) == raised + 3
    for words in REFUSED[attack.name]:
        assert words in refusal
