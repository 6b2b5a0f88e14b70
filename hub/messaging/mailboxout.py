"""Sends messages by a mailbox: each as its standard wants it, and again until its receiver's system has answered."""

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial

from hub.clock import Clock
from hub.messaging import attachmentstore, mailboxstore, outsidestore, placestore, store
from hub.messaging.actions import Messages
from hub.messaging.conversation import Address, Kind
from hub.messaging.mailbox import Answer, Place, Standard, Written, derived
from hub.messaging.mailboxstore import Gone, Kept
from hub.messaging.onward import Onward
from hub.messaging.passing import NO_PLACE, UNANSWERED
from hub.messaging.sending import PATIENCE, Sending, State
from hub.messaging.sharing import may_leave
from hub.ports import Attached, Correspondent, Letter, Mailbox, Never
from hub.storage.database import Database, Reader, Transaction

MOST_AT_ONCE = 50


class Outgoing:
    """The carrier of one standard's messages; the same letter carried again goes in the same envelope."""

    def __init__(
        self, database: Database, clock: Clock, messages: Messages, onward: Onward, standard: Standard, box: Mailbox
    ) -> None:
        self._database = database
        self._clock = clock
        self._messages = messages
        self._onward = onward
        self._standard = standard
        self._box = box

    async def carry(self, letter: Letter) -> str | None:
        """Writes the letter down as it goes, and lays it into the mailbox; the receiver's name for it."""
        before, place = await self._known(letter)
        gone = before if before is not None else await self._write(letter, place)
        if not gone.handed:
            key = derived(gone.header, "notice")
            notice = self._standard.notice(letter, place, key)
            if notice is not None:
                await self._box.put(key, notice)
            await self._put(gone, place, letter.to)
        return gone.header

    async def close(self) -> None:
        await self._box.close()

    async def look(self) -> None:
        """Sends again what nobody has answered for half an hour, and gives up what went three times."""
        async with self._database.read() as tx:
            due = await mailboxstore.due(tx, self._standard.way, self._clock.now(), MOST_AT_ONCE)
        for gone in due:
            await self._again(gone)

    async def answered(self, said: Answer) -> bool:
        """What another house says of a message of ours; False if it is too soon to keep that."""
        async with self._database.read() as tx:
            gone = await mailboxstore.called(tx, said.header)
        if gone is None:
            return True
        after = gone.sending.answered(said.header, said.code, said.issues)
        if after.state is State.TAKEN:
            told = await self._onward.delivered(gone.institution, gone.header)
        elif after.state is State.REFUSED:
            told = await self._onward.refused(gone.institution, gone.header, "; ".join(said.issues))
        elif after.state is State.WAITING:
            told = await self._onward.troubled(gone.institution, gone.header, "; ".join(said.issues))
        else:
            return True
        sent_at = gone.sending.sent_at
        if not told and sent_at is not None and self._clock.now() - sent_at < PATIENCE:
            # Its outbox does not know yet what it is called there.
            return False
        await self._move(gone, replace(gone, sending=after))
        return True

    async def _known(self, letter: Letter) -> tuple[Gone | None, Place]:
        of, which = letter.institution, letter.conversation
        async with self._database.read() as tx:
            one = await store.find(tx, of, which)
            key = await self._messages.keyring.find(tx, of, which)
            if one is None or key is None:
                raise Never("The conversation is destroyed.")
            gone = await mailboxstore.sent(tx, key, of, which, letter.number, letter.to.id)
            newest = await mailboxstore.newest(tx, key, of, which, letter.to.id)
            place = await self._place(tx, letter, gone.place if gone is not None else newest.place if newest else "")
        return gone, place

    async def _place(self, tx: Reader, letter: Letter, known: str) -> Place:
        """As whom it is sent: as before, as its writer's unit, or as the first."""
        site = (await self._messages.there(tx, letter.institution)).site
        found = [one for one in await placestore.places(tx, letter.institution) if one.way is self._standard.way]
        units = {one.name: one.id for one in site.units.values()}
        mine = Address(Kind.DUTY, units.get(letter.unit_name, "?"))
        found.sort(key=lambda one: (one.id != known, one.to != mine))
        if not found:
            raise Never(NO_PLACE)
        return found[0]

    async def _write(self, letter: Letter, place: Place) -> Gone:
        now = self._clock.now()
        letter, (newest, theirs) = await self._with_files(letter), await self._thread(letter)
        written = await asyncio.to_thread(self._document, letter, place, newest, theirs, now)
        sending = Sending(written.header).went(now)
        gone = Gone(
            letter.institution, self._standard.way, letter.conversation, letter.number, letter.to.id,
            written.thread, place.id, sending, handed=False, document=written.document,
        )  # fmt: skip

        async def action(tx: Transaction) -> None:
            key = await self._messages.keyring.find(tx, gone.institution, gone.conversation)
            if key is None:
                raise Never("The conversation is destroyed.")
            await mailboxstore.add_sent(tx, key, gone)

        await self._database.submit(action, gone.institution, can_wait=True)
        return gone

    async def _with_files(self, letter: Letter) -> Letter:
        of, which = letter.institution, letter.conversation
        async with self._database.read() as tx:
            key = await self._messages.keyring.find(tx, of, which)
            files = await attachmentstore.with_message(tx, key, of, which, letter.number) if key is not None else []
        attached = []
        for one in files:
            pieces = [piece async for piece in self._messages.attaching.content(of, one)]
            attached.append(Attached(one.name, one.kind, b"".join(pieces), one.name))
        return replace(letter, attachments=tuple(attached))

    async def _thread(self, letter: Letter) -> tuple[Kept | None, Kept | None]:
        """What was written with them before; or else, of what somebody else wrote, the document that brought it."""
        of, which = letter.institution, letter.conversation
        async with self._database.read() as tx:
            key = await self._messages.keyring.find(tx, of, which)
            if key is None:
                return None, None
            newest = await mailboxstore.newest(tx, key, of, which, letter.to.id)
            return newest, await mailboxstore.brought(tx, key, of, which, self._standard.way, letter.id)

    def _document(
        self, letter: Letter, place: Place, newest: Kept | None, theirs: Kept | None, now: datetime
    ) -> Written:
        if newest is None and theirs is not None:
            return self._standard.forwarded(letter, place, theirs.document, now)
        return self._standard.write(letter, place, newest.document if newest is not None else None, now)

    async def _put(self, gone: Gone, place: Place, to: Correspondent) -> None:
        sending = gone.sending
        at = sending.sent_at or self._clock.now()
        key = derived(gone.header, str(sending.sends))
        envelope = partial(self._standard.envelope, gone.document, place, to, key, at)
        await self._box.put(key, await asyncio.to_thread(envelope))
        # Where nobody acknowledges, what the mailbox has taken is on its way.
        state = sending.state if self._standard.acknowledges else State.TAKEN
        await self._move(gone, replace(gone, handed=True, sending=replace(sending, state=state)))

    async def _move(self, before: Gone, after: Gone) -> bool:
        moving = partial(mailboxstore.move, before=before, after=after)
        return await self._database.submit(moving, before.institution, can_wait=True)

    async def _again(self, gone: Gone) -> None:
        now = self._clock.now()
        sending = gone.sending.looked_at(now)
        found = await self._may_still(gone)
        if found is None:
            sending = replace(sending, state=State.UNANSWERED)
        if sending.state is State.UNANSWERED:
            await self._onward.refused(gone.institution, gone.header, UNANSWERED)
            await self._move(gone, replace(gone, sending=sending))
        elif found is not None:
            whole, place, to = found
            if whole.handed:
                whole = replace(whole, handed=False, sending=sending.went(now))
                if not await self._move(gone, whole):
                    return
            await self._put(whole, place, to)

    async def _may_still(self, gone: Gone) -> tuple[Gone, Place, Correspondent] | None:
        """The message with its document, if it may leave the house once more."""
        of, which = gone.institution, gone.conversation
        async with self._database.read() as tx:
            here = await self._messages.there(tx, of)
            one, key = await store.find(tx, of, which), await self._messages.keyring.find(tx, of, which)
            to = await outsidestore.find(tx, self._messages.keyring.vault, of, gone.outside)
            places = {place.id: place for place in await placestore.places(tx, of)}
            if one is None or key is None or to is None or gone.place not in places:
                return None
            message = await store.said(tx, key, of, which, gone.number)
            whole = await mailboxstore.sent(tx, key, of, which, gone.number, gone.outside)
            bases, head = await outsidestore.bases(tx, key, of, which), await store.head(tx, key, one)
        if message is None or whole is None:
            return None
        why = may_leave(one, to, message, bases, head.get("title", ""), here.now)
        return (whole, places[gone.place], to.to) if why is None else None
