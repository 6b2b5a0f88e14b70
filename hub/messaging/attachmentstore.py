"""The SQL of attachments: what is known of each, sealed for its conversation, and its content in sealed pieces."""

import base64
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import orjson
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy import insert as plain_insert

from hub.clock import micros
from hub.errors import Conflict
from hub.messaging.attachment import Attachment
from hub.messaging.tables import attachment, attachment_piece
from hub.storage.database import Reader, Row, Transaction
from hub.storage.vault import Vault

_OF = attachment.c.institution == bindparam("of")
_HERE = (_OF, attachment.c.conversation == bindparam("in_conversation"))
_COMES = plain_insert(attachment)
_PIECE = plain_insert(attachment_piece)
_BIND = (
    update(attachment)
    .where(_OF, attachment.c.id == bindparam("which"), attachment.c.number.is_(None))
    .values(conversation=bindparam("to"), number=bindparam("with_message"), ciphertext=bindparam("known"))
)
_ONE = select(attachment).where(*_HERE, attachment.c.id == bindparam("which"))
_WITH = select(attachment).where(*_HERE, attachment.c.number == bindparam("message")).order_by(attachment.c.id)
_CONTENT = select(attachment_piece.c.ciphertext).where(
    attachment_piece.c.institution == bindparam("of"),
    attachment_piece.c.attachment == bindparam("which"),
    attachment_piece.c.number == bindparam("n"),
)
_LET_GO = update(attachment).where(*_HERE).values(conversation=None, number=None, ciphertext="", at=0)
_LOOSE = (
    select(attachment.c.institution, attachment.c.id)
    .where(attachment.c.number.is_(None), attachment.c.at < bindparam("until"))
    .order_by(attachment.c.institution, attachment.c.id)
    .limit(bindparam("most"))
)
_PIECES = (
    select(attachment_piece.c.number)
    .where(attachment_piece.c.institution == bindparam("of"), attachment_piece.c.attachment == bindparam("which"))
    .order_by(attachment_piece.c.number)
    .limit(bindparam("most"))
)
_DROP_PIECE = delete(attachment_piece).where(
    attachment_piece.c.institution == bindparam("of"),
    attachment_piece.c.attachment == bindparam("which"),
    attachment_piece.c.number == bindparam("n"),
)
_DROP = delete(attachment).where(_OF, attachment.c.id == bindparam("which"), attachment.c.number.is_(None))


async def comes(tx: Transaction, of: str, which: str, owner: str, now: datetime) -> None:
    """A file is on its way: what comes of it and no message ever carries is found by this, and goes."""
    await tx.run(
        _COMES, institution=of, id=which, owner=owner, at=micros(now), conversation=None, number=None, ciphertext=""
    )


async def keep_piece(tx: Transaction, of: str, which: str, number: int, sealed: bytes) -> None:
    await tx.run(_PIECE, institution=of, attachment=which, number=number, ciphertext=sealed)


async def bind(
    tx: Transaction, key: Vault, of: str, conversation: str, number: int | None, files: Iterable[Attachment]
) -> None:
    """Lets files go with a message; None is one that is not written yet."""
    for one in files:
        said = orjson.dumps([one.name, one.kind, one.size, one.fingerprint, base64.b64encode(one.key).decode()])
        known = key.seal(said, _bound(of, conversation, one.id))
        if not await tx.run(_BIND, of=of, which=one.id, to=conversation, with_message=number, known=known):
            raise Conflict("files: a file waited too long and is gone, choose it again")


async def waiting(
    tx: Reader, key: Vault, of: str, conversation: str, owner: str, wanted: Collection[str]
) -> list[Attachment]:
    """Those of these files that this person has sent there and no message carries yet, in the order asked for."""
    found = []
    for which in dict.fromkeys(wanted):
        row = await tx.row(_ONE, of=of, in_conversation=conversation, which=which)
        if row is not None and row["number"] is None and row["owner"] == owner:
            found.append(_opened(key, row))
    return found


async def find(tx: Reader, key: Vault, of: str, conversation: str, which: str) -> tuple[Attachment, int] | None:
    """A file of a conversation, and the message that carries it; None where no message does."""
    row = await tx.row(_ONE, of=of, in_conversation=conversation, which=which)
    return (_opened(key, row), row["number"]) if row is not None and row["number"] is not None else None


async def with_message(tx: Reader, key: Vault, of: str, conversation: str, number: int) -> list[Attachment]:
    """The files that a message carries."""
    return [_opened(key, row) for row in await tx.rows(_WITH, of=of, in_conversation=conversation, message=number)]


async def piece(tx: Reader, of: str, which: str, number: int) -> bytes | None:
    """One sealed piece of a file's content."""
    row = await tx.row(_CONTENT, of=of, which=which, n=number)
    return bytes(row["ciphertext"]) if row is not None else None


async def let_go(tx: Transaction, of: str, conversation: str) -> None:
    """Nobody asks for the conversation's files any more: they are loose, and their keys are gone."""
    await tx.run(_LET_GO, of=of, in_conversation=conversation)


async def loose(tx: Reader, until: datetime, most: int) -> Sequence[tuple[str, str]]:
    """Files that no message carries and that came before then: institution and id."""
    return [(row["institution"], row["id"]) for row in await tx.rows(_LOOSE, until=micros(until), most=most)]


async def drop_some(tx: Transaction, of: str, which: str, most: int) -> bool:
    """Deletes the next pieces of a loose file, and with the last of them what is known of it; whether it is gone."""
    numbers = [row["number"] for row in await tx.rows(_PIECES, of=of, which=which, most=most)]
    await tx.run_many(_DROP_PIECE, [{"of": of, "which": which, "n": number} for number in numbers])
    return len(numbers) < most and await tx.run(_DROP, of=of, which=which) >= 0


def _bound(of: str, conversation: str, which: str) -> str:
    return f"message-attachment/{of}/{conversation}/{which}"


def _opened(key: Vault, row: Row) -> Attachment:
    bound = _bound(row["institution"], row["conversation"], row["id"])
    name, kind, size, fingerprint, own = orjson.loads(key.open(row["ciphertext"], bound))
    return Attachment(row["id"], name, kind, size, fingerprint, base64.b64decode(own))
