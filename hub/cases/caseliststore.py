"""The SQL of lists of the register's cases: by number, KLE, citizen, state, unit and time, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, false, or_, select, true, tuple_, union

from hub.cases import casestore
from hub.cases.case import Case, What
from hub.cases.casestore import case_fact, case_file
from hub.cases.registerstore import case_record
from hub.clock import instant, micros
from hub.incidents.sealing import Seal
from hub.kle.kle import SUBJECT
from hub.people.access import Principal
from hub.ports import Progress
from hub.storage.database import Reader

PAGE = 50
_NUMBERED = union(
    select(case_file.c.id).where(case_file.c.institution == bindparam("of"), case_file.c.number == bindparam("own")),
    select(case_file.c.id).where(case_file.c.institution == bindparam("of"), case_file.c.id == bindparam("uuid")),
    select(case_fact.c.case_id).where(
        case_fact.c.institution == bindparam("of"),
        case_fact.c.what == What.ELSEWHERE.value,
        case_fact.c.about == bindparam("mark"),
    ),
    select(case_record.c.id).where(
        case_record.c.institution == bindparam("of"), case_record.c.reference == bindparam("there")
    ),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for; what is left out is not asked."""

    number: str = ""
    """The case's own, its UUID, or the one that it has where it is held."""
    kle: str = ""
    """A number in KLE, or the group that it is of."""
    citizen: str | None = None
    state: Progress | None = None
    unit: str | None = None
    first: datetime | None = None
    end: datetime | None = None
    before: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, and after which the next ones come, if there are any."""

    cases: Sequence[Case]
    after: tuple[datetime, str] | None


async def page(tx: Reader, seal: Seal, by: Principal, asked: Asked, most: int = PAGE) -> Page:
    """The cases of this person's units that were asked for, the newest first."""
    of = by.institution
    query = select(case_file).where(case_file.c.institution == of, _of_their_units(by), *_conditions(asked))
    if asked.number:
        query = query.where(
            or_(false(), *(case_file.c.id == one for one in await numbered(tx, seal, of, asked.number)))
        )
    if asked.before is not None:
        at, which = asked.before
        query = query.where(tuple_(case_file.c.opened_at, case_file.c.id) < (micros(at), which))
    rows = await tx.rows(query.order_by(case_file.c.opened_at.desc(), case_file.c.id.desc()).limit(most + 1))
    found = await casestore.told(tx, seal, of, rows[:most])
    last = rows[most - 1] if len(rows) > most else None
    return Page(found, (instant(last["opened_at"]), last["id"]) if last is not None else None)


async def numbered(tx: Reader, seal: Seal, of: str, written: str) -> list[str]:
    """The ids of what has this number, here or elsewhere."""
    text = written.strip()
    # Our own are written with great letters before the year, and small ones after it.
    own, mark = f"{text[:5].upper()}{text[5:].lower()}", seal.mark(text)
    return [row["id"] for row in await tx.rows(_NUMBERED, of=of, own=own, uuid=text.lower(), mark=mark, there=text)]


def _of_their_units(by: Principal) -> Any:
    units = (case_file.c.unit == unit for unit in by.units)
    return or_(case_file.c.unit.is_(None), *units) if by.units else true()


def _conditions(asked: Asked) -> list[Any]:
    found: list[Any] = []
    if asked.kle:
        # All are written alike, so that a group is a stretch of them; an index finds that, and no pattern.
        below = (SUBJECT - len(asked.kle)) // len(".00")
        group = case_file.c.kle.between(asked.kle + ".00" * below, asked.kle + ".99" * below)
        found.append(group if below else case_file.c.kle == asked.kle)
    if asked.citizen is not None:
        found.append(case_file.c.citizen == asked.citizen)
    if asked.state is not None:
        found.append(case_file.c.state == asked.state.value)
    if asked.unit is not None:
        found.append(case_file.c.unit == asked.unit)
    if asked.first is not None:
        found.append(case_file.c.opened_at >= micros(asked.first))
    if asked.end is not None:
        found.append(case_file.c.opened_at < micros(asked.end))
    return found
