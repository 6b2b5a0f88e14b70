"""The table of the lines that each hub holds, so that all of them know who would hear an alarm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Float, Integer, Table, Text, bindparam, delete, select

from hub.clock import instant, micros
from hub.delivery.sockets import Vital
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata

line = Table(
    "line",
    metadata,
    Column("node", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("institution", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("device", Text),
    Column("beat_at", BigInteger, nullable=False),
    Column("battery", Float),
    Column("charging", Integer),
    Column("sound", Text),
    Column("visible", Integer),
    sqlite_with_rowid=False,
)

_KEEP = insert(line)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["node", "id"],
    set_={name: _KEEP.excluded[name] for name in ("beat_at", "battery", "charging", "sound", "visible")},
)
_GONE = delete(line).where(line.c.node == bindparam("of"), line.c.id == bindparam("which"))
_OLD = delete(line).where(line.c.beat_at < bindparam("before"))
_OTHERS = (
    select(line)
    .where(line.c.node != bindparam("of"), line.c.beat_at >= bindparam("since"))
    .order_by(line.c.institution, line.c.person, line.c.beat_at)
)


@dataclass(frozen=True, slots=True)
class Line:
    """One device's connection to one hub, and what it last said of itself."""

    id: str
    institution: str
    person: str
    device: str | None
    vital: Vital


async def keep(tx: Transaction, node: str, lines: Sequence[Line], gone: Sequence[str]) -> None:
    """Writes down what a hub's lines have said, and forgets those that are closed."""
    await tx.run_many(_KEEP, [_values(node, one) for one in sorted(lines, key=lambda one: one.id)])
    await tx.run_many(_GONE, [{"of": node, "which": which} for which in sorted(gone)])


async def forget(tx: Transaction, before: datetime) -> None:
    """Forgets the lines of hubs that were killed: nothing was heard on them since."""
    await tx.run(_OLD, before=micros(before))


async def elsewhere(tx: Reader, node: str, since: datetime) -> list[Line]:
    """The lines that other hubs hold."""
    return [_line(row) for row in await tx.rows(_OTHERS, of=node, since=micros(since))]


def _values(node: str, one: Line) -> dict[str, object]:
    vital = one.vital
    return {
        "node": node,
        "id": one.id,
        "institution": one.institution,
        "person": one.person,
        "device": one.device,
        "beat_at": micros(vital.beat_at),
        "battery": vital.battery,
        "charging": None if vital.charging is None else int(vital.charging),
        "sound": vital.sound,
        "visible": None if vital.visible is None else int(vital.visible),
    }


def _line(row: Row) -> Line:
    vital = Vital(
        instant(row["beat_at"]),
        row["battery"],
        None if row["charging"] is None else bool(row["charging"]),
        row["sound"],
        None if row["visible"] is None else bool(row["visible"]),
    )
    return Line(row["id"], row["institution"], row["person"], row["device"], vital)
