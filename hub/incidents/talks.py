"""How long conversations are kept: from their end, by what they are about, and as long as that is held itself."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.citizens import erasestore as citizens
from hub.clock import micros
from hub.errors import NotFound
from hub.incidents import retentionstore, store
from hub.incidents.closing import closing
from hub.incidents.paper import Paper
from hub.incidents.retention import CONVERSATIONS, Due, Ground, Other, Rules, Stage
from hub.incidents.retentionstore import Hold
from hub.incidents.sealing import Seals
from hub.messaging import erasestore
from hub.messaging import store as conversations
from hub.messaging.conversation import About, Conversation
from hub.messaging.frames import subject
from hub.people import access
from hub.people.access import Principal
from hub.people.faults import NotYours, Refused, say
from hub.storage import journal
from hub.storage.database import Database, Reader, Transaction

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Matter:
    """What a conversation is about, as far as that decides how long it stays and who may say so."""

    unit: str | None
    """None where it concerns everybody."""
    holds: Sequence[Hold]
    """The conversation's own, and those of its incident."""
    held: bool
    closed_at: datetime | None
    runs: bool = False
    """Whether its incident is still open."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation in which nothing goes on any more, and how long it is kept."""

    conversation: Conversation
    matter: Matter
    due: Due[Other]


async def matter(tx: Reader, one: Conversation) -> Matter:
    """What a conversation is about, also while it goes on."""
    of, which = one.institution, one.about_id
    holds = await retentionstore.holds(tx, of, subject(one.id))
    if one.about is About.UNIT:
        return Matter(which, holds, bool(holds), None)
    if one.about is About.CITIZEN and which is not None:
        unit, held = await citizens.held(tx, of, which) or (None, False)
        return Matter(unit, holds, held or bool(holds), None)
    incident = await closing(tx, of, which) if one.about is About.INCIDENT and which is not None else None
    if incident is None:
        return Matter(None, holds, bool(holds), None)
    holds += incident.holds
    return Matter(incident.incident.unit, holds, bool(holds), incident.at, runs=incident.at is None)


async def reckoned(tx: Reader, of: str, which: str, rules: Rules) -> Talk | None:
    """How long a conversation is kept; None while something in it or about it goes on, or once it is gone."""
    one = await conversations.find(tx, of, which)
    ended = await erasestore.closed_at(tx, one) if one is not None else None
    if one is None or ended is None:
        return None
    about, sort = await matter(tx, one), CONVERSATIONS[one.about]
    if about.runs:
        return None
    closed = max(ended, about.closed_at or ended)
    handed = sort in await retentionstore.handed(tx, of, subject(which))
    # What was destroyed is nothing that an archive could take.
    written = one.destroyed_at is None
    return Talk(one, about, Due(sort, rules.term(sort, (), closed), closed, written, about.held, handed))


def may_keep(by: Principal, about: Matter) -> bool:
    """Those who manage the institution, or the unit that it is about, whether they may read it or not."""
    return access.administers(by) and access.may_see_unit(by, about.unit)


async def old_enough(database: Database, of: str, until: datetime, rules: Rules) -> AsyncIterator[Talk]:
    """The conversations whose time may be over by then, those that ended first before the others."""
    after: tuple[datetime, str] | None = None
    shortest = rules.book.shortest(*CONVERSATIONS.values())
    while True:
        async with database.read() as tx:
            some = await erasestore.old(tx, of, until - shortest, after, MOST_AT_ONCE)
            found = [await reckoned(tx, of, which, rules) for _, which in some]
        for one in found:
            if one is not None and one.due.at <= until:
                yield one
        if len(some) < MOST_AT_ONCE:
            return
        after = some[-1]


async def erase(tx: Transaction, now: datetime, of: str, which: str, rules: Rules) -> bool:
    """Deletes a conversation that is due, unless that has changed meanwhile; the journal keeps that it was."""
    one = await reckoned(tx, of, which, rules)
    if one is None or one.due.stage(now) is not Stage.DUE:
        return False
    await erasestore.erase(tx, of, which)
    await retentionstore.erase_keeping(tx, of, subject(which))
    facts = {"messages": one.conversation.last, "closed": micros(one.due.closed_at), "by": [grounds(one.due)]}
    await journal.append(tx, of, now, "conversation_erased", subject(which), None, facts)
    return True


async def hold(
    tx: Transaction, by: Principal, now: datetime, seals: Seals, which: str, ground: Ground, why: str
) -> None:
    """Keeps a conversation until somebody lifts it; the reason lies sealed beside its row in the journal."""
    of, name = by.institution, subject(which)
    await _there(tx, by, which)
    entry = await journal.append(tx, of, now, "conversation_held", name, by.name, {"ground": ground.value})
    await retentionstore.hold(tx, of, Hold(name, entry.seq, ground, by.name, now))
    await store.remark(tx, await seals.to_write(tx), of, entry.seq, why)


async def lift(tx: Transaction, by: Principal, now: datetime, seals: Seals, which: str, seq: int, why: str) -> None:
    """Lets a conversation go again, as far as this hold kept it."""
    of, name = by.institution, subject(which)
    await _there(tx, by, which)
    entry = await journal.append(tx, of, now, "conversation_hold_lifted", name, by.name, {"hold": seq})
    if not await retentionstore.lift(tx, of, name, seq, entry.seq):
        raise NotFound("No such hold here, or it is lifted already.")
    await store.remark(tx, await seals.to_write(tx), of, entry.seq, why)


async def hand_over(
    tx: Transaction, by: Principal, now: datetime, seals: Seals, which: str, receipt: str, rules: Rules
) -> None:
    """Confirms that the archive has a conversation, with what the archive called it: now it may be deleted here."""
    of, name = by.institution, subject(which)
    await _there(tx, by, which)
    one = await reckoned(tx, of, which, rules)
    if one is None or one.due.stage(now) is not Stage.ARCHIVE:
        raise Refused(say("This conversation does not wait for the archive: look at it again."))
    entry = await journal.append(tx, of, now, "conversation_archived", name, by.name, {})
    await retentionstore.hand(tx, of, name, one.due.paper, entry.seq)
    await store.remark(tx, await seals.to_write(tx), of, entry.seq, receipt)


async def _there(tx: Reader, by: Principal, which: str) -> None:
    one = await conversations.find(tx, by.institution, which)
    if one is None or not access.may_see_unit(by, (await matter(tx, one)).unit):
        raise NotFound("No such conversation here.")
    if not access.administers(by):
        raise NotYours(say("This is for those who manage the institution: ask one of them."))


def grounds(due: Due[Paper] | Due[Other]) -> dict[str, Any]:
    """By which rules something was kept so long and no longer."""
    rules = [
        [record.id, record.number, period.edition.isoformat(), period.keep.value, period.days]
        for record, period in due.term.grounds
    ]
    return {"paper": due.paper.value, "due": micros(due.at), "archived": due.handed, "rules": rules}
