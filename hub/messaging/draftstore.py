"""The SQL of what somebody has begun to write, and of the templates that a house writes from; both lie sealed."""

from datetime import datetime

import orjson
from sqlalchemy import bindparam, delete, select
from sqlalchemy import insert as plain_insert

from hub.clock import instant, micros
from hub.messaging.tables import message_draft, message_template
from hub.storage.both import insert
from hub.storage.database import Reader, Transaction
from hub.storage.vault import Vault

# The draft of a conversation that is not there yet.
NEW = "new"

_THIS = (
    message_draft.c.institution == bindparam("of"),
    message_draft.c.person == bindparam("person_"),
    message_draft.c.what == bindparam("about"),
)
_DRAFT = select(message_draft).where(*_THIS)
_FORGET = delete(message_draft).where(*_THIS)
_FORGET_ALL = delete(message_draft).where(
    message_draft.c.institution == bindparam("of"), message_draft.c.what == bindparam("about")
)
_KEEP = insert(message_draft)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["institution", "person", "what"], set_={"at": _KEEP.excluded.at, "sealed": _KEEP.excluded.sealed}
)
_TEMPLATES = (
    select(message_template)
    .where(message_template.c.institution == bindparam("of"))
    .order_by(message_template.c.made_at, message_template.c.id)
)
_ADD_TEMPLATE = plain_insert(message_template)
_DROP_TEMPLATE = delete(message_template).where(
    message_template.c.institution == bindparam("of"), message_template.c.id == bindparam("which")
)


def _draft(of: str, person: str, about: str) -> str:
    return f"message_draft/{of}/{person}/{about}"


def _template(of: str, which: str) -> str:
    return f"message_template/{of}/{which}"


async def keep(tx: Transaction, key: Vault, of: str, person: str, about: str, text: str, now: datetime) -> None:
    sealed = key.seal(text.encode(), _draft(of, person, about))
    await tx.run(_KEEP, institution=of, person=person, what=about, at=micros(now), sealed=sealed)


async def find(tx: Reader, key: Vault, of: str, person: str, about: str) -> tuple[datetime, str] | None:
    """What the person has begun to write, and when they last did."""
    row = await tx.row(_DRAFT, of=of, person_=person, about=about)
    if row is None:
        return None
    return instant(row["at"]), key.open(row["sealed"], _draft(of, person, about)).decode()


async def forget(tx: Transaction, of: str, person: str, about: str) -> None:
    await tx.run(_FORGET, of=of, person_=person, about=about)


async def forget_all(tx: Transaction, of: str, about: str) -> None:
    """Takes what anybody had begun to write there."""
    await tx.run(_FORGET_ALL, of=of, about=about)


async def templates(tx: Reader, key: Vault, of: str) -> list[tuple[str, str, str]]:
    """Each template's id, title and text, the oldest first."""
    found = []
    for row in await tx.rows(_TEMPLATES, of=of):
        title, text = orjson.loads(key.open(row["sealed"], _template(of, row["id"])))
        found.append((row["id"], title, text))
    return found


async def add_template(tx: Transaction, key: Vault, of: str, which: str, title: str, text: str, now: datetime) -> None:
    sealed = key.seal(orjson.dumps([title, text]), _template(of, which))
    await tx.run(_ADD_TEMPLATE, institution=of, id=which, made_at=micros(now), sealed=sealed)


async def drop_template(tx: Transaction, of: str, which: str) -> bool:
    return await tx.run(_DROP_TEMPLATE, of=of, which=which) > 0
