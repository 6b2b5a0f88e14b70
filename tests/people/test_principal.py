from datetime import timedelta

import pytest

from hub.clock import ManualClock
from hub.errors import Unauthenticated
from hub.people import store
from hub.people.access import Principal
from hub.people.credentials import fingerprint, session_token
from hub.people.site import DeviceKind, Role
from hub.storage.database import Database, Transaction
from tests.databases import on_both
from tests.people.solgaarden import DEVICES, MORNING, OPEN_SITE, set_up

pytestmark = on_both


async def test_a_persons_device_is_that_person(database: Database, clock: ManualClock) -> None:
    tokens = (await set_up(database, clock)).tokens
    assert await who(database, tokens["jettes-telefon"]) == Principal(
        "solgaarden", "jette", Role.STAFF, ("nord", "syd"), "jettes-telefon", DeviceKind.PHONE
    )


async def test_a_panel_sees_the_unit_it_hangs_in_and_a_service_the_institution(
    database: Database, clock: ManualClock
) -> None:
    tokens = (await set_up(database, clock)).tokens
    panel, service = await who(database, tokens["panel-nord"]), await who(database, tokens["anlaeg"])
    assert (panel.person, panel.role, panel.units, panel.name) == (None, None, ("nord",), "panel-nord")
    assert (service.units, service.device_kind) == ((), DeviceKind.SERVICE)


@pytest.mark.parametrize(
    "token", ["", "dev_", "ses_", "x" * 50, f"dev_{'A' * 43}", f"ses_{'A' * 43}", "dev_\ud800", "ses_æ", "dev_' OR 1"]
)
async def test_a_token_nobody_was_given_is_nobodys(database: Database, clock: ManualClock, token: str) -> None:
    await set_up(database, clock)
    with pytest.raises(Unauthenticated):
        await who(database, token)


async def test_a_revoked_device_is_nobodys_at_once(database: Database, clock: ManualClock) -> None:
    tokens = (await set_up(database, clock)).tokens
    await set_up(database, clock, OPEN_SITE.replace(DEVICES, ""))
    for token in tokens.values():
        with pytest.raises(Unauthenticated, match="revoked"):
            await who(database, token)


async def test_the_writer_and_a_reader_see_the_same_principal(database: Database, clock: ManualClock) -> None:
    token = (await set_up(database, clock)).tokens["jettes-telefon"]

    async def action(tx: Transaction) -> Principal:
        return await store.principal(tx, token, MORNING)

    assert await database.write(action) == await who(database, token)


async def test_a_session_is_its_person_until_it_expires(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    token = session_token()
    session = store.Session(
        id=fingerprint(token),
        institution="solgaarden",
        person="karen",
        created_at=MORNING,
        last_seen_at=MORNING,
        expires_at=MORNING + timedelta(hours=1),
        user_agent="",
        address=None,
    )

    async def action(tx: Transaction) -> None:
        await store.start_session(tx, session)

    await database.write(action)
    assert await who(database, token, clock) == Principal(
        "solgaarden", "karen", Role.MANAGER, session=session.id, expires_at=session.expires_at
    )
    clock.advance(3599.999)
    await who(database, token, clock)
    clock.advance(0.001)
    with pytest.raises(Unauthenticated, match="sign in again"):
        await who(database, token, clock)


async def who(database: Database, token: str, clock: ManualClock | None = None) -> Principal:
    async with database.read() as tx:
        return await store.principal(tx, token, clock.now() if clock else MORNING)
