"""What a conversation's key decides: it outlives the master key, and what is destroyed is so in every back-up."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from hub.messaging import attachmentstore, store
from hub.messaging.attachment import Offered
from hub.messaging.conversation import Address, Conversation, Kind
from hub.messaging.keystore import Keyring
from hub.messaging.message import Saying
from hub.storage import keyfile, keysapart
from hub.storage.backup import back_up, restore
from hub.storage.database import Database
from hub.storage.resealing import SIGNED_LASTS, Resealing, standing
from hub.storage.vault import open_vault
from tests.admin.desk import signed_in
from tests.messaging.files import PDF
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

SECRET = "Bents medicin ligger i skabet"
FILE = Offered("medicin.pdf", PDF + SECRET.encode() * 400)


async def begins(house: House) -> str:
    """Anna writes to Leif, with a file and with a draft of what she will say next."""
    messages, anna = house.services.messages, house.tokens["phone-anna"]
    files = await messages.attaching.take("house", "anna", [FILE])
    new = Conversation("house", str(uuid4()), "anna", house.clock.now())
    first = Saying(str(uuid4()), SECRET, files=files)
    await messages.open(anna, new, [Address(Kind.PERSON, "leif")], {"title": SECRET}, first)
    return new.id


async def reads(database: Database, keyring: Keyring, which: str) -> tuple[str, bytes] | None:
    """The first message and its file, for whoever has the database and the keys that lie beside it."""
    async with database.read() as tx:
        key = await keyring.find(tx, "house", which)
        if key is None:
            return None
        message = await store.said(tx, key, "house", which, 1)
        (file,) = await attachmentstore.with_message(tx, key, "house", which, 1)
        sealed = [await attachmentstore.piece(tx, "house", file.id, number) for number in range(file.pieces)]
    assert message is not None
    return message.text, b"".join(file.opened(number, piece or b"") for number, piece in enumerate(sealed))


async def test_a_new_master_key_changes_nothing_that_was_written(begin: Begin) -> None:
    house = await begin("anna nord")
    which, vault = await begins(house), house.services.messages.keyring.vault
    before = vault.kept.current
    keyfile.add(house.folder / keyfile.FILE)
    chore = Resealing(house.database, house.clock, vault, "one", several=False)
    while await chore.look():
        pass
    house.clock.advance(SIGNED_LASTS.total_seconds())
    await chore.look()
    kept = (await standing(house.database, vault, house.clock.now())).kept
    assert before not in kept.keys, "nothing needs it any more"
    assert await reads(house.database, Keyring(vault), which) == (SECRET, FILE.content)
    assert await begins(house) != which


async def test_what_was_destroyed_is_so_in_back_ups_from_before_too(begin: Begin, tmp_path: Path) -> None:
    house = await begin("anna nord")
    destroyed, stays = await begins(house), await begins(house)
    keys = house.folder / keysapart.FILE
    await back_up(house.url, tmp_path / "before.db", keys)
    with closing(sqlite3.connect(tmp_path / "before.db")) as file:
        assert file.execute("SELECT count(*) FROM conversation_key").fetchone() == (0,)
        wrapped = [row["sealed"] for row in await _wrapped(house)]
    content = (tmp_path / "before.db").read_bytes()
    assert not [one for one in (SECRET, "medicin.pdf", *wrapped) if one.encode() in content]
    leif = await signed_in(house, "leif")
    done = await leif.call("POST", f"/api/conversations/{destroyed}/destroy", {"why": "over"})
    assert done.status_code == 204
    await back_up(house.url, tmp_path / "after.db", keys)
    for name in ("before.db", "after.db"):
        data = tmp_path / f"from-{name}"
        shutil.copytree(house.folder / "keys", data / "keys")
        url = f"sqlite+aiosqlite:///{data / 'hub.db'}"
        copied = await restore(tmp_path / name, url, data, house.clock.now())
        assert copied.lacking == (1 if name == "before.db" else 0)
        database = await Database.open(url)
        keyring = Keyring(open_vault(data))
        assert await reads(database, keyring, destroyed) is None
        assert await reads(database, keyring, stays) == (SECRET, FILE.content)
        await database.close()


async def _wrapped(house: House) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(house.file)) as file:
        file.row_factory = sqlite3.Row
        return file.execute("SELECT sealed FROM conversation_key").fetchall()
