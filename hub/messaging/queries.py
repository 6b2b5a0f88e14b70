"""What can be asked of conversations: one as somebody may read it, lists of them, and what waits for somebody."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.errors import NotFound
from hub.messaging import attachmentstore, liststore, store, urgentstore
from hub.messaging import conversation as life
from hub.messaging.actions import Messages
from hub.messaging.attachment import Attachment
from hub.messaging.conversation import Conversation
from hub.messaging.frames import FRAME_EVENTS, PREFIX, frame
from hub.messaging.here import Here
from hub.messaging.message import Answered, Message
from hub.messaging.store import Mark
from hub.messaging.urgency import waits_for
from hub.storage.database import Reader, Row
from hub.storage.journal import Entry
from hub.storage.vault import Vault

PAGE = 30
MOST_SHOWN = 100
EVERYTHING = 2**31 - 1
# A search opens so many messages at most before it asks for a narrower question.
MOST_OPENED = 2_000
MOST_FOUND = 50
# What nobody has written in for so long is not counted among what is new.
COUNTED = 50
_LATER = timedelta(days=1)
_NEXT = timedelta(microseconds=1)
_CALLED = liststore.Wholes.of(urgentstore.CALLED_IN)


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation in a list."""

    conversation: Conversation
    head: Mapping[str, str]
    newest_at: datetime
    """When the newest was written that whoever asks may read."""
    unread: bool
    waiting: bool
    """Whether an urgent message in it waits for their answer."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A conversation as one person may read it."""

    conversation: Conversation
    head: Mapping[str, str]
    messages: Sequence[Message]
    more: bool
    """Whether there are older ones that they may read."""
    marks: Mapping[str, Mark]
    answered: Mapping[int, tuple[Answered, ...]]
    waiting: frozenset[int]
    """The urgent messages that wait for them."""


async def lines(tx: Reader, messages: Messages, here: Here, before: datetime | None = None) -> list[Line]:
    """The conversations that are somebody's to know of, the newest first; fewer than a page only where no more are."""
    until = before or here.now + _LATER
    waiting = {which for which, _ in await urgentstore.waiting_for(tx, here.of, here.me)}
    listed: list[Line] = []
    while True:
        found = await liststore.theirs(tx, here.of, here.me, _units(here), until, PAGE)
        for kept in found:
            one = kept.conversation
            if kept.wrapped is None or not one.may_know(here.me, here.duties):
                continue
            key = messages.keyring.unwrapped(here.of, one.id, kept.wrapped)
            newest = max((one.last if party.last is None else party.last) for party in one.shares(here.me, here.duties))
            at = one.last_at if newest >= one.last else kept.ends.get(newest)
            unread = one.unread(here.me, kept.reached, here.duties)
            head = store.head_in(key, one, kept.head)
            listed.append(Line(one, head, at or one.opened_at, unread, one.id in waiting))
        # What was destroyed, or is of a duty that has left, must not end the list.
        last = found[-1].conversation.last_at if len(found) == PAGE else None
        if len(listed) >= PAGE or last is None:
            return listed[:PAGE]
        until = last


async def one(tx: Reader, messages: Messages, here: Here, which: str, before: int = EVERYTHING) -> Seen:
    """One conversation with the newest messages that this person may read; NotFound where it is not theirs."""
    found = life.known(await store.find(tx, here.of, which), here.me, here.duties)
    key = await messages.keyring.find(tx, here.of, which)
    marks = await store.marks(tx, here.of, which)
    if key is None:
        return Seen(found, {}, (), more=False, marks=marks, answered={}, waiting=frozenset())
    rows = await store.rows(tx, here.of, which, before, MOST_SHOWN + 1)
    mine = [row for row in rows if found.may_read(here.me, row["number"], here.duties)]
    given, waiting = await urgentstore.answered(tx, here.of, which), await urgentstore.waiting_in(tx, here.of, which)
    return Seen(
        found,
        await store.head(tx, key, found),
        _as_written([store.opened(key, row) for row in reversed(mine[:MOST_SHOWN])]),
        len(rows) > MOST_SHOWN,
        marks,
        {number: tuple(Answered(who, at) for who, at in answers) for number, answers in given.items()},
        frozenset(
            row["number"]
            for row in mine
            if (urgent := waiting.get(row["number"])) and here.me in waits_for(found, urgent, here.site, here.duties)
        ),
    )


async def attachment(tx: Reader, messages: Messages, here: Here, which: str, file: str) -> tuple[Attachment, int]:
    """A file that this person may read, and the message that carries it."""
    found = life.known(await store.find(tx, here.of, which), here.me, here.duties)
    carried = await attachmentstore.find(tx, await messages.key(tx, found), here.of, which, file)
    if carried is None or not found.may_read(here.me, carried[1], here.duties):
        raise NotFound("attachment: there is no such file for you to read")
    return carried


