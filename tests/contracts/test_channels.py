"""What the hub relies on in every channel, whatever the service behind it."""

import asyncio
import traceback

import pytest

from hub.ports import Never, Notice, NotNow
from tests.contracts.authority import Authority
from tests.contracts.benches import BENCHES, Bench, BenchMaker, email
from tests.contracts.over_http import HttpStandIn
from tests.contracts.serving import HUGE_BYTES, RETRY_AFTER, SECRET, Mood

PATIENCE = 5.0
IMPATIENCE = 0.4


def notice(number: int = 1) -> Notice:
    return Notice(
        id=f"n-{number}",
        title=f"ALARM Nord {number}",
        text="Freja har trykket i stue 3. Gå derhen nu.",
        tag="019a8f1c-7e1b-7c1e-9b55-6f2f3c1d0a11",
        url="https://hub.solgaarden.example/a/1",
        expires_in=900,
    )


over_http = pytest.mark.parametrize("make", [bench for bench in BENCHES if bench is not email])


@pytest.fixture(params=BENCHES, ids=lambda bench: bench.__name__)
def make(request: pytest.FixtureRequest) -> BenchMaker:
    maker: BenchMaker = request.param
    return maker


async def refused(bench: Bench, kind: type[Exception]) -> Never | NotNow:
    """Sends, and gives the refusal, which never tells what the service wrote."""
    with pytest.raises(kind) as caught:
        await bench.channel.send(notice(), bench.address)
    assert isinstance(caught.value, Never | NotNow)
    assert caught.value.detail
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return caught.value


async def test_what_the_service_takes_is_sent(make: BenchMaker, authority: Authority) -> None:
    async with make(PATIENCE, authority) as bench:
        await bench.channel.send(notice(), bench.address)
        assert bench.service.objections == []
        (taken,) = bench.service.taken
        assert "ALARM Nord 1" in str(taken)
        assert bench.channel.name == make.__name__


async def test_a_refusal_for_good_is_never(make: BenchMaker, authority: Authority) -> None:
    async with make(PATIENCE, authority) as bench:
        bench.service.mood = Mood.REFUSES
        await refused(bench, Never)
        assert bench.service.connections == 1


async def test_too_busy_is_not_now_with_the_time_to_wait(make: BenchMaker, authority: Authority) -> None:
    async with make(PATIENCE, authority) as bench:
        bench.service.mood = Mood.LATER
        refusal = await refused(bench, NotNow)
        assert isinstance(refusal, NotNow)
        assert refusal.retry_after == (RETRY_AFTER if bench.tells_when else None)


@over_http
async def test_a_service_that_fails_is_not_now(make: BenchMaker, authority: Authority) -> None:
    async with make(PATIENCE, authority) as bench:
        assert isinstance(bench.service, HttpStandIn)
        bench.service.mood = Mood.LATER
        for status in (500, 502, 503):
            bench.service.later_with = status
            await refused(bench, NotNow)


@over_http
async def test_a_service_that_sends_elsewhere_is_not_followed(make: BenchMaker, authority: Authority) -> None:
    async with make(PATIENCE, authority) as bench, make(PATIENCE, authority) as inside:
        assert isinstance(bench.service, HttpStandIn)
        assert isinstance(inside.service, HttpStandIn)
        bench.service.location = f"{inside.service.url}/alarm"
        await refused(bench, Never)
        assert inside.service.connections == 0


async def test_a_service_that_never_answers_is_not_now(make: BenchMaker, authority: Authority) -> None:
    async with make(IMPATIENCE, authority) as bench:
        bench.service.mood = Mood.SILENT
        assert "did not answer" in (await refused(bench, NotNow)).detail


async def test_a_dropped_connection_is_not_now(make: BenchMaker, authority: Authority) -> None:
    async with make(PATIENCE, authority) as bench:
        bench.service.mood = Mood.DROPS
        await refused(bench, NotNow)


async def test_no_service_at_all_is_not_now(make: BenchMaker, authority: Authority) -> None:
    async with make(PATIENCE, authority) as bench:
        await bench.service.hang_up()
        await refused(bench, NotNow)


async def test_an_unreadable_answer_is_still_an_answer(make: BenchMaker, authority: Authority) -> None:
    async with make(PATIENCE, authority) as bench:
        bench.service.mood = Mood.GARBAGE
        await bench.channel.send(notice(), bench.address)
        assert len(bench.service.taken) == 1


async def test_another_protocol_is_not_now(make: BenchMaker, authority: Authority) -> None:
    async with make(PATIENCE, authority) as bench:
        bench.service.mood = Mood.NONSENSE
        await refused(bench, NotNow)


async def test_an_endless_answer_is_not_heard_out(make: BenchMaker, authority: Authority) -> None:
    async with make(PATIENCE, authority) as bench:
        bench.service.mood = Mood.HUGE
        try:
            await bench.channel.send(notice(), bench.address)
        except NotNow:
            assert not bench.huge_is_taken or bench.hears_out
        else:
            assert bench.huge_is_taken
        assert len(bench.service.taken) == 1
        # Apart from our 16 KiB there is what both kernels have buffered by then.
        assert bench.hears_out or bench.service.told < HUGE_BYTES


async def test_fifty_at_once_arrive_whole_and_once(make: BenchMaker, authority: Authority) -> None:
    async with make(PATIENCE, authority) as bench:
        await asyncio.gather(*(bench.channel.send(notice(n), bench.address) for n in range(50)))
        assert bench.service.objections == []
        told = [str(taken) for taken in bench.service.taken]
        assert len(told) == 50
        assert all(
            sum(f"ALARM Nord {n}" in one.replace("\\n", " ").split("Freja")[0] for one in told) for n in range(50)
        )
