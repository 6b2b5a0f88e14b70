"""The demonstration on a cluster, as a person runs it; the proxy that it stands behind; and how it judges."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients.demo.proxy import Proxy
from clients.demo.texts import ENGLISH
from clients.demo.witness import Witness, judged
from clients.python import HubLine
from tests.clients.test_demo_for_real import once

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_a_hub_is_killed_during_the_alarm_and_nobody_notices() -> None:
    code, said = await once("--cluster")
    assert code == 0, said
    steps = ("is killed in the middle of the alarm", "are back on the other", "the alarm goes on", "has arrived")
    for step in (*steps, "All clear", "runs again", "noticed nothing", "Nobody noticed:", "Every step happened."):
        assert step in said, said


async def answering(name: bytes) -> asyncio.Server:
    """A server that says its name before whatever it is told."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.readline():
            writer.write(name + b" " + said)
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


async def asked(proxy: Proxy, *lines: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
    writer.writelines(lines)
    writer.write_eof()
    said = await reader.read()
    writer.close()
    await writer.wait_closed()
    return said


async def test_the_proxy_takes_the_nodes_in_turn_and_passes_one_that_refuses() -> None:
    one, two = await answering(b"one"), await answering(b"two")
    async with Proxy([server.sockets[0].getsockname()[:2] for server in (one, two)]) as proxy:
        assert {await asked(proxy, b"a\n", b"b\n") for _ in range(2)} == {b"one a\none b\n", b"two a\ntwo b\n"}
        one.close()
        await one.wait_closed()
        assert [await asked(proxy, b"c\n") for _ in range(3)] == [b"two c\n"] * 3
        assert proxy.newest == 1
        two.close()
        await two.wait_closed()
        assert await asked(proxy, b"d\n") == b""


def row(seq: int, event: str, after: float, by: str | None = None, **facts: Any) -> dict[str, Any]:
    at = (NOON + timedelta(seconds=after)).isoformat()
    return {"seq": seq, "event": event, "at": at, "by": by and {"id": by}, "facts": facts}


def alarm(went_on: float) -> list[dict[str, Any]]:
    """Freja presses and mette is told, then soeren, two seconds later if all goes well."""
    due = int((NOON + timedelta(seconds=2)).timestamp() * 1e6)
    return [
        row(1, "raised", 0, "freja", told=[{"id": "mette"}], escalates_at=due),
        row(2, "received", 0.1, "mette"),
        row(4, "escalated", went_on, told=[{"id": "soeren"}]),
        row(6, "resolved", 9, "soeren"),
    ]


@pytest.mark.parametrize(
    ("who", "heard", "repeated", "says"),
    [
        ("freja", [1, 4, 6], 0, []),
        ("soeren", [4, 6], 0, []),
        ("kirsten", [6], 0, []),
        ("henrik", [], 0, []),
        ("mette", [1, 6], 0, ["mette never got event 4 (escalated)"]),
        ("freja", [], 0, ["freja never got event 1 (raised)", *(f"freja never got event {n}" for n in (4, 6))]),
        ("soeren", [4, 4, 6], 0, ["soeren got something twice (1)"]),
        ("soeren", [4, 6], 2, ["soeren got something twice (2)"]),
    ],
)
async def test_what_a_screen_missed_or_had_twice_is_named(
    who: str, heard: list[int], repeated: int, says: list[str]
) -> None:
    line = HubLine("http://127.0.0.1:1", "token")
    line.repeated = repeated
    found = judged(ENGLISH, alarm(2.1), [Witness(who, who, line, asyncio.Event(), heard)]).problems
    assert len(found) == len(says)
    assert all(problem.startswith(said) for problem, said in zip(found, says, strict=True))


@pytest.mark.parametrize("went_on", [1.9, 4.1])
async def test_an_alarm_that_goes_on_too_early_or_too_late_is_noticed(went_on: float) -> None:
    assert judged(ENGLISH, alarm(went_on), []).problems
