"""Carries messages to parties outside: each is asked once more, right before it leaves, whether it may."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog

from hub.clock import Clock, woken
from hub.messaging import outsidestore, store
from hub.messaging.actions import Messages
from hub.messaging.conversation import Conversation
from hub.messaging.here import Here
from hub.messaging.letters import letter_of
from hub.messaging.linking import Links
from hub.messaging.message import Message
from hub.messaging.sharing import Passage, Passing, Withheld, basis_for, may_leave
from hub.ports import Carrier, Letter, Never, NotNow
from hub.storage import outbox
from hub.storage.database import Database, Transaction
from hub.storage.outbox import MESSAGES, Parcel
from hub.storage.vault import Vault

LOOK_EVERY = timedelta(seconds=10)
MOST_AT_ONCE = 50
# Longer than any carrier may take: a hub that died lets its parcels go again after this.
PATIENCE, LEASE = 30.0, timedelta(seconds=60)
# Between two attempts, at most.
LONGEST_WAIT = timedelta(minutes=15)
LONGEST_DETAIL = 300
# Who was written to stays away for so long before the message is given up: it is of no use to them any more.
GIVEN_UP_AFTER = timedelta(days=3)

_log = structlog.get_logger("hub.messaging.onward")


class Onward:
    """Empties the outbox of what goes to parties outside; what is withheld, its writer is told."""

    def __init__(self, database: Database, clock: Clock, messages: Messages, links: Links) -> None:
        self._database = database
        self._clock = clock
        self._messages = messages
        self.links = links
        self._sooner = asyncio.Event()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        if any(isinstance(fact, outbox.Posted) and fact.channel.startswith(MESSAGES) for fact in facts):
            self._sooner.set()

    async def run(self) -> None:
        while True:
            await self.look()
            await woken(self._sooner, self._clock, self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Sends what is due, by every way that this hub has."""
        for way, carrier in self._messages.passings.carriers.items():
            now = self._clock.now()
            channel = f"{MESSAGES}{way.value}"
            taking = partial(outbox.take, channel=channel, now=now, lease=LEASE, most=MOST_AT_ONCE)
            due = await self._database.write(taking)
            await asyncio.gather(*(self._carry(one, carrier) for one in due))

    async def delivered(self, of: str, reference: str) -> bool:
        """A service outside says that what it calls so has arrived; False if nothing of ours is called so."""
        return await self._heard(of, reference, Passing.DELIVERED, "")

    async def refused(self, of: str, reference: str, why: str) -> bool:
        """A service outside says that what it calls so was refused there for good; False if nothing is called so."""
        return await self._heard(of, reference, Passing.REFUSED, why)

    async def troubled(self, of: str, reference: str, why: str) -> bool:
        """A service outside says what keeps it, for now, from taking what it calls so; False if nothing is."""
        return await self._heard(of, reference, Passing.SENT, why)

    async def _heard(self, of: str, reference: str, state: Passing, why: str) -> bool:
        async def action(tx: Transaction) -> bool:
            found = await outsidestore.referred(tx, of, reference)
            if found is None:
                return False
            await self._told(tx, of, *found, state=state, detail=why)
            return True

        return await self._database.submit(action, of, can_wait=True)

    async def _carry(self, parcel: Parcel, carrier: Carrier) -> None:
        asking = partial(self._may_go, parcel=parcel)
        letter = await self._database.submit(asking, parcel.institution, can_wait=True)
        if letter is None:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                said: str | Never | NotNow | None = await carrier.carry(letter)
        except (Never, NotNow) as fault:
            said = fault
        except TimeoutError:
            said = NotNow("It was not taken in time.")
        except Exception:  # noqa: BLE001 - one message that we stumble over must not hold up the others
            _log.exception("a message could not be carried", conversation=letter.conversation)
            said = NotNow("The hub failed at this message; the operator can read why in its log.")
        await self._database.submit(partial(self._went, parcel=parcel, said=said), parcel.institution, can_wait=True)

    async def _may_go(self, tx: Transaction, parcel: Parcel) -> Letter | None:
        """The letter if it may leave now; what may not is withheld here and now, and its writer told."""
        if not await outbox.undone(tx, parcel):
            return None
        here = await self._messages.there(tx, parcel.institution)
        found = await self._found(tx, here, parcel)
        if found is None:
            await outbox.done(tx, parcel, "cancelled", None, here.now)
            return None
        one, message, passage, key = found
        to = await outsidestore.find(tx, self._messages.keyring.vault, here.of, parcel.recipient)
        bases = await outsidestore.bases(tx, key, here.of, one.id)
        head = await store.head(tx, key, one)
        why = may_leave(one, to, message, bases, head.get("title", ""), here.now) if to is not None else Withheld.ENDED
        if to is None or why is not None:
            await outbox.done(tx, parcel, "cancelled", why, here.now)
            await self._messages.passings.told(
                tx, here, one, message, replace(passage, state=Passing.WITHHELD, why=why, at=here.now)
            )
            return None
        basis = basis_for(bases, to.id, here.now)
        if basis is not None and passage.basis != basis.id:
            await outsidestore.keep(tx, key, here.of, [replace(passage, basis=basis.id)])
        return await letter_of(tx, self._messages, here, one, message, to, basis)

    async def _found(
        self, tx: Transaction, here: Here, parcel: Parcel
    ) -> tuple[Conversation, Message, Passage, Vault] | None:
        which, number = parcel.subject.removeprefix(MESSAGES), parcel.round
        one, key = await store.find(tx, here.of, which), await self._messages.keyring.find(tx, here.of, which)
        if one is None or key is None:
            return None
        message = await store.said(tx, key, here.of, which, number)
        passage = await outsidestore.passage_of(tx, key, here.of, which, number, parcel.recipient)
        return (one, message, passage, key) if message is not None and passage is not None else None

    async def _went(self, tx: Transaction, parcel: Parcel, said: str | Never | NotNow | None) -> None:
        now, which = self._clock.now(), parcel.subject.removeprefix(MESSAGES)
        if isinstance(said, NotNow):
            found = await self._found(tx, await self._messages.there(tx, parcel.institution), parcel)
            if found is not None and now < found[2].at + GIVEN_UP_AFTER:
                await outbox.later(tx, parcel, now + _later(parcel.attempts + 1, said), said.detail[:LONGEST_DETAIL])
                return
            said = Never(said.detail)
        refused = isinstance(said, Never)
        await outbox.done(tx, parcel, "failed" if refused else "sent", None, now)
        state = Passing.REFUSED if refused else Passing.SENT
        detail, reference = (said.detail, "") if isinstance(said, Never) else ("", said or "")
        of, number = parcel.institution, parcel.round
        await self._told(tx, of, which, number, parcel.recipient, state=state, detail=detail, reference=reference)

    async def _told(
        self, tx: Transaction, of: str, which: str, number: int, outside: str, *,
        state: Passing, detail: str, reference: str = "",
    ) -> None:  # fmt: skip
        here = await self._messages.there(tx, of)
        parcel = Parcel(of, f"{MESSAGES}{which}", outside, "", number, "", here.now)
        found = await self._found(tx, here, parcel)
        if found is None or (found[2].state, found[2].detail) == (state, detail[:LONGEST_DETAIL]):
            return
        one, message, passage, _ = found
        after = replace(
            passage, state=state, at=here.now, why=None,
            reference=reference or passage.reference, detail=detail[:LONGEST_DETAIL],
        )  # fmt: skip
        await self._messages.passings.told(tx, here, one, message, after)


def _later(attempts: int, said: NotNow) -> timedelta:
    """What the service asked for, or 5, 10, 20 … seconds up to a quarter of an hour."""
    return min(LONGEST_WAIT, timedelta(seconds=said.retry_after or 2.5 * 2 ** min(attempts, 20)))
