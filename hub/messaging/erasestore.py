"""The SQL of what goes when its time is over: conversations, drafts, and parties whom nobody writes to any more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, func, literal_column, or_, select, tuple_

from hub.citizens import riskstore
from hub.clock import instant, micros
from hub.messaging import attachmentstore, draftstore, notice
from hub.messaging.conversation import HUB, Conversation, Kind
from hub.messaging.sharing import Passing
from hub.messaging.tables import (
    conversation,
    conversation_key,
    conversation_party,
    mailbox_came,
    mailbox_sent,
    message,
    message_draft,
    message_onward,
    message_read,
    outside_link,
    outside_party,
    outside_session,
    sharing_basis,
    urgent_call,
    urgent_message,
)
from hub.storage import outbox
from hub.storage.database import Reader, Transaction

_last = func.coalesce(conversation.c.last_at, conversation.c.opened_at)
_OLD = (
    select(conversation.c.id, _last.label("last"))
    .where(
        conversation.c.institution == bindparam("of"),
        _last <= bindparam("until"),
        tuple_(_last, conversation.c.id) > tuple_(bindparam("at"), bindparam("after")),
    )
    .order_by(_last, conversation.c.id)
    .limit(bindparam("most"))
)
_RUNS: Select[Any] = select(literal_column("1")).where(
    or_(
        *(
            exists().where(
                table.c.institution == bindparam("of"), table.c.conversation == bindparam("which"), still_runs
            )
            for table, still_runs in (
                (urgent_message, urgent_message.c.closed_at.is_(None)),
                (message_onward, message_onward.c.state == Passing.WAITING.value),
                (mailbox_sent, mailbox_sent.c.due_at.is_not(None)),
            )
        )
    )
)
_SHARED = select(sharing_basis.c.until, sharing_basis.c.withdrawn_at).where(
    sharing_basis.c.institution == bindparam("of"), sharing_basis.c.conversation == bindparam("which")
)
_URGENT = select(urgent_message.c.number).where(
    urgent_message.c.institution == bindparam("of"), urgent_message.c.conversation == bindparam("which")
)
_THEIR_LINKS = (outside_link.c.institution == bindparam("of"), outside_link.c.conversation == bindparam("which"))
_ALL_OF_IT = (
    delete(outside_session).where(outside_session.c.link.in_(select(outside_link.c.id).where(*_THEIR_LINKS))),
    *(
        delete(table).where(table.c.institution == bindparam("of"), table.c.conversation == bindparam("which"))
        for table in (
            *(outside_link, urgent_call, urgent_message, message_read, message_onward, sharing_basis),
            *(mailbox_sent, mailbox_came, message, conversation_party, conversation_key),
        )
    ),
    delete(conversation).where(conversation.c.institution == bindparam("of"), conversation.c.id == bindparam("which")),
)
_OLD_DRAFTS = delete(message_draft).where(
    message_draft.c.institution == bindparam("of"), message_draft.c.at <= bindparam("until")
)
# What was refused or only acknowledged came into no conversation that it could go with.
_OLD_POST = delete(mailbox_came).where(
    mailbox_came.c.institution == bindparam("of"),
    mailbox_came.c.conversation.is_(None),
    mailbox_came.c.at <= bindparam("until"),
)
_THERE = exists().where(
    conversation_party.c.institution == outside_party.c.institution,
    conversation_party.c.kind == Kind.OUTSIDE.value,
    conversation_party.c.who == outside_party.c.id,
)
_OVER = or_(outside_party.c.removed_at <= bindparam("now"), outside_party.c.ends_at <= bindparam("now"))
_LONG_OVER = or_(outside_party.c.removed_at <= bindparam("until"), outside_party.c.ends_at <= bindparam("until"))
_LEFT = (
    select(outside_party.c.id)
    .where(
        outside_party.c.institution == bindparam("of"),
        # Whoever only ever wrote to us is known by what they wrote.
        or_(_LONG_OVER, ~_THERE & or_(_OVER, outside_party.c.registered_by == HUB)),
    )
    .order_by(outside_party.c.id)
    .limit(bindparam("most"))
)
_FORGET_PARTY = delete(outside_party).where(
    outside_party.c.institution == bindparam("of"), outside_party.c.id == bindparam("which")
)


async def old(
    tx: Reader, of: str, until: datetime, after: tuple[datetime, str] | None, most: int
) -> list[tuple[datetime, str]]:
    """The conversations in which nothing was written after then, the oldest first, from one of them on."""
    at, which = (micros(after[0]), after[1]) if after is not None else (0, "")
    rows = await tx.rows(_OLD, of=of, until=micros(until), at=at, after=which, most=most)
    return [(instant(row["last"]), row["id"]) for row in rows]


async def closed_at(tx: Reader, one: Conversation) -> datetime | None:
    """Since when nothing goes on in it: its last message, or the end of what it was shared on; None while it does."""
    if one.destroyed_at is not None:
        return one.destroyed_at
    if await tx.row(_RUNS, of=one.institution, which=one.id) is not None:
        return None
    shared = await tx.rows(_SHARED, of=one.institution, which=one.id)
    ends = [instant(row["until"] if row["withdrawn_at"] is None else row["withdrawn_at"]) for row in shared]
    return max([one.last_at or one.opened_at, *ends])


async def erase(tx: Transaction, of: str, which: str) -> None:
    """Destroys a conversation's key and deletes all that lies under it; its files are loose, and go with those."""
    urgent = [row["number"] for row in await tx.rows(_URGENT, of=of, which=which)]
    for about in (notice.about(which), *(notice.about(which, number) for number in urgent)):
        await outbox.erase(tx, of, about)
    await attachmentstore.let_go(tx, of, which)
    await draftstore.forget_all(tx, of, which)
    await riskstore.forget_conversation(tx, of, which)
    for statement in _ALL_OF_IT:
        await tx.run(statement, of=of, which=which)


async def erase_drafts(tx: Transaction, of: str, until: datetime) -> int:
    """Deletes the drafts that nobody has touched since; how many there were."""
    return await tx.run(_OLD_DRAFTS, of=of, until=micros(until))


async def erase_post(tx: Transaction, of: str, until: datetime) -> int:
    """Deletes what is remembered of documents that came by then and into no conversation; how many there were."""
    return await tx.run(_OLD_POST, of=of, until=micros(until))


async def gone(tx: Reader, of: str, now: datetime, until: datetime, most: int) -> list[str]:
    """Parties outside whom nobody writes to, and who are in no conversation any more or have been gone for so long."""
    return [row["id"] for row in await tx.rows(_LEFT, of=of, now=micros(now), until=micros(until), most=most)]


async def forget(tx: Transaction, of: str, those: Sequence[str]) -> None:
    """Deletes who these parties outside were, and where they were written to."""
    await tx.run_many(_FORGET_PARTY, [{"of": of, "which": which} for which in those])
