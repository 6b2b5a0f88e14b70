"""Read a TOML file that a person wrote: every fault at once, each with its line, its key and the mend."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from hub.errors import FileProblem

Path = tuple[str | int, ...]
"""Where a value stands, tables by name and list entries by number from 0: `("kinds", "alarm", "steps", 1, "tell")`."""


class Sheet:
    """One file: what it says, on which line each key stands, and the faults found so far."""

    def __init__(self, text: str, name: str) -> None:
        text = text.removeprefix("\ufeff").replace("\r\n", "\n")  # as Windows editors save it
        self.name = name
        self.problems: list[tuple[int, str]] = []
        try:
            self.values: dict[str, Any] = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # also a number of 5,000 digits, and brackets without end
            raise FileProblem(name, [_unreadable(name, text, error)]) from None
        self._lines: dict[Path, int] = {}
        self._text = text

    def top(self) -> "Table":
        return Table(self, (), self.values)

    def problem(self, path: Path, what: str) -> None:
        """Note a fault at this place; a key that is missing stands where its table begins."""
        if not self._lines:
            self._lines = lines_of(self._text) | {(): 1}
        near = path
        while near not in self._lines:
            near = near[:-1]
        line = self._lines[near]
        where = f"{spoken(path)}: " if path else ""
        self.problems.append((line, f"{self.name}:{line}: {where}{' '.join(what.split())}"))

    def refuse_if_faulty(self) -> None:
        if self.problems:
            raise FileProblem(self.name, [text for _, text in sorted(self.problems, key=lambda problem: problem[0])])


class Table:
    """One table of the file; a value of the wrong type is noted as a fault, and the default stands in for it."""

    def __init__(self, sheet: Sheet, path: Path, values: Mapping[str, Any]) -> None:
        self.sheet = sheet
        self.path = path
        self.values = values

    def problem(self, key: str, what: str) -> None:
        self.sheet.problem((*self.path, key), what)

    def only(self, *known: str) -> None:
        """Refuse every key that is not one of these: a mistyped key must not be dropped in silence."""
        for key in self.values:
            if key not in known:
                self.problem(key, f"there is no such key here; {meant(key, known)}")

    def whole(self, key: str, default: int | None, least: int, most: int, what: str) -> int:
        """A whole number between the two; without a default the key must be there."""
        value = self.values.get(key, default)
        if value is None:
            self.problem(key, f"is missing; write {key} = a whole number of {what}")
        elif type(value) is not int:  # True is an int to Python, not to a shift leader
            self.problem(
                key, f"{shown(value)} is no whole number; write {what} as digits alone, from {least} to {most}"
            )
        elif not least <= value <= most:
            self.problem(key, f"is {value}; write {what} from {least} to {most}")
        else:
            return value
        return least if default is None else default

    def yes(self, key: str) -> bool:
        value = self.values.get(key, False)
        if isinstance(value, bool):
            return value
        self.problem(key, f"{shown(value)} is neither true nor false; write {key} = true, or take the key away")
        return False

    def text(self, key: str, default: str = "") -> str:
        value = self.values.get(key, default)
        if isinstance(value, str):
            return value
        self.problem(key, f'{shown(value)} is no text; write it in quotes: {key} = "…"')
        return default

    def texts(self, key: str, default: tuple[str, ...] | None) -> tuple[str, ...]:
        """A list of texts, not empty; without a default the key must be there. A fault gives an empty list."""
        value = self.values.get(key, default)
        if value is None:
            self.problem(key, f'is missing; write {key} = ["…"]')
        elif not isinstance(value, list | tuple) or not all(isinstance(entry, str) for entry in value):
            self.problem(key, f'{shown(value)} is no list of texts; write {key} = ["…", "…"]')
        elif not value:
            self.problem(key, "is empty; name at least one")
        else:
            return tuple(value)
        return ()

    def table(self, key: str) -> "Table | None":
        """The table under this key, if it is there and is one."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, dict):
            return Table(self.sheet, (*self.path, key), value)
        header = ".".join(str(part) for part in (*self.path, key))
        self.problem(key, f"{shown(value)} is no table; write [{header}] on a line of its own and its keys below")
        return None

    def tables(self, key: str) -> "list[Table]":
        """The tables of a list such as `[[kinds.alarm.steps]]`, in the order of the file."""
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
            return [Table(self.sheet, (*self.path, key, n), entry) for n, entry in enumerate(value)]
        header = ".".join(str(part) for part in (*self.path, key))
        self.problem(key, f"{shown(value)} is no list of tables; write [[{header}]], in double brackets, above each")
        return []


def meant(word: str, known: Collection[str]) -> str:
    """The mend for a word that is not one of those known: the nearest of them, else all of them."""
    near = get_close_matches(word.lower(), known, n=1)
    return f'did you mean "{near[0]}"?' if near else f"write one of: {', '.join(known)}"


def shown(value: object) -> str:
    """A value as the file's writer would know it again, cut short."""
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else text[:37] + "…"


def spoken(path: Path) -> str:
    """A place in words: `kinds.alarm, step 2, next_after`; people count from one."""
    said = ""
    for part in path:
        if isinstance(part, int):
            table, _, entries = said.rpartition(".")
            said = f"{table}, {entries.removesuffix('s')} {part + 1}, "
        else:
            said += part if not said or said.endswith(", ") else f".{part}"
    return said.strip(", ")


def lines_of(text: str) -> dict[Path, int]:
    """On which line each key and table of a valid TOML text begins; tomllib itself keeps no positions."""
    found: dict[Path, int] = {}
    entries: dict[Path, int] = {}
    table: Path = ()
    statement: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        statement.append(line)
        try:
            said = tomllib.loads("\n".join(statement))
        except tomllib.TOMLDecodeError:
            continue  # a list or a text that goes on below: a statement is whole as soon as it can be read alone
        begun = number - len(statement) + 1
        if statement[0].lstrip().startswith("["):
            table = _entered(said, entries)
            places: Iterator[Path] = (table[:depth] for depth in range(1, len(table) + 1))
        else:
            places = _places(said, table)
        for place in places:
            found.setdefault(place, begun)
        statement = []
    return found


def _entered(header: dict[str, Any], entries: dict[Path, int]) -> Path:
    """The place a header opens; `entries` counts those of each list, for a header always speaks of the newest."""
    path: Path = ()
    rest: Any = header
    while rest:
        [(key, rest)] = rest.items()
        path = (*path, key)
        if rest == [{}]:
            entries[path] = entries.get(path, 0) + 1
            rest = None
        if path in entries:
            path = (*path, entries[path] - 1)
    return path


def _places(value: Any, path: Path) -> Iterator[Path]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in below:
        yield (*path, key)
        yield from _places(entry, (*path, key))


def _unreadable(name: str, text: str, error: Exception) -> str:
    said = str(error)
    at = re.search(r" \(at line (\d+), column \d+\)", said)
    line = int(at[1]) if at else len(text.rstrip().split("\n"))
    what = re.sub(r" \(at [^)]*\)", "", said).partition(":")[0]
    if re.search("twice|overwrite|mutate", what):
        mend = "it is here already; keep one of them, and write [[double brackets]] above each entry of a list"
    else:
        mend = "look here, or on the line above, for a quote, a bracket or an = that is missing"
    key = text.split("\n")[line - 1].partition("=")[0].strip() or "the end of the file"
    return f"{name}:{line}: {shown(key)}: cannot be read ({what}); {mend}"
