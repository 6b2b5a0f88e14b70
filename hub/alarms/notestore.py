"""What people wrote about alarms, and how it goes: the alarm itself, and all that was proved of it, stays."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select, update

from hub.alarms.store import alarm
from hub.clock import micros
from hub.storage import boundtexts, journal
from hub.storage.database import Reader, Transaction

_OF = alarm.c.institution == bindparam("of")
_WRITTEN = or_(alarm.c.note.is_not(None), alarm.c.resolved_note.is_not(None))
_DRILLS = (
    select(alarm.c.id)
    .where(_OF, alarm.c.drill == 1, alarm.c.resolved_at <= bindparam("until"), _WRITTEN)
    .order_by(alarm.c.id)
    .limit(bindparam("most"))
)
_FORGET = update(alarm).where(_OF, alarm.c.id == bindparam("which"), _WRITTEN).values(note=None, resolved_note=None)


async def drills_with_notes(tx: Reader, of: str, until: datetime, most: int) -> Sequence[str]:
    """The drills that were over by then and that anything is written about."""
    return [row["id"] for row in await tx.rows(_DRILLS, of=of, until=micros(until), most=most)]


async def erase_notes(tx: Transaction, of: str, which: str) -> int:
    """Deletes what was written about an alarm, with the salts that its rows in the journal were made with."""
    await tx.run(_FORGET, of=of, which=which)
    rows = [entry.seq for entry in await journal.about(tx, of, which) if boundtexts.BOUND in entry.facts]
    return sum([await boundtexts.erase(tx, of, seq) for seq in rows])
