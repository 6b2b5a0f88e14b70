"""What each alarm that is over amounted to, one narrow row each, and the sums that statistics are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
)

from hub.alarms.alarm import WATCH
from hub.alarms.outcome import FalseBecause
from hub.clock import micros
from hub.incidents.amounts import Amount, Came
from hub.incidents.figures import FollowedUp, Months, Spread, Steps, Why, why_false
from hub.incidents.incident import Outcome
from hub.incidents.paper import Kind
from hub.incidents.store import mask
from hub.incidents.tables import incident, incident_alarm, incident_task
from hub.storage.both import insert
from hub.storage.database import Reader, Transaction, metadata

alarm_amount = Table(
    "alarm_amount",
    metadata,
    Column("institution", Text, nullable=False),
    Column("month", Integer, nullable=False),
    Column("alarm", Text, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("unit", Text),
    Column("place", Text),
    Column("kind", Text, nullable=False),
    Column("drill", Integer, nullable=False),
    Column("came", Text, nullable=False),
    Column("outcome", Text),
    Column("withdrawn", Integer, nullable=False),
    Column("heard", BigInteger),
    Column("answered", BigInteger),
    Column("arrived", BigInteger),
    Column("unanswered", Integer, nullable=False),
    Column("empty", Integer, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("false_because", Text),
    PrimaryKeyConstraint("institution", "month", "alarm"),
    sqlite_with_rowid=False,
)
# How far the journal has been counted.
alarm_amount_cursor = Table(
    "alarm_amount_cursor",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

_PUT = insert(alarm_amount)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["institution", "month", "alarm"],
    set_={one.name: _PUT.excluded[one.name] for one in alarm_amount.c if not one.primary_key},
)
_REACHED = select(alarm_amount_cursor)
_REACH = insert(alarm_amount_cursor)
_REACH = _REACH.on_conflict_do_update(index_elements=["institution"], set_={"seq": _REACH.excluded.seq})
_FORGET = delete(alarm_amount).where(alarm_amount.c.institution == bindparam("of"))
_FORGET_REACHED = delete(alarm_amount_cursor).where(alarm_amount_cursor.c.institution == bindparam("of"))


async def put(tx: Transaction, amounts: Sequence[Amount]) -> None:
    """Keeps what these amounted to; once more changes nothing."""
    flags = ("drill", "withdrawn")
    await tx.run_many(
        _PUT,
        [
            {column.name: getattr(one, column.name) for column in alarm_amount.c}
            | {name: int(getattr(one, name)) for name in flags}
            | {"came": one.came.value}
            for one in amounts
        ],
    )


async def reached(tx: Reader) -> dict[str, int]:
    """How far each institution's journal has been counted."""
    return {row["institution"]: row["seq"] for row in await tx.rows(_REACHED)}


async def reach(tx: Transaction, of: str, seq: int) -> None:
    await tx.run(_REACH, institution=of, seq=seq)


async def forget(tx: Transaction, of: str) -> None:
    """Lets go of all that was counted: it is counted again from the journal."""
    await tx.run(_FORGET, of=of)
    await tx.run(_FORGET_REACHED, of=of)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is counted: an institution's months, all units or only these and what happened nowhere in particular."""

    of: str
    months: Months
    units: tuple[str, ...] = ()
    nowhere: bool = True

    def conditions(self) -> list[ColumnElement[bool]]:
        amount = alarm_amount.c
        return [
            amount.institution == self.of,
            amount.month >= self.months.first,
            amount.month <= self.months.last,
            *self.in_units(amount.unit),
        ]

    def in_units(self, unit: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        if not self.units:
            return []
        return [or_(*(unit == one for one in self.units), *([unit.is_(None)] if self.nowhere else []))]


N = func.count().label("n")


def _grouped(chosen: Chosen, *columns: Any, where: Sequence[Any] = ()) -> Select[Any]:
    return select(*columns, N).where(*chosen.conditions(), *where).group_by(*columns)


async def moments(tx: Reader, chosen: Chosen) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]]:
    """By day of the week and hour: alarms, and drills."""
    amount = alarm_amount.c
    found: tuple[dict[tuple[int, int], int], ...] = ({}, {})
    for row in await tx.rows(_grouped(chosen, amount.drill, amount.weekday, amount.hour)):
        found[row["drill"]][row["weekday"], row["hour"]] = row["n"]
    return found[0], found[1]


async def by(tx: Reader, chosen: Chosen, column: str) -> tuple[dict[Any, int], dict[Any, int]]:
    """By the values of one column: alarms, and drills."""
    found: tuple[dict[Any, int], ...] = ({}, {})
    for row in await tx.rows(_grouped(chosen, alarm_amount.c.drill, alarm_amount.c[column])):
        found[row["drill"]][row[column]] = row["n"]
    return found[0], found[1]


