"""What people wrote about a journal row, bound to it by a salted hash: the text can be deleted, and the row holds.

The row keeps the hash alone. The text lies sealed in a table of its own, with its salt, without which nobody can guess
at a short text by trying.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, Table, Text, bindparam, delete, insert, select

from hub.storage import journal
from hub.storage.database import Reader, Row, Transaction, metadata
from hub.storage.journal import Entry
from hub.storage.vault import Vault

SALT = 32
# Writes a row with the hashes of its texts; whoever has no vault binds none.
Bind = Callable[
    [Transaction, str, datetime, str, str | None, str | None, Mapping[str, Any], Mapping[str, str]], Awaitable[Entry]
]
# The key among a row's facts under which the hashes stand, each by its text's name.
BOUND = "bound"

bound_text = Table(
    "bound_text",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sealed", Text, nullable=False),
    sqlite_with_rowid=False,
)

_ADD = insert(bound_text)
_OF = bound_text.c.institution == bindparam("of")
_ROW = (_OF, bound_text.c.seq == bindparam("which"))
_ONE = select(bound_text).where(*_ROW).order_by(bound_text.c.name)
_ALL = (
    select(bound_text, journal.journal.c.facts)
    .join(
        journal.journal,
        (journal.journal.c.institution == bound_text.c.institution) & (journal.journal.c.seq == bound_text.c.seq),
        isouter=True,
    )
    .where(_OF)
    .order_by(bound_text.c.seq, bound_text.c.name)
)
_SEQS = select(bound_text.c.seq).distinct().where(_OF).order_by(bound_text.c.seq)
_ERASE = delete(bound_text).where(*_ROW)


@dataclass(frozen=True, slots=True)
class BoundText:
    """One text, with the salt that its row's hash was made with."""

    seq: int
    name: str
    salt: bytes
    text: str


async def append(
    vault: Vault | None,
    tx: Transaction,
    institution: str,
    at: datetime,
    event: str,
    subject: str | None,
    actor: str | None,
    facts: Mapping[str, Any],
    texts: Mapping[str, str],
) -> Entry:
    """Writes the journal's next row with the hashes of these texts, and them beside it; without a vault neither."""
    if vault is None or not texts:
        return await journal.append(tx, institution, at, event, subject, actor, facts)
    made = {name: (secrets.token_bytes(SALT), text) for name, text in texts.items()}
    hashes = {name: commitment(*one) for name, one in made.items()}
    entry = await journal.append(tx, institution, at, event, subject, actor, {**facts, BOUND: hashes})
    for name, (salt, text) in made.items():
        sealed = vault.seal(salt + text.encode(), _bound(institution, entry.seq, name))
        await tx.run(_ADD, institution=institution, seq=entry.seq, name=name, sealed=sealed)
    return entry


unbound: Bind = partial(append, None)


async def read(tx: Reader, vault: Vault, institution: str, seq: int) -> list[BoundText]:
    """The texts of one row that have not been erased."""
    return [_opened(row, vault) for row in await tx.rows(_ONE, of=institution, which=seq)]


async def erase(tx: Transaction, institution: str, seq: int) -> int:
    """Deletes the texts of one row; the row, and all that was ever proved of it, stays. How many there were."""
    return await tx.run(_ERASE, of=institution, which=seq)


async def wrong(tx: Reader, vault: Vault, institution: str) -> str | None:
    """The first text that is not the one its row was written with."""
    for row in await tx.rows(_ALL, of=institution):
        one = _opened(row, vault)
        hashes = orjson.loads(row["facts"] or "{}").get(BOUND, {})
        if not hmac.compare_digest(hashes.get(one.name, ""), commitment(one.salt, one.text)):
            return f"the text {one.name} of row {one.seq} is not the one that the row was written with"
    return None


async def rows_with(tx: Reader, institution: str) -> list[int]:
    """The numbers of the rows that have any text left."""
    return [row["seq"] for row in await tx.rows(_SEQS, of=institution)]


async def of_rows(tx: Reader, vault: Vault, institution: str, seqs: Sequence[int]) -> list[BoundText]:
    """The texts of these rows that have not been erased."""
    return [one for seq in seqs for one in await read(tx, vault, institution, seq)]


def commitment(salt: bytes, text: str) -> str:
    """The hash that stands in the row."""
    return sha256(salt + text.encode()).hexdigest()


def _opened(row: Row, vault: Vault) -> BoundText:
    whole = vault.open(row["sealed"], _bound(row["institution"], row["seq"], row["name"]))
    return BoundText(row["seq"], row["name"], whole[:SALT], whole[SALT:].decode())


def _bound(institution: str, seq: int, name: str) -> str:
    return f"bound_text/{institution}/{seq}/{name}"
