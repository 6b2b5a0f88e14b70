"""Secrets and free text at rest: sealed with a key that lies outside the database, bound to the row they stand in."""

import base64
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import Unavailable

FILE = "keys/master.json"
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Vault:
    """The master keys by id; the current one seals, all of them open."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError("the current master key must be one of the keys")
        if any(len(key) != 32 for key in self.keys.values()):
            raise ValueError("a master key is 32 bytes")

    def derived(self, purpose: str) -> bytes:
        """A key of its own for one purpose, the same as long as the current master key is."""
        return hmac.digest(self.keys[self.current], purpose.encode(), sha256)

    def seal(self, secret: bytes, bound_to: str) -> str:
        """The secret as it may lie in a database; it opens only where it is `bound_to`."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, secret, bound_to.encode())
        return f"{self.current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, bound_to: str) -> bytes:
        """What was sealed. Unavailable if its key is not here, or it was altered or moved."""
        key_id, _, text = sealed.partition(".")
        key = self.keys.get(key_id)
        if key is None:
            raise Unavailable(f"The master key {key_id!r} is not in {FILE}: bring back the file that has it.")
        whole = base64.urlsafe_b64decode(text)
        try:
            return AESGCM(key).decrypt(whole[:_NONCE], whole[_NONCE:], bound_to.encode())
        except InvalidTag:
            raise Unavailable(f"{bound_to}: what is sealed here was altered or moved; restore it.") from None


def open_vault(data: Path) -> Vault:
    """The vault whose keys lie under `data`, made there with a new key the first time; only its owner can read it."""
    path = data / FILE
    if not path.exists():
        _write_new(path)
    try:
        kept = json.loads(path.read_text())
        keys = {name: base64.b64decode(key) for name, key in kept["keys"].items()}
        return Vault(keys, kept["current"])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unavailable(f"{path} is not the key file that the hub wrote: bring it back ({error}).") from error


def _write_new(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(4)
    kept = {"current": name, "keys": {name: base64.b64encode(secrets.token_bytes(32)).decode()}}
    # Linked, not renamed: of two that start at once, one makes the file and both read it.
    unfinished = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(kept, file)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(unfinished, path)
    unfinished.unlink()
