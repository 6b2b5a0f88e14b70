"""A form as somebody filled it in: each question it is asked adds what is wrong with the answer."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from hub.people.faults import FieldProblem, Text, say
from hub.people.localtime import read_day, read_moment
from hub.people.setup import EMAIL, SHORTEST_PASSWORD, phone_number

E = TypeVar("E", bound=StrEnum)

LONGEST = 200
LONGEST_REASON = 500
LONGEST_NUMBER = 19


class Entry:
    """The fields of one form, and the faults found in them so far."""

    def __init__(self, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        self.fields = fields or {}
        self.faults: dict[str, Text] = {}
        self.overtaken = False
        """Whether somebody else has changed the same meanwhile."""

    def __bool__(self) -> bool:
        """Whether anything was filled in at all."""
        return bool(self.fields)

    @property
    def seen(self) -> int | None:
        """How far the journal had come when the form was shown, if it says so."""
        number = self.raw("seen")
        return int(number) if number.isdecimal() and len(number) < LONGEST_NUMBER else None

    def wrong(self, key: str, text: Text) -> None:
        self.faults.setdefault(key, text)

    def refuse_if_faulty(self) -> None:
        if self.faults:
            raise FieldProblem(self.faults)

    def raw(self, key: str, otherwise: str = "") -> str:
        """What stands in the field; what the form did not have is as it was."""
        return self.fields[key][0] if self.fields.get(key) else otherwise

    def all(self, key: str) -> tuple[str, ...]:
        return tuple(self.fields.get(key, ()))

    def text(self, key: str, longest: int = LONGEST) -> str | None:
        """The words in the field, or None where it was left empty."""
        value = self.raw(key).strip()
        if not value:
            return None
        if len(value) > longest:
            self.wrong(key, say("This is {n} characters too long: shorten it.", n=len(value) - longest))
            return None
        if not value.isprintable():
            self.wrong(key, say("This holds characters that cannot be shown: write it anew."))
            return None
        return value

    def needed(self, key: str, mend: Text, longest: int = LONGEST) -> str:
        """The words in the field, which may not be left empty."""
        value = self.text(key, longest)
        if value is None:
            self.wrong(key, mend)
        return value or ""

    def lines(self, key: str) -> list[str]:
        """The lines of a larger field that have anything on them."""
        lines = [line.strip() for line in self.raw(key).splitlines() if line.strip()]
        if any(len(line) > LONGEST or not line.isprintable() for line in lines):
            self.wrong(key, say("One of the lines is too long or cannot be shown: write it anew."))
        return lines

    def whole(self, key: str, most: int) -> int | None:
        """The whole number in the field, or None where it was left empty."""
        value = self.text(key)
        if value is None:
            return None
        if not value.isascii() or not value.isdigit() or len(value) > len(str(most)) or int(value) > most:
            self.wrong(key, say("Write a whole number from 0 to {n}, or nothing.", n=most))
            return None
        return int(value)

    def day(self, key: str, *, needed: bool = False) -> date | None:
        """The day in the field, or None where it was left empty."""
        written = self.raw(key).strip()
        try:
            return read_day(written) if written or needed else None
        except ValueError:
            self.wrong(key, say("Write a day, such as 2026-11-22."))
            return None

    def moment(self, key: str, zone: ZoneInfo) -> datetime | None:
        """The moment in the field, which may not be left empty, by the clocks of the institution."""
        try:
            return read_moment(self.raw(key), zone)
        except ValueError:
            self.wrong(key, say("Write a day and a time, such as 2026-11-22 23:30."))
            return None

    def choice(self, key: str, kind: type[E]) -> E | None:
        return kind(self.raw(key)) if self._known(key, list(kind)) else None

    def one_of(self, key: str, known: Collection[str]) -> str | None:
        """The one that was chosen in the field, or None where nothing was."""
        if not self.raw(key):
            return None
        return self.raw(key) if self._known(key, known) else None

    def some_of(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        chosen = tuple(dict.fromkeys(self.all(key)))
        if any(one not in known for one in chosen):
            self.wrong(key, say("One of these is not there any more: choose again."))
        return chosen

    def phone(self, key: str) -> str | None:
        written = self.text(key)
        number = phone_number(written) if written is not None else None
        if written is not None and number is None:
            self.wrong(key, say("This cannot be called: write it like 12 34 56 78."))
        return number

    def email(self, key: str) -> str | None:
        written = self.text(key)
        if written is not None and not EMAIL.fullmatch(written):
            self.wrong(key, say("This is no e-mail address: write one like jette@solgaarden.dk."))
            return None
        return written.lower() if written else None

    def password(self, key: str) -> str:
        given = self.raw(key)
        if len(given) < SHORTEST_PASSWORD:
            self.wrong(key, say("Write at least {n} characters.", n=SHORTEST_PASSWORD))
        elif len(given) > LONGEST:
            self.wrong(key, say("This is {n} characters too long: shorten it.", n=len(given) - LONGEST))
        return given

    def why(self, *, needed: bool = True) -> str | None:
        """The reason, which is kept beside the change in the journal."""
        reason = self.text("why", LONGEST_REASON)
        if needed and reason is None:
            self.wrong("why", say("Write why, so that others can understand it afterwards."))
        return reason

    def _known(self, key: str, known: Collection[str]) -> bool:
        if self.raw(key) in known:
            return True
        self.wrong(key, say("Choose one from the list."))
        return False
