"""Where in a TOML file each value stands: `tomllib` reads the values but keeps no positions."""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")' r"|'''.*?'{3,5}(?!')" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]+")


class _Walk:
    """Walks a text that `tomllib` has already accepted, so it need not look for mistakes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._elements: dict[Path, int] = {}

    def file(self) -> dict[Path, int]:
        table: Path = ()
        self._blank()
        while self.at < len(self.text):
            if self._next("[["):
                table = self._header("]]")
            elif self._next("["):
                table = self._header("]")
            else:
                self._pair(table)
            self._blank()
        return self.lines

    def _header(self, closing: str) -> Path:
        line = self._line()
        names = self._key()
        self._blank()
        self.at += len(closing)
        path: Path = ()
        for name in names[:-1]:
            path = self._latest((*path, name))
        path = (*path, names[-1])
        if closing == "]]":
            self._elements[path] = self._elements.get(path, -1) + 1
            self.lines.setdefault(path, line)
            path = (*path, self._elements[path])
        self.lines.setdefault(path, line)
        return path

    def _latest(self, path: Path) -> Path:
        return (*path, self._elements[path]) if path in self._elements else path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for name in self._key():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self._blank()
        self.at += 1  # the sign of equality
        self._value(path)

    def _value(self, path: Path) -> None:
        self._blank()
        self.lines.setdefault(path, self._line())
        if self._next("["):
            index = 0
            while not self._closes("]"):
                self._value((*path, index))
                index += 1
        elif self._next("{"):
            while not self._closes("}"):
                self._pair(path)
        else:
            self._take(_STRING) or self._take(_SCALAR)

    def _closes(self, bracket: str) -> bool:
        self._blank()
        if self._next(","):
            self._blank()
        return self._next(bracket)

    def _key(self) -> list[str]:
        names = []
        while True:
            self._blank()
            names.append(_unquoted(self._take(_STRING) or self._take(_BARE_KEY)))
            self._blank()
            if not self._next("."):
                return names

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match.group()

    def _next(self, word: str) -> bool:
        if self.text.startswith(word, self.at):
            self.at += len(word)
            return True
        return False

    def _blank(self) -> None:
        self._take(_BLANK)

    def _line(self) -> int:
        return bisect_right(self._starts, self.at)


def _unquoted(name: str) -> str:
    return next(iter(tomllib.loads(f"{name} = 0"))) if name.startswith(("'", '"')) else name


def lines(text: str) -> Mapping[Path, int]:
    """The line, from 1, of every table, key and element in a valid TOML text."""
    return _Walk(text).file()


def loads(text: str) -> tuple[dict[str, Any], Mapping[Path, int]]:
    """The values of a TOML text and where each of them stands; raises `tomllib.TOMLDecodeError`."""
    # tomllib takes CRLF as a line end; a walk over "\n" alone counts the same lines.
    return tomllib.loads(text), lines(text)
