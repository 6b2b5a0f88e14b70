"""Carries the outbox out of the house: what is due, over its channel, and never one waiting for another."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

import structlog
from structlog.contextvars import bind_contextvars

from hub.clock import Clock, woken
from hub.delivery import store as receipts
from hub.delivery.receipts import Stage
from hub.ports import Channel, Never, Notice, NotNow
from hub.storage import journal, outbox
from hub.storage.database import Database, Reader, Transaction
from hub.storage.outbox import Parcel, Posted

LOOK_EVERY = timedelta(seconds=1)
# Longer than any channel may take: a sender that died lets its parcels go again after this.
LEASE = timedelta(seconds=15)
GIVE_UP_AFTER = 8
# Each channel has its own places, so that one that hangs holds up no other; what has no place is not leased either.
PLACES = 50

_log = structlog.get_logger("hub.post")

Describe = Callable[[Parcel], Notice]


@dataclass(frozen=True, slots=True)
class Target:
    """One address of a recipient; `which` names it where a recipient has several, as browsers are."""

    address: str = field(repr=False)
    which: str | None = None


@dataclass(frozen=True, slots=True)
class Unserved:
    """Something had waited for a channel that this hub has not."""

    channel: str


@dataclass(frozen=True, slots=True)
class Carried:
    """A service outside has answered for a parcel, one way or the other."""

    parcel: Parcel
    taken: bool
    began: datetime
    ended: datetime


Targets = Callable[[Reader, Parcel], Awaitable[Sequence[Target]]]
Bury = Callable[[Parcel, str, str], Awaitable[None]]


def retry_after(attempts: int, asked: float | None) -> timedelta:
    """Seconds until the next attempt: what the service asked for, or 2, 4, 8 … up to a minute."""
    return timedelta(seconds=min(60.0, asked if asked is not None else 2.0**attempts))


class Post:
    """Sends what is due; a slow or failing service delays nobody else."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel],
        describe: Describe,
        targets: Targets,
        bury: Bury,
        behind: timedelta = timedelta(),
        carried: Callable[[Carried], None] = lambda _carried: None,
    ) -> None:
        """A post that is `behind` leaves to others what is not overdue by so much."""
        self._database = database
        self._clock = clock
        self._channels = channels
        self._describe = describe
        self._targets = targets
        self._bury = bury
        self._carried = carried
        self._sending: dict[str, set[asyncio.Task[None]]] = {name: set() for name in channels}
        self._behind = behind
        self._sooner = asyncio.Event()
        self._sweeping = asyncio.Lock()
        if not behind:
            database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        if any(isinstance(fact, Posted) for fact in facts):
            self._sooner.set()

    async def run(self) -> None:
        """Sends for ever; what waits for a channel that this hub was started without makes way for the next one."""
        async with self._database.read() as tx:
            unserved = {name for name in await outbox.channels(tx) if not name.startswith(outbox.CARRIED_ELSEWHERE)}
        self._sending |= {name: set() for name in unserved - set(self._channels)}
        await self.carry_on()

    async def carry_on(self) -> None:
        """Sends for ever over the channels that there are, waking at the earliest due time."""
        try:
            while True:
                await self.sweep()
                now = self._clock.now()
                async with self._database.read() as tx:
                    due = await outbox.next_due_after(tx, now - self._behind)
                soon = now + LOOK_EVERY
                await woken(self._sooner, self._clock, min(soon, due + self._behind) if due is not None else soon)
        finally:
            for task in chain.from_iterable(self._sending.values()):
                task.cancel()

    async def sweep(self, only: str | None = None) -> None:
        """Takes all that is due now, or what is due over one channel, and starts sending it."""
        async with self._sweeping:
            now = self._clock.now()
            for channel, sending in self._sending.items():
                free = PLACES - len(sending)
                if free > 0 and only in (None, channel):
                    for parcel in await self._take(channel, now, free):
                        task = asyncio.create_task(self._carry(parcel))
                        sending.add(task)
                        task.add_done_callback(partial(self._sent, sending))

    async def finish(self) -> None:
        """Takes nothing from now on, and returns when all that is under way has been sent."""
        # Kept for good: no sweep begins after this one.
        await self._sweeping.acquire()
        under_way = [*chain.from_iterable(self._sending.values())]
        if under_way:
            await asyncio.wait(under_way)

    async def _take(self, channel: str, now: datetime, most: int) -> list[Parcel]:
        lease = LEASE + self._behind
        return await self._database.write(lambda tx: outbox.take(tx, channel, now - self._behind, lease, most))

    def _sent(self, sending: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
        if len(sending) == PLACES:
            self._sooner.set()
        sending.discard(task)

    async def _carry(self, parcel: Parcel) -> None:
        bind_contextvars(alarm=parcel.subject)

        async def action(tx: Transaction) -> Sequence[Target] | None:
            return await self._targets(tx, parcel) if await outbox.undone(tx, parcel) else None

        # Among the writes, though it writes nothing: a reader of its own would cost each parcel more than sending it.
        targets = await self._database.write(action, of=parcel.institution)
        if targets is None:
            return
        channel = self._channels.get(parcel.channel)
        if channel is None:
            await self._fail(parcel, f"this hub has no channel {parcel.channel} any more", Unserved(parcel.channel))
            return
        if not targets:
            await self._fail(parcel, "the recipient has no address there any more")
            return
        began = self._clock.now()
        answers = await asyncio.gather(*(self._send(channel, parcel, target) for target in targets))
        taken = [answer for answer in answers if not isinstance(answer, NotNow | Never)]
        self._carried(Carried(parcel, bool(taken), began, self._clock.now()))
        later = [answer for answer in answers if isinstance(answer, NotNow)]
        if taken:
            await self._sent_on(parcel, taken[0])
        elif later:
            await self._retry(parcel, later[0])
        else:
            await self._fail(parcel, "; ".join({answer.detail for answer in answers if isinstance(answer, Never)}))

    async def _send(self, channel: Channel, parcel: Parcel, target: Target) -> str | NotNow | Never | None:
        """The service's reference, or its refusal."""
        try:
            return await channel.send(self._describe(parcel), target.address)
        except NotNow as refusal:
            return refusal
        except Never as refusal:
            if refusal.more.get("gone") and target.which is not None:
                await self._bury(parcel, target.which, refusal.detail)
            return refusal
        except Exception as error:  # noqa: BLE001 - an adapter's own fault must not lose the parcel
            _log.exception("a channel failed in an unexpected way", channel=parcel.channel)
            return NotNow(f"the adapter failed: {type(error).__name__}")

    async def _retry(self, parcel: Parcel, refusal: NotNow) -> None:
        if parcel.attempts + 1 >= GIVE_UP_AFTER:
            await self._fail(parcel, f"given up after {GIVE_UP_AFTER} attempts: {refusal.detail}")
            return
        now = self._clock.now()
        due = now + retry_after(parcel.attempts + 1, refusal.retry_after)

        async def action(tx: Transaction) -> None:
            await outbox.later(tx, parcel, due, refusal.detail)
            await self._hurry(tx, parcel, now)
            await self._note(tx, parcel, "delayed", refusal.detail, now)

        await self._database.write(action, of=parcel.institution)

    async def _fail(self, parcel: Parcel, why: str, *facts: object) -> None:
        now = self._clock.now()

        async def action(tx: Transaction) -> None:
            await outbox.done(tx, parcel, "failed", why, now)
            await self._hurry(tx, parcel, now)
            if not await outbox.waits(tx, parcel):
                await receipts.mark(tx, parcel.institution, parcel.subject, parcel.recipient, Stage.FAILED, now)
            await self._note(tx, parcel, "not_sent", why, now)
            for fact in facts:
                tx.announce(fact)

        await self._database.write(action, of=parcel.institution)

    async def _hurry(self, tx: Transaction, parcel: Parcel, now: datetime) -> None:
        # Once only: what was called in this one's place has its own time to be heard before the next.
        if not parcel.attempts:
            await outbox.hurry(tx, parcel, now)

    async def _sent_on(self, parcel: Parcel, reference: str | None) -> None:
        now = self._clock.now()

        async def action(tx: Transaction) -> None:
            await outbox.done(tx, parcel, "sent", reference, now)
            await self._note(tx, parcel, "sent", reference, now)

        await self._database.write(action, of=parcel.institution)

    async def _note(self, tx: Transaction, parcel: Parcel, event: str, detail: str | None, now: datetime) -> None:
        facts = {"to": parcel.recipient, "channel": parcel.channel, "attempt": parcel.attempts + 1}
        facts |= {"detail": detail} if detail else {}
        tx.announce(await journal.append(tx, parcel.institution, now, event, parcel.subject, None, facts))
