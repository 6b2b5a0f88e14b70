"""Simulated colleagues do what people do, in the order that people do it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from clients.button.colleague import BEHAVIOURS, Behaviour, Colleague, Deed
from clients.python import HubLine
from tests.clients.scripted_hub import TOKEN, ScriptedHub, alarm

AT_ONCE = 0.001


Deeds = asyncio.Queue[Deed]


@asynccontextmanager
async def at_work(hub: ScriptedHub, likes: Behaviour) -> AsyncIterator[Deeds]:
    deeds = Deeds()
    async with HubLine(hub.url, TOKEN) as line:
        colleague = Colleague(line, likes, person="mette", pace=AT_ONCE, told=deeds.put_nowait)
        working = asyncio.create_task(colleague.work())
        yield deeds
    async with asyncio.timeout(5):
        await working


async def done(deeds: Deeds, count: int) -> list[tuple[str, str]]:
    async with asyncio.timeout(5):
        return [(deed.alarm, deed.what) for deed in [await deeds.get() for _ in range(count)]]


async def test_a_quick_colleague_hears_sees_comes_arrives_and_gives_all_clear(hub: ScriptedHub) -> None:
    async with at_work(hub, BEHAVIOURS["quick"]) as deeds:
        await hub.tell("raised", alarm("a1"))
        stages = [(await hub.next("receipt"))["stage"] for _ in range(2)]
        answers = [(await hub.next("answer"))["answer"] for _ in range(2)]
        over = await hub.next("resolve")
        did = await done(deeds, 5)
    assert stages == ["received", "shown"]
    assert answers == ["coming", "arrived"]
    assert over["outcome"] == "real"
    assert [what for _, what in did] == ["received", "shown", "coming", "arrived", "cleared"]


async def test_a_colleague_takes_an_alarm_that_was_there_before_they_came(hub: ScriptedHub) -> None:
    await hub.tell("raised", alarm("a1"))
    async with at_work(hub, BEHAVIOURS["cannot"]):
        assert (await hub.next("answer"))["answer"] == "cannot"


async def test_a_deaf_colleague_is_connected_and_says_nothing(hub: ScriptedHub) -> None:
    deeds = Deeds()
    async with HubLine(hub.url, TOKEN) as line:
        working = asyncio.create_task(Colleague(line, BEHAVIOURS["deaf"], told=deeds.put_nowait).work())
        await hub.next("beat")
        frames = line.frames()
        await hub.tell("raised", alarm("a1"))
        async with asyncio.timeout(5):
            while (await anext(frames))["type"] != "alarm":
                pass
    await working
    assert deeds.empty()
    assert hub.got.empty()


async def test_a_colleague_leaves_their_own_alarm_to_the_others(hub: ScriptedHub) -> None:
    async with at_work(hub, BEHAVIOURS["quick"]) as deeds:
        await hub.tell("raised", alarm("a1", raised_by="mette"))
        await hub.tell("raised", alarm("a2"))
        assert await done(deeds, 2) == [("a2", "received"), ("a2", "shown")]


async def test_a_slow_colleague_leaves_it_to_the_one_who_is_coming(hub: ScriptedHub) -> None:
    async with at_work(hub, BEHAVIOURS["slow"]) as deeds:
        await hub.tell("raised", alarm("a1", state="acknowledged"))
        assert await done(deeds, 2) == [("a1", "received"), ("a1", "shown")]
        await hub.tell("raised", alarm("a2"))
        assert await done(deeds, 3) == [("a2", "received"), ("a2", "shown"), ("a2", "coming")]


async def test_all_clear_is_tried_again_when_somebody_did_something_meanwhile(hub: ScriptedHub) -> None:
    stays = Behaviour("stays", clears=(0.0, 0.0))
    async with at_work(hub, stays) as deeds:
        await hub.tell("raised", alarm("a1"))
        for _ in range(2):
            await hub.next("answer")
        hub.open["a1"] = {**hub.open["a1"], "version": 9}
        await hub.next("resolve")
        await hub.tell("answered", hub.open["a1"])
        while (await hub.next("resolve"))["as_of"] != 9:
            pass
        assert (await done(deeds, 5))[-1] == ("a1", "cleared")


def test_a_behaviour_with_a_span_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="shortest, longest"):
        Behaviour("odd", sees=(2.0, 1.0))
