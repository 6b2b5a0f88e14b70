"""Secrets and free text at rest: sealed with a key that lies outside the database, bound to the row they stand in."""

import base64
import hmac
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import Unavailable
from hub.storage import keyfile
from hub.storage.keyfile import FILE, Kept

_NONCE = 12
# Asked anew each time, for the master key may have changed.
Keys = Callable[[], Sequence[bytes]]


class Vault:
    """The master keys by id; the current one seals, all of them open. Those of a file are always as they are there."""

    def __init__(self, keys: Mapping[str, bytes], current: str, path: Path | None = None) -> None:
        self._kept = Kept(keys, current)
        self._path = path
        self._mark: tuple[int, ...] | None = None

    @property
    def kept(self) -> Kept:
        """The keys as they are now: a file that another process has changed is read again."""
        mark = keyfile.mark(self._path) if self._path is not None else None
        if self._path is not None and mark is not None and mark != self._mark:
            self._kept, self._mark = keyfile.read(self._path), mark
        return self._kept

    @property
    def keys(self) -> Mapping[str, bytes]:
        return self.kept.keys

    def derived(self, purpose: str) -> Keys:
        """Keys of their own for one purpose: the first signs, and each knows what was signed while its key was new."""

        def keys() -> Sequence[bytes]:
            kept = self.kept
            order = sorted(kept.keys, key=lambda name: name != kept.current)
            return [hmac.digest(kept.keys[name], purpose.encode(), sha256) for name in order]

        return keys

    def seal(self, secret: bytes, bound_to: str) -> str:
        """The secret as it may lie in a database; it opens only where it is `bound_to`."""
        kept, nonce = self.kept, os.urandom(_NONCE)
        sealed = AESGCM(kept.keys[kept.current]).encrypt(nonce, secret, bound_to.encode())
        return f"{kept.current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

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

    def takes_up(self, now: datetime) -> None:
        """Seals with the key that was to come from now on."""
        if self._path is not None:
            keyfile.take_up(self._path, now)

    def retires(self, name: str) -> None:
        """Lets go of a key that nothing is sealed with any more."""
        if self._path is not None:
            keyfile.retire(self._path, name)


def open_vault(data: Path) -> Vault:
    """The vault whose keys lie under `data`, made there with a new key the first time; only its owner can read it."""
    path = data / FILE
    kept = keyfile.read_or_make(path)
    return Vault(kept.keys, kept.current, path)
