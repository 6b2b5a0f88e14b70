"""The SQL of links for parties outside: which there are, the code that was sent last, and who is signed in by them."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy import insert as plain_insert

from hub.clock import instant, micros
from hub.messaging.tables import outside_link, outside_session
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction

_ONE = select(outside_link).where(outside_link.c.id == bindparam("which"))
_OF = select(outside_link).where(
    outside_link.c.institution == bindparam("of"),
    outside_link.c.conversation == bindparam("about"),
    outside_link.c.outside == bindparam("who"),
)
_ADD = insert(outside_link).on_conflict_do_nothing()
_CODE = (
    update(outside_link)
    .where(outside_link.c.id == bindparam("which"))
    .values(code=bindparam("hashed"), code_until=bindparam("until"), tries=0)
)
_TRIED = (
    update(outside_link)
    .where(outside_link.c.id == bindparam("which"))
    .values(tries=outside_link.c.tries + 1, wrong=func.coalesce(outside_link.c.wrong, 0) + 1)
)
_PROVED = update(outside_link).where(outside_link.c.id == bindparam("which")).values(code=None, wrong=0)
_SHUT = delete(outside_link).where(outside_link.c.id == bindparam("which"))
_BEGIN = plain_insert(outside_session)
_SESSION = select(outside_session).where(
    outside_session.c.id == bindparam("which"),
    outside_session.c.link == bindparam("of_link"),
    outside_session.c.expires_at > bindparam("now"),
)
_END = delete(outside_session).where(outside_session.c.id == bindparam("which"))
_END_ALL = delete(outside_session).where(outside_session.c.link == bindparam("of_link"))
_SWEEP = delete(outside_session).where(outside_session.c.expires_at <= bindparam("now"))


@dataclass(frozen=True, slots=True)
class Link:
    """Whose link it is, and the code that was sent to them last."""

    id: str
    institution: str
    conversation: str
    outside: str
    code: str | None = field(default=None, repr=False)
    code_until: datetime | None = None
    tries: int = 0
    wrong: int = 0
    """How often a code of it was guessed wrongly since one was right."""


async def find(tx: Reader, which: str) -> Link | None:
    row = await tx.row(_ONE, which=which)
    return _link(row) if row is not None else None


async def of(tx: Transaction, new: Link, now: datetime) -> Link:
    """The link of this party to this conversation: the one that is there, or else the new one."""
    key = {"institution": new.institution, "conversation": new.conversation, "outside": new.outside}
    await tx.run(_ADD, id=new.id, **key, made_at=micros(now), code=None, code_until=None, tries=0, wrong=0)
    return await theirs(tx, new.institution, new.conversation, new.outside) or new


async def theirs(tx: Reader, of: str, conversation: str, outside: str) -> Link | None:
    """The link of this party to this conversation, if one was made that is still open."""
    row = await tx.row(_OF, of=of, about=conversation, who=outside)
    return _link(row) if row is not None else None


async def sent(tx: Transaction, which: str, hashed: str, until: datetime) -> None:
    """A new code was sent: the one before is good no more."""
    await tx.run(_CODE, which=which, hashed=hashed, until=micros(until))


async def tried(tx: Transaction, which: str) -> None:
    """Counts a guess as wrong until it proves right."""
    await tx.run(_TRIED, which=which)


async def proved(tx: Transaction, which: str) -> None:
    """The code was right, and is used up."""
    await tx.run(_PROVED, which=which)


async def shut(tx: Transaction, which: str) -> None:
    """Nobody comes in by this link any more; the next message to its party makes a new one."""
    await end_all(tx, which)
    await tx.run(_SHUT, which=which)


async def begin(tx: Transaction, session: str, link: str, now: datetime, until: datetime) -> None:
    """Somebody has proved who they are; sessions that are over go."""
    await tx.run(_SWEEP, now=micros(now))
    await tx.run(_BEGIN, id=session, link=link, began_at=micros(now), expires_at=micros(until))


async def signed_in(tx: Reader, session: str, link: str, now: datetime) -> bool:
    return await tx.row(_SESSION, which=session, of_link=link, now=micros(now)) is not None


async def end(tx: Transaction, session: str) -> None:
    await tx.run(_END, which=session)


async def end_all(tx: Transaction, link: str) -> None:
    await tx.run(_END_ALL, of_link=link)


def _link(row: Row) -> Link:
    until = instant(row["code_until"]) if row["code_until"] is not None else None
    whose = row["institution"], row["conversation"], row["outside"]
    return Link(row["id"], *whose, row["code"], until, row["tries"], row["wrong"] or 0)
