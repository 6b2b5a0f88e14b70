"""The SQL of mailboxes: how often what of ours has gone, and what has come before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy import insert as plain_insert

from hub.clock import instant, micros
from hub.messaging.mailbox import Seen
from hub.messaging.outside import Way
from hub.messaging.sending import Sending, State
from hub.messaging.store import bound_to
from hub.messaging.tables import mailbox_came, mailbox_sent
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction
from hub.storage.vault import Vault

_SENT_BY = select(mailbox_sent).where(
    mailbox_sent.c.institution == bindparam("of"),
    mailbox_sent.c.conversation == bindparam("which"),
    mailbox_sent.c.number == bindparam("n"),
    mailbox_sent.c.outside == bindparam("whom"),
)
_SENT = select(mailbox_sent).where(mailbox_sent.c.header == bindparam("header"))
_SENT_IN = (
    select(mailbox_sent.c.institution, mailbox_sent.c.place)
    .where(mailbox_sent.c.thread == bindparam("thread"))
    .limit(1)
)
_SENDS = plain_insert(mailbox_sent)
_MOVING = ("sends", "sent_at", "due_at", "handed", "state")
_MOVE = (
    update(mailbox_sent)
    .where(
        mailbox_sent.c.institution == bindparam("of"),
        mailbox_sent.c.header == bindparam("which"),
        mailbox_sent.c.sends == bindparam("seen"),
        mailbox_sent.c.state == bindparam("was"),
    )
    .values({name: bindparam(f"the_{name}") for name in _MOVING})
)
_DUE = (
    select(mailbox_sent)
    .where(
        mailbox_sent.c.due_at.is_not(None),
        mailbox_sent.c.way == bindparam("way"),
        # What the mailbox does not have yet is put there at once; for the first time that is the outbox's to do.
        or_(
            and_(mailbox_sent.c.due_at <= bindparam("now"), mailbox_sent.c.handed == 1),
            and_(mailbox_sent.c.handed == 0, mailbox_sent.c.sends > 1),
        ),
    )
    .order_by(mailbox_sent.c.due_at)
    .limit(bindparam("most"))
)
_CAME = select(mailbox_came).where(
    mailbox_came.c.institution == bindparam("of"), mailbox_came.c.way == bindparam("way")
)
_BY_HEADER = _CAME.where(mailbox_came.c.header == bindparam("header"))
_BY_BUNDLE = _CAME.where(mailbox_came.c.bundle == bindparam("bundle")).limit(1)
_COMES = insert(mailbox_came).on_conflict_do_nothing()
_AGAIN = (
    update(mailbox_came)
    .where(
        mailbox_came.c.institution == bindparam("of"),
        mailbox_came.c.way == bindparam("which"),
        mailbox_came.c.header == bindparam("it"),
    )
    .values(answered=mailbox_came.c.answered + bindparam("one"))
)
_NEWEST_CAME = (
    select(mailbox_came)
    .where(
        mailbox_came.c.institution == bindparam("of"),
        mailbox_came.c.conversation == bindparam("which"),
        mailbox_came.c.outside == bindparam("whom"),
        mailbox_came.c.ciphertext.is_not(None),
    )
    .order_by(mailbox_came.c.at.desc(), mailbox_came.c.header.desc())
    .limit(1)
)
_NEWEST_SENT = (
    select(mailbox_sent)
    .where(
        mailbox_sent.c.institution == bindparam("of"),
        mailbox_sent.c.conversation == bindparam("which"),
        mailbox_sent.c.outside == bindparam("whom"),
    )
    .order_by(mailbox_sent.c.number.desc())
    .limit(1)
)
_IN_THREAD = tuple(
    select(one.c.conversation)
    .where(
        one.c.institution == bindparam("of"), one.c.thread == bindparam("thread"), one.c.outside == bindparam("whom")
    )
    .limit(1)
    for one in (mailbox_sent, mailbox_came)
)


@dataclass(frozen=True, slots=True)
class Gone:
    """A message of ours as it was sent, and how it stands."""

    institution: str
    way: Way
    conversation: str
    number: int
    outside: str
    thread: str
    place: str
    sending: Sending
    handed: bool
    """Whether the mailbox has it, this time."""
    document: bytes = field(default=b"", repr=False)

    @property
    def header(self) -> str:
        return self.sending.header


@dataclass(frozen=True, slots=True)
class Kept:
    """A document of a thread, ours or theirs, from which the next is made."""

    at: datetime
    outside: str
    document: bytes = field(repr=False)
    place: str = ""


async def sent(tx: Reader, key: Vault, of: str, which: str, number: int, outside: str) -> Gone | None:
    """A message of ours to somebody, if it was ever written for them."""
    row = await tx.row(_SENT_BY, of=of, which=which, n=number, whom=outside)
    return _gone(row, key) if row is not None else None


async def called(tx: Reader, header: str) -> Gone | None:
    """What we sent under a header, without its document."""
    row = await tx.row(_SENT, header=header)
    return _gone(row) if row is not None else None


async def known(tx: Reader, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Institution and place of what we sent, by the headers and threads that somebody names."""
    found = {}
    for key in keys:
        row = await tx.row(_SENT, header=key) or await tx.row(_SENT_IN, thread=key)
        if row is not None:
            found[key] = (row["institution"], row["place"])
    return found


