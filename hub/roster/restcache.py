"""What rosters break of the rest rules, kept in memory: looked for anew only for those whose shifts have changed."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.people.cache import LARGEST, with_newest
from hub.people.site import Site
from hub.people.store import versions
from hub.roster import absencestore, reststore, store
from hub.roster.rest import Breach, RestBook, breaches, month_of
from hub.roster.restfile import rest_book
from hub.roster.resting import Resting
from hub.storage.database import Database, Reader, Row

_PIECE = timedelta(days=10)
_SHIFT = ("id", "version", "starts", "ends", "unit", "duty", "source")
_ABSENCE = ("id", "version", "starts", "ends", "unit", "source")

Rows = tuple[list[Row], list[Row]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the shifts of some months break, as the roster was at a version."""

    seen: tuple[int, int] | None
    basis: tuple[str | None, str]
    """The institution's own rules, and its clocks."""
    book: RestBook
    people: Mapping[str, tuple[int, Sequence[Breach]]]
    """By person: a sum of their shifts and absences, and what these break."""


class RestCache:
    """The breaches of each institution's months; each use is checked against the versions in the database."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._kept: dict[str, _Kept] = {}

    async def resting(
        self, database: Database, site: Site, first: datetime, end: datetime, people: Collection[str]
    ) -> Resting:
        """The breaches of these people between two moments, found beside the event loop."""
        institution, zone = site.institution.id, ZoneInfo(site.institution.timezone)
        # Whole months, so that every week of one is answered by the same.
        months = month_of(first, zone), month_of(end, zone, 1)
        key = " ".join((institution, *(one.isoformat() for one in months)))
        before, rows = self._kept.get(key), None
        async with database.read() as tx:
            seen = await versions(tx, institution)
            basis = await reststore.OWN_RULES.text(tx, institution), zone.key
            accepted = await reststore.deviations(tx, institution)
            if before is not None and before.basis != basis:
                before = None
            book = before.book if before is not None else rest_book(basis[0])
            if before is None or before.seen != seen:
                rows = await _rows(tx, institution, book, *months)
        kept = before
        if rows is not None:
            theirs = await asyncio.to_thread(_looked, rows, book, zone, before.people if before is not None else {})
            kept = _Kept(seen, basis, book, theirs)
            self._kept = with_newest(self._kept, key, kept, self._largest)
        found = [one for who in people for one in (kept.people.get(who, (0, ()))[1] if kept is not None else ())]
        near = sorted(
            (one for one in found if one.starts < end and one.ends > first),
            key=lambda one: (one.ends, one.person, one.rule),
        )
        return Resting(site, book, near, accepted)


async def _rows(tx: Reader, institution: str, book: RestBook, first: datetime, end: datetime) -> dict[str, Rows]:
    """Everybody's shifts and absences of these months, and of as many around them as the rules count over."""
    longest = max(terms.months for one in book.agreements.values() for terms in one.terms) * timedelta(days=31)
    after, before = first - longest, end + longest
    theirs: dict[str, Rows] = {}
    while after < before:
        until = min(after + _PIECE, before)
        # Very many: between two pieces of them the loop goes on.
        for row in await store.rows(tx, institution, after, until):
            theirs.setdefault(row["person"], ([], []))[0].append(row)
        after = until
    for row in await absencestore.rows(tx, institution, first - longest, before):
        if row["person"] in theirs:
            theirs[row["person"]][1].append(row)
    return theirs


def _looked(
    rows: Mapping[str, Rows], book: RestBook, zone: ZoneInfo, before: Mapping[str, tuple[int, Sequence[Breach]]]
) -> dict[str, tuple[int, Sequence[Breach]]]:
    found: dict[str, tuple[int, Sequence[Breach]]] = {}
    for person, (worked, away) in rows.items():
        said = hash((_said(worked, _SHIFT), _said(away, _ABSENCE)))
        if person in before and before[person][0] == said:
            found[person] = before[person]
            continue
        # A shift over the edge of two pieces was read with both.
        shifts = {row["id"]: row for row in worked}
        of_shifts = [store.shift_of(row) for row in shifts.values()]
        of_absences = [absencestore.absence_of(row) for row in away]
        found[person] = said, breaches(person, book.of(person), of_shifts, of_absences, zone)
    return found


def _said(rows: Iterable[Row], columns: Sequence[str]) -> tuple[object, ...]:
    return tuple(row[column] for row in rows for column in columns)
