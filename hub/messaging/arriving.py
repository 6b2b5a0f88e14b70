"""What comes in from parties outside: written into its conversation once, and signed by whoever wrote it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hub.errors import Forbidden, NotFound
from hub.messaging import conversation as life
from hub.messaging import outsidestore, store
from hub.messaging.actions import Messages
from hub.messaging.attachment import Attachment, Offered
from hub.messaging.conversation import LONGEST_TITLE, About, Address, Conversation, Kind
from hub.messaging.frames import subject
from hub.messaging.here import Here
from hub.messaging.message import Saying
from hub.messaging.outside import Outside
from hub.ports import Attached
from hub.storage import journal
from hub.storage.database import Transaction

# What other houses write is not cut to our own measure.
LONGEST_ARRIVED = 100_000


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message from somebody outside; the same id in the same conversation is there once."""

    id: str
    conversation: str
    """Its thread: one that is not known begins a conversation of this id."""
    outside: str
    text: str = field(repr=False)
    at: datetime
    """When they wrote it."""
    to: tuple[Address, ...] = ()
    """Who in the house has it, if it begins a conversation."""
    title: str = field(default="", repr=False)
    citizen: str = field(default="", repr=False)
    """What the citizen is called whom a conversation that it begins is about."""
    signed: str = field(default="", repr=False)
    """Who wrote it, where it is somebody else than the party itself is called."""
    replies_to: str | None = None
    """The id of the message that it answers."""
    urgent: bool = False
    attachments: Sequence[Attached] = ()


async def arrived(messages: Messages, of: str, one: Arrived) -> int:
    """Writes it down in one transaction; the number that it has in its conversation."""
    offered = [Offered(file.name, file.content) for file in one.attachments]
    files = await messages.attaching.take(of, f"{Kind.OUTSIDE.value}:{one.outside}", offered) if offered else ()

    async def work(tx: Transaction, here: Here) -> int:
        return await taken_in(tx, messages, here, one, files)

    return await messages.from_outside(of, Address(Kind.OUTSIDE, one.outside), work)


async def taken_in(
    tx: Transaction, messages: Messages, here: Here, one: Arrived, files: tuple[Attachment, ...] = ()
) -> int:
    """Writes it down within a transaction, with files that were taken just now; `here` is as its writer finds it."""
    frm = await outsidestore.find(tx, messages.keyring.vault, here.of, one.outside)
    if frm is None or not frm.there(here.now):
        raise NotFound("outside: nobody of this id is registered here, or not any more")
    where = await store.find(tx, here.of, one.conversation) or await _begun(tx, messages, here, frm, one)
    if not where.may_write(frm.reader, {}):
        raise Forbidden("conversation: they take part in no such conversation, or have left it")
    answered = await _answered(tx, messages, where, one.replies_to)
    saying = Saying(
        one.id, one.text, answered, urgent=one.urgent, files=files,
        longest=LONGEST_ARRIVED, at=one.at, signed=one.signed or frm.name,
    )  # fmt: skip
    shown = await messages.write(tx, here, where, saying)
    number: int = shown["number"]
    return number


async def _begun(tx: Transaction, messages: Messages, here: Here, frm: Outside, one: Arrived) -> Conversation:
    """A conversation that somebody outside begins, about a citizen unless it says nothing of any."""
    about = About.CITIZEN if one.citizen else About.NOTHING
    new = Conversation(here.of, one.conversation, frm.reader, here.now, about)
    begun = life.opened(new, one.to, here.site, here.now)
    key = await messages.keyring.make(tx, here.of, new.id)
    await store.add(tx, key, begun, {"title": one.title[:LONGEST_TITLE], "citizen": one.citizen[:LONGEST_TITLE]})
    facts = {"about": about.value, "about_id": None, "parties": [[p.to.kind.value, p.to.who] for p in begun.parties]}
    await journal.append(tx, here.of, here.now, "conversation_opened", subject(new.id), here.me, facts)
    return begun


async def _answered(tx: Transaction, messages: Messages, where: Conversation, replies_to: str | None) -> int | None:
    """The number of what it answers; a message that is not known here is answered by none."""
    if replies_to is None:
        return None
    found = await store.said_as(tx, await messages.key(tx, where), where.institution, where.id, replies_to)
    return found.number if found is not None else None
