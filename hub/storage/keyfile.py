"""The file of the master keys: read by whoever seals, and changed whole or not at all, whatever is killed meanwhile."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.clock import instant, micros
from hub.errors import Conflict, Unavailable

FILE = "keys/master.json"
LENGTH = 32


@dataclass(frozen=True, slots=True)
class Kept:
    """The master keys by id: one that seals, perhaps one that is to come, and those before, which only open."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str
    coming: str | None = None
    since: datetime | None = None
    """Since when the current one seals; None for the first."""

    def __post_init__(self) -> None:
        if self.current not in self.keys or (self.coming is not None and self.coming not in self.keys):
            raise ValueError("the current master key must be one of the keys, and so must one that is to come")
        if any(len(key) != LENGTH for key in self.keys.values()):
            raise ValueError("a master key is 32 bytes")

    @property
    def before(self) -> tuple[str, ...]:
        """The keys that nothing new is sealed with."""
        return tuple(sorted(self.keys.keys() - {self.current, self.coming}))


def read_or_make(path: Path) -> Kept:
    """The keys in the file, which is made with a new one the first time."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = secrets.token_hex(4)
        # Linked, not renamed: of two that start at once, one makes the file and both read it.
        made = _fresh(Kept({name: secrets.token_bytes(LENGTH)}, name))
        with written(path, made) as new, suppress(FileExistsError):
            os.link(new, path)
    return read(path)


def mark(path: Path) -> tuple[int, ...] | None:
    """What differs once somebody has changed the file; None while it is not there."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def read(path: Path) -> Kept:
    try:
        said = json.loads(path.read_text())
        keys = {name: base64.b64decode(key) for name, key in said["keys"].items()}
        since = instant(said["since"]) if said.get("since") is not None else None
        return Kept(keys, said["current"], said.get("coming"), since)
    except (ValueError, LookupError, TypeError, AttributeError, OSError) as error:
        raise Unavailable(f"{path} is not the key file that the hub wrote: bring it back ({error}).") from error


def add(path: Path) -> str:
    """Makes a key that is to come; Conflict while another one is, or rows are still being sealed anew. Its id."""
    name = secrets.token_hex(4)

    def with_it(kept: Kept) -> Kept:
        if kept.coming is not None or kept.before:
            raise Conflict("The change of the master key before this one still goes on: hub keys says how far it is.")
        return replace(kept, keys={**kept.keys, name: secrets.token_bytes(LENGTH)}, coming=name)

    _change(path, with_it)
    return name


def take_up(path: Path, now: datetime) -> None:
    """Makes the key that is to come the current one."""

    def taken_up(kept: Kept) -> Kept:
        return kept if kept.coming is None else replace(kept, current=kept.coming, coming=None, since=now)

    _change(path, taken_up)


def retire(path: Path, name: str) -> None:
    """Takes a key out of the file, into one beside it, which is for back-ups from its time and may be deleted."""
    kept = read(path)
    if name not in kept.before:
        return
    with written(path, _fresh(Kept({name: kept.keys[name]}, name))) as gone:
        gone.replace(path.with_name(f"retired-{name}.json"))
    _change(path, lambda kept: replace(kept, keys={one: key for one, key in kept.keys.items() if one != name}))


def _fresh(kept: Kept) -> dict[str, Any]:
    keys = {name: base64.b64encode(key).decode() for name, key in kept.keys.items()}
    said: dict[str, Any] = {"current": kept.current, "keys": keys}
    said |= {"coming": kept.coming} if kept.coming is not None else {}
    return said | ({"since": micros(kept.since)} if kept.since is not None else {})


def _change(path: Path, change: Callable[[Kept], Kept]) -> None:
    """Of two that change it at once, the second changes what the first has left."""
    with _alone(path):
        before = read(path)
        after = change(before)
        if after != before:
            with written(path, _fresh(after)) as new:
                new.replace(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
        # What was renamed is there after a power cut too.
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def written(path: Path, said: Mapping[str, Any]) -> Iterator[Path]:
    """A whole file beside the one that it is for, which only its owner can read."""
    # By chance, for a process may have been killed here and have left its own.
    unfinished = path.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(said, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        yield unfinished
    finally:
        unfinished.unlink(missing_ok=True)
