import asyncio
from datetime import timedelta

import pytest

from hub.clock import ManualClock
from hub.errors import Forbidden, NotFound, TooManyTries, Unauthenticated
from hub.people import store, tables
from hub.people.access import Principal
from hub.people.credentials import fits, hashed, nobodys_hash, outdated
from hub.people.events import SessionEnded
from hub.people.signin import SignIns
from hub.people.site import Role
from hub.storage import journal
from hub.storage.database import Database
from tests.databases import on_both, on_sqlite
from tests.people.solgaarden import MORNING, OPEN_SITE, PASSWORD, SITE, set_up

pytestmark = on_both

HERE = "192.0.2.7"


@pytest.fixture
def database(database_with_passwords: Database) -> Database:
    return database_with_passwords


@pytest.fixture
def sign_ins(database: Database, clock: ManualClock) -> SignIns:
    return SignIns(database, clock)


@pytest.mark.parametrize(
    "name", ["jette", "Jette", " jette ", "jette@solgaarden.example", "JETTE@Solgaarden.example", "solgaarden/jette"]
)
async def test_a_person_signs_in_by_id_or_e_mail(database: Database, sign_ins: SignIns, name: str) -> None:
    done = await sign_ins.sign_in(name, PASSWORD, HERE, "Firefox")

    assert done.token.startswith("ses_")
    assert done.token not in repr(done)
    assert await who(database, done.token) == Principal(
        "solgaarden",
        "jette",
        Role.STAFF,
        ("nord", "syd"),
        session=done.session.id,
        expires_at=MORNING + timedelta(hours=12),
    )
    async with database.read() as tx:
        (*_, last) = await journal.after(tx, "solgaarden", 0, 10)
    assert (last.event, last.subject, last.actor) == ("signed_in", "jette", "jette")


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("jette", PASSWORD.upper()),
        ("jette", ""),
        ("jette", "x" * 60_000),
        ("jette", "\ud800"),
        ("omar", ""),  # has no password
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("/", PASSWORD),
        ("maanegaarden/jette", PASSWORD),
        ("solgaarden/", PASSWORD),
        ("jette%", PASSWORD),
    ],
)
async def test_a_wrong_name_and_a_wrong_password_are_refused_in_the_same_words(
    sign_ins: SignIns, name: str, password: str
) -> None:
    with pytest.raises(Unauthenticated, match=r"^The user name or the password is wrong\."):
        await sign_ins.sign_in(name, password, HERE)


def test_the_same_letter_typed_in_two_ways_is_the_same_password() -> None:
    kept = hashed("bl\u00e5")
    assert fits(kept, "bla\u030a")
    assert not fits(kept, "bla")
    assert not fits("no hash at all", "bla")
    assert not outdated(nobodys_hash())


async def test_a_name_that_two_institutions_have_needs_its_institution(
    database: Database, clock: ManualClock, sign_ins: SignIns
) -> None:
    other = OPEN_SITE.replace('"solgaarden"', '"maanegaarden"')
    await set_up(database, clock, other.replace('id = "jette"', 'id = "jette"\npassword = "en-anden-kode"'))

    with pytest.raises(Unauthenticated, match="institution/name"):
        await sign_ins.sign_in("jette", PASSWORD, HERE)
    assert (await sign_ins.sign_in("solgaarden/jette", PASSWORD, HERE)).session.institution == "solgaarden"
    assert (await sign_ins.sign_in("maanegaarden/jette", "en-anden-kode", HERE)).session.institution == "maanegaarden"


async def test_five_wrong_tries_a_minute_and_then_the_right_one_must_wait_too(
    clock: ManualClock, sign_ins: SignIns
) -> None:
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await sign_ins.sign_in("jette", "forkert", HERE)
        clock.advance(5)
    with pytest.raises(TooManyTries, match="wait 35 seconds") as refusal:
        await sign_ins.sign_in("Jette", PASSWORD, HERE)
    assert refusal.value.more == {"retry_after": 35}
    await sign_ins.sign_in("jette", PASSWORD, "192.0.2.8")
    await sign_ins.sign_in("karen", f"{PASSWORD}-leder", HERE)
    clock.advance(35)
    await sign_ins.sign_in("jette", PASSWORD, HERE)


async def test_right_passwords_are_never_counted(sign_ins: SignIns) -> None:
    for _ in range(7):
        await sign_ins.sign_in("jette", PASSWORD, HERE)


async def test_many_guesses_at_once_are_no_more_than_many_after_each_other(sign_ins: SignIns) -> None:
    tries = [sign_ins.sign_in("jette", f"gæt-{n}", HERE) for n in range(12)]
    refusals = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(refusal, Unauthenticated) for refusal in refusals) == 5
    assert sum(isinstance(refusal, TooManyTries) for refusal in refusals) == 7


@on_sqlite
async def test_one_address_cannot_try_name_after_name(clock: ManualClock, sign_ins: SignIns) -> None:
    for n in range(30):
        with pytest.raises(Unauthenticated):
            await sign_ins.sign_in(f"person-{n}", "forkert", HERE)
    with pytest.raises(TooManyTries):
        await sign_ins.sign_in("jette", PASSWORD, HERE)
    clock.advance(60)
    await sign_ins.sign_in("jette", PASSWORD, HERE)


async def test_a_session_in_use_goes_on_and_an_unused_one_ends_after_twelve_hours(
    database: Database, clock: ManualClock, sign_ins: SignIns
) -> None:
    used = await sign_ins.sign_in("jette", PASSWORD, HERE)
    unused = await sign_ins.sign_in("jette", PASSWORD, HERE)
    for _ in range(4):
        clock.advance(11 * 3600)
        by = await who(database, used.token, clock)
        kept = await sign_ins.keep_alive(by)
        assert kept.expires_at == clock.now() + timedelta(hours=12)
        assert await who(database, used.token, clock) == kept
    with pytest.raises(Unauthenticated, match="sign in again"):
        await who(database, unused.token, clock)
    clock.advance(12 * 3600)
    with pytest.raises(Unauthenticated):
        await who(database, used.token, clock)


