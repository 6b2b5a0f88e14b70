from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import select

from hub.storage import outbox
from hub.storage.database import Database, Transaction
from hub.storage.outbox import Parcel, Posted
from tests.databases import on_both

pytestmark = on_both

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=15)
SMS = Parcel("solgaarden", "alarm-1", "jette", "sms", 1, "{}", NOON)
PUSH = replace(SMS, channel="push", due_at=NOON + timedelta(seconds=5))
VOICE = replace(SMS, channel="voice", due_at=NOON + timedelta(seconds=30))
OMARS = replace(SMS, recipient="omar")
OTHER_ALARM = replace(SMS, subject="alarm-2")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def post(database: Database, *parcels: Parcel) -> None:
    await database.write(lambda tx: outbox.add(tx, parcels))


async def taken(database: Database, seconds: float, channel: str = "sms", most: int = 100) -> list[Parcel]:
    return await database.write(lambda tx: outbox.take(tx, channel, at(seconds), LEASE, most))


async def keys(database: Database, seconds: float) -> set[tuple[str, str, str]]:
    found = [one for channel in ("sms", "push", "voice") for one in await taken(database, seconds, channel)]
    return {(one.subject, one.recipient, one.channel) for one in found}


async def test_what_is_due_is_taken_longest_due_first_and_nothing_else(database: Database) -> None:
    sooner, later = replace(OMARS, due_at=at(-1)), replace(OTHER_ALARM, due_at=at(6))
    await post(database, SMS, sooner, later)
    assert await taken(database, 5) == [sooner, SMS]
    assert await taken(database, 5.999) == []
    assert await taken(database, 6) == [later]


async def test_each_channel_is_taken_for_itself(database: Database) -> None:
    await post(database, SMS, PUSH, VOICE)
    assert await taken(database, 100, "push") == [PUSH]
    assert await taken(database, 100, "pigeon") == []
    assert await keys(database, 100) == {("alarm-1", "jette", "sms"), ("alarm-1", "jette", "voice")}


async def test_no_more_are_taken_than_were_asked_for(database: Database) -> None:
    await post(database, SMS, OMARS, OTHER_ALARM)
    assert len(await taken(database, 0, most=2)) == 2
    assert len(await taken(database, 0, most=2)) == 1
    assert await taken(database, 0) == []


async def test_a_sender_that_dies_lets_go_when_its_lease_runs_out(database: Database) -> None:
    await post(database, SMS)
    assert await taken(database, 0) == [SMS]
    assert await taken(database, 14.999) == []
    assert await taken(database, 15) == [replace(SMS, attempts=1)]


async def test_the_same_parcel_again_changes_nothing(database: Database) -> None:
    await post(database, SMS)
    await post(database, replace(SMS, body="other", due_at=at(100)))
    assert await taken(database, 0) == [SMS]


async def test_a_later_telling_is_a_parcel_of_its_own(database: Database) -> None:
    await post(database, SMS, replace(SMS, round=2))
    assert [one.round for one in await taken(database, 0)] == [1, 2]


async def test_what_is_done_stays_done(database: Database) -> None:
    await post(database, SMS)
    (parcel,) = await taken(database, 0)
    await database.write(lambda tx: outbox.done(tx, parcel, "sent", "ref-7", at(1)))
    await database.write(lambda tx: outbox.later(tx, parcel, at(2), "came too late"))
    await database.write(lambda tx: outbox.done(tx, parcel, "failed", "came too late", at(3)))
    assert await taken(database, 100) == []
    async with database.read() as tx:
        row = await tx.row(select(outbox.outbox))
        assert await outbox.next_due(tx) is None
    assert row is not None
    assert (row["outcome"], row["detail"], row["attempts"]) == ("sent", "ref-7", 1)


async def test_what_is_put_back_comes_again_at_its_time(database: Database) -> None:
    await post(database, SMS)
    (parcel,) = await taken(database, 0)
    await database.write(lambda tx: outbox.later(tx, parcel, at(4), "busy"))
    assert await taken(database, 3.999) == []
    assert await taken(database, 4) == [replace(SMS, due_at=at(4), attempts=1)]


async def test_a_failed_channel_brings_the_next_forward_and_those_after_it_by_as_much(database: Database) -> None:
    email = replace(SMS, channel="email", due_at=at(42))
    await post(database, SMS, VOICE, email, replace(VOICE, recipient="omar"), replace(VOICE, subject="alarm-2"))
    (sms,) = await taken(database, 0)
    await database.write(lambda tx: outbox.done(tx, sms, "failed", "no such number", at(1)))
    await database.write(lambda tx: outbox.hurry(tx, sms, at(1)))
    assert await keys(database, 1) == {("alarm-1", "jette", "voice")}
    assert await taken(database, 12.999, "email") == []
    assert await taken(database, 13, "email") == [replace(email, due_at=at(13))]


