"""The key of each conversation: made with it, wrapped by the hub's master key, and gone when it is destroyed."""

import secrets

from sqlalchemy import bindparam, delete, insert, select

from hub.messaging.tables import conversation_key
from hub.storage.database import Reader, Transaction
from hub.storage.vault import Vault

_NAME = "conversation"
_HERE = (
    conversation_key.c.institution == bindparam("of"),
    conversation_key.c.conversation == bindparam("which"),
)
_ONE = select(conversation_key.c.sealed).where(*_HERE)
_ADD = insert(conversation_key)
_DESTROY = delete(conversation_key).where(*_HERE)


def bound_to(of: str, which: str) -> str:
    """The row that a conversation's key is wrapped for."""
    return f"conversation_key/{of}/{which}"


class Keyring:
    """Opens conversations: what is sealed with a conversation's key is a vault of its own."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    async def make(self, tx: Transaction, of: str, which: str) -> Vault:
        """A new conversation's key."""
        key = secrets.token_bytes(32)
        sealed = self.vault.seal(key, bound_to(of, which))
        await tx.run(_ADD, institution=of, conversation=which, sealed=sealed)
        return Vault({_NAME: key}, _NAME)

    async def find(self, tx: Reader, of: str, which: str) -> Vault | None:
        """The conversation's key; None once it is destroyed."""
        row = await tx.row(_ONE, of=of, which=which)
        return self.unwrapped(of, which, row["sealed"]) if row is not None else None

    def unwrapped(self, of: str, which: str, wrapped: str) -> Vault:
        """The conversation's key from its row."""
        return Vault({_NAME: self.vault.open(wrapped, bound_to(of, which))}, _NAME)

    async def destroy(self, tx: Transaction, of: str, which: str) -> None:
        """From now on nothing in the conversation can be read by anybody."""
        await tx.run(_DESTROY, of=of, which=which)
