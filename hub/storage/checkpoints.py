"""Checkpoints: what a journal was at a moment, as a short signed text to be kept where the hub cannot reach it."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson
from sqlalchemy import BigInteger, Column, Table, Text, bindparam, func, select

from hub.clock import instant, micros, rfc3339
from hub.storage import journal, proofkeys
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata
from hub.storage.journal import Verdict
from hub.storage.merkle import Peaks

ORIGIN = f"{proofkeys.NAME}/"
_NOTES = re.compile(rf"^{ORIGIN}\S+\n(?:[^\n]+\n)+\n(?:— \S+ \S+\n)+", re.MULTILINE)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("peaks", Text, nullable=False),
    Column("note", Text, nullable=False),
    sqlite_with_rowid=False,
)

_OF = checkpoint.c.institution == bindparam("of")
_ALL = select(checkpoint).where(_OF).order_by(checkpoint.c.number)
_AFTER = _ALL.where(checkpoint.c.number > bindparam("seen")).limit(bindparam("most"))
_NEWEST = select(checkpoint).where(_OF).order_by(checkpoint.c.number.desc()).limit(1)
_LAST = (func.max(checkpoint.c.number).label("n"), func.max(checkpoint.c.at).label("at"))
_EACH = select(checkpoint.c.institution, *_LAST).group_by(checkpoint.c.institution)
_FIRST_OVER = _ALL.where(checkpoint.c.seq >= bindparam("reached")).limit(1)
_ADD = insert(checkpoint).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint as the hub keeps it: `peaks` lets the next go on without reading what this one covers."""

    institution: str
    number: int
    size: int
    seq: int
    at: datetime
    peaks: tuple[bytes, ...]
    note: str

    @property
    def chain(self) -> str:
        """The hash of the newest row that it covers."""
        claim = read(self.note)
        return claim.said.get("chain", "") if claim is not None else ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the text of a checkpoint says."""

    institution: str
    size: int
    root: bytes
    said: Mapping[str, str]

    @property
    def name(self) -> str:
        return f"checkpoint {self.said.get('number')} of {self.said.get('time')}"


def written(of: str, number: int, tree: Peaks, reached: tuple[int, str], at: datetime, lines: Sequence[str]) -> str:
    """The text that is signed, in the form of a C2SP checkpoint: each line says one thing, and ends with a line's end.

    `reached` is the newest row that it covers and that row's hash.
    """
    root, (seq, chain) = base64.b64encode(tree.root()).decode(), reached
    head = [ORIGIN + of, str(tree.size), root, f"number {number}", f"row {seq}", f"chain {chain}"]
    return "".join(f"{line}\n" for line in [*head, f"time {rfc3339(at)}", *lines])


def read(note: str) -> Claim | None:
    """What a note says; None if it is no checkpoint."""
    origin, *rest = note.partition("\n\n")[0].split("\n")
    try:
        size, root = int(rest[0]), base64.b64decode(rest[1], validate=True)
    except (IndexError, ValueError, binascii.Error):
        return None
    said = dict(line.partition(" ")[::2] for line in rest[2:])
    return Claim(origin.removeprefix(ORIGIN), size, root, said) if origin.startswith(ORIGIN) else None


def notes_in(text: str) -> list[str]:
    """The checkpoints in a text, such as a mail."""
    return _NOTES.findall(text.replace("\r\n", "\n").rstrip() + "\n")


def is_of(note: str, institution: str) -> bool:
    claim = read(note)
    return claim is not None and claim.institution == institution


async def newest(tx: Reader, institution: str) -> Checkpoint | None:
    row = await tx.row(_NEWEST, of=institution)
    return _checkpoint(row) if row is not None else None


async def newest_of_each(tx: Reader) -> dict[str, tuple[int, datetime]]:
    """The number of every institution's newest checkpoint, and when it was made."""
    return {row["institution"]: (row["n"], instant(row["at"])) for row in await tx.rows(_EACH)}


async def after(tx: Reader, institution: str, number: int, most: int) -> list[Checkpoint]:
    """Those after the one of that number, at most so many."""
    return [_checkpoint(row) for row in await tx.rows(_AFTER, of=institution, seen=number, most=most)]