async def spreads(tx: Reader, chosen: Chosen, column: str) -> tuple[Spread, Spread]:
    """How long something took in alarms, and in drills; a watch asks for nobody before it becomes one."""
    took = alarm_amount.c[column]
    lines: tuple[list[tuple[int, int]], ...] = ([], [])
    never = [0, 0]
    grouped = _grouped(chosen, alarm_amount.c.drill, took, where=[alarm_amount.c.kind != WATCH])
    for row in await tx.rows(grouped):
        if row[column] is None:
            never[row["drill"]] = row["n"]
        else:
            lines[row["drill"]].append((row[column], row["n"]))
    return Spread(tuple(sorted(lines[0])), never[0]), Spread(tuple(sorted(lines[1])), never[1])


async def steps(tx: Reader, chosen: Chosen) -> tuple[Steps, Steps]:
    """How many steps were over before enough were coming: in alarms, and in drills."""
    amount = alarm_amount.c
    again, nobody = (func.sum(case((one > 0, 1), else_=0)) for one in (amount.reopened, amount.empty))
    columns = (amount.drill, amount.unanswered)
    query = select(*columns, N, again.label("again"), nobody.label("nobody")).where(*chosen.conditions())
    rows = await tx.rows(query.group_by(*columns))
    found = []
    for drill in (0, 1):
        here = [row for row in rows if row["drill"] == drill]
        past = {row["unanswered"]: row["n"] for row in here}
        found.append(Steps(past, sum(int(row["again"]) for row in here), sum(int(row["nobody"]) for row in here)))
    return found[0], found[1]


async def outcomes(tx: Reader, chosen: Chosen) -> tuple[dict[Outcome | None, int], dict[Why, int]]:
    """What came of the alarms, as their records say now; and how those came about that were false."""
    amount = alarm_amount.c
    joined = alarm_amount.outerjoin(
        incident_alarm,
        and_(incident_alarm.c.institution == amount.institution, incident_alarm.c.alarm == amount.alarm),
    ).outerjoin(
        incident,
        and_(incident.c.institution == incident_alarm.c.institution, incident.c.id == incident_alarm.c.incident),
    )
    outcome = func.coalesce(incident.c.outcome, amount.outcome).label("what")
    # A record that says nothing of it any more says so on purpose.
    because = case((incident.c.id.is_not(None), incident.c.false_because), else_=amount.false_because).label("because")
    columns = (outcome, amount.came, amount.withdrawn, because)
    query = select(*columns, N).select_from(joined).where(*chosen.conditions(), amount.drill == 0).group_by(*columns)
    found: dict[Outcome | None, int] = {}
    why: dict[Why, int] = {}
    for row in await tx.rows(query):
        what = Outcome(row["what"]) if row["what"] is not None else None
        found[what] = found.get(what, 0) + row["n"]
        if what is Outcome.FALSE:
            said = FalseBecause(row["because"]) if row["because"] else None
            reason = why_false(Came(row["came"]), said, withdrawn=bool(row["withdrawn"]))
            why[reason] = why.get(reason, 0) + row["n"]
    return found, why


def _happened(chosen: Chosen, begins: datetime, ends: datetime) -> list[ColumnElement[bool]]:
    return [
        incident.c.institution == chosen.of,
        incident.c.happened_at >= micros(begins),
        incident.c.happened_at < micros(ends),
        *chosen.in_units(incident.c.unit),
    ]


async def violence(tx: Reader, chosen: Chosen, begins: datetime, ends: datetime) -> dict[Kind, int]:
    """How many records tell of each kind of violence and threat."""
    alone = incident.c.joined_to.is_(None)
    query = select(incident.c.kinds, N).where(*_happened(chosen, begins, ends), alone).group_by(incident.c.kinds)
    rows = await tx.rows(query)
    return {kind: sum(row["n"] for row in rows if row["kinds"] & mask([kind])) for kind in Kind}


async def followed_up(
    tx: Reader, chosen: Chosen, begins: datetime, ends: datetime, now: datetime
) -> dict[str, FollowedUp]:
    """What became of the tasks of what happened then."""
    task = incident_task.c
    became = case(
        (task.how == "waived", "waived"),
        (and_(task.how == "done", task.closed_at <= task.due_at), "in_time"),
        (task.how == "done", "late"),
        (task.due_at <= micros(now), "overdue"),
        else_="ahead",
    ).label("became")
    joined = incident_task.join(
        incident, and_(incident.c.institution == task.institution, incident.c.id == task.incident)
    )
    query = select(task.what, became, N).select_from(joined).where(*_happened(chosen, begins, ends))
    query = query.where(or_(task.how.is_(None), task.how != "lapsed")).group_by(task.what, became)
    found: dict[str, dict[str, int]] = {}
    for row in await tx.rows(query):
        found.setdefault(row["what"], {})[row["became"]] = row["n"]
    return {what: FollowedUp(**became) for what, became in sorted(found.items())}