async def test_two_channels_that_are_down_do_not_hurry_each_other_round_in_a_ring(database: Database) -> None:
    await post(database, SMS, PUSH)

    async def down(tx: Transaction, channel: str) -> None:
        for parcel in await outbox.take(tx, channel, at(5), LEASE, 100):
            await outbox.later(tx, parcel, at(10), "busy")
            await outbox.hurry(tx, parcel, at(5))

    for channel in ("sms", "push", "sms", "push"):
        await database.write(partial(down, channel=channel))
    assert await keys(database, 9) == set()
    assert await keys(database, 10) == {("alarm-1", "jette", "sms"), ("alarm-1", "jette", "push")}


async def test_what_is_over_is_sent_to_nobody(database: Database) -> None:
    await post(database, SMS, VOICE, OMARS, OTHER_ALARM)
    await database.write(lambda tx: outbox.drop(tx, "solgaarden", "alarm-1", at(0)))
    assert await keys(database, 100) == {("alarm-2", "jette", "sms")}


async def test_who_has_heard_is_sent_nothing_more(database: Database) -> None:
    await post(database, SMS, VOICE, OMARS)
    await database.write(lambda tx: outbox.drop(tx, "solgaarden", "alarm-1", at(0), "jette"))
    assert await keys(database, 100) == {("alarm-1", "omar", "sms")}


async def test_a_sender_can_ask_whether_its_parcel_is_still_wanted(database: Database) -> None:
    await post(database, SMS, replace(SMS, round=2))
    first, _ = await taken(database, 0)
    assert await database.write(lambda tx: outbox.drop(tx, "solgaarden", "alarm-1", at(1), "jette")) == 2
    await post(database, replace(SMS, round=3))
    async with database.read() as tx:
        assert [await outbox.undone(tx, replace(first, round=which)) for which in (1, 2, 3)] == [False, False, True]
    assert await database.write(lambda tx: outbox.drop(tx, "solgaarden", "alarm-2", at(1))) == 0


async def test_which_channels_anything_waits_for(database: Database) -> None:
    await post(database, SMS, VOICE, OMARS)
    sms, omars = await taken(database, 0)
    async with database.read() as tx:
        assert await outbox.channels(tx) == {"sms", "voice"}
    for parcel in (sms, omars):
        await database.write(partial(outbox.done, parcel=parcel, outcome="sent", detail=None, now=at(1)))
    async with database.read() as tx:
        assert await outbox.channels(tx) == {"voice"}


async def test_whether_anything_still_waits_for_somebody(database: Database) -> None:
    await post(database, SMS, VOICE)
    (sms,) = await taken(database, 0)
    await database.write(lambda tx: outbox.done(tx, sms, "failed", None, at(1)))
    async with database.read() as tx:
        assert await outbox.waits(tx, sms)
        assert not await outbox.waits(tx, OMARS)
    await database.write(lambda tx: outbox.drop(tx, "solgaarden", "alarm-1", at(2)))
    async with database.read() as tx:
        assert not await outbox.waits(tx, sms)


async def test_the_sender_hears_when_something_is_due_sooner(database: Database) -> None:
    heard: list[object] = []
    database.listen(heard.extend)
    await post(database, VOICE, PUSH)
    await post(database)
    await database.write(lambda tx: outbox.later(tx, PUSH, at(9), "busy"))
    await database.write(lambda tx: outbox.hurry(tx, PUSH, at(3)))
    await database.write(lambda tx: outbox.hurry(tx, OMARS, at(3)))
    posted = [Posted("push", at(5)), Posted("voice", at(30))]
    assert heard == [*posted, Posted("push", at(9)), Posted("voice", at(3))]
    async with database.read() as tx:
        assert await outbox.next_due(tx) == at(3)


async def test_the_sender_wakes_for_what_comes_although_much_from_before_is_still_on_its_way(
    database: Database,
) -> None:
    await post(database, SMS, PUSH, VOICE)
    assert await taken(database, 0) == [SMS]
    async with database.read() as tx:
        assert await outbox.next_due(tx) == at(0)
        assert await outbox.next_due_after(tx, at(0)) == at(5)
        assert await outbox.next_due_after(tx, at(5)) == at(30)
        assert await outbox.next_due_after(tx, at(30)) is None