async def first_over(tx: Reader, institution: str, seq: int) -> Checkpoint | None:
    """The first that covers the row."""
    row = await tx.row(_FIRST_OVER, of=institution, reached=seq)
    return _checkpoint(row) if row is not None else None


async def notes(tx: Reader, institution: str) -> list[str]:
    """The text of every one, the oldest first."""
    return [row["note"] for row in await tx.rows(_ALL, of=institution)]


async def add(tx: Transaction, new: Checkpoint) -> bool:
    """Writes a checkpoint down; False if another hub has made one of this number."""
    values = {
        "institution": new.institution,
        "number": new.number,
        "size": new.size,
        "seq": new.seq,
        "at": micros(new.at),
        "peaks": orjson.dumps([peak.hex() for peak in new.peaks]).decode(),
        "note": new.note,
    }
    return await tx.run(_ADD, **values) > 0


async def verify(tx: Reader, institution: str, against: Sequence[str] = ()) -> Verdict:
    """Follows the whole chain, and holds against it every checkpoint here, and those that were kept elsewhere."""
    witness = _Witness(institution, await proofkeys.texts(tx), await tx.rows(_ALL, of=institution), against)
    verdict = await journal.verify(tx, institution, witness.sees)
    return replace(verdict, fault=verdict.fault or witness.rest(), checkpoints=witness.confirmed)


class _Witness:
    """Grows the tree beside the chain, row by row, and compares it where a checkpoint says what it was."""

    def __init__(self, institution: str, keys: Mapping[str, str], kept: Sequence[Row], against: Sequence[str]) -> None:
        self.confirmed = 0
        self._tree, self._seq = Peaks(), 0
        self._faults: list[str] = []
        claims: list[tuple[Claim, str | None]] = []
        for number, row in enumerate(kept, 1):
            claim = read(row["note"])
            if row["number"] != number:
                self._faults.append(f"checkpoint {number} was removed")
                break
            if claim is None or not _says(claim, row):
                self._faults.append(f"checkpoint {number} was altered")
            elif not proofkeys.signers_of(row["note"], keys):
                self._faults.append(f"checkpoint {number} is not signed with a key of this hub")
            else:
                claims.append((claim, row["peaks"]))
        for note in against:
            claim = read(note)
            if claim is None or claim.institution != institution or not proofkeys.signers_of(note, keys):
                self._faults.append("a checkpoint that was kept elsewhere is not one that this hub signed")
            else:
                claims.append((claim, None))
        self._claims = sorted(claims, key=lambda one: one[0].size, reverse=True)
        self._sure = 0

    def sees(self, seq: int, link: str) -> str | None:
        """The next row that the chain holds; what is wrong if a checkpoint was signed over another."""
        self._tree.add(bytes.fromhex(link))
        self._seq = seq
        while self._claims and self._claims[-1][0].size <= self._tree.size:
            claim, peaks = self._claims.pop()
            if (claim.size, claim.root) != (self._tree.size, self._tree.root()):
                return (
                    f"row {self._sure + 1} or a later one, up to row {seq}, was altered and the chain made anew: "
                    f"{claim.name} was signed over others"
                )
            if peaks is not None and peaks != orjson.dumps([peak.hex() for peak in self._tree.peaks]).decode():
                self._faults.append(f"{claim.name} was altered")
            self._sure = seq
            self.confirmed += 1
        return None

    def rest(self) -> str | None:
        """What is wrong when all rows have been seen."""
        if self._faults:
            return self._faults[0]
        if self._claims:
            claim, _ = self._claims[0]
            return f"row {self._seq + 1} was removed: {claim.name} reached row {claim.said.get('row')}"
        return None


def _says(claim: Claim, row: Row) -> bool:
    """Whether the text says what its row's columns do."""
    told = (claim.institution, claim.size, claim.said.get("number"), claim.said.get("row"), claim.said.get("time"))
    try:
        at = rfc3339(instant(row["at"]))
    except OverflowError:
        return False
    return told == (row["institution"], row["size"], str(row["number"]), str(row["seq"]), at)


def _checkpoint(row: Row) -> Checkpoint:
    return Checkpoint(
        row["institution"],
        row["number"],
        row["size"],
        row["seq"],
        instant(row["at"]),
        tuple(bytes.fromhex(peak) for peak in orjson.loads(row["peaks"])),
        row["note"],
    )
