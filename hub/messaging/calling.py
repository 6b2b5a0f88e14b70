"""Calls people to an urgent message until it is answered, through the outbox that alarms use."""

from collections.abc import Collection
from dataclasses import dataclass

from hub.delivery.ways import Ways
from hub.errors import NotFound
from hub.messaging import notice, store, urgentstore
from hub.messaging.conversation import Conversation, called_in
from hub.messaging.frames import envelope, frame, subject
from hub.messaging.here import Here
from hub.messaging.keystore import Keyring
from hub.messaging.message import Message
from hub.messaging.urgency import Step, Urgent, answers, next_step, stepped, waits_for
from hub.storage import journal, outbox
from hub.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Calling:
    """What is done for urgent messages, each within its caller's transaction."""

    keyring: Keyring
    ways: Ways

    async def begin(self, tx: Transaction, here: Here, one: Conversation, message: Message) -> None:
        """Calls everybody whom a new urgent message is for."""
        urgent = Urgent(here.of, one.id, message.number, here.me)
        await urgentstore.add(tx, urgent)
        step = next_step(one, urgent, here.site, here.duties, here.now)
        # The others' screens have it already, with the message itself.
        instead = {call.person for call in step.call} - set(one.readers(here.duties))
        one = await self._apply(tx, here, one, urgent, step)
        if instead:
            await self._tell(tx, here, one, stepped(urgent, step, here.now), "message_called", sorted(instead))

    async def go_on(self, tx: Transaction, here: Here, urgent: Urgent) -> bool:
        """Calls who has come on duty since, everybody anew when their time is over, and lets go of who has left."""
        one = await store.find(tx, here.of, urgent.conversation)
        if one is None:
            return False
        step = next_step(one, urgent, here.site, here.duties, here.now)
        if not (step.call or step.let_go or step.closed):
            return False
        one = await self._apply(tx, here, one, urgent, step)
        if step.call:
            called = [call.person for call in step.call]
            await self._tell(tx, here, one, stepped(urgent, step, here.now), "message_called", called)
        return True

    async def answer(self, tx: Transaction, here: Here, one: Conversation, number: int) -> bool:
        """Somebody takes it upon them: for themselves, and for all who are on duty with them."""
        urgent = await urgentstore.find(tx, here.of, one.id, number)
        if urgent is None or not one.may_read(here.me, number, here.duties):
            raise NotFound("number: there is no such urgent message for you to answer")
        waiting, call = waits_for(one, urgent, here.site, here.duties), urgent.call_of(here.me)
        if here.me not in waiting and (call is None or call.answered_at is not None):
            return False
        after = answers(urgent, here.me, waiting.get(here.me), here.now)
        await outbox.drop(tx, here.of, notice.about(one.id, number), here.now, here.me)
        await self._apply(tx, here, one, after, next_step(one, after, here.site, here.duties, here.now))
        await self._tell(tx, here, one, after, "message_acknowledged", one.readers(here.duties))
        return True

    async def _apply(self, tx: Transaction, here: Here, one: Conversation, urgent: Urgent, step: Step) -> Conversation:
        await urgentstore.keep(tx, stepped(urgent, step, here.now))
        of, which, number = here.of, urgent.conversation, urgent.number
        for who in step.let_go:
            await outbox.drop(tx, of, notice.about(which, number), here.now, who)
        for call in step.call:
            before, one = one, called_in(one, call.person, number, here.duties, here.now)
            if one is not before:
                await store.change(tx, before, one)
                facts = {"party": one.parties[-1].number, "who": call.person, "reads_from": number, "for": call.unit}
                await journal.append(tx, of, here.now, "conversation_joined", subject(which), None, facts)
            calls = notice.calls(self.ways, here.site, which, number, call, urgent.author, here.now)
            await outbox.add(tx, list(calls))
        return one

    async def _tell(
        self,
        tx: Transaction,
        here: Here,
        one: Conversation,
        urgent: Urgent,
        event: str,
        to: Collection[str],
    ) -> None:
        actor = here.me if event == "message_acknowledged" else None
        number = urgent.number
        facts = {"number": number, "to": list(to)}
        entry = await journal.append(tx, here.of, here.now, event, subject(one.id), actor, facts)
        key = await self.keyring.find(tx, here.of, one.id)
        message = await store.said(tx, key, here.of, one.id, number) if key is not None else None
        if message is not None:
            answered = await urgentstore.answers_to(tx, here.of, one.id, message)
            waiting = waits_for(one, urgent, here.site, here.duties)
            shown = frame(entry, message, answered, tuple(waiting), here.site)
            tx.announce(envelope(entry, shown, to))
