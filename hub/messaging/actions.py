"""What can be done in a conversation: each verb is one transaction, its rows in the journal included."""

from asyncio import Future
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from hub.clock import Clock
from hub.delivery.ways import Ways
from hub.errors import Conflict, Forbidden, NotFound
from hub.messaging import attachmentstore, draftstore, notice, store, urgentstore
from hub.messaging import conversation as life
from hub.messaging.attaching import Attaching, going_with
from hub.messaging.calling import Calling
from hub.messaging.conversation import Address, Conversation, Duties, Kind
from hub.messaging.frames import READ, envelope, frame, subject
from hub.messaging.here import Here, by_unit
from hub.messaging.keystore import Keyring
from hub.messaging.message import Message, Saying, message_json, refuse_unfit
from hub.messaging.passing import Passings
from hub.messaging.urgency import Urgent, waits_for
from hub.people import store as people
from hub.people.access import Principal, administers
from hub.people.cache import SiteCache, StandingCache
from hub.people.faults import NotYours, say
from hub.roster.cache import DutyCache
from hub.storage import journal, outbox
from hub.storage.database import Database, Reader, Transaction
from hub.storage.vault import Vault

T = TypeVar("T")
Versions = tuple[int, int] | None


class Why(StrEnum):
    """Why a conversation is destroyed: chosen, for what is written stays when the conversation is gone."""

    OVER = "over"
    MISTAKE = "mistake"
    ASKED = "asked"


