"""A file that goes with a message: what it is called, how large it may be, and how it is sealed. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.people.faults import FieldProblem, Text, say

LARGEST = 10 * 1024 * 1024
MOST = 10
LARGEST_TOGETHER = 25 * 1024 * 1024
LONGEST_NAME = 120
# So small that a press that comes while one is written waits for a moment only.
PIECE = 128 * 1024
MIB = 1024 * 1024
_FOLDERS = re.compile(r"[\\/]")


@dataclass(frozen=True, slots=True)
class Offered:
    """A file as somebody sends it: nothing of it is believed yet."""

    name: str = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a message says of one of its files."""

    id: str
    name: str = field(repr=False)
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that the hub keeps, and the key of its own that it is sealed with."""

    id: str
    name: str = field(repr=False)
    kind: str
    size: int
    fingerprint: str
    """What the journal may hold of it: salted, so that nobody can tell by it that this was a file they know."""
    key: bytes = field(repr=False)

    @property
    def shown(self) -> Shown:
        return Shown(self.id, self.name, self.kind, self.size)

    @property
    def pieces(self) -> int:
        return -(-self.size // PIECE)

    def sealed(self, content: bytes) -> Iterator[tuple[int, bytes]]:
        """The content in pieces, each with its number, that open only at their place in this file."""
        for number in range(self.pieces):
            piece = content[number * PIECE : (number + 1) * PIECE]
            yield number, AESGCM(self.key).encrypt(*self._place(number, piece))

    def opened(self, number: int, piece: bytes) -> bytes:
        return AESGCM(self.key).decrypt(*self._place(number, piece))

    def _place(self, number: int, piece: bytes) -> tuple[bytes, bytes, bytes]:
        # The key seals this one file, each number once: so a number is never used twice with it.
        return number.to_bytes(12), piece, f"attachment_piece/{self.id}/{number}/{self.pieces}".encode()


def of(which: str, name: str, kind: str, content: bytes, key: bytes, salt: bytes) -> Attachment:
    """The file that these bytes are."""
    fingerprint = sha256(salt + sha256(content).digest()).hexdigest()
    return Attachment(which, name, kind, len(content), fingerprint, key)


def cleaned(name: str) -> str:
    """A file's name without folders, and without signs that hide what it ends in."""
    last = unicodedata.normalize("NFC", _FOLDERS.split(name)[-1])
    kept = "".join(sign for sign in last if sign.isprintable()).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return kept if len(kept) <= LONGEST_NAME else stem[: LONGEST_NAME - len(ending) - 1].rstrip() + dot + ending


def refuse_too_much(sizes: Sequence[int]) -> None:
    """A message carries so many files at most, each and together no larger than they may be."""
    if len(sizes) > MOST:
        raise refused(say("At most {n} files go with one message: send the rest with the next.", n=MOST))
    if any(size > LARGEST for size in sizes):
        raise refused(say("A file may be {n} MB at most: make it smaller, or send it in parts.", n=LARGEST // MIB))
    if sum(sizes) > LARGEST_TOGETHER:
        text = say(
            "The files of one message may be {n} MB together: send some with the next.", n=LARGEST_TOGETHER // MIB
        )
        raise refused(text)


def refused(text: Text) -> FieldProblem:
    return FieldProblem({"files": text})


def attachment_json(one: Shown) -> dict[str, Any]:
    """A file as the protocol shows it."""
    return {"id": one.id, "name": one.name, "kind": one.kind, "size": one.size}
