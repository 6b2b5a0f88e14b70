"""The SQL of conversations: who takes part, what was said, and how far each has read."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy import insert as plain_insert

from hub.clock import instant, micros
from hub.messaging.attachment import Shown
from hub.messaging.conversation import About, Address, Conversation, Kind, Party
from hub.messaging.meeting import Meeting
from hub.messaging.message import Message
from hub.messaging.tables import conversation, conversation_party, message, message_read
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction
from hub.storage.vault import Vault

_OF = conversation.c.institution == bindparam("of")
_ONE = select(conversation).where(_OF, conversation.c.id == bindparam("which"))
_ADD = plain_insert(conversation)
_MOVING = ("last", "last_at", "version", "destroyed_at")
_CHANGE = (
    update(conversation)
    .where(_OF, conversation.c.id == bindparam("which"), conversation.c.version == bindparam("seen"))
    .values({name: bindparam(f"the_{name}") for name in _MOVING})
)
_THOSE_IN_IT = (
    select(conversation, *[column.label(f"party_{column.name}") for column in conversation_party.c])
    .outerjoin(
        conversation_party,
        (conversation_party.c.institution == conversation.c.institution)
        & (conversation_party.c.conversation == conversation.c.id),
    )
    .where(_OF, conversation.c.id == bindparam("which"))
    .order_by(conversation_party.c.number)
)
_OF_PARTY = ("number", "kind", "who", "first", "joined_at", "added_by", "last", "left_at")
_PARTY = insert(conversation_party)
_PARTY = _PARTY.on_conflict_do_update(
    index_elements=["institution", "conversation", "number"],
    set_={"last": _PARTY.excluded.last, "left_at": _PARTY.excluded.left_at},
)
_HERE = (message.c.institution == bindparam("of"), message.c.conversation == bindparam("which"))
_SAY = plain_insert(message)
_NUMBER = select(message).where(*_HERE, message.c.number == bindparam("number"))
_BY_ID = select(message).where(*_HERE, message.c.id == bindparam("id"))
_BEFORE = (
    select(message)
    .where(*_HERE, message.c.number < bindparam("before"), message.c.number > bindparam("after"))
    .order_by(message.c.number.desc())
    .limit(bindparam("most"))
)
_MARKS = select(message_read).where(
    message_read.c.institution == bindparam("of"), message_read.c.conversation == bindparam("which")
)
_MARK = insert(message_read)
_MARK = _MARK.on_conflict_do_update(
    index_elements=["institution", "conversation", "reader"],
    set_={"number": _MARK.excluded.number, "at": _MARK.excluded.at},
)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far somebody has read, and when they last did."""

    number: int
    at: datetime


def bound_to(what: str, *of: str | int) -> str:
    """The row that a text is sealed for, and opens nowhere else."""
    return "/".join(map(str, (f"message-{what}", *of)))


async def find(tx: Reader, of: str, which: str) -> Conversation | None:
    """One conversation with those who take part, or None."""
    rows = await tx.rows(_THOSE_IN_IT, of=of, which=which)
    there = (party(row, "party_") for row in rows if row["party_number"] is not None)
    return whole(rows[0], there) if rows else None


async def add(tx: Transaction, key: Vault, new: Conversation, head: Mapping[str, str]) -> None:
    """Writes a new conversation down; what it is called is sealed."""
    values = {
        "institution": new.institution,
        "id": new.id,
        "opened_by": new.opened_by,
        "opened_at": micros(new.opened_at),
        "about": new.about.value,
        "about_id": new.about_id,
        "ciphertext": key.seal(orjson.dumps(head), bound_to("head", new.institution, new.id)),
    }
    await tx.run(_ADD, **values, **_moving(new))
    await _keep_parties(tx, new)


async def change(tx: Transaction, before: Conversation, after: Conversation) -> bool:
    """Writes the next state over the one that was seen; False when somebody else was first."""
    moving = {f"the_{name}": value for name, value in _moving(after).items()}
    if not await tx.run(_CHANGE, of=before.institution, which=before.id, seen=before.version, **moving):
        return False
    if after.parties != before.parties:
        await _keep_parties(tx, after)
    return True


async def head(tx: Reader, key: Vault, one: Conversation) -> Mapping[str, str]:
    """What the conversation is called, and the citizen whom it is about."""
    row = await tx.row(_ONE, of=one.institution, which=one.id)
    return head_in(key, one, row["ciphertext"] if row is not None else "")


def head_in(key: Vault, one: Conversation, sealed: str) -> Mapping[str, str]:
    said: dict[str, str] = orjson.loads(key.open(sealed, bound_to("head", one.institution, one.id)))
    return said


