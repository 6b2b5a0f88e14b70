"""Takes in what other houses lay into a mailbox: shown once, and answered alike in every copy."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from logging import INFO, WARNING

import orjson
import structlog

from hub.clock import Clock, woken
from hub.errors import Conflict, Unavailable
from hub.messaging import mailboxstore, outsidestore, placestore, store
from hub.messaging.actions import Messages
from hub.messaging.arriving import Arrived, taken_in
from hub.messaging.attachment import MOST, Attachment, Offered
from hub.messaging.conversation import HUB, Address
from hub.messaging.here import Here
from hub.messaging.mailbox import (
    Came,
    Opened,
    Place,
    Reply,
    Standard,
    Told,
    Unreadable,
    derived,
    desk,
    own_thread,
    place_for,
    receivers,
)
from hub.messaging.mailboxout import Outgoing
from hub.messaging.mailboxstore import Filed
from hub.messaging.message import Saying
from hub.messaging.outside import Outside, OutsideRole
from hub.messaging.unable import Unable
from hub.people.access import Principal
from hub.people.faults import FieldProblem
from hub.ports import Correspondent, Mailbox, Never, NotNow, Waiting
from hub.storage import journal, outbox
from hub.storage.database import Database, Reader, Transaction
from hub.storage.outbox import MESSAGES, Parcel

LOOK_EVERY = timedelta(seconds=10)
MOST_AT_ONCE = 50
# Longer than any mailbox may take: a hub that died lets its answers go again after this.
LEASE, AGAIN_AFTER = timedelta(seconds=60), timedelta(seconds=30)
# What fails so often is set aside, where nothing is lost and nothing held up.
MOST_TRIES = 5
OWNER = "mailbox"
Say = Callable[..., str]
# What each turn brought: the files that are kept, and what is said of the others.
Files = Mapping[str, tuple[tuple[Attachment, ...], str]]
# Whether a citizen of this number is known in an institution; None where none is known at all.
Knows = Callable[[Reader, str, str], Awaitable[bool | None]]

_log = structlog.get_logger("hub.messaging.mailbox")


class Incoming:
    """One mailbox and the standard that is spoken over it."""

    def __init__(
        self, database: Database, clock: Clock, messages: Messages, outgoing: Outgoing, standard: Standard,
        box: Mailbox, say: Say, knows: Knows,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._messages = messages
        self._outgoing = outgoing
        self._standard = standard
        self._box = box
        self.say = say
        self._knows = knows
        self._tries: Counter[str] = Counter()
        self._unable = Unable(clock, standard, box)
        self.failing: tuple[datetime, str] | None = None
        """Since when it does not answer, and why: said once, not every ten seconds."""
        self._sooner = asyncio.Event()
        database.listen(self._noticed)

    @property
    def _channel(self) -> str:
        return f"{MESSAGES}{self._standard.way.value}-answer"

    def _noticed(self, facts: Sequence[object]) -> None:
        if any(isinstance(fact, outbox.Posted) and fact.channel == self._channel for fact in facts):
            self._sooner.set()

    async def run(self) -> None:
        while True:
            await self.watch()
            await woken(self._sooner, self._clock, self._clock.now() + LOOK_EVERY)

    async def watch(self) -> None:
        """Looks into the mailbox, and keeps since when it does not answer."""
        try:
            await self.look()
        except (Never, NotNow) as fault:
            if self.failing is None:
                _log.info("the mailbox does not answer", way=self._standard.way.value, why=fault.detail)
            self.failing = self.failing[0] if self.failing is not None else self._clock.now(), fault.detail
        else:
            self.failing = None

    async def look(self) -> None:
        """Puts answers where they are fetched, takes in what lies there, and sends again what nobody has answered."""
        await self._answer()
        stayed: set[str] = set()
        while there := await self._box.waiting(MOST_AT_ONCE + len(stayed)):
            fresh = [one for one in there if one.name not in stayed]
            stayed |= {one.name for one in fresh if not await self._took(one)}
            if not fresh:
                break
        await self._answer()
        await self._outgoing.look()

    async def _took(self, one: Waiting) -> bool:
        """Whether the document is out of the mailbox; one that fails again and again is set aside."""
        try:
            taken = await self._take(one.content)
        except Exception as fault:  # noqa: BLE001 - one that nobody foresaw must not hold up those behind it
            self._tries[one.name] += 1
            foreseen = isinstance(fault, Never | NotNow | Unavailable)
            if foreseen or self._tries[one.name] < MOST_TRIES:
                level = INFO if foreseen else WARNING
                _log.log(
                    level, "a document stays in the mailbox", way=self._standard.way.value, fault=type(fault).__name__
                )
                await self._unable.later(one)
                return False
            _log.exception("a document is set aside", way=self._standard.way.value)
            await self._unable.never(one)
            taken = False
        if taken is None:
            await self._unable.later(one)
            return False
        await self._box.settle(one.name, taken=taken)
        self._tries.pop(one.name, None)
        self._unable.forget(one.name)
        return True

    async def _take(self, content: bytes) -> bool | None:
        """Whether it was taken or refused; None if it must stay where it is."""
        try:
            opened = await asyncio.to_thread(self._standard.open, content)
        except Unreadable as fault:
            _log.info("a document is refused", way=self._standard.way.value, why=fault.detail)
            return False
        if opened.answer is not None:
            return True if await self._outgoing.answered(opened.answer) else None
        async with self._database.read() as tx:
            of, place, open_to_all = await self._routed(tx, opened)
            if of is None:
                _log.warning("a document waits: no address of ours is set up", way=self._standard.way.value)
                return None
            same_bundle, same_header, _ = await mailboxstore.came(
                tx, of, self._standard.way, opened.bundle, opened.header
            )
        now = self._clock.now()
        if place is None and not open_to_all and same_header is None:
            why = "ReceiverID: nothing is received here under this number: send it to one that is in the directory"
            came = self._standard.refuse(opened, why, now)
        else:
            came = await asyncio.to_thread(self._standard.judge, opened, same_bundle, same_header, now)
        files = {told.id: await self._files(of, told) for told in came.told}
        filing = partial(self._filed, of=of, place=place, opened=opened, came=came, files=files)
        await self._database.submit(filing, of, can_wait=True)
        return not came.faults

    async def _routed(self, tx: Reader, opened: Opened) -> tuple[str | None, Place | None, bool]:
        """The institution and its place that a document is for, and whether the institution is the only one."""
        places = await placestore.everywhere(tx, self._standard.way)
        found = await mailboxstore.known(tx, opened.keys)
        place = place_for(places, opened, {key: place for key, (_, place) in found.items()})
        institutions = sorted({one.institution for one in places})
        if place is not None:
            return place.institution, place, True
        return (institutions[0] if institutions else None), None, len(institutions) == 1

    async def _files(self, of: str, told: Told) -> tuple[tuple[Attachment, ...], str]:
        """The files of a turn as the hub keeps them, and what is said of those that it does not."""
        taken: tuple[Attachment, ...] = ()
        left = []
        for one in told.attachments[:MOST]:
            try:
                taken += await self._messages.attaching.take(of, OWNER, [Offered(one.name, one.content)])
            except FieldProblem as problem:
                left += [f"{one.name}: {why}" for why in problem.faults.values()]
        left += [one.name for one in told.attachments[MOST:]]
        said = [self.say("Not taken: {file}", file=one) for one in left]
        return taken, "\n".join(said)

    async def _filed(
        self, tx: Transaction, of: str, place: Place | None, opened: Opened, came: Came, files: Files
    ) -> None:
        """All of it in one transaction: what is shown, what is remembered, and the answer in the outbox."""
        here, way = await self._messages.there(tx, of), self._standard.way
        where = await self._shown(tx, here, place, opened, came, files) if came.told else None
        if came.remember is not None:
            if not await mailboxstore.remember(tx, of, way, came.remember, here.now, came.thread, where):
                raise Conflict("It came twice at the same moment: the second is looked at again.")
        elif not came.faults:
            await mailboxstore.answered_again(tx, of, way, opened.header)
        if came.faults:
            facts = {"way": way.value, "faults": len(came.faults)}
            await journal.append(tx, of, here.now, "mailbox_refused", f"mailbox:{opened.header}", None, facts)
        if came.reply is not None:
            _, _, answered = await mailboxstore.came(tx, of, way, opened.bundle, opened.header)
            await outbox.add(tx, [self._parcel(of, opened, came.reply, max(answered, 1), here)])

    def _parcel(self, of: str, opened: Opened, reply: Reply, answered: int, here: Here) -> Parcel:
        body = orjson.dumps([reply.key, reply.content.decode()]).decode()
        about = f"{MESSAGES}{opened.header}/{opened.bundle}"
        return Parcel(of, about, reply.to, self._channel, answered, body, here.now)

    async def _shown(
        self, tx: Transaction, here: Here, place: Place | None, opened: Opened, came: Came, files: Files
    ) -> Filed | None:
        frm = await self._party(tx, here, opened.frm)
        which = await self._conversation(tx, here, opened, came, frm)
        to, title = await self._to(tx, here, place, came)
        by = replace(here, by=Principal(here.of, device=frm.reader))
        for told in sorted(came.told, key=lambda one: one.at):
            # What we wrote ourselves comes back with every answer.
            if told.id == opened.header or await mailboxstore.called(tx, told.id) is None:
                urgent = came.urgent and told is came.told[-1]
                kept, left = files[told.id]
                one = Arrived(
                    told.id, which, frm.id, "\n\n".join(filter(None, (told.text, left))), told.at, to, title,
                    came.citizen.name if came.citizen is not None else "", told.signed, told.answers or None, urgent,
                )  # fmt: skip
                await self._said(tx, by, one, kept)
        key = await self._messages.keyring.find(tx, here.of, which)
        if key is None or not came.document:
            return None
        return Filed(key, which, frm.id, place.id if place is not None else None, came.document)

    async def _said(self, tx: Transaction, by: Here, one: Arrived, files: tuple[Attachment, ...]) -> None:
        """Shows a turn, unless an answer has brought it along before: then only the files, which answers leave out."""
        where = await store.find(tx, by.of, one.conversation)
        key = await self._messages.keyring.find(tx, by.of, one.conversation)
        known = await store.said_as(tx, key, by.of, one.conversation, one.id) if key is not None else None
        if known is None or where is None:
            await taken_in(tx, self._messages, by, one, files)
        elif files:
            names = ", ".join(file.name for file in files)
            saying = Saying(
                f"{one.id}-files", names, amends=known.number, at=one.at, signed=one.signed, files=files
            )  # fmt: skip
            await self._messages.write(tx, by, where, saying)

    async def _to(self, tx: Reader, here: Here, place: Place | None, came: Came) -> tuple[tuple[Address, ...], str]:
        """Who in the house has it; whom nobody knows is for the manager's desk."""
        number = came.citizen.urn.rpartition(":")[2] if came.citizen is not None else ""
        if number and await self._knows(tx, here.of, number) is False:
            return desk(here.site), self.say("Unknown citizen: {title}", title=came.title)
        if place is None:
            return desk(here.site), self.say("Unknown receiver: {title}", title=came.title)
        return receivers(here.site, place), came.title

    async def _party(self, tx: Transaction, here: Here, frm: Correspondent) -> Outside:
        """Who it is from: as somebody has registered them, or as the mailbox calls them."""
        vault, way = self._messages.keyring.vault, self._standard.way
        known = await outsidestore.everybody(tx, vault, here.of)
        same = [one for one in known.values() if one.there(here.now) and one.way is way and _same(one.to, frm)]
        if same:
            return min(same, key=lambda one: (one.registered_by == HUB, one.registered_at, one.id))
        which = derived(here.of, way.value, frm.gln or frm.cpr or frm.cvr, str(len(known)))
        new = Outside(here.of, OutsideRole(frm.role), way, replace(frm, id=which), HUB, here.now)
        await outsidestore.register(tx, vault, new)
        facts = {"role": new.role.value, "way": way.value}
        await journal.append(tx, here.of, here.now, "outside_arrived", f"outside:{which}", None, facts)
        return new

    async def _conversation(self, tx: Reader, here: Here, opened: Opened, came: Came, frm: Outside) -> str:
        """The conversation that its thread with them is, or the id of a new one."""
        known = await mailboxstore.in_thread(tx, here.of, came.thread, frm.id)
        for key in opened.keys:
            gone = await mailboxstore.called(tx, key)
            if known is None and gone is not None and gone.outside == frm.id and gone.institution == here.of:
                known = gone.conversation
        which = known or own_thread(came.thread) or derived(here.of, came.thread)
        for _ in range(MOST_AT_ONCE):
            one = await store.find(tx, here.of, which)
            if one is None or one.may_write(frm.reader, {}):
                return which
            # It is over, theirs no more, or somebody else's: what they write now begins another.
            which = derived(here.of, which, frm.id)
        raise Conflict("No conversation is left for it.")

    async def _answer(self) -> None:
        """Lays into the mailbox what is to be said of what has come."""
        taking = partial(outbox.take, channel=self._channel, now=self._clock.now(), lease=LEASE, most=MOST_AT_ONCE)
        while due := await self._database.write(taking):
            for one in due:
                key, content = orjson.loads(one.body)
                try:
                    await self._box.put(key, content.encode())
                    ending = partial(outbox.done, parcel=one, outcome="sent", detail=None, now=self._clock.now())
                except NotNow as fault:
                    at = self._clock.now() + AGAIN_AFTER
                    ending = partial(outbox.later, parcel=one, due_at=at, detail=fault.detail)
                except Never as fault:
                    ending = partial(
                        outbox.done, parcel=one, outcome="failed", detail=fault.detail, now=self._clock.now()
                    )
                await self._database.write(ending, of=one.institution)


def _same(one: Correspondent, other: Correspondent) -> bool:
    """Whether two are reached at the same address."""
    return any(
        mine and mine == theirs for mine, theirs in ((one.gln, other.gln), (one.cpr, other.cpr), (one.cvr, other.cvr))
    )
