"""The SQL of what goes when its time is over: citizens who have moved out, and risks and openings that are past."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, or_, select

from hub.citizens import riskstore
from hub.citizens.tables import (
    citizen,
    citizen_incident,
    citizen_number,
    citizen_opening,
    citizen_risk,
    citizen_risk_shown,
    citizen_text,
)
from hub.clock import micros
from hub.storage.database import Reader, Transaction

_THEIR_OPENINGS = (citizen_opening.c.institution == citizen.c.institution) & (citizen_opening.c.citizen == citizen.c.id)
_GONE = (
    select(citizen.c.id)
    .where(
        citizen.c.institution == bindparam("of"),
        citizen.c.moved_out_at < bindparam("until"),
        citizen.c.held_at.is_(None),
        ~exists().where(_THEIR_OPENINGS, citizen_opening.c.reviewed_at.is_(None)),
    )
    .order_by(citizen.c.moved_out_at)
    .limit(bindparam("most"))
)
_HELD = select(citizen.c.unit, citizen.c.held_at).where(
    citizen.c.institution == bindparam("of"), citizen.c.id == bindparam("which")
)
_OF_THEM = [
    *(
        delete(table).where(table.c.institution == bindparam("of"), table.c.citizen == bindparam("which"))
        for table in (citizen_text, citizen_number, citizen_incident, citizen_risk, citizen_opening)
    ),
    delete(citizen).where(citizen.c.institution == bindparam("of"), citizen.c.id == bindparam("which")),
]
_PAST = [
    delete(citizen_risk).where(
        citizen_risk.c.institution == bindparam("of"),
        or_(citizen_risk.c.until < bindparam("before"), citizen_risk.c.ended_at < bindparam("before")),
    ),
    delete(citizen_opening).where(
        citizen_opening.c.institution == bindparam("of"), citizen_opening.c.reviewed_at < bindparam("before")
    ),
]
_SHOWN = delete(citizen_risk_shown).where(
    citizen_risk_shown.c.institution == bindparam("of"), citizen_risk_shown.c.at < bindparam("before")
)


async def gone(tx: Reader, of: str, until: datetime, most: int) -> list[str]:
    """Those who moved out before then, whom nobody holds, and of whom no opened card waits for a word."""
    return [row["id"] for row in await tx.rows(_GONE, of=of, until=micros(until), most=most)]


async def held(tx: Reader, of: str, which: str) -> tuple[str, bool] | None:
    """The unit of somebody who is here or not long gone, and whether what is known of them is held."""
    row = await tx.row(_HELD, of=of, which=which)
    return (row["unit"], row["held_at"] is not None) if row is not None else None


async def erase(tx: Transaction, of: str, those: Sequence[str]) -> None:
    """Deletes all that is known of these citizens."""
    for which in those:
        for statement in _OF_THEM:
            await tx.run(statement, of=of, which=which)
    if those:
        await riskstore.moved(tx, of)


async def erase_past(tx: Transaction, of: str, until: datetime) -> int:
    """Deletes the risks that ended before then and the openings that were looked at; how many there were."""
    count = sum([await tx.run(statement, of=of, before=micros(until)) for statement in _PAST])
    await tx.run(_SHOWN, of=of, before=micros(until))
    return count
