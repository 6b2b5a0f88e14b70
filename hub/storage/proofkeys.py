"""The keys that checkpoints are signed with, and the signed notes that they make (C2SP's signed-note form)."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import BigInteger, Column, Table, Text, select

from hub.clock import instant, micros
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata
from hub.storage.vault import Vault

NAME = "tryghedshub"
_ED25519 = b"\x01"

proof_key = Table(
    "proof_key",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("public", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)

_ALL = select(proof_key).order_by(proof_key.c.number)
_NEWEST = select(proof_key).order_by(proof_key.c.number.desc()).limit(1)
_ADD = insert(proof_key).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class Public:
    """The part of a key that others check with, and since when the hub has signed with it."""

    number: int
    text: str
    made_at: datetime

    @property
    def id(self) -> str:
        """The eight digits that each signature begins with."""
        return self.text.split("+")[1]


@dataclass(frozen=True, slots=True)
class Signer:
    """One key, opened for signing."""

    public: Public
    key: Ed25519PrivateKey

    def line(self, text: str) -> str:
        """What is written under a text that this key has signed."""
        signature = bytes.fromhex(self.public.id) + self.key.sign(text.encode())
        return f"— {NAME} {base64.b64encode(signature).decode()}\n"


def signed(text: str, signers: Sequence[Signer]) -> str:
    """The text, which ends with a line's end, as a signed note."""
    return f"{text}\n{''.join(signer.line(text) for signer in signers)}"


def signers_of(note: str, publics: Mapping[str, str]) -> list[str]:
    """The ids of the keys, of these (id: public part), that have signed the note; a false signature counts as none."""
    text, _, lines = note.rpartition("\n\n")
    found = []
    for line in lines.splitlines():
        try:
            signature = base64.b64decode(line.removeprefix(f"— {NAME} "), validate=True)
            public = base64.b64decode(publics[signature[:4].hex()].split("+", 2)[2], validate=True)[1:]
            Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], f"{text}\n".encode())
        except (KeyError, IndexError, ValueError, binascii.Error, InvalidSignature):
            continue
        found.append(signature[:4].hex())
    return found


async def publics(tx: Reader) -> list[Public]:
    """Every key that this hub has ever signed with, the oldest first."""
    return [_public(row) for row in await tx.rows(_ALL)]


async def texts(tx: Reader) -> dict[str, str]:
    """The public part of every key by its id, also where somebody has changed them."""
    return {"".join(row["public"].split("+")[1:2]): row["public"] for row in await tx.rows(_ALL)}


async def newest(tx: Reader, vault: Vault) -> Signer | None:
    """The key that is signed with now; None before the first was made."""
    row = await tx.row(_NEWEST)
    return _signer(row, vault) if row is not None else None


def fresh(number: int, now: datetime) -> Signer:
    """A new key, which is nowhere yet."""
    key = Ed25519PrivateKey.generate()
    return Signer(Public(number, _text(key), now), key)


async def add(tx: Transaction, vault: Vault, new: Signer) -> bool:
    """Writes a key down, sealed; False if another hub has made one of this number."""
    sealed, public = vault.seal(new.key.private_bytes_raw(), _bound(new.public.number)), new.public
    values = {"number": public.number, "public": public.text, "made_at": micros(public.made_at)}
    return await tx.run(_ADD, **values, sealed=sealed) > 0


def _text(key: Ed25519PrivateKey) -> str:
    kind_and_key = _ED25519 + key.public_key().public_bytes_raw()
    name = sha256(f"{NAME}\n".encode() + kind_and_key).digest()[:4].hex()
    return f"{NAME}+{name}+{base64.b64encode(kind_and_key).decode()}"


def _public(row: Row) -> Public:
    return Public(row["number"], row["public"], instant(row["made_at"]))


def _signer(row: Row, vault: Vault) -> Signer:
    private = vault.open(row["sealed"], _bound(row["number"]))
    return Signer(_public(row), Ed25519PrivateKey.from_private_bytes(private))


def _bound(number: int) -> str:
    return f"proof_key/{number}"
