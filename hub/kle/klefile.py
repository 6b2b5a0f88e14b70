"""Reading the files that KL publishes KLE in, XML and CSV: taken whole, or refused with every fault and its mend."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from xml.parsers import expat

from hub.errors import FileProblem
from hub.kle.kle import FACET, GROUP, MAIN_GROUP, NUMBER, SUBJECT, Edition, Entry, Keep, Plan

LARGEST = 64 * 1024 * 1024
LONGEST_TEXT = 500
MOST_PROBLEMS = 50
DEEPEST = 24
ROOT = "KLE-Emneplan"
LENGTHS = {"Hovedgruppe": MAIN_GROUP, "Gruppe": GROUP, "Emne": SUBJECT}
COLUMNS = {
    "number": ("emnenr", "nummer", "kle", "kle-nummer", "handlingsfacetnr", "facet"),
    "title": ("titel", "emnetitel", "handlingsfacettitel"),
    "uuid": ("uuid",),
    "keep": ("bevaring", "bevaringskode", "bevaringjaevnfoerarkivloven"),
    "delete": ("slet", "sletning", "slettefrist", "sletningjaevnfoerpersondataloven"),
    "retired": ("udgået", "udgaaet", "udgaaetdato"),
    "replaced": ("afløst af", "afloestaf"),
}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DURATION = re.compile(r"P(?:([0-9]{1,3})Y)?(?:([0-9]{1,6})D)?")
# K5 and K10 are how long a matter is kept too, where the file says nothing else of that.
_KEEPS = {"B": (Keep.KEEP, None), "K": (Keep.DISCARD, None), "K5": (Keep.DISCARD, 1825), "K10": (Keep.DISCARD, 3650)}
_UNKNOWN_KEEP = "tom"


@dataclass(slots=True)
class _Row:
    """One number as the file writes it."""

    line: int
    said: dict[str, str] = field(default_factory=dict)
    replaced: list[str] = field(default_factory=list)
    level: str = ""


class _Forbidden(Exception):
    """The file holds what is used to harm whoever reads it."""


def read(content: bytes, name: str, published: date | None) -> tuple[Plan, Edition]:
    """A file's numbers; `published` is the edition's day where the file does not say it, as a CSV file never does."""
    if len(content) > LARGEST:
        raise FileProblem(name, [f"{name}: is more than {LARGEST >> 20} MiB; export the plan without its guidance"])
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        day, rows = _xml(content, name)
        if published is not None and published != day:
            raise FileProblem(name, [f"{name}:1: is the edition of {day}, not of {published}; leave --edition out"])
    else:
        if published is None:
            raise FileProblem(name, [f"{name}:1: a CSV file does not say of when it is; add --edition 2025-05-01"])
        day, rows = published, _csv(content, name)
    return _checked(rows, name, day)


def _checked(rows: Sequence[_Row], name: str, published: date) -> tuple[Plan, Edition]:
    problems: list[str] = []
    entries: dict[str, Entry] = {}
    for row in rows:
        faults, entry = _understood(row)
        if entry is not None and entry.number in entries:
            faults.append(f"{entry.number} stands twice; keep one of the two")
        problems += [f"{name}:{row.line}: {fault}" for fault in faults]
        if entry is not None:
            entries[entry.number] = entry
    plans = {Plan.FACETS if FACET.fullmatch(one) else Plan.SUBJECTS for one in entries}
    if not rows:
        problems.append(f"{name}:1: holds no number of KLE; fetch the file again")
    elif len(plans) > 1:
        problems.append(f"{name}:1: holds subjects and action facets; divide it into a file of each")
    if problems:
        more = [f"{name}: and {len(problems) - MOST_PROBLEMS} more like these"] if len(problems) > MOST_PROBLEMS else []
        raise FileProblem(name, problems[:MOST_PROBLEMS] + more)
    return plans.pop(), Edition(published, entries)


def _understood(row: _Row) -> tuple[list[str], Entry | None]:
    faults: list[str] = []
    number, title = row.said.get("number", ""), row.said.get("title", "")
    if not (NUMBER.fullmatch(number) or (not row.level and FACET.fullmatch(number))):
        faults.append(f'"{number[:20]}" is no number of KLE; write it like 87.15.00')
    elif row.level and len(number) != LENGTHS[row.level]:
        faults.append(f'"{number}" is no number of a {row.level}; see which level it belongs to')
    if not title or len(title) > LONGEST_TEXT or not title.isprintable():
        faults.append(f"{number[:20]}: the title is missing, far too long or unprintable; write it on one line")
    uuid = row.said.get("uuid", "").lower() or None
    if uuid is not None and not _UUID.fullmatch(uuid):
        faults.append(f'{number[:20]}: "{uuid[:40]}" is no UUID; leave it out, or write its 36 characters')
    keep, days = _kept(row, number, faults)
    retired = _day(row.said.get("retired", ""), number, faults)
    faults += [
        f'{number[:20]}: is replaced by "{one[:20]}", which is no number; write it like 81.29.01'
        for one in row.replaced
        if not NUMBER.fullmatch(one)
    ]
    if faults:
        return faults, None
    return [], Entry(number, title, uuid, keep, days, retired, tuple(row.replaced))


def _kept(row: _Row, number: str, faults: list[str]) -> tuple[Keep | None, int | None]:
    said, written = row.said.get("keep", ""), row.said.get("delete", "")
    keep, days = _KEEPS.get(said, (None, None))
    if said and keep is None and said != _UNKNOWN_KEEP:
        faults.append(f'{number[:20]}: "{said[:20]}" says nothing of keeping it; write B, K, K5, K10 or tom')
    if written:
        found = _DURATION.fullmatch(written)
        if found is None or not any(found.groups()):
            faults.append(f'{number[:20]}: "{written[:20]}" is no period; write it in days, like P1825D')
        else:
            days = int(found[1] or 0) * 365 + int(found[2] or 0)
    return keep, days


def _day(written: str, number: str, faults: list[str]) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        faults.append(f'{number[:20]}: "{written[:20]}" is no day; write it like 2025-05-01')
        return None


# --- CSV


def _csv(content: bytes, name: str) -> list[_Row]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise FileProblem(name, [f"{name}:{line}: holds letters that are not UTF-8; save the file as UTF-8"]) from None
    head = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(keepends=True), delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        return list(_lines(reader, name))
    except csv.Error as fault:
        raise FileProblem(name, [f"{name}:{reader.line_num}: cannot be read ({fault}); export it again"]) from None


def _lines(reader: Iterator[list[str]], name: str) -> Iterator[_Row]:
    heads = [head.strip().casefold() for head in next(reader, [])]
    places = {key: next((heads.index(one) for one in known if one in heads), None) for key, known in COLUMNS.items()}
    missing = [COLUMNS[key][0] for key in ("number", "title") if places[key] is None]
    if missing:
        raise FileProblem(name, [f"{name}:1: has no column {' and none '.join(missing)}; name it so on the first line"])
    for line, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        said = {key: cells[at].strip() for key, at in places.items() if at is not None and at < len(cells)}
        yield _Row(line, said, said.get("replaced", "").replace(",", " ").split())


# --- XML


def _xml(content: bytes, name: str) -> tuple[date, list[_Row]]:
    reading = _Reading()
    parser = reading.parser
    try:
        parser.Parse(content, True)
    except expat.ExpatError as fault:
        why = expat.errors.messages.get(fault.code, "no XML")
        raise FileProblem(name, [f"{name}:{fault.lineno}: cannot be read ({why}); fetch it whole"]) from None
    except _Forbidden as fault:
        raise FileProblem(name, [f"{name}:{parser.CurrentLineNumber}: {fault}"]) from None
    if not reading.is_plan:
        raise FileProblem(name, [f"{name}:1: is no plan of KL's; it begins with <{ROOT}>"])
    faults: list[str] = []
    day = _day(reading.published, "UdgivelsesDato", faults)
    if day is None:
        why = faults[0] if faults else "says not of when it is; add <UdgivelsesDato>"
        raise FileProblem(name, [f"{name}:1: {why}"])
    return day, reading.rows


def _refuse(why: str) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise _Forbidden(why)

    return refuse


class _Reading:
    """Takes of KL's XML what the hub keeps: numbers, titles, how long they are kept, and what became of them."""

    def __init__(self) -> None:
        self.is_plan = False
        self.published = ""
        self.rows: list[_Row] = []
        self._path: list[str] = []
        self._open: list[_Row] = []
        self._text = ""
        parser = self.parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._begins
        parser.EndElementHandler = self._ends
        parser.CharacterDataHandler = self._says
        # Without a DTD there are no entities, and so none that unfold without end or read this machine's files.
        parser.StartDoctypeDeclHandler = _refuse("holds a DTD; no plan of KL's does, and this one is not read")
        parser.EntityDeclHandler = _refuse("declares an entity; no plan of KL's does, and this one is not read")
        parser.ExternalEntityRefHandler = _refuse("points at another file; none is read")  # type: ignore[assignment]

    def _begins(self, element: str, _attributes: dict[str, str]) -> None:
        if not self._path:
            self.is_plan = element == ROOT
        self._path.append(element)
        self._text = ""
        if len(self._path) > DEEPEST:
            raise _Forbidden("elements within elements, far too deep")
        if element in LENGTHS:
            row = _Row(self.parser.CurrentLineNumber, level=element)
            self._open.append(row)
            self.rows.append(row)

    def _says(self, text: str) -> None:
        self._text = (self._text + text)[: LONGEST_TEXT + 1]

    def _ends(self, element: str) -> None:
        self._path.pop()
        inside, text = self._path[-1] if self._path else "", self._text.strip()
        self._text = ""
        if element in LENGTHS:
            self._open.pop()
        elif (inside, element) == (ROOT, "UdgivelsesDato"):
            self.published = text
        elif self._open:
            self._keeps(inside, element, text)

    def _keeps(self, inside: str, element: str, text: str) -> None:
        row = self._open[-1]
        names = {
            f"{row.level}Nr": "number",
            f"{row.level}Titel": "title",
            "UUID": "uuid",
            "BevaringJaevnfoerArkivloven": "keep",
            "SletningJaevnfoerPersondataloven": "delete",
        }
        if inside == row.level and element in names:
            row.said[names[element]] = " ".join(text.split())
        elif element in {"UdgaaetDato", "FlyttetDato"}:
            row.said["retired"] = text
        elif inside == "AfloestAf":
            row.replaced.append(text)