async def say(tx: Transaction, key: Vault, one: Conversation, new: Message) -> str:
    """Adds a message; gives the fingerprint that the journal may hold.

    The salt goes with the text: once that cannot be read, nobody can guess it from its fingerprint.
    """
    salt = secrets.token_hex(16)
    files = [[one.id, one.name, one.kind, one.size] for one in new.attachments]
    meets = [[micros(new.meeting.at), new.meeting.url]] if new.meeting is not None else []
    await tx.run(
        _SAY,
        institution=one.institution,
        conversation=one.id,
        number=new.number,
        id=new.id,
        author=new.author,
        at=micros(new.at),
        replies_to=new.replies_to,
        amends=new.amends,
        urgent=int(new.urgent),
        mentions=" ".join(new.mentions),
        ciphertext=key.seal(
            orjson.dumps([salt, new.text, new.signed, files, *meets]),
            bound_to("text", one.institution, one.id, new.number),
        ),
    )
    return sha256(f"{salt}{new.text}".encode()).hexdigest()


async def said(tx: Reader, key: Vault, of: str, which: str, number: int) -> Message | None:
    """One message, or None."""
    row = await tx.row(_NUMBER, of=of, which=which, number=number)
    return opened(key, row) if row is not None else None


async def said_as(tx: Reader, key: Vault, of: str, which: str, device_id: str) -> Message | None:
    """The message that a device gave this id."""
    row = await tx.row(_BY_ID, of=of, which=which, id=device_id)
    return opened(key, row) if row is not None else None


async def rows(tx: Reader, of: str, which: str, before: int, most: int, after: int = 0) -> Sequence[Row]:
    """The newest messages between two numbers as they lie there, sealed, the newest first."""
    return await tx.rows(_BEFORE, of=of, which=which, before=before, after=after, most=most)


def opened(key: Vault, row: Row) -> Message:
    """A message from its row."""
    bound = bound_to("text", row["institution"], row["conversation"], row["number"])
    # Older messages end before who signed them, or before their files; and most invite to no meeting.
    said = orjson.loads(key.open(row["ciphertext"], bound))
    _, text, signed, files, meets = said + ["", [], None][len(said) - 2 :]
    return Message(
        row["number"],
        row["id"],
        row["author"],
        instant(row["at"]),
        text,
        row["replies_to"],
        row["amends"],
        bool(row["urgent"]),
        tuple(row["mentions"].split()),
        signed,
        tuple(Shown(*one) for one in files),
        Meeting(instant(meets[0]), meets[1]) if meets is not None else None,
    )


async def marks(tx: Reader, of: str, which: str) -> dict[str, Mark]:
    """How far each reader has come."""
    return {row["reader"]: Mark(row["number"], instant(row["at"])) for row in await tx.rows(_MARKS, of=of, which=which)}


async def mark(tx: Transaction, of: str, which: str, readers: Sequence[str], number: int, now: datetime) -> None:
    """These have read up to a message."""
    key = {"institution": of, "conversation": which, "number": number, "at": micros(now)}
    await tx.run_many(_MARK, [{**key, "reader": reader} for reader in readers])


def whole(row: Row, parties: Iterable[Party]) -> Conversation:
    """A conversation from its row."""
    return Conversation(
        institution=row["institution"],
        id=row["id"],
        opened_by=row["opened_by"],
        opened_at=instant(row["opened_at"]),
        about=About(row["about"]),
        about_id=row["about_id"],
        parties=tuple(parties),
        last=row["last"],
        last_at=instant(row["last_at"]) if row["last_at"] is not None else None,
        version=row["version"],
        destroyed_at=instant(row["destroyed_at"]) if row["destroyed_at"] is not None else None,
    )


def party(row: Row, called: str = "") -> Party:
    """One who takes part, from a row in which their columns are called so."""
    number, kind, who, first, joined, by, last, left = (row[f"{called}{name}"] for name in _OF_PARTY)
    at = instant(left) if left is not None else None
    return Party(number, Address(Kind(kind), who), first, instant(joined), by, last, at)


async def _keep_parties(tx: Transaction, one: Conversation) -> None:
    key = {"institution": one.institution, "conversation": one.id}
    await tx.run_many(
        _PARTY,
        [
            {
                **key,
                "number": party.number,
                "kind": party.to.kind.value,
                "who": party.to.who,
                "first": party.first,
                "joined_at": micros(party.joined_at),
                "added_by": party.added_by,
                "last": party.last,
                "left_at": micros(party.left_at) if party.left_at is not None else None,
            }
            for party in one.parties
        ],
    )


def _moving(one: Conversation) -> Mapping[str, Any]:
    return {
        "last": one.last,
        "last_at": micros(one.last_at) if one.last_at is not None else None,
        "version": one.version,
        "destroyed_at": micros(one.destroyed_at) if one.destroyed_at is not None else None,
    }
