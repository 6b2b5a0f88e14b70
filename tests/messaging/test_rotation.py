"""A new master key reaches every column that is sealed: found in the schema by what lies there, not by a list."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Table, Text

from hub.citizens import glassstore
from hub.citizens import tables as citizens
from hub.citizens.glass import Opening, Reason
from hub.messaging import tables as messaging
from hub.storage import keyfile
from hub.storage.database import Transaction, metadata
from hub.storage.resealing import Resealing, sealed_columns
from tests.admin.desk import signed_in
from tests.databases import Kind
from tests.messaging.test_retention import everything
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House


def sealed_by(house: House, kind: Kind, key: str) -> dict[str, int]:
    """How much a master key seals in each column of every table that there is."""
    found: dict[str, int] = {}
    for table in metadata.sorted_tables:
        names = [column.name for column in table.c if isinstance(column.type, Text)]
        counts = ", ".join(f"count(CASE WHEN \"{name}\" LIKE '{key}.%' THEN 1 END)" for name in names)
        if names:
            (row,) = kind.look(house.url, f'SELECT {counts} FROM "{table.name}"')
            found |= {f"{table.name}.{name}": count for name, count in zip(names, row, strict=True) if count}
    return found


async def test_a_new_master_key_reaches_every_sealed_column_there_is(begin: Begin, kind: Kind) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    await everything(house)
    leif, vault, now = await signed_in(house, "leif"), house.services.messages.keyring.vault, house.clock.now()
    assert (await leif.post("/messages/templates", {"title": "Overlap", "text": "Vi ses"})).status_code == 303
    ((risk,),) = kind.look(house.url, "SELECT id FROM citizen_risk")
    assert (await leif.post(f"/citizens/risks/{risk}/end", {"why": "Det er ordnet"})).status_code == 303

    async def opened(tx: Transaction) -> None:
        one = Opening("house", "o1", "a1", "c1", "nord", "anna", Reason.OTHER, now, now + timedelta(minutes=9), "Fald")
        await glassstore.add(tx, vault, one)
        seen = replace(one, reviewed_at=now, reviewed_by="leif", in_order=True, verdict="Rigtigt")
        assert await glassstore.review(tx, vault, seen, now)

    await house.database.write(opened, of="house")
    before, old = sealed_by(house, kind, vault.kept.current), vault.kept.current
    known = {one.name for one in sealed_columns()}
    rooms = {one.name for room in (messaging, citizens) for one in vars(room).values() if isinstance(one, Table)}
    assert set(before) <= known, "something is sealed where nobody looks for it"
    assert {one for one in known if one.partition(".")[0] in rooms} <= set(before), "each of them was written to"
    keyfile.add(house.folder / keyfile.FILE)
    chore = Resealing(house.database, house.clock, vault, "one", several=False)
    while await chore.look():
        pass
    assert vault.kept.current != old
    assert sealed_by(house, kind, old) == {}
    assert sealed_by(house, kind, vault.kept.current) == before
