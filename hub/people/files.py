"""The files that set-up reads, and the one in which it hands over new devices' tokens."""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.errors import FileProblem


@dataclass(frozen=True, slots=True)
class TokenFile:
    """A file that can be written, and the tokens it holds from earlier runs.

    A token is told only once, so the file is looked at before set-up: afterwards would be too late.
    """

    path: Path
    earlier: Mapping[str, str]

    @classmethod
    def ready(cls, path: Path) -> "TokenFile":
        """Looks at the file, which need not be there; FileProblem if tokens could not be kept in it."""
        try:
            text = path.read_text("utf-8") if path.exists() else "{}"
            _scratch(path).write_bytes(b"")
            _scratch(path).unlink()
        except (OSError, UnicodeDecodeError) as error:
            raise FileProblem(str(path), [f"{path}: cannot be used for tokens ({error}); name another file"]) from None
        try:
            earlier = json.loads(text)
        except ValueError:
            earlier = None
        if not isinstance(earlier, dict) or not all(isinstance(token, str) for token in earlier.values()):
            raise FileProblem(str(path), [f"{path}:1: is not a token file of the hub; name another, or move it away"])
        return cls(path, earlier)

    def write(self, tokens: Mapping[str, str], devices: Collection[str]) -> None:
        """Replaces the file whole, for its owner alone to read; earlier tokens stay if their devices do."""
        kept = {device: token for device, token in self.earlier.items() if device in devices}
        scratch = _scratch(self.path)
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(kept | dict(tokens), file, ensure_ascii=False, indent=2, sort_keys=True)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(self.path)


def read_bytes(path: Path) -> bytes:
    """What a file holds; FileProblem if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"{path}: cannot be read ({error.strerror}); look at its name and its folder"
    raise FileProblem(str(path), [reason])


def read_text(path: Path) -> str:
    """What a file says, without the mark that some editors put first; FileProblem if it cannot be read."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        reason = f"{path}:{line}: holds letters that are not UTF-8; save the file as UTF-8"
    raise FileProblem(str(path), [reason])


def _scratch(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")
