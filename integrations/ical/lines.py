"""The content lines of an iCalendar file (RFC 5545, 3.1) and the events in it, each with the line where it stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

# What stands inside these belongs to them and not to the event around.
_EVENT = "VEVENT"


class Unreadable(Exception):
    """A line that breaks the format; the text says which and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


@dataclass(frozen=True, slots=True)
class Property:
    """One content line: its value as it is written, and its parameters."""

    value: str
    parameters: Mapping[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class Event:
    """One VEVENT: its properties by name, in the order of the file."""

    line: int
    properties: Mapping[str, Sequence[Property]] = field(default_factory=dict)

    def one(self, name: str) -> Property | None:
        found = self.properties.get(name)
        return found[0] if found else None

    def all(self, name: str) -> Sequence[Property]:
        return self.properties.get(name, ())

    def text(self, name: str) -> str:
        """A TEXT value with its escapes undone; nothing if there is none."""
        found = self.one(name)
        return plain(found.value) if found is not None else ""


def plain(value: str) -> str:
    """A TEXT value (3.3.11) as people read it."""
    if "\\" not in value:
        return value.strip()
    letters = iter(value)
    return "".join(one if one != "\\" else _escaped(next(letters, "")) for one in letters).strip()


def _escaped(letter: str) -> str:
    return "\n" if letter in ("n", "N") else letter


def events(text: str) -> tuple[list[Event], dict[str, str]]:
    """The file's events, and what is said of the calendar as a whole; Unreadable names the line that is wrong."""
    reading = _Reading()
    for number, line in _unfolded(text):
        reading.take(number, *_parted(line, number))
    if reading.within:
        raise Unreadable(text.count("\n") + 1, f"the file ends within {reading.within[-1]}; fetch it whole")
    if not reading.whole:
        # An empty answer must never pass for a calendar in which nobody works.
        raise Unreadable(1, "is no calendar; the file must begin with BEGIN:VCALENDAR and end with its END")
    return reading.found, reading.calendar


class _Reading:
    def __init__(self) -> None:
        self.found: list[Event] = []
        self.calendar: dict[str, str] = {}
        self.within: list[str] = []
        self._properties: dict[str, list[Property]] = {}
        self._began = 0
        self.whole = False

    def take(self, number: int, name: str, parameters: dict[str, str], value: str) -> None:
        if name == "BEGIN":
            self._begin(number, value.upper())
        elif name == "END":
            self._end(number, value.upper())
        elif self.within[-1:] == [_EVENT]:
            self._properties.setdefault(name, []).append(Property(value, parameters, number))
        elif self.within == ["VCALENDAR"]:
            self.calendar[name] = value
        elif not self.within:
            raise Unreadable(number, "stands outside any calendar; the file must begin with BEGIN:VCALENDAR")

    def _begin(self, number: int, what: str) -> None:
        if what == _EVENT:
            self._properties, self._began = {}, number
        self.within.append(what)

    def _end(self, number: int, what: str) -> None:
        if not self.within or self.within.pop() != what:
            raise Unreadable(number, f"END:{what} ends what has not begun; look for a line that is missing")
        if what == _EVENT:
            self.found.append(Event(self._began, self._properties))
        self.whole = self.whole or what == "VCALENDAR"


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """The lines with their continuations joined, each with the number of its first."""
    kept, began = "", 0
    pieces: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")  # noqa: PLW2901 - the line without its end is the line
        if line[:1] in (" ", "\t"):
            pieces.append(line[1:])
            continue
        if kept:
            yield began, kept + "".join(pieces) if pieces else kept
        kept, began, pieces = line, number, []
    if kept:
        yield began, kept + "".join(pieces)


def _parted(line: str, number: int) -> tuple[str, dict[str, str], str]:
    head, colon, value = line.partition(":")
    if '"' in head:
        head, colon, value = _past_quotes(line)
    if not colon:
        raise Unreadable(number, "has no colon; a line reads NAME:value")
    name, *rest = head.split(";") if '"' not in head else _split_parameters(head)
    parameters: dict[str, str] = {}
    for one in rest:
        key, equals, said = one.partition("=")
        if not equals:
            raise Unreadable(number, f'the parameter "{one}" has no value')
        parameters[key.upper()] = said.strip('"')
    return name.upper(), parameters, value


def _past_quotes(line: str) -> tuple[str, str, str]:
    """The line at its first colon that is not within quotes."""
    quoted = False
    for at, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            return line[:at], ":", line[at + 1 :]
    return line, "", ""


def _split_parameters(head: str) -> list[str]:
    parts, quoted = [""], False
    for letter in head:
        if letter == '"':
            quoted = not quoted
        if letter == ";" and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
