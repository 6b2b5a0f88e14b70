"""Puts messages on their way to parties outside, and says how far they have come, within its caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hub.delivery.ways import Ways
from hub.messaging import notice, outsidestore, store, urgentstore
from hub.messaging.conversation import Conversation
from hub.messaging.frames import CARRIED, envelope, frame, subject
from hub.messaging.here import Here
from hub.messaging.keystore import Keyring
from hub.messaging.message import Message
from hub.messaging.outside import Outside, Way
from hub.messaging.sharing import Passage, Passing, Withheld
from hub.messaging.urgency import waits_for
from hub.ports import Carrier
from hub.storage import journal, outbox
from hub.storage.database import Transaction
from hub.storage.outbox import MESSAGES, Parcel

UNSERVED = "unserved"
# No address of ours to write from; no answer to three attempts.
NO_PLACE, UNANSWERED = "no_place", "unanswered"


@dataclass(frozen=True, slots=True)
class Passings:
    """What is done for messages to parties outside; the ways that this hub can send by are joined into it."""

    keyring: Keyring
    ways: Ways
    carriers: dict[Way, Carrier] = field(default_factory=dict)

    async def begin(self, tx: Transaction, here: Here, one: Conversation, message: Message) -> None:
        """One parcel for each party outside who is to have a new message; the writer's own screen waits for none."""
        if not one.outside:
            return
        known = await outsidestore.everybody(tx, self.keyring.vault, here.of)
        for party in one.outside:
            to = known.get(party.to.who)
            if to is not None and party.to.reader != message.author:
                await self.put(tx, here, one, message, to)

    async def put(self, tx: Transaction, here: Here, one: Conversation, message: Message, to: Outside) -> None:
        """Puts one message on its way to one party; whether it may leave is asked when it does."""
        passage = Passage(one.id, message.number, to.id, Passing.WAITING, here.now)
        if to.way not in self.carriers:
            refused = replace(passage, state=Passing.REFUSED, detail=UNSERVED)
            await self.told(tx, here, one, message, refused)
            return
        key = await self.keyring.find(tx, here.of, one.id)
        if key is not None:
            await outsidestore.keep(tx, key, here.of, [passage])
            await outbox.add(tx, [parcel(here.of, passage, to.way, here)])

    async def told(self, tx: Transaction, here: Here, one: Conversation, message: Message, passage: Passage) -> None:
        """Keeps how far a message has come, and tells whoever wrote it."""
        key = await self.keyring.find(tx, here.of, one.id)
        if key is None:
            return
        await outsidestore.keep(tx, key, here.of, [passage])
        to = [message.author] if message.author in here.site.people else list(one.readers(here.duties))
        entry = await journal.append(tx, here.of, here.now, CARRIED, subject(one.id), None, _facts(passage, to))
        urgent = await urgentstore.find(tx, here.of, one.id, message.number) if message.urgent else None
        waiting = waits_for(one, urgent, here.site, here.duties) if urgent is not None else ()
        answered = await urgentstore.answers_to(tx, here.of, one.id, message)
        tx.announce(envelope(entry, frame(entry, message, answered, tuple(waiting), here.site), to))
        if passage.state in (Passing.WITHHELD, Passing.REFUSED) and "push" in self.ways.channels:
            for who in to:
                await outbox.add(tx, list(notice.held(self.ways, here.site, one.id, passage.number, who, here.now)))

    async def withhold(self, tx: Transaction, here: Here, one: Conversation, of: Mapping[str, Withheld]) -> int:
        """Keeps back at once what still waits for these, and what they have been told of but have not read."""
        key = await self.keyring.find(tx, here.of, one.id)
        if key is None:
            return 0
        found, marks = 0, await store.marks(tx, here.of, one.id)
        known = await outsidestore.everybody(tx, self.keyring.vault, here.of)
        for passage in await outsidestore.passages(tx, key, here.of, one.id):
            to, why = known.get(passage.outside), of.get(passage.outside)
            if to is None or why is None or not _held_back(passage, to, marks):
                continue
            message = await store.said(tx, key, here.of, one.id, passage.number)
            if message is not None:
                found += 1
                await outbox.done(tx, parcel(here.of, passage, to.way, here), "cancelled", why.value, here.now)
                held = replace(passage, state=Passing.WITHHELD, why=why, at=here.now)
                await self.told(tx, here, one, message, held)
        return found


def _held_back(passage: Passage, to: Outside, marks: Mapping[str, store.Mark]) -> bool:
    """What has not left yet: over a link a message leaves when it is read there."""
    if passage.state is Passing.WAITING:
        return True
    mark = marks.get(to.reader)
    unread = mark is None or mark.number < passage.number
    return to.way is Way.LINK and passage.state is Passing.SENT and unread


def parcel(of: str, passage: Passage, way: Way, here: Here) -> Parcel:
    """A message on its way to one party outside; the same message is the same parcel."""
    about, channel = notice.about(passage.conversation), f"{MESSAGES}{way.value}"
    return Parcel(of, about, passage.outside, channel, passage.number, "", here.now)


def _facts(passage: Passage, to: list[str]) -> dict[str, object]:
    facts = {"number": passage.number, "outside": passage.outside, "state": passage.state.value, "to": to}
    rest = {"why": passage.why.value if passage.why is not None else None, "basis": passage.basis}
    return facts | {name: value for name, value in rest.items() if value is not None}
