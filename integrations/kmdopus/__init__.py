"""People and units out of KMD OPUS, as its XML file for other systems tells them; person numbers are not kept."""

from datetime import date
from xml.parsers import expat

from hub.errors import FileProblem
from hub.ports import OutsidePerson, OutsideUnit, PeopleTold
from integrations.strangexml import guarded_parser

LARGEST = 256 * 1024 * 1024
LONGEST_TEXT = 200
MOST_PROBLEMS = 100
DEEPEST = 8
# An employment that never came to be.
CANCELLED = "annulleret"
# All that is read of a record; what is not named here, the person number first of all, is passed over unread.
WANTED = {"longName", "parentOrgUnit", "endDate", "firstName", "lastName", "orgUnit", "isManager", "leaveDate"} | {
    "workContractText"
}
RECORDS = ("orgUnit", "employee")


class _Forbidden(Exception):
    """The file holds what is used to harm whoever reads it."""


def read(content: bytes, name: str, today: date) -> PeopleTold:
    """The file's employees and units; FileProblem if it is no such file, or holds a DTD or entities."""
    if len(content) > LARGEST:
        raise FileProblem(name, [f"{name}: is {len(content) >> 20} MiB large, more than {LARGEST >> 20}; divide it"])
    reading = _Reading(name, today)
    try:
        reading.parser.Parse(content, True)
    except expat.ExpatError as fault:
        why = expat.errors.messages.get(fault.code, "no XML") if hasattr(expat.errors, "messages") else "no XML"
        raise FileProblem(name, [f"{name}:{fault.lineno}: cannot be read ({why}); fetch it whole"]) from None
    except _Forbidden as fault:
        raise FileProblem(name, [f"{name}:{reading.parser.CurrentLineNumber}: {fault}"]) from None
    if not reading.is_opus:
        raise FileProblem(name, [f"{name}:1: is no file of KMD OPUS; it begins with <kmd>"])
    return PeopleTold(reading.people, reading.units, reading.gone, reading.problems)


class _Reading:
    def __init__(self, name: str, today: date) -> None:
        self.name = name
        self.today = today
        self.is_opus = False
        self.people: list[OutsidePerson] = []
        self.units: dict[str, OutsideUnit] = {}
        self.gone: list[str] = []
        self.problems: list[str] = []
        self._path: list[str] = []
        self._record: dict[str, str] = {}
        self._line = 0
        parser = self.parser = guarded_parser(None, _Forbidden)
        parser.StartElementHandler = self._begins
        parser.EndElementHandler = self._ends
        parser.CharacterDataHandler = self._says

    def _begins(self, element: str, attributes: dict[str, str]) -> None:
        if not self._path:
            self.is_opus = element == "kmd"
        elif len(self._path) == 1 and element in RECORDS:
            self._record = {f"@{key}": value for key, value in attributes.items()}
            self._line = self.parser.CurrentLineNumber
        self._path.append(element)
        if len(self._path) > DEEPEST:
            raise _Forbidden("elements within elements, far too deep")

    def _says(self, text: str) -> None:
        if len(self._path) == 3 and self._path[2] in WANTED and self._path[1] in RECORDS:
            said = self._record.get(self._path[2], "") + text
            self._record[self._path[2]] = said[: LONGEST_TEXT + 1]

    def _ends(self, element: str) -> None:
        self._path.pop()
        if len(self._path) != 1 or element not in RECORDS or not self.is_opus:
            return
        record = {key: value.strip() for key, value in self._record.items()}
        if len(self.problems) < MOST_PROBLEMS and (why := _wrong(element, record)) is not None:
            self.problems.append(f"{self.name}:{self._line}: {element}: {why}")
        elif element == "orgUnit":
            self._unit(record)
        else:
            self._employee(record)

    def _unit(self, record: dict[str, str]) -> None:
        key = record["@id"]
        self.units[key] = OutsideUnit(key, record.get("longName", key), record.get("parentOrgUnit") or None)

    def _employee(self, record: dict[str, str]) -> None:
        if record.get("@action") == "leave":
            self.gone.append(record["@id"])
            return
        ended = record.get("workContractText", "").casefold() == CANCELLED or self._over(record.get("leaveDate", ""))
        self.people.append(
            OutsidePerson(
                place=f"{self.name}:{self._line}",
                id=record["@id"],
                name=f"{record.get('firstName', '')} {record.get('lastName', '')}".strip(),
                unit=record.get("orgUnit", ""),
                leads=record.get("isManager") == "true",
                ended=ended,
            )
        )

    def _over(self, written: str) -> bool:
        return bool(written) and date.fromisoformat(written) < self.today


def _wrong(element: str, record: dict[str, str]) -> str | None:
    """What keeps a record from being used."""
    key = record.get("@id", "")
    if not (key.isascii() and key.isdigit() and len(key) <= 20):
        return f"the id {key[:40]!r} is no number"
    if any(len(value) > LONGEST_TEXT or not value.isprintable() for value in record.values()):
        return "a text is far too long, or holds what cannot be printed"
    if element == "employee" and record.get("@action") not in (None, "leave"):
        return f"the action {record['@action'][:40]!r} is none that is known"
    if element == "employee" and "@action" not in record:
        if not record.get("lastName"):
            return "lastName is missing"
        try:
            date.fromisoformat(record.get("leaveDate") or "2000-01-01")
        except ValueError:
            return "leaveDate is no date"
    return None
