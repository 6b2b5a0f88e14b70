"""How what people write is kept: sealed with the hub's own key, bound to its row, and found again without being read.

A search looks for the three-letter pieces of its words, which a paper is remembered by as bits that a key of their own
scatters: who has the database alone reads neither words nor pieces.
"""

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

import orjson

from hub.storage import secrets as kept
from hub.storage.database import Reader, Transaction
from hub.storage.vault import Vault

SEARCH_KEY = "incident-search"
# A paper's bits are looked at twice: a few that tell most papers apart, and finer ones, which a paper that was
# written before there were any does not have.
COARSE, WORDS, BITS = 16, 64, 60
PIECE = 3
_WORD = re.compile(r"\w+")


def bound_to(what: str, *of: str | int) -> str:
    """The row that a text is sealed for, and opens nowhere else."""
    return "/".join(map(str, (f"incident-{what}", *of)))


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text as it lies in the database, and what the journal may hold of it."""

    text: str = field(repr=False)
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals and opens what people write."""

    vault: Vault
    search_key: bytes = field(repr=False)

    def close(self, text: str, row: str) -> Sealed:
        """The salt goes with the text: once the row is deleted, nobody can guess the text from its fingerprint."""
        salt = secrets.token_hex(16)
        sealed = self.vault.seal(orjson.dumps([salt, text]), row)
        return Sealed(sealed, sha256(f"{salt}{text}".encode()).hexdigest())

    def open(self, sealed: str, row: str) -> str:
        text: str = orjson.loads(self.vault.open(sealed, row))[1]
        return text

    def mark(self, text: str) -> str:
        """What a text is found by that is searched for whole: a number, or a name."""
        return hmac.digest(self.search_key, f"whole/{' '.join(text.casefold().split())}".encode(), sha256).hex()

    def traces(self, text: str) -> tuple[int, ...]:
        """The bits that the text's pieces are remembered by: each by a coarse one and a fine one."""
        found = [0] * WORDS
        for piece in pieces(text):
            digest = hmac.digest(self.search_key, piece.encode(), sha256)
            coarse = int.from_bytes(digest[:8]) % (COARSE * BITS)
            fine = COARSE * BITS + int.from_bytes(digest[8:16]) % ((WORDS - COARSE) * BITS)
            for place in (coarse, fine):
                found[place // BITS] |= 1 << place % BITS
        return tuple(found)


class Seals:
    """Finds the hub's seal; its search key comes with the first incident, and the master key can change without it."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._found: Seal | None = None

    async def to_write(self, tx: Transaction) -> Seal:
        if self._found is not None:
            return self._found
        await kept.keep(tx, self._vault, SEARCH_KEY, secrets.token_bytes(32))
        # Not remembered here: a transaction that fails takes its key along.
        return Seal(self._vault, await kept.find(tx, self._vault, SEARCH_KEY) or b"")

    async def to_read(self, tx: Reader) -> Seal:
        if self._found is None:
            key = await kept.find(tx, self._vault, SEARCH_KEY)
            if key is None:
                return Seal(self._vault, b"nothing was written yet")
            self._found = Seal(self._vault, key)
        return self._found


def _folded(text: str) -> str:
    return text.casefold().replace("å", "aa")


def words(text: str) -> list[str]:
    """The words of a text as they are searched for: å may be written aa."""
    return _WORD.findall(_folded(text))


def pieces(text: str) -> set[str]:
    return {word[start : start + PIECE] for word in words(text) for start in range(len(word) - PIECE + 1)}


def holds(texts: Iterable[str], asked: str) -> bool:
    """Whether each word that was asked for stands in one of the texts, also inside a longer word."""
    present = [_folded(text) for text in texts]
    return all(any(word in text for text in present) for word in words(asked))
