"""What a stand-in has taken and what it owes, in a file: killed at any moment, it goes on where it was."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from clients.standins.said import Asked, Object

AGAIN = "again"


class Books:
    """Lines that are only ever added; whoever opens the file anew knows what the last one knew."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    def took(self, one: Object, asked: Asked) -> None:
        # What lets somebody in is for nobody to keep.
        headers = {name: asked.headers[name] for name in ("soapaction", "content-type") if name in asked.headers}
        said = {"method": asked.method, "path": asked.path, "headers": headers, "body": asked.body.decode()}
        self._write({"took": asdict(one), "asked": said})

    def brought(self, transaction: str) -> None:
        self._write({"brought": transaction})

    def noted(self, what: str) -> None:
        self._write({"noted": what})

    def _write(self, line: dict[str, object]) -> None:
        # In one write: a kill leaves all of a line or none.
        self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def close(self) -> None:
        self._file.close()


def lines(path: Path) -> Iterator[dict[str, object]]:
    if path.exists():
        for line in path.read_bytes().split(b"\n"):
            if line:
                yield json.loads(line)


def taken(path: Path) -> list[Object]:
    """All that was taken, in its order: what was taken twice stands there twice."""
    return [Object(**line["took"]) for line in lines(path) if isinstance(line.get("took"), dict)]  # type: ignore[arg-type]


def asked(path: Path) -> Iterator[Asked]:
    """The requests by which all that was taken came, for whoever takes it anew."""
    for line in lines(path):
        said = line.get("asked")
        if isinstance(said, dict):
            yield Asked(said["method"], said["path"], said["headers"], said["body"].encode())


def owed(path: Path) -> list[Object]:
    """What was taken, and of which not every receipt was brought."""
    told = {str(line["brought"]) for line in lines(path) if "brought" in line}
    return [one for one in taken(path) if one.transaction not in told]


def notes(path: Path) -> Counter[str]:
    """What else was noted, and how often."""
    return Counter(str(line["noted"]) for line in lines(path) if "noted" in line)