async def add_sent(tx: Transaction, key: Vault, new: Gone) -> None:
    """Writes down a message that is about to go for the first time."""
    await tx.run(
        _SENDS,
        institution=new.institution,
        header=new.header,
        way=new.way.value,
        conversation=new.conversation,
        number=new.number,
        outside=new.outside,
        thread=new.thread,
        place=new.place,
        ciphertext=key.seal(new.document, _sent_row(new.institution, new.header)),
        **{name.removeprefix("the_"): value for name, value in _moving(new).items()},
    )


async def move(tx: Transaction, before: Gone, after: Gone) -> bool:
    """Writes how a message stands; False when it has moved on meanwhile."""
    seen = {"seen": before.sending.sends, "was": before.sending.state.value}
    return await tx.run(_MOVE, of=before.institution, which=before.header, **seen, **_moving(after)) > 0


async def due(tx: Reader, way: Way, now: datetime, most: int) -> list[Gone]:
    """What must be looked at again, without the documents."""
    return [_gone(row) for row in await tx.rows(_DUE, now=micros(now), way=way.value, most=most)]


async def came(tx: Reader, of: str, way: Way, bundle: str, header: str) -> tuple[Seen | None, Seen | None, int]:
    """What came before under a bundle's and a header's id, and how often the latter was answered."""
    same_header = await tx.row(_BY_HEADER, of=of, way=way.value, header=header)
    same_bundle = await tx.row(_BY_BUNDLE, of=of, way=way.value, bundle=bundle)
    answered = same_header["answered"] if same_header is not None else 0
    return _seen(same_bundle), _seen(same_header), answered


async def remember(
    tx: Transaction, of: str, way: Way, seen: Seen, now: datetime, thread: str, where: "Filed | None" = None
) -> bool:
    """Keeps that something came, and what was answered; False if it is known already."""
    values: Mapping[str, str | None] = {"conversation": None, "outside": None, "place": None, "ciphertext": None}
    if where is not None:
        sealed = where.key.seal(where.document, _came_row(of, way, seen.header))
        values = {
            "conversation": where.conversation,
            "outside": where.outside,
            "place": where.place,
            "ciphertext": sealed,
        }
    return (
        await tx.run(
            _COMES,
            institution=of,
            way=way.value,
            header=seen.header,
            bundle=seen.bundle,
            code=seen.code,
            issues=orjson.dumps(seen.issues).decode(),
            answered=1,
            at=micros(now),
            thread=thread,
            **values,
        )
        > 0
    )


@dataclass(frozen=True, slots=True)
class Filed:
    """Where a message that came was put, and the document that its answer is made from."""

    key: Vault
    conversation: str
    outside: str
    place: str | None
    document: bytes = field(repr=False)


async def answered_again(tx: Transaction, of: str, way: Way, header: str) -> None:
    """Counts one answer more to what came before."""
    await tx.run(_AGAIN, of=of, which=way.value, it=header, one=1)


async def newest(tx: Reader, key: Vault, of: str, which: str, outside: str) -> Kept | None:
    """The newest document of a conversation's thread with somebody."""
    found = []
    if (row := await tx.row(_NEWEST_CAME, of=of, which=which, whom=outside)) is not None:
        found.append(_kept(row, key))
    if (row := await tx.row(_NEWEST_SENT, of=of, which=which, whom=outside)) is not None:
        found.append(Kept(instant(row["sent_at"]), outside, _gone(row, key).document, row["place"]))
    return max(found, key=lambda one: one.at, default=None)


async def brought(tx: Reader, key: Vault, of: str, which: str, way: Way, header: str) -> Kept | None:
    """The document that brought a message."""
    row = await tx.row(_BY_HEADER, of=of, way=way.value, header=header)
    there = row is not None and row["conversation"] == which and row["ciphertext"] is not None
    return _kept(row, key) if row is not None and there else None


def _kept(row: Row, key: Vault) -> Kept:
    document = key.open(row["ciphertext"], _came_row(row["institution"], Way(row["way"]), row["header"]))
    return Kept(instant(row["at"]), row["outside"], document, row["place"] or "")


async def in_thread(tx: Reader, of: str, thread: str, outside: str) -> str | None:
    """The conversation that a thread with somebody is."""
    for statement in _IN_THREAD:
        row = await tx.row(statement, of=of, thread=thread, whom=outside)
        if row is not None:
            return str(row["conversation"])
    return None


def _sent_row(of: str, header: str) -> str:
    return bound_to("sent", of, header)


def _came_row(of: str, way: Way, header: str) -> str:
    return bound_to("came", of, way.value, header)


def _gone(row: Row, key: Vault | None = None) -> Gone:
    sending = Sending(row["header"], row["sends"], instant(row["sent_at"]), State(row["state"]))
    return Gone(
        row["institution"],
        Way(row["way"]),
        row["conversation"],
        row["number"],
        row["outside"],
        row["thread"],
        row["place"],
        sending,
        bool(row["handed"]),
        key.open(row["ciphertext"], _sent_row(row["institution"], row["header"])) if key is not None else b"",
    )


def _moving(one: Gone) -> dict[str, str | int | None]:
    sending = one.sending
    due_at = sending.due()
    return {
        "the_sends": sending.sends,
        "the_sent_at": micros(sending.sent_at) if sending.sent_at is not None else None,
        "the_due_at": micros(due_at) if due_at is not None else None,
        "the_handed": int(one.handed),
        "the_state": sending.state.value,
    }


def _seen(row: Row | None) -> Seen | None:
    if row is None:
        return None
    return Seen(row["bundle"], row["header"], row["code"], tuple(orjson.loads(row["issues"])))
