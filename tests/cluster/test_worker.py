"""Workers do the sending: woken over Redis, looking by themselves without it, and replaced when they are killed."""

import signal
from collections.abc import Iterable
from datetime import datetime

import pytest

from tests.cluster.ward import PEOPLE, HeldGateway, Ward, looks

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def everybody_is_told(alarms: Iterable[str], *gateways: HeldGateway) -> None:
    wanted = {(alarm, who) for alarm in alarms for who in PEOPLE}
    async for _ in looks():
        if wanted <= {one for gateway in gateways for one in gateway.came}:
            return


async def is_written_down(ward: Ward, alarm: str) -> None:
    async for _ in looks():
        if (await ward.events(alarm)).count("sent") >= len(PEOPLE):
            return


async def test_without_any_worker_the_hub_sends_two_seconds_later_and_says_so(ward: Ward) -> None:
    alarm = await ward.presses()
    await everybody_is_told([alarm], ward.sms)
    raised_at = datetime.fromisoformat((await ward.shown(alarm))["raised_at"]).timestamp()
    assert min(ward.sms.came[alarm, who][0] for who in PEOPLE) >= raised_at + 2
    await is_written_down(ward, alarm)
    async for _ in looks():
        if await ward.faults():
            break
    (fault,) = await ward.faults()
    assert "No hub work is heard of" in fault
    assert await ward.number("hub_workers") == 0
    async with ward.worker():
        async for _ in looks():
            if not await ward.faults():
                break
        assert await ward.number("hub_workers") == 1
        assert await ward.number("hub_ready") == 1


async def test_the_worker_sends_and_not_the_hub(ward: Ward) -> None:
    before = len(ward.sms.taken)
    async with ward.worker() as (worker, sms):
        alarms = [await ward.presses() for _ in range(5)]
        await everybody_is_told(alarms, sms)
        for alarm in alarms:
            await is_written_down(ward, alarm)
        assert len(sms.taken) == len(alarms) * len(PEOPLE)
        sent = 'hub_parcels_total{channel="sms",outcome="sent"}'
        assert await ward.number(sent, worker.numbers) == len(sms.taken)
        assert await ward.number('hub_alarm_carried_seconds_count{channel="sms"}', worker.numbers) == len(sms.taken)
    assert len(ward.sms.taken) == before


async def test_redis_killed_and_back_while_alarms_go_out_leaves_nobody_untold(ward: Ward) -> None:
    async with ward.worker() as (worker, sms):
        async for _ in looks():
            if await ward.number("hub_redis_connected"):
                break
        alarms = [await ward.presses() for _ in range(5)]
        await ward.valkey.kill()
        alarms += [await ward.presses() for _ in range(10)]
        await everybody_is_told(alarms, sms, ward.sms)
        assert await ward.number("hub_redis_connected") == 0
        await ward.valkey.start()
        alarms += [await ward.presses() for _ in range(10)]
        async for _ in looks():
            if await ward.number("hub_redis_connected") and await ward.number("hub_workers"):
                break
        alarms += [await ward.presses() for _ in range(5)]
        await everybody_is_told(alarms, sms, ward.sms)
        for alarm in alarms:
            await is_written_down(ward, alarm)
        assert worker.code is None
        # Two queues, one outage: each says it once.
        assert worker.says.count("no wake-ups from Redis") == 2


async def test_what_a_killed_worker_had_taken_is_sent_by_another(ward: Ward) -> None:
    async with ward.worker() as (worker, first):
        first.let_go.clear()
        alarm = await ward.presses()
        async for _ in looks():
            if first.calls:
                break
        await worker.kill()
        async with ward.worker() as (_, second):
            await everybody_is_told([alarm], second, ward.sms)
            await is_written_down(ward, alarm)


async def test_a_worker_that_is_told_to_end_finishes_what_is_under_way(ward: Ward) -> None:
    async with ward.worker() as (worker, sms):
        sms.let_go.clear()
        alarm = await ward.presses()
        async for _ in looks():
            if sms.calls:
                break
        worker.send(signal.SIGTERM)
        async for _ in looks():
            if "ending" in worker.says:
                break
        sms.let_go.set()
        assert await worker.ended() == 0
    assert sms.taken
    await is_written_down(ward, alarm)
    assert (await ward.events(alarm)).count("sent") == len(PEOPLE)


async def test_push_goes_by_the_worker_too_and_once(ward: Ward) -> None:
    await ward.subscribes()
    async with ward.worker() as (_, sms):
        alarm = await ward.presses()
        await everybody_is_told([alarm], sms)
        async for _ in looks():
            if ward.push.taken:
                break
        async for _ in looks():
            if (await ward.events(alarm)).count("sent") == len(PEOPLE) + 1:
                break
    assert [said["tag"] for said in ward.push.taken] == [alarm]
