"""The SQL of urgent messages: which still wait, and who was called to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, bindparam, select, tuple_, update
from sqlalchemy import insert as plain_insert

from hub.clock import instant, micros
from hub.messaging.message import Answered, Message
from hub.messaging.tables import message, urgent_call, urgent_message
from hub.messaging.urgency import Call, Urgent
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction

_KEY = (
    urgent_message.c.institution == bindparam("of"),
    urgent_message.c.conversation == bindparam("which"),
    urgent_message.c.number == bindparam("n"),
)
_ONE = select(urgent_message).where(*_KEY)
_ADD = plain_insert(urgent_message)
_CHANGE = (
    update(urgent_message)
    .where(*_KEY)
    .values(round=bindparam("now_round"), due_at=bindparam("now_due"), closed_at=bindparam("now_closed"))
)
_OPEN = select(urgent_message).where(urgent_message.c.closed_at.is_(None))
_CALLS = select(urgent_call).where(
    urgent_call.c.institution == bindparam("of"),
    urgent_call.c.conversation == bindparam("which"),
    urgent_call.c.number == bindparam("n"),
)
_CALLED = (
    select(urgent_call)
    .where(urgent_call.c.institution == bindparam("of"), urgent_call.c.conversation == bindparam("which"))
    .where(urgent_call.c.answered_at.is_not(None))
    .order_by(urgent_call.c.answered_at)
)
_CALL = insert(urgent_call)
_CALL = _CALL.on_conflict_do_update(
    index_elements=["institution", "conversation", "number", "person"],
    set_={name: _CALL.excluded[name] for name in ("unit", "round", "answered_at")},
)
_FOR = (
    select(urgent_call.c.conversation, urgent_call.c.number)
    .join(
        urgent_message,
        (urgent_message.c.institution == urgent_call.c.institution)
        & (urgent_message.c.conversation == urgent_call.c.conversation)
        & (urgent_message.c.number == urgent_call.c.number),
    )
    .where(
        urgent_message.c.institution == bindparam("of"),
        urgent_message.c.closed_at.is_(None),
        urgent_call.c.person == bindparam("who"),
        urgent_call.c.answered_at.is_(None),
    )
    .order_by(urgent_call.c.conversation, urgent_call.c.number)
)
# The conversations, the messages and all the calls of what somebody was called to and has not answered.
CALLED_IN = _FOR.with_only_columns(urgent_call.c.conversation).order_by(None)


def _of_theirs(table: Table) -> Select[Any]:
    theirs = _FOR.order_by(None)
    here = (table.c.institution == bindparam("of"), tuple_(table.c.conversation, table.c.number).in_(theirs))
    return select(table).where(*here).order_by(table.c.conversation, table.c.number)


MESSAGES, _THEIR_URGENT, _THEIR_CALLS = _of_theirs(message), _of_theirs(urgent_message), _of_theirs(urgent_call)
_WAITING_IN = select(urgent_message).where(*_KEY[:2], urgent_message.c.closed_at.is_(None))
_CALLS_IN = select(urgent_call).where(
    urgent_call.c.institution == bindparam("of"), urgent_call.c.conversation == bindparam("which")
)


@dataclass(frozen=True, slots=True)
class Opened:
    """An urgent message waits from now on: announced so that nobody need poll for it."""

    institution: str


async def find(tx: Reader, of: str, which: str, number: int) -> Urgent | None:
    """One urgent message with its calls, or None."""
    row = await tx.row(_ONE, of=of, which=which, n=number)
    return await _whole(tx, row) if row is not None else None


async def open_everywhere(tx: Reader) -> list[Urgent]:
    """All that still wait for an answer."""
    return [await _whole(tx, row) for row in await tx.rows(_OPEN)]


async def waiting_for(tx: Reader, of: str, person: str) -> list[tuple[str, int]]:
    """The urgent messages that somebody was called to and has not answered."""
    return [(row["conversation"], row["number"]) for row in await tx.rows(_FOR, of=of, who=person)]


async def called(tx: Reader, of: str, person: str) -> dict[tuple[str, int], Urgent]:
    """The same with their calls, by conversation and number."""
    rows = await tx.rows(_THEIR_URGENT, of=of, who=person)
    return _with_calls(rows, await tx.rows(_THEIR_CALLS, of=of, who=person) if rows else ())


async def waiting_in(tx: Reader, of: str, which: str) -> dict[int, Urgent]:
    """The urgent messages of a conversation that still wait for anybody."""
    rows = await tx.rows(_WAITING_IN, of=of, which=which)
    found = _with_calls(rows, await tx.rows(_CALLS_IN, of=of, which=which) if rows else ())
    return {number: one for (_, number), one in found.items()}


async def answered(tx: Reader, of: str, which: str) -> dict[int, list[tuple[str, datetime]]]:
    """Who has answered each urgent message of a conversation."""
    found: dict[int, list[tuple[str, datetime]]] = {}
    for row in await tx.rows(_CALLED, of=of, which=which):
        found.setdefault(row["number"], []).append((row["person"], instant(row["answered_at"])))
    return found


async def answers_to(tx: Reader, of: str, which: str, message: Message) -> tuple[Answered, ...]:
    """Who has taken an urgent message upon them."""
    if not message.urgent:
        return ()
    return tuple(Answered(who, at) for who, at in (await answered(tx, of, which)).get(message.number, []))


async def add(tx: Transaction, new: Urgent) -> None:
    await tx.run(
        _ADD,
        institution=new.institution,
        conversation=new.conversation,
        number=new.number,
        author=new.author,
        round=new.round,
        due_at=None,
        closed_at=None,
    )
    tx.announce(Opened(new.institution))


async def keep(tx: Transaction, one: Urgent) -> None:
    """Writes down how it stands, and the calls that were made or answered."""
    await tx.run(
        _CHANGE,
        of=one.institution,
        which=one.conversation,
        n=one.number,
        now_round=one.round,
        now_due=_micros(one.due_at),
        now_closed=_micros(one.closed_at),
    )
    key = {"institution": one.institution, "conversation": one.conversation, "number": one.number}
    await tx.run_many(
        _CALL,
        [
            {
                **key,
                "person": call.person,
                "unit": call.unit,
                "round": call.round,
                "answered_at": _micros(call.answered_at),
            }
            for call in one.calls
        ],
    )


async def _whole(tx: Reader, row: Row) -> Urgent:
    calls = await tx.rows(_CALLS, of=row["institution"], which=row["conversation"], n=row["number"])
    return _urgent(row, map(_call, calls))


def _with_calls(rows: Sequence[Row], calls: Sequence[Row]) -> dict[tuple[str, int], Urgent]:
    of_each: dict[tuple[str, int], list[Call]] = {}
    for row in calls:
        of_each.setdefault((row["conversation"], row["number"]), []).append(_call(row))
    return {
        name: _urgent(row, of_each.get(name, ())) for row in rows for name in ((row["conversation"], row["number"]),)
    }


def _call(row: Row) -> Call:
    return Call(row["person"], row["unit"], row["round"], _instant(row["answered_at"]))


def _urgent(row: Row, calls: Iterable[Call]) -> Urgent:
    of, which, number = row["institution"], row["conversation"], row["number"]
    due, closed = _instant(row["due_at"]), _instant(row["closed_at"])
    return Urgent(of, which, number, row["author"], row["round"], due, closed, tuple(calls))


def _micros(moment: datetime | None) -> int | None:
    return micros(moment) if moment is not None else None


def _instant(value: int | None) -> datetime | None:
    return instant(value) if value is not None else None
