"""The hub's own secrets, such as the key that push services know it by: in the database, sealed."""

from sqlalchemy import Column, Table, Text, bindparam, select

from hub.storage.both import insert
from hub.storage.database import Reader, Transaction, metadata
from hub.storage.vault import Vault

secret = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("sealed", Text, nullable=False),
)

_ONE = select(secret.c.sealed).where(secret.c.name == bindparam("which"))
_ADD = insert(secret).on_conflict_do_nothing()


async def find(tx: Reader, vault: Vault, name: str) -> bytes | None:
    """The secret of this name, or None if it was never made."""
    row = await tx.row(_ONE, which=name)
    return vault.open(row["sealed"], f"secret/{name}") if row is not None else None


async def keep(tx: Transaction, vault: Vault, name: str, value: bytes) -> bool:
    """Writes a new secret down; False, and nothing changes, if there is one of this name."""
    return await tx.run(_ADD, name=name, sealed=vault.seal(value, f"secret/{name}")) > 0
