"""How numbers are kept and found: with a key of each institution's own, which the master key seals.

A new master key seals that key anew and changes nothing else, so every number is still found; and the same number in
two institutions' rows looks like two.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from hub.citizens.number import Number, read_number
from hub.storage import secrets as kept
from hub.storage.database import Reader, Transaction
from hub.storage.vault import Vault

_NAME = "citizens"


@dataclass(frozen=True, slots=True)
class Seal:
    """One institution's: what people write is sealed by the master key, numbers by the institution's own."""

    institution: str
    vault: Vault
    key: bytes = field(repr=False)

    def lookup(self, number: Number) -> str:
        """What a number is found by."""
        own = hmac.digest(self.key, b"lookup", sha256)
        return hmac.digest(own, f"{self.institution}/{number.text}".encode(), sha256).hex()

    def close(self, number: Number) -> str:
        return self._own().seal(number.text.encode(), self._row(self.lookup(number)))

    def open(self, ciphertext: str, lookup: str) -> Number:
        found = read_number(self._own().open(ciphertext, self._row(lookup)).decode())
        if found is None:
            raise ValueError("what was sealed as a number is one")
        return found

    def _own(self) -> Vault:
        return Vault({_NAME: hmac.digest(self.key, b"seal", sha256)}, _NAME)

    def _row(self, lookup: str) -> str:
        return f"citizen_number/{self.institution}/{lookup}"


class Seals:
    """Finds each institution's seal; its key comes with the first citizen."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self._found: dict[str, Seal] = {}

    async def to_write(self, tx: Transaction, of: str) -> Seal:
        if of in self._found:
            return self._found[of]
        await kept.keep(tx, self.vault, _secret(of), secrets.token_bytes(32))
        # Not remembered here: a transaction that fails takes its key along.
        return Seal(of, self.vault, await kept.find(tx, self.vault, _secret(of)) or b"")

    async def to_read(self, tx: Reader, of: str) -> Seal:
        if of not in self._found:
            key = await kept.find(tx, self.vault, _secret(of))
            if key is None:
                return Seal(of, self.vault, b"nobody lives here yet")
            self._found[of] = Seal(of, self.vault, key)
        return self._found[of]


def _secret(of: str) -> str:
    return f"citizens/{of}"