def _as_written(arrived: Sequence[Message]) -> list[Message]:
    """In the order of writing, for other houses' messages may come late; but none before what it answers."""
    at: dict[int, datetime] = {}
    for one in arrived:
        at[one.number] = max(one.at, at.get(one.replies_to or one.amends or 0, one.at))
    return sorted(arrived, key=lambda one: (at[one.number], one.number))


async def unread(tx: Reader, here: Here) -> list[str]:
    """The conversations in which something new waits for somebody."""
    found = await liststore.theirs(tx, here.of, here.me, _units(here), here.now + _LATER, COUNTED)
    return [one.conversation.id for one in found if one.conversation.unread(here.me, one.reached, here.duties)]


async def urgent(tx: Reader, messages: Messages, here: Here) -> list[tuple[str, Message]]:
    """The urgent messages that wait for somebody's answer, each with its conversation."""
    called = await urgentstore.called(tx, here.of, here.me)
    if not called:
        return []
    kept = await _CALLED.read(tx, of=here.of, who=here.me)
    found = []
    for row in await tx.rows(urgentstore.MESSAGES, of=here.of, who=here.me):
        which, number = row["conversation"], row["number"]
        one, urgent = kept[which], called.get((which, number))
        if one.wrapped is None or urgent is None or not one.conversation.may_read(here.me, number, here.duties):
            continue
        if here.me in waits_for(one.conversation, urgent, here.site, here.duties):
            found.append((which, store.opened(messages.keyring.unwrapped(here.of, which, one.wrapped), row)))
    return found


@dataclass(frozen=True, slots=True)
class Further:
    """Where a search goes on: before this message of the conversation that was last written in then."""

    at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found, the newest conversations first."""

    messages: Sequence[tuple[Line, Message]]
    further: Further | None
    """Where it gave up before it had looked at everything."""


async def told_again(tx: Reader, messages: Messages, entry: Entry) -> dict[str, Any] | None:
    """The frame of a row that somebody missed, or another hub wrote; None once nobody can read it any more."""
    if entry.event not in FRAME_EVENTS or entry.subject is None:
        return None
    which, of, number = entry.subject.removeprefix(PREFIX), entry.institution, int(entry.facts["number"])
    key = await messages.keyring.find(tx, of, which)
    message = await store.said(tx, key, of, which, number) if key is not None else None
    if message is None:
        return None
    here = await messages.there(tx, of)
    waiting: Collection[str] = ()
    if message.urgent:
        found, conversation = await urgentstore.find(tx, of, which, number), await store.find(tx, of, which)
        if found is not None and conversation is not None:
            waiting = waits_for(conversation, found, here.site, here.duties)
    return frame(entry, message, await urgentstore.answers_to(tx, of, which, message), tuple(waiting), here.site)


async def search(messages: Messages, tx: Reader, here: Here, words: str, further: Further | None = None) -> Found:
    """The messages that somebody may read and that hold every word; opened beside the event loop.

    Files are found by their names; a conversation by its title or its citizen, at its newest message.
    """
    asked, opened = words.casefold().split(), 0
    before, number = (further.at + _NEXT, further.number) if further is not None else (None, EVERYTHING)
    found: list[tuple[Line, Message]] = []
    while asked and (listed := await lines(tx, messages, here, before)):
        for line in listed:
            which, at = line.conversation.id, line.conversation.last_at or line.conversation.opened_at
            rows = await store.rows(tx, here.of, which, number, MOST_OPENED - opened)
            mine = [row for row in rows if line.conversation.may_read(here.me, row["number"], here.duties)]
            key = await messages.keyring.find(tx, here.of, which)
            if key is not None:
                called = "" if number < EVERYTHING else " ".join(line.head.values())
                found += [(line, one) for one in await asyncio.to_thread(_hits, key, mine, asked, called)]
            before, number, opened = at, EVERYTHING, opened + len(rows)
            if len(found) > MOST_FOUND:
                last, newest = found[MOST_FOUND - 1]
                return Found(found[:MOST_FOUND], Further(last.conversation.last_at or at, newest.number))
            if opened >= MOST_OPENED:
                return Found(found, Further(at, rows[-1]["number"]))
        if len(listed) < PAGE:
            break
    return Found(found, None)


def _hits(key: Vault, rows: Sequence[Row], asked: Sequence[str], called: str) -> list[Message]:
    """The messages that hold every word, or else the newest where the conversation is called so."""
    read = [store.opened(key, row) for row in rows]
    hits = [one for one in read if _holds(" ".join([one.text, *(file.name for file in one.attachments)]), asked)]
    return hits or (read[:1] if _holds(called, asked) else [])


def _holds(text: str, asked: Sequence[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in asked)


def _units(here: Here) -> list[str]:
    return sorted(unit for unit, people in here.duties.items() if here.me in people)
