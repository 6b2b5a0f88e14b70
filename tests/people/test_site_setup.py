from typing import Any

import pytest

from hub.clock import ManualClock
from hub.errors import Conflict, NotFound, Unauthenticated
from hub.people import store
from hub.people.actions import Changes
from hub.people.events import SiteSetUp
from hub.people.site import Device, DeviceKind, Role
from hub.roster.events import RosterChanged
from hub.storage import journal
from hub.storage.database import Database, metadata
from tests.databases import on_both
from tests.people.solgaarden import MORNING, OPEN_SITE, PASSWORD, RULES, SITE, set_up, site_file

pytestmark = on_both

NOTHING = {name: Changes() for name in ("unit", "place", "person", "device", "contact")}


async def test_a_new_site_stands_as_its_file_says(database: Database, clock: ManualClock) -> None:
    done = await set_up(database, clock)

    assert done.site.created
    assert done.site.changes["person"] == Changes(added=("jette", "omar", "karen"))
    assert set(done.tokens) == {"jettes-telefon", "panel-nord", "anlaeg"}
    assert all(token.startswith("dev_") and len(token) == 47 for token in done.tokens.values())
    async with database.read() as tx:
        site = await store.site(tx, "solgaarden")
        assert await store.institutions(tx) == ["solgaarden"]
        assert await store.versions(tx, "solgaarden") == (1, 1)
    file = site_file()
    assert site.institution == file.institution
    assert tuple(site.units.values()) == file.units
    assert tuple(site.places.values()) == file.places
    assert {*site.people.values()} == {*file.people}
    assert {*site.devices.values()} == {*file.devices}
    assert tuple(site.contacts.values()) == file.contacts
    assert (site.rules, site.version) == (RULES, 1)


async def test_the_same_file_again_changes_nothing_but_the_version(database: Database, clock: ManualClock) -> None:
    first = await set_up(database, clock)
    before = await everything(database)
    again = await set_up(database, clock)

    assert not again.tokens
    assert again.site.changes == NOTHING
    assert (again.roster.added, again.roster.changed, again.roster.removed) == (0, 0, 0)
    after = await everything(database)
    assert {name: rows for name, rows in after.items() if name not in {"institution", "journal", "journal_head"}} == {
        name: rows for name, rows in before.items() if name not in {"institution", "journal", "journal_head"}
    }
    async with database.read() as tx:
        assert await store.versions(tx, "solgaarden") == (2, 2)
        for token in first.tokens.values():
            await store.principal(tx, token, MORNING)


async def test_who_has_left_the_file_is_retired_and_what_has_left_is_revoked(
    database: Database, clock: ManualClock
) -> None:
    tokens = (await set_up(database, clock)).tokens
    text = OPEN_SITE.replace('id = "jette"', 'id = "jytte"').replace('person = "jette"', 'person = "jytte"')
    text = text.replace('id = "anlaeg"', 'id = "anlaeg-2"').replace('id = "vagtcentral"', 'id = "politi"')
    done = await set_up(database, clock, text)

    assert done.site.changes["person"] == Changes(added=("jytte",), ended=("jette",))
    assert done.site.changes["device"] == Changes(("anlaeg-2",), ("jettes-telefon",), ("anlaeg",))
    assert done.site.changes["contact"] == Changes(("politi",), (), ("vagtcentral",))
    assert set(done.tokens) == {"anlaeg-2"}
    async with database.read() as tx:
        site = await store.site(tx, "solgaarden")
        assert (await store.names(tx, "solgaarden"))["jette"] == "Jette Holm"
        assert (await store.principal(tx, tokens["jettes-telefon"], MORNING)).person == "jytte"
        with pytest.raises(Unauthenticated, match="revoked"):
            await store.principal(tx, tokens["anlaeg"], MORNING)
    assert set(site.people) == {"jytte", "omar", "karen"}
    assert site.devices["anlaeg"] == Device("anlaeg", DeviceKind.SERVICE, revoked=True)
    assert set(site.contacts) == {"politi"}


async def test_a_revoked_device_that_is_named_again_needs_its_new_token(database: Database, clock: ManualClock) -> None:
    old = (await set_up(database, clock)).tokens["anlaeg"]
    await set_up(database, clock, OPEN_SITE.replace('[[device]]\nid = "anlaeg"\nkind = "service"\n', ""))
    done = await set_up(database, clock)

    assert set(done.tokens) == {"anlaeg"}
    async with database.read() as tx:
        assert (await store.principal(tx, done.tokens["anlaeg"], MORNING)).device == "anlaeg"
        with pytest.raises(Unauthenticated):
            await store.principal(tx, old, MORNING)