class Messages:
    """The verbs of conversations, over one database."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sites: SiteCache,
        duties: DutyCache,
        keyring: Keyring,
        ways: Ways,
        attaching: Attaching,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sites = sites
        self._duties = duties
        self._standings = StandingCache()
        self.keyring = keyring
        self.ways = ways
        self.attaching = attaching
        self._calling = Calling(keyring, ways)
        self.passings = Passings(keyring, ways)

    async def here(self, tx: Reader, by: Principal, versions: Versions = None) -> Here:
        """The institution as whoever asks finds it now; by the versions that were read in `tx`, or else are here."""
        if by.person is None:
            raise Forbidden("Only a person has messages: sign in, or use a device of your own.")
        return replace(await self.there(tx, by.institution, versions), by=by)

    async def there(self, tx: Reader, of: str, versions: Versions = None) -> Here:
        """The institution as the hub itself finds it now."""
        now = self._clock.now()
        site_version, roster_version = versions or await people.versions(tx, of) or (None, None)
        site = await self._sites.get(tx, of, site_version)
        return Here(Principal(of, device="hub"), site, await self.duties(tx, of, now, roster_version), now)

    async def duties(self, tx: Reader, of: str, now: datetime, version: int | None = None) -> Duties:
        """Who is on duty in each unit."""
        return by_unit(await self._duties.get(tx, of, now, version))

    def open(
        self, token: str, new: Conversation, to: Iterable[Address], head: Mapping[str, str], first: Saying
    ) -> "Future[dict[str, Any]]":
        """Begins a conversation with its first message; the same id again finds the same conversation."""

        async def work(tx: Transaction, here: Here) -> dict[str, Any]:
            known = await store.find(tx, here.of, new.id)
            if known is None:
                begun = life.opened(new, to, here.site, here.now)
                key = await self.keyring.make(tx, here.of, new.id)
                await store.add(tx, key, begun, head)
                facts = {"about": new.about.value, "about_id": new.about_id, "parties": _parties(begun)}
                await self._note(tx, here, begun, "conversation_opened", facts)
                await draftstore.forget(tx, here.of, here.me, draftstore.NEW)
                return await self.write(tx, here, begun, first)
            if known.opened_by != here.me:
                raise Conflict("id: another conversation has this id already, let the device make a new one")
            return await self.write(tx, here, known, first)

        return self.does(token, new.institution, work)

    def say(self, token: str, of: str, which: str, saying: Saying) -> "Future[dict[str, Any]]":
        """Says something in a conversation; the same id again says it once."""

        async def work(tx: Transaction, here: Here) -> dict[str, Any]:
            return await self.write(tx, here, await self.known(tx, here, which), saying)

        return self.does(token, of, work)

    async def write(self, tx: Transaction, here: Here, one: Conversation, saying: Saying) -> dict[str, Any]:
        """Says something within a transaction."""
        after = life.written(one, here.me, here.duties, here.now)
        key = await self.key(tx, one)
        if one.last and (again := await store.said_as(tx, key, here.of, one.id, saying.id)) is not None:
            if again.author != here.me:
                raise Conflict("id: another message here has this id already, let the device make a new one")
            return message_json(again, (), here.site)
        amended = None
        if saying.amends is not None:
            amended = await store.said(tx, key, here.of, one.id, saying.amends)
        refuse_unfit(one, saying, here.me, here.duties, amended)
        readers, files = after.readers(here.duties), await going_with(tx, key, here, one, saying)
        message = Message(
            after.last, saying.id, here.me, saying.at or here.now, saying.text.strip(), saying.replies_to,
            saying.amends, saying.urgent, life.mentioned(saying.text, here.site, readers), saying.signed,
            tuple(each.shown for each in files), saying.meeting,
        )  # fmt: skip
        await self.keep(tx, one, after)
        fingerprint = await store.say(tx, key, after, message)
        await attachmentstore.bind(tx, key, here.of, one.id, message.number, files)
        kept = {"sha256": fingerprint, "attachments": {each.id: each.fingerprint for each in files}}
        await draftstore.forget(tx, here.of, here.me, one.id)
        shown = await self._tell(tx, here, after, message, kept)
        if message.urgent:
            await self._calling.begin(tx, here, after, message)
        await self.passings.begin(tx, here, after, message)
        return shown

    async def _tell(
        self, tx: Transaction, here: Here, one: Conversation, message: Message, kept: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The row in the journal, the screens that are there, and a notification to those whose are not."""
        readers = one.readers(here.duties)
        facts: dict[str, Any] = {"number": message.number, "to": list(readers)}
        rest = {**kept, "amends": message.amends, "urgent": message.urgent, "mentions": list(message.mentions)}
        event = "message_sent" if message.amends is None else "message_amended"
        entry = await self._note(tx, here, one, event, facts | {name: value for name, value in rest.items() if value})
        waiting: Iterable[str] = ()
        if message.urgent:
            waiting = waits_for(one, Urgent(here.of, one.id, message.number, here.me), here.site, here.duties)
        shown = frame(entry, message, (), tuple(waiting), here.site)
        tx.announce(envelope(entry, shown, readers))
        marks = await store.marks(tx, here.of, one.id)
        reached = {who: mark.number for who, mark in marks.items()}
        if reached.get(here.me, 0) == message.number - 1:
            await store.mark(tx, here.of, one.id, self._readers(one, here), message.number, here.now)
        if "push" in self.ways.channels and not message.urgent:
            await outbox.add(tx, list(notice.told(self.ways, here, one.id, message, readers, reached)))
        said: dict[str, Any] = shown["message"]
        return said

    def join(self, token: str, of: str, which: str, to: Address, *, from_beginning: bool) -> "Future[None]":
        """Lets somebody in, from now on or with what was written before."""

        async def work(tx: Transaction, here: Here) -> None:
            one = await self.known(tx, here, which)
            after = life.joined(one, to, here.me, here.duties, here.site, here.now, from_beginning=from_beginning)
            if after is not one:
                await self.keep(tx, one, after)
                party = after.parties[-1]
                facts = {"party": party.number, "kind": to.kind.value, "who": to.who, "reads_from": party.first}
                await self._note(tx, here, after, "conversation_joined", facts)

        return self.does(token, of, work)

    def leave(self, token: str, of: str, which: str, party: int) -> "Future[None]":
        """Ends a party: what was written until now stays theirs to read, and nothing after it."""

        async def work(tx: Transaction, here: Here) -> None:
            one = await self.known(tx, here, which)
            after = life.left(one, party, here.by, here.duties, here.now)
            await self.keep(tx, one, after)
            gone = next(one for one in after.parties if one.number == party)
            facts = {"party": party, "kind": gone.to.kind.value, "who": gone.to.who, "reads_to": gone.last}
            await self._note(tx, here, after, "conversation_left", facts)

        return self.does(token, of, work)

    def read(self, token: str, of: str, which: str, number: int) -> "Future[bool]":
        """Keeps that somebody has read up to a message; False when that was known."""

        async def work(tx: Transaction, here: Here) -> bool:
            one = await self.known(tx, here, which)
            up_to = min(number, one.last)
            if up_to < 1 or not one.may_read(here.me, up_to, here.duties):
                raise NotFound("number: there is no such message for you to read")
            marks = await store.marks(tx, here.of, which)
            mine = [who for who in self._readers(one, here) if who not in marks or marks[who].number < up_to]
            if not mine:
                return False
            await store.mark(tx, here.of, which, mine, up_to, here.now)
            await outbox.drop(tx, here.of, notice.about(which), here.now, here.me)
            readers = one.readers(here.duties)
            entry = await self._note(tx, here, one, READ, {"number": up_to, "to": list(readers)})
            message = await store.said(tx, await self.key(tx, one), here.of, which, up_to)
            if message is not None:
                tx.announce(envelope(entry, frame(entry, message, (), (), here.site), readers))
            return True

        return self.does(token, of, work)

    def destroy(self, token: str, of: str, which: str, why: Why) -> "Future[None]":
        """Destroys the conversation's key: what was written stays as bytes that nobody can read."""

        async def work(tx: Transaction, here: Here) -> None:
            one = await self.known(tx, here, which)
            if not administers(here.by):
                raise NotYours(say("This is for those who manage the institution: ask one of them."))
            after = life.destroyed(one, here.now)
            await self.keep(tx, one, after)
            await self.keyring.destroy(tx, here.of, which)
            await attachmentstore.let_go(tx, here.of, which)
            await draftstore.forget_all(tx, here.of, which)
            await outbox.drop(tx, here.of, notice.about(which), here.now)
            await self._note(tx, here, after, "conversation_destroyed", {"why": why.value})

        return self.does(token, of, work)

    async def looked(self, by: Principal, event: str, about: str, facts: Mapping[str, Any]) -> None:
        """Writes down that somebody looked something up."""

        async def action(tx: Transaction) -> None:
            await journal.append(tx, by.institution, self._clock.now(), event, about, by.name, facts)

        await self._database.submit(action, by.institution, can_wait=True)

    def does(self, token: str | Principal, of: str, work: Callable[[Transaction, Here], Awaitable[T]]) -> "Future[T]":
        async def action(tx: Transaction) -> T:
            by, versions = await self._asker(tx, token)
            if by.institution != of:
                raise NotFound("There is no such thing here.")
            return await work(tx, await self.here(tx, by, versions))

        # After the presses, always: nothing that is written here is in such a hurry.
        return self._database.submit(action, of, can_wait=True)

    async def _asker(self, tx: Transaction, token: str | Principal) -> tuple[Principal, Versions]:
        if isinstance(token, Principal):
            return token, None
        standing = await self._standings.get(tx, token, self._clock.now())
        return standing.principal, (standing.site_version, standing.roster_version)

    def from_outside(self, of: str, who: Address, work: Callable[[Transaction, Here], Awaitable[T]]) -> "Future[T]":
        """Does something for a party outside, who has come in by a door of their own."""

        async def action(tx: Transaction) -> T:
            return await work(tx, replace(await self.there(tx, of), by=Principal(of, device=who.reader)))

        return self._database.submit(action, of, can_wait=True)

    def acknowledge(self, token: str | Principal, of: str, which: str, number: int) -> "Future[bool]":
        """Takes an urgent message upon oneself; False when one had already."""

        async def work(tx: Transaction, here: Here) -> bool:
            return await self._calling.answer(tx, here, await self.known(tx, here, which), number)

        return self.does(token, of, work)

    async def go_on(self, urgent: Urgent) -> bool:
        """Does what an urgent message asks for now; False when that is nothing."""

        async def action(tx: Transaction) -> bool:
            found = await urgentstore.find(tx, urgent.institution, urgent.conversation, urgent.number)
            if found is None or found.closed_at is not None:
                return False
            return await self._calling.go_on(tx, await self.there(tx, urgent.institution), found)

        return await self._database.submit(action, urgent.institution)

    async def known(self, tx: Reader, here: Here, which: str) -> Conversation:
        return life.known(await store.find(tx, here.of, which), here.me, here.duties)

    async def writing(self, tx: Reader, here: Here, which: str) -> Conversation:
        """The conversation if this person may write in it."""
        one = await self.known(tx, here, which)
        life.written(one, here.me, here.duties, here.now)
        return one

    async def key(self, tx: Reader, one: Conversation) -> Vault:
        key = await self.keyring.find(tx, one.institution, one.id)
        if key is None:
            raise Conflict("This conversation is destroyed: nobody can read it any more.")
        return key

    async def keep(self, tx: Transaction, before: Conversation, after: Conversation) -> None:
        """Writes the next state down, unless somebody else was first."""
        if not await store.change(tx, before, after):
            raise Conflict("The conversation changed at the same moment: look at it again, then repeat.")

    def _readers(self, one: Conversation, here: Here) -> list[str]:
        """As whom somebody reads: themselves, and each duty that they read by."""
        duties = [party.to.reader for party in one.shares(here.me, here.duties) if party.to.kind is Kind.DUTY]
        return [here.me, *dict.fromkeys(duties)]

    async def _note(
        self, tx: Transaction, here: Here, one: Conversation, event: str, facts: Mapping[str, Any]
    ) -> journal.Entry:
        return await journal.append(tx, here.of, here.now, event, subject(one.id), here.me, facts)


def _parties(one: Conversation) -> list[list[str]]:
    return [[party.to.kind.value, party.to.who] for party in one.parties]
