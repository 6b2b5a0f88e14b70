"""What is done about parties outside: who they are, who lets them in and why, and how that ends."""

from asyncio import Future
from collections.abc import Sequence
from enum import StrEnum

from hub.errors import Invalid, NotFound
from hub.messaging import conversation as life
from hub.messaging import liststore, outsidestore, store
from hub.messaging.actions import Messages
from hub.messaging.conversation import Address, Conversation, Kind
from hub.messaging.frames import subject
from hub.messaging.groundstore import choices
from hub.messaging.here import Here
from hub.messaging.outside import Outside
from hub.messaging.sharing import CONSENT, Basis, Withheld, basis_for, withdrawn
from hub.people.access import administers
from hub.people.faults import NotYours, say
from hub.storage import journal
from hub.storage.database import Transaction


class Earlier(StrEnum):
    """Why somebody outside may read what was written before they came: chosen, so that the journal can hold it."""

    ABOUT_IT = "about_it"
    ASKED = "asked"
    HANDED_ON = "handed_on"


def register(messages: Messages, token: str, new: Outside) -> "Future[None]":
    """Writes a party outside down, with the addresses that somebody has checked."""

    async def work(tx: Transaction, here: Here) -> None:
        _refuse_others(here)
        await outsidestore.register(tx, messages.keyring.vault, new)
        facts = {"role": new.role.value, "way": new.way.value}
        await journal.append(tx, here.of, here.now, "outside_registered", new.reader, here.me, facts)

    return messages.does(token, new.institution, work)


def remove(messages: Messages, token: str, of: str, which: str) -> "Future[None]":
    """Nothing is sent to them from now on, and they read nothing over a link of theirs."""

    async def work(tx: Transaction, here: Here) -> None:
        _refuse_others(here)
        if not await outsidestore.remove(tx, here.of, which, here.now):
            raise NotFound("No such party outside is registered here.")
        about = Address(Kind.OUTSIDE, which)
        for conversation in await liststore.with_outside(tx, here.of, which):
            await messages.passings.withhold(tx, here, conversation, {which: Withheld.ENDED})
        await journal.append(tx, here.of, here.now, "outside_removed", about.reader, here.me, {})

    return messages.does(token, of, work)


def invite(
    messages: Messages, token: str, of: str, which: str, outside: str, basis: Basis | None, earlier: Earlier | None
) -> "Future[None]":
    """Lets a party outside into a conversation, from now on unless there is a reason for more, and notes the basis."""

    async def work(tx: Transaction, here: Here) -> None:
        one = await messages.known(tx, here, which)
        (known,) = await _registered(tx, messages, here, [outside])
        to = Address(Kind.OUTSIDE, outside)
        after = life.joined(one, to, here.me, here.duties, here.site, here.now, from_beginning=earlier is not None)
        if after is not one:
            await messages.keep(tx, one, after)
            party = after.parties[-1]
            facts = {"party": party.number, "kind": to.kind.value, "who": outside, "reads_from": party.first}
            facts |= {"why": earlier.value} if earlier is not None else {}
            await journal.append(tx, here.of, here.now, "conversation_joined", subject(which), here.me, facts)
        if basis is not None:
            await _note(tx, messages, here, after, basis)
        if after is not one:
            await _catch_up(tx, messages, here, after, known)

    return messages.does(token, of, work)


def note(messages: Messages, token: str, of: str, which: str, basis: Basis) -> "Future[None]":
    """Notes on what a conversation is shared with somebody outside."""

    async def work(tx: Transaction, here: Here) -> None:
        one = await messages.known(tx, here, which)
        await _registered(tx, messages, here, basis.to)
        await _note(tx, messages, here, one, basis)

    return messages.does(token, of, work)


def withdraw(messages: Messages, token: str, of: str, which: str, basis: str) -> "Future[int]":
    """Ends a basis at once, also for what waits; the number of messages that this has kept back."""

    async def work(tx: Transaction, here: Here) -> int:
        one = await messages.known(tx, here, which)
        life.refuse_silent(one, here.me, here.duties)
        return await withdrawn_by(tx, messages, here, one, basis)

    return messages.does(token, of, work)


async def withdrawn_by(tx: Transaction, messages: Messages, here: Here, one: Conversation, basis: str) -> int:
    """Ends a basis in the name of whoever is here."""
    key = await messages.key(tx, one)
    bases = await outsidestore.bases(tx, key, here.of, one.id)
    found = next((known for known in bases if known.id == basis), None)
    if found is None:
        raise NotFound("basis: this conversation has no such basis")
    ended = withdrawn(found, here.me, here.now)
    await outsidestore.withdraw(tx, here.of, one.id, basis, here.me, here.now)
    facts = {"basis": basis, "ground": found.ground, "to": list(found.to)}
    await journal.append(tx, here.of, here.now, "sharing_withdrawn", subject(one.id), here.me, facts)
    left = [known if known is not found else ended for known in bases]
    stops = {who: Withheld.WITHDRAWN for who in found.to if basis_for(left, who, here.now) is None}
    return await messages.passings.withhold(tx, here, one, stops)


async def _note(tx: Transaction, messages: Messages, here: Here, one: Conversation, basis: Basis) -> None:
    life.refuse_silent(one, here.me, here.duties)
    there = await choices(tx, here.site, here.now)
    if basis.ground not in {CONSENT, *there}:
        raise Invalid(f"ground: choose one of {', '.join([CONSENT, *there])}")
    await outsidestore.note(tx, await messages.key(tx, one), here.of, one.id, basis)
    facts = {"basis": basis.id, "ground": basis.ground, "to": list(basis.to)}
    await journal.append(tx, here.of, here.now, "sharing_noted", subject(one.id), here.me, facts)


async def _catch_up(tx: Transaction, messages: Messages, here: Here, one: Conversation, to: Outside) -> None:
    """Puts what was written before on its way, as far as whoever has come may read it."""
    key = await messages.key(tx, one)
    for number in range(one.parties[-1].first, one.last + 1):
        message = await store.said(tx, key, here.of, one.id, number)
        if message is not None:
            await messages.passings.put(tx, here, one, message, to)


async def _registered(tx: Transaction, messages: Messages, here: Here, some: Sequence[str]) -> list[Outside]:
    found = [await outsidestore.find(tx, messages.keyring.vault, here.of, which) for which in some]
    there = [one for one in found if one is not None and one.there(here.now)]
    if len(there) < len(some):
        raise NotFound("to: nobody outside of this id is registered here, or not any more")
    return there


def _refuse_others(here: Here) -> None:
    if not administers(here.by):
        raise NotYours(say("This is for those who manage the institution: ask one of them."))
