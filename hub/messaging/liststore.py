"""The SQL of many conversations at once: as few statements for fifty as for one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, bindparam, select

from hub.clock import instant, micros
from hub.messaging import store
from hub.messaging.conversation import Conversation, Kind, Party
from hub.messaging.tables import conversation, conversation_key, conversation_party, message, message_read
from hub.storage.database import Reader

_EVER = 2**62
_OF = conversation.c.institution == bindparam("of")
_THEIRS = (
    select(conversation.c.id)
    .where(
        _OF,
        conversation.c.last_at < bindparam("before"),
        conversation.c.id.in_(
            select(conversation_party.c.conversation).where(
                conversation_party.c.institution == bindparam("of"),
                conversation_party.c.kind == bindparam("kind"),
                conversation_party.c.who == bindparam("who"),
            )
        ),
    )
    .order_by(conversation.c.last_at.desc(), conversation.c.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation with what a list says of it, still sealed."""

    conversation: Conversation
    head: str = field(repr=False)
    wrapped: str | None = field(repr=False)
    """Its key, as the master key wraps it; None once it is destroyed."""
    reached: Mapping[str, int]
    """How far each reader has read."""
    ends: Mapping[int, datetime]
    """When those messages were written that somebody who has left could read last."""


@dataclass(frozen=True, slots=True)
class Wholes:
    """Statements that read many conversations at once: as many of them for fifty as for one."""

    heads: Select[Any]
    parties: Select[Any]
    marks: Select[Any]
    keys: Select[Any]
    ends: Select[Any]

    @classmethod
    def of(cls, ids: Select[Any]) -> "Wholes":
        """Over the conversations that a statement names."""

        def those(table: Table) -> Select[Any]:
            return select(table).where(table.c.institution == bindparam("of"), table.c.conversation.in_(ids))

        left = (
            select(message.c.conversation, message.c.number, message.c.at)
            .join(
                conversation_party,
                (conversation_party.c.institution == message.c.institution)
                & (conversation_party.c.conversation == message.c.conversation)
                & (conversation_party.c.last == message.c.number),
            )
            .where(message.c.institution == bindparam("of"), message.c.conversation.in_(ids))
        )
        return cls(
            select(conversation).where(_OF, conversation.c.id.in_(ids)),
            those(conversation_party).order_by(conversation_party.c.number),
            those(message_read),
            those(conversation_key),
            left,
        )

    async def read(self, tx: Reader, **values: Any) -> dict[str, Kept]:
        """The conversations by their ids."""
        parties: dict[str, list[Party]] = {}
        for row in await tx.rows(self.parties, **values):
            parties.setdefault(row["conversation"], []).append(store.party(row))
        reached: dict[str, dict[str, int]] = {}
        for row in await tx.rows(self.marks, **values):
            reached.setdefault(row["conversation"], {})[row["reader"]] = row["number"]
        ends: dict[str, dict[int, datetime]] = {}
        for row in await tx.rows(self.ends, **values):
            ends.setdefault(row["conversation"], {})[row["number"]] = instant(row["at"])
        keys = {row["conversation"]: row["sealed"] for row in await tx.rows(self.keys, **values)}
        return {
            which: Kept(
                store.whole(row, parties.get(which, ())),
                row["ciphertext"],
                keys.get(which),
                reached.get(which, {}),
                ends.get(which, {}),
            )
            for row in await tx.rows(self.heads, **values)
            for which in (row["id"],)
        }


_WHOLES = Wholes.of(_THEIRS)


async def theirs(tx: Reader, of: str, person: str, units: Collection[str], before: datetime, most: int) -> list[Kept]:
    """The conversations of somebody, and of those on duty in these units, the newest first."""
    found: dict[str, Kept] = {}
    for kind, who in ((Kind.PERSON, person), *((Kind.DUTY, unit) for unit in units)):
        found |= await _WHOLES.read(tx, of=of, kind=kind.value, who=who, before=micros(before), most=most)

    def newest(one: Kept) -> tuple[int, str]:
        last = one.conversation.last_at
        return -micros(last) if last is not None else 0, one.conversation.id

    return sorted(found.values(), key=newest)[:most]


async def with_outside(tx: Reader, of: str, outside: str) -> list[Conversation]:
    """The conversations that a party outside takes part in, or did."""
    found = await _WHOLES.read(tx, of=of, kind=Kind.OUTSIDE.value, who=outside, before=_EVER, most=_EVER)
    return [one.conversation for one in found.values()]
