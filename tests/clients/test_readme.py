"""The example in the client library's README works as it stands."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

from tests.clients.scripted_hub import TOKEN, ScriptedHub, alarm

README = Path(__file__).parents[2] / "clients" / "python" / "README.md"


async def test_the_example_raises_an_alarm_and_follows_it_to_the_all_clear(hub: ScriptedHub) -> None:
    found = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    program = found[1].replace("http://127.0.0.1:8000", hub.url).replace("dev_…", TOKEN)
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=PIPE, stderr=STDOUT)
    async with asyncio.timeout(60):
        pressed = await hub.next("raise", within=60)
        await hub.tell("resolved", alarm(pressed["id"], 2, "resolved"))
        said, _ = await child.communicate()
    assert child.returncode == 0, said.decode()
    assert said.decode().splitlines()[-1] == "alarm resolved"
