"""Links for parties outside who have no system: sent without a word of the matter, and what can be done behind them."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from hub.clock import Clock
from hub.errors import Forbidden, NotFound, Unauthenticated
from hub.messaging import attachmentstore, linkstore, outsidestore, store
from hub.messaging import conversation as life
from hub.messaging.actions import Messages
from hub.messaging.attachment import Attachment, Offered
from hub.messaging.conversation import Address, Conversation, Kind
from hub.messaging.frames import subject
from hub.messaging.here import Here
from hub.messaging.linkcode import send
from hub.messaging.linkstore import Link
from hub.messaging.message import Message, Saying
from hub.messaging.notice import Say
from hub.messaging.outside import Outside, OutsideRole, Way
from hub.messaging.outsideactions import withdrawn_by
from hub.messaging.sharing import CONSENT, Basis, Passing, may_leave
from hub.people.credentials import fingerprint, session_token
from hub.people.enrolment import ID_BYTES, CodeGone, Codes
from hub.ports import Channel, Identity, Letter, Never, Notice
from hub.storage import journal
from hub.storage.database import Database, Reader, Transaction

T = TypeVar("T")

SESSION_LASTS = timedelta(minutes=30)
_NO_LINK = "This link is of no use any more: ask whoever sent it for a new one."
_AWAY = "You are not signed in any more: ask for a new code."
# Who decides for themselves, or for the citizen: they may withdraw what was consented to.
DECIDE = frozenset({OutsideRole.CITIZEN, OutsideRole.GUARDIAN})


@dataclass(frozen=True, slots=True)
class Opened:
    """Whose link was opened."""

    link: Link
    outside: Outside
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class LinkPage:
    """What is read behind a link."""

    messages: tuple[Message, ...]
    title: str
    consents: tuple[Basis, ...]
    """What they may withdraw."""


class Links:
    """The one way to parties outside that needs nothing of them but a telephone or a mailbox."""

    def __init__(
        self, database: Database, clock: Clock, messages: Messages, codes: Codes, channels: Mapping[str, Channel],
        identity: Identity, public_url: str | None, say: Say,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._messages = messages
        self._codes = codes
        self._channels = channels
        self.identity = identity
        self.public_url = public_url
        self._say = say

    async def carry(self, letter: Letter) -> str | None:
        """Tells them that there is something to read, and where; what it is they read behind the link."""
        if self.public_url is None:
            raise Never("Links need the hub's own address: set HUB_PUBLIC_URL.")
        code = await self.code_of(letter.institution, letter.conversation, letter.to.id)
        say = self._say
        title = say("You have a secure message. Read it here:")
        notice = Notice(f"{letter.id}:{letter.to.id}", title, "", f"outside:{letter.conversation}", self.address(code))
        return await send(self._channels, notice, letter.to)

    async def close(self) -> None:
        """The channels are closed by whoever opened them."""

    def address(self, code: str) -> str:
        return f"{self.public_url}/l/{code}"

    async def code_of(self, of: str, conversation: str, outside: str) -> str:
        """What stands in the link of this party to this conversation: the same each time, made from keys."""
        new = Link(secrets.token_urlsafe(ID_BYTES), of, conversation, outside)
        now = self._clock.now()
        link = await self._database.submit(lambda tx: linkstore.of(tx, new, now), of, can_wait=True)
        return self._codes.code(link.id)

    async def look(self, code: str) -> Opened:
        """Whose link it is. Looking uses nothing up and tells of nothing in it."""
        async with self._database.read() as tx:
            return await self._opened(tx, code, self._clock.now())

    async def _opened(self, tx: Reader, code: str, now: datetime) -> Opened:
        try:
            link = await linkstore.find(tx, self._codes.id_in(code))
        except CodeGone:
            link = None
        if link is None:
            raise NotFound(_NO_LINK)
        outside = await outsidestore.find(tx, self._messages.keyring.vault, link.institution, link.outside)
        one = await store.find(tx, link.institution, link.conversation)
        if outside is None or one is None or one.destroyed_at is not None or not outside.there(now):
            raise NotFound(_NO_LINK)
        if outside.way is not Way.LINK or not any(party.to.who == link.outside for party in one.outside):
            raise NotFound(_NO_LINK)
        return Opened(link, outside, one)

    async def sign_in(self, code: str, given: str) -> str:
        """A session for whoever has proved who they are; its token is told only this once."""
        opened = await self.look(code)
        if not await self.identity.proves(opened.link.id, given):
            raise Unauthenticated("The code is wrong, or too old.")
        token, now = session_token(), self._clock.now()

        async def action(tx: Transaction) -> str:
            await linkstore.begin(tx, fingerprint(token), opened.link.id, now, now + SESSION_LASTS)
            reader, of = opened.outside.reader, opened.link.institution
            await journal.append(tx, of, now, "outside_signed_in", subject(opened.conversation.id), reader, {})
            return token

        return await self._database.submit(action, opened.link.institution, can_wait=True)

    async def signed_in(self, code: str, token: str | None) -> bool:
        """Whether a browser's session is one of this link."""
        opened = await self.look(code)
        async with self._database.read() as tx:
            return token is not None and await linkstore.signed_in(
                tx, fingerprint(token), opened.link.id, self._clock.now()
            )

    async def entered(self, code: str, token: str | None) -> Opened:
        """Whose link it is, if they have signed in: before anything is taken from them."""
        if not await self.signed_in(code, token):
            raise Unauthenticated(_AWAY)
        return await self.look(code)

    async def sign_out(self, token: str) -> None:
        await self._database.write(lambda tx: linkstore.end(tx, fingerprint(token)))

    async def _within(
        self, code: str, token: str | None, work: Callable[[Transaction, Here, Opened], Awaitable[T]]
    ) -> T:
        """Does something as the party whose session it is; all is asked anew in its transaction."""
        known = await self.look(code)

        async def action(tx: Transaction, here: Here) -> T:
            opened = await self._opened(tx, code, here.now)
            if token is None or not await linkstore.signed_in(tx, fingerprint(token), opened.link.id, here.now):
                raise Unauthenticated(_AWAY)
            return await work(tx, here, opened)

        party = Address(Kind.OUTSIDE, known.outside.id)
        return await self._messages.from_outside(known.link.institution, party, action)

    async def read(self, code: str, token: str | None) -> LinkPage:
        """What they may read: what has left for them, asked for again for what they read now for the first time."""

        async def work(tx: Transaction, here: Here, opened: Opened) -> LinkPage:
            return await self._read(tx, here, opened)

        return await self._within(code, token, work)

    async def _read(self, tx: Transaction, here: Here, opened: Opened) -> LinkPage:
        one, to = opened.conversation, opened.outside
        key = await self._messages.key(tx, one)
        bases, head = await outsidestore.bases(tx, key, here.of, one.id), await store.head(tx, key, one)
        found, news = {}, 0
        for passage in await outsidestore.passages(tx, key, here.of, one.id):
            message = await store.said(tx, key, here.of, one.id, passage.number)
            if passage.outside != to.id or not passage.left or message is None:
                continue
            why = None
            if passage.state is Passing.SENT:
                why = may_leave(one, to, message, bases, head.get("title", ""), here.now)
                state = Passing.DELIVERED if why is None else Passing.WITHHELD
                after = replace(passage, state=state, why=why, at=here.now)
                await self._messages.passings.told(tx, here, one, message, after)
                news = max(news, message.number if why is None else 0)
            if why is None:
                found[message.number] = message
        if news:
            await store.mark(tx, here.of, one.id, [to.reader], news, here.now)
        for row in await store.rows(tx, here.of, one.id, one.last + 1, one.last + 1):
            if row["author"] == to.reader:
                found[row["number"]] = store.opened(key, row)
        if found:
            facts = {"from": min(found), "to": max(found)}
            await journal.append(tx, here.of, here.now, "conversation_read", subject(one.id), to.reader, facts)
        return LinkPage(
            tuple(found[number] for number in sorted(found)),
            head.get("title", ""),
            tuple(basis for basis in bases if _may_withdraw(basis, to, here.now)),
        )

    async def file(self, code: str, token: str | None, which: str) -> tuple[str, Attachment]:
        """The institution, and a file of a message that they have read or written; it is written down who took it."""

        async def work(tx: Transaction, here: Here, opened: Opened) -> tuple[str, Attachment]:
            one, key = opened.conversation, await self._messages.key(tx, opened.conversation)
            found = await attachmentstore.find(tx, key, here.of, one.id, which)
            message = await store.said(tx, key, here.of, one.id, found[1]) if found is not None else None
            if found is None or message is None:
                raise NotFound("There is no such file for you to read.")
            passage = await outsidestore.passage_of(tx, key, here.of, one.id, message.number, opened.outside.id)
            read = passage is not None and passage.state is Passing.DELIVERED
            if not read and message.author != opened.outside.reader:
                raise NotFound("There is no such file for you to read.")
            facts = {"attachment": which, "number": message.number}
            await journal.append(tx, here.of, here.now, "attachment_read", subject(one.id), here.me, facts)
            return here.of, found[0]

        return await self._within(code, token, work)

    async def say(self, code: str, token: str | None, saying: Saying, offered: Sequence[Offered] = ()) -> None:
        """They answer; FieldProblem (`files`) says what is wrong with a file, and then nothing is said."""
        if offered:
            opened = await self.entered(code, token)
            files = await self._messages.attaching.take(opened.link.institution, opened.outside.reader, offered)
            saying = replace(saying, files=files)

        async def work(tx: Transaction, here: Here, opened: Opened) -> None:
            await self._messages.write(tx, here, opened.conversation, replace(saying, signed=opened.outside.name))

        await self._within(code, token, work)

    async def withdraw(self, code: str, token: str | None, basis: str) -> None:
        """They take back what they have consented to."""

        async def work(tx: Transaction, here: Here, opened: Opened) -> None:
            key = await self._messages.key(tx, opened.conversation)
            known = await outsidestore.bases(tx, key, here.of, opened.conversation.id)
            if not any(one.id == basis and _may_withdraw(one, opened.outside, here.now) for one in known):
                raise Forbidden("Only the citizen, or whoever decides for them, takes a consent back.")
            await withdrawn_by(tx, self._messages, here, opened.conversation, basis)

        await self._within(code, token, work)

    async def leave(self, code: str, token: str | None) -> None:
        """They take part no more: the link is of no use from now on."""

        async def work(tx: Transaction, here: Here, opened: Opened) -> None:
            one = opened.conversation
            party = next(party for party in one.outside if party.to.who == opened.outside.id)
            await self._messages.keep(tx, one, life.gone(one, party, here.now))
            facts = {"party": party.number, "kind": Kind.OUTSIDE.value, "who": opened.outside.id, "reads_to": one.last}
            await journal.append(tx, here.of, here.now, "conversation_left", subject(one.id), here.me, facts)
            await linkstore.end_all(tx, opened.link.id)

        await self._within(code, token, work)


def _may_withdraw(basis: Basis, to: Outside, now: datetime) -> bool:
    return basis.ground == CONSENT and to.id in basis.to and to.role in DECIDE and basis.holds(now)
