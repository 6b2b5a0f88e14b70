"""Reading a TOML file that a person wrote: every fault is kept with its line, its key and the mend."""

import difflib
import math
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from hub.errors import FileProblem
from hub.people import tomllines

E = TypeVar("E", bound=StrEnum)

_AT_LINE = re.compile(r"\s*\(at line (\d+), column (\d+)\)")
_NO_SECONDS = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\s*(?:[#,\]]|$|Z|[+-]\d)")


def closest(word: str, known: Collection[str]) -> str:
    """Ends a sentence about an unknown `word`: the one that was probably meant, or those there are."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"write one of {', '.join(known)}." if 0 < len(known) <= 12 else "mend the spelling."


class Problems:
    """What is wrong with one file so far."""

    def __init__(self, name: str, lines: Mapping[tomllines.Path, int]) -> None:
        self.name = name
        self._lines = lines
        self._found: list[tuple[int, str]] = []

    def line(self, path: tomllines.Path) -> int:
        """The line of the value at `path`, or of the nearest table around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def add(self, path: tomllines.Path, text: str) -> None:
        line = self.line(path)
        self._found.append((line, f"{self.name}:{line}: {_spoken(path)}: {text}"))

    def refuse_if_any(self) -> None:
        if self._found:
            raise FileProblem(self.name, [text for _, text in sorted(self._found, key=lambda found: found[0])])


class Section:
    """One table of the file; each question it is asked adds what is wrong with the answer."""

    def __init__(
        self, problems: Problems, values: Mapping[str, Any], path: tomllines.Path, keys: Sequence[str]
    ) -> None:
        self.problems = problems
        self.values = values
        self.path = path
        for key in values:
            if key not in keys:
                self.wrong(key, f"there is no such key; {closest(key, keys)}")

    @property
    def line(self) -> int:
        return self.problems.line(self.path)

    def wrong(self, key: str, text: str) -> None:
        self.problems.add((*self.path, key), text)

    def text(self, key: str) -> str | None:
        """The words at `key`, or None where the key is left out."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(key, 'must be text; write it in quotes, like "…"')
            return None
        if not value.strip() or not value.isprintable() or len(value) > 2_000:
            self.wrong(
                key, "is empty, far too long or holds unprintable characters; write it out, or leave the key out"
            )
            return None
        return value.strip()

    def needed(self, key: str) -> str:
        """The words at `key`, which may not be left out."""
        if key not in self.values:
            self.wrong(key, f'is missing; add {key} = "…"')
        return self.text(key) or ""

    def matching(self, key: str, pattern: re.Pattern[str], mend: str) -> str | None:
        value = self.text(key)
        if value is not None and not pattern.fullmatch(value):
            self.wrong(key, f'"{value}" cannot be used; {mend}')
            return None
        return value

    def choice(self, key: str, kind: type[E]) -> E | None:
        """The one of a fixed set that stands at `key`, which may not be left out."""
        value = self.needed(key)
        if not value:
            return None
        if value in list(kind):
            return kind(value)
        self.wrong(key, f'"{value}" is not a {key}; {closest(value, list(kind))}')
        return None

    def reference(self, key: str, table: str, known: Collection[str]) -> str | None:
        """The id at `key` of something else in the file."""
        value = self.text(key)
        if value is not None and value not in known:
            self.wrong(key, _unknown(value, table, known))
        return value

    def references(self, key: str, table: str, known: Collection[str]) -> tuple[str, ...]:
        """The ids in the list at `key` of other things in the file."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(key, f'must be a list of {table} ids; write {key} = ["…", "…"]')
            return ()
        for index, item in enumerate(value):
            if item not in known:
                self.problems.add((*self.path, key, index), _unknown(item, table, known))
            elif item in value[:index]:
                self.wrong(key, f'"{item}" stands twice; write it once')
        return tuple(value)

    def day(self, key: str) -> date | None:
        """The day at `key`, which may not be left out."""
        value = self.values.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        self.wrong(key, "must be a day; write it without quotes, like 2027-01-01")
        return None

    def flag(self, key: str) -> bool:
        """Whether true stands at `key`; what is left out is false."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.wrong(key, "must be true or false; write it without quotes")
            return False
        return value

    def whole(self, key: str, most: int) -> int | None:
        """A whole number from 0 to `most` at `key`."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            self.wrong(key, f"must be a whole number from 0 to {most}, without quotes")
            return None
        return value

    def fraction(self, key: str) -> float | None:
        """A number from 0 to 1 at `key`."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value) or not 0 <= value <= 1:
            self.wrong(key, f"{value} is not on the floor plan; write a number from 0 to 1, like 0.35")
            return None
        return float(value)


def _spoken(path: tomllines.Path) -> str:
    """A place in words, counted from one: `person 3, units`."""
    words = [str(path[0])]
    for part in path[1:]:
        if isinstance(part, str):
            words.append(part)
        elif len(words) == 1:
            words[0] += f" {part + 1}"
    return ", ".join(words)


def _unknown(value: str, table: str, known: Collection[str]) -> str:
    if not known:
        return f'"{value}" is no {table} here, and the file has none; add a [[{table}]] with this id'
    return f'"{value}" is no {table} here; {closest(value, known)} Or add a [[{table}]] with this id'


class TomlFile:
    """The whole file: its tables, each as a `Section`."""

    def __init__(self, text: str, name: str) -> None:
        try:
            self.values, lines = tomllines.loads(text.removeprefix("\ufeff"))
        except tomllib.TOMLDecodeError as error:
            raise FileProblem(name, [_not_toml(text, name, str(error))]) from None
        except RecursionError:
            raise FileProblem(name, [f"{name}: brackets within brackets, far too deep; write plain tables"]) from None
        self.problems = Problems(name, lines)

    def known_tables(self, tables: Sequence[str]) -> None:
        for key, value in self.values.items():
            if key not in tables:
                brackets = "table" if isinstance(value, dict | list) else "key outside any table"
                self.problems.add((key,), f"there is no such {brackets}; {closest(key, tables)}")

    def one(self, table: str, keys: Sequence[str]) -> Section:
        """The table that the file has exactly one of."""
        value = self.values.get(table)
        if isinstance(value, dict):
            return Section(self.problems, value, (table,), keys)
        mend = f"write it once, as [{table}] with single brackets" if table in self.values else f"add [{table}]"
        self.problems.add((table,), f"{'is not one table' if table in self.values else 'is missing'}; {mend}")
        self.problems.refuse_if_any()
        raise AssertionError("a problem was just added")

    def many(self, table: str, keys: Sequence[str]) -> Iterator[Section]:
        """The tables that the file has any number of."""
        value = self.values.get(table, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.problems.add((table,), f"is not a list of tables; write [[{table}]] with double brackets")
            return
        for index, item in enumerate(value):
            yield Section(self.problems, item, (table, index), keys)


def _not_toml(text: str, name: str, error: str) -> str:
    at = _AT_LINE.search(error)
    reason = _AT_LINE.sub("", error).removesuffix(" (at end of document)")
    rows = text.splitlines()
    line = min(int(at[1]) if at else len(rows), len(rows))
    written = rows[line - 1] if rows else ""
    if _NO_SECONDS.search(written):
        mend = "write a time with seconds, like 2026-11-22T07:00:00"
    elif "overwrite" in reason or "twice" in reason:
        mend = "it stands twice; remove one of the two"
    elif at is None or "nclosed" in reason or "nterminated" in reason or "Illegal character '\\n'" in reason:
        mend = "close the quote or bracket that is open"
    elif "Invalid value" in reason:
        mend = 'write text in quotes, like "…", and numbers without'
    else:
        mend = "mend this line"
    return f"{name}:{line}: {reason}; {mend}"