async def test_whoever_comes_back_is_themselves_again(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    omar = OPEN_SITE.index('[[person]]\nid = "omar"')
    without = OPEN_SITE[:omar] + OPEN_SITE[OPEN_SITE.index('[[person]]\nid = "karen"') :]
    without = without[: without.index('[[shift]]\nperson = "omar"')]
    assert (await set_up(database, clock, without)).site.changes["person"].ended == ("omar",)
    back = await set_up(database, clock)
    assert back.site.changes["person"] == Changes(changed=("omar",))
    async with database.read() as tx:
        assert (await store.site(tx, "solgaarden")).people["omar"].role == Role.SHIFT_LEAD


async def test_an_unchanged_password_keeps_its_hash_and_a_left_out_one_its_value(
    database: Database, clock: ManualClock
) -> None:
    await set_up(database, clock, SITE)
    first = await hashes(database)
    await set_up(database, clock, SITE.replace(f'password = "{PASSWORD}"\n', ""))
    assert await hashes(database) == first
    await set_up(database, clock, SITE.replace(f'password = "{PASSWORD}"', 'password = "noget-andet"'))
    changed = await hashes(database)
    assert changed["jette"][0] != first["jette"][0]
    assert changed["jette"][1:] == first["jette"][1:]
    assert changed["karen"] == first["karen"]
    assert first["omar"] == (None, None, None)


async def test_no_secret_of_the_file_is_in_the_database(database: Database, clock: ManualClock) -> None:
    done = await set_up(database, clock, SITE)
    kept = str(await everything(database))
    for secret in (PASSWORD, "4711", "4712", *done.tokens.values()):
        assert secret not in kept


async def test_another_municipalitys_institution_is_not_taken_over(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    before = await everything(database)
    with pytest.raises(Conflict, match="of municipality 29189999 already: give this institution an id of its own"):
        await set_up(database, clock, OPEN_SITE.replace("29189999", "12345678"))
    assert await everything(database) == before


async def test_two_institutions_may_use_the_same_ids(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    other = await set_up(database, clock, OPEN_SITE.replace('"solgaarden"', '"maanegaarden"').replace("Sol", "Måne"))
    async with database.read() as tx:
        assert (await store.principal(tx, other.tokens["anlaeg"], MORNING)).institution == "maanegaarden"
        assert (await store.site(tx, "solgaarden")).institution.name == "Botilbud Solgården"
        assert (await store.site(tx, "maanegaarden")).institution.name == "Botilbud Månegården"


async def test_set_up_is_journalled_and_announced(database: Database, clock: ManualClock) -> None:
    heard: list[object] = []
    database.listen(heard.extend)
    await set_up(database, clock)
    await set_up(database, clock, OPEN_SITE.replace("Omar Said", "Omar Saïd"))

    assert heard == [
        SiteSetUp("solgaarden", 1),
        RosterChanged("solgaarden", 1),
        SiteSetUp("solgaarden", 2),
        RosterChanged("solgaarden", 2),
    ]
    async with database.read() as tx:
        first, second = await journal.after(tx, "solgaarden", 0, 10)
        assert (await journal.verify(tx, "solgaarden")).whole
    assert (first.event, first.at) == ("site_set_up", MORNING)
    assert first.facts["devices_added"] == ["jettes-telefon", "panel-nord", "anlaeg"]
    assert second.facts == {"version": 2, "rules": "botilbud", "persons_changed": ["omar"]}


async def test_a_site_that_is_not_there_is_said_not_to_be(database: Database) -> None:
    async with database.read() as tx:
        assert await store.versions(tx, "solgaarden") is None
        with pytest.raises(NotFound, match="hub setup"):
            await store.site(tx, "solgaarden")


async def hashes(database: Database) -> dict[str, tuple[str | None, ...]]:
    rows = (await everything(database))["person"]
    return {row["id"]: (row["password_hash"], row["pin_hash"], row["duress_pin_hash"]) for row in rows}


async def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    async with database.read() as tx:
        return {
            name: [{column.name: row[column.name] for column in table.columns} for row in await tx.rows(table.select())]
            for name, table in metadata.tables.items()
        }