async def test_a_busy_session_is_not_written_down_at_every_request(
    database: Database, clock: ManualClock, sign_ins: SignIns
) -> None:
    by = await who(database, (await sign_ins.sign_in("jette", PASSWORD, HERE)).token)
    clock.advance(299)
    assert await sign_ins.keep_alive(by) is by
    clock.advance(1)
    assert await sign_ins.keep_alive(by) != by


async def test_a_device_needs_no_keeping_alive(sign_ins: SignIns) -> None:
    panel = Principal("solgaarden", device="panel-nord")
    assert await sign_ins.keep_alive(panel) is panel


async def test_sessions_are_listed_and_ended(database: Database, clock: ManualClock, sign_ins: SignIns) -> None:
    phone = await sign_ins.sign_in("jette", PASSWORD, HERE, "Safari " + "x" * 500)
    clock.advance(60)
    pc = await sign_ins.sign_in("jette", PASSWORD, "192.0.2.8", "Firefox")
    heard: list[object] = []
    database.listen(heard.extend)

    listed = await sign_ins.sessions("solgaarden", "jette")
    assert [session.id for session in listed] == [pc.session.id, phone.session.id]
    assert (listed[0].user_agent, listed[0].address) == ("Firefox", "192.0.2.8")
    assert len(listed[1].user_agent) == 200

    await sign_ins.end_session("solgaarden", "jette", phone.session.id, "karen")
    assert heard == [SessionEnded("solgaarden", "jette", phone.session.id)]
    assert await sign_ins.sessions("solgaarden", "jette") == [pc.session]
    with pytest.raises(Unauthenticated):
        await who(database, phone.token, clock)
    assert (await who(database, pc.token, clock)).person == "jette"
    async with database.read() as tx:
        (*_, last) = await journal.after(tx, "solgaarden", 0, 10)
    assert (last.event, last.subject, last.actor) == ("session_ended", "jette", "karen")


@pytest.mark.parametrize(("institution", "person"), [("solgaarden", "karen"), ("maanegaarden", "jette")])
async def test_a_session_is_ended_only_as_its_own_persons(sign_ins: SignIns, institution: str, person: str) -> None:
    done = await sign_ins.sign_in("jette", PASSWORD, HERE)
    with pytest.raises(NotFound):
        await sign_ins.end_session(institution, person, done.session.id, person)
    assert await sign_ins.sessions("solgaarden", "jette") == [done.session]


async def test_an_ended_session_is_not_ended_again_nor_kept_alive(
    database: Database, clock: ManualClock, sign_ins: SignIns
) -> None:
    done = await sign_ins.sign_in("jette", PASSWORD, HERE)
    by = await who(database, done.token)
    await sign_ins.end_session("solgaarden", "jette", done.session.id, "jette")
    with pytest.raises(NotFound):
        await sign_ins.end_session("solgaarden", "jette", done.session.id, "jette")
    clock.advance(3600)
    await sign_ins.keep_alive(by)
    with pytest.raises(Unauthenticated):
        await who(database, done.token, clock)


async def test_a_changed_password_and_a_retired_person_end_their_sessions(
    database: Database, clock: ManualClock, sign_ins: SignIns
) -> None:
    jette = await sign_ins.sign_in("jette", PASSWORD, HERE)
    karen = await sign_ins.sign_in("karen", f"{PASSWORD}-leder", HERE)
    changed = SITE.replace(f'password = "{PASSWORD}"\n', 'password = "noget-andet"\n').replace('"karen"', '"kirsten"')
    await set_up(database, clock, changed)
    for gone in (jette, karen):
        with pytest.raises(Unauthenticated):
            await who(database, gone.token)
    with pytest.raises(Unauthenticated):
        await sign_ins.sign_in("karen", f"{PASSWORD}-leder", HERE)
    await sign_ins.sign_in("jette", "noget-andet", HERE)


async def test_sessions_that_ran_out_long_ago_are_forgotten(
    database: Database, clock: ManualClock, sign_ins: SignIns
) -> None:
    for _ in range(3):
        await sign_ins.sign_in("jette", PASSWORD, HERE)
        clock.advance(20 * 24 * 3600)
    async with database.read() as tx:
        kept = await tx.rows(tables.session.select())
    assert len(kept) == 2


async def test_a_withdrawal_by_pin_tells_a_forced_one_from_a_real_one(sign_ins: SignIns) -> None:
    jette = Principal("solgaarden", "jette", Role.STAFF)
    assert await sign_ins.under_duress(jette, "4711") is False
    assert await sign_ins.under_duress(jette, "4712") is True
    with pytest.raises(Forbidden, match="with your PIN"):
        await sign_ins.under_duress(jette, None)
    for _ in range(5):
        with pytest.raises(Forbidden, match="not your PIN"):
            await sign_ins.under_duress(jette, "0000")
    with pytest.raises(TooManyTries):
        await sign_ins.under_duress(jette, "4711")


async def test_who_has_no_pin_needs_none(sign_ins: SignIns) -> None:
    assert await sign_ins.under_duress(Principal("solgaarden", "omar", Role.STAFF), None) is False
    assert await sign_ins.under_duress(Principal("solgaarden", device="panel-nord"), "1") is False


async def who(database: Database, token: str, clock: ManualClock | None = None) -> Principal:
    async with database.read() as tx:
        return await store.principal(tx, token, clock.now() if clock else MORNING)
