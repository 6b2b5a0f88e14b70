"""What is done about our addresses in mailboxes: which there are, and who in the house has what comes there."""

from asyncio import Future

from hub.errors import NotFound
from hub.messaging import placestore
from hub.messaging.actions import Messages
from hub.messaging.here import Here
from hub.messaging.mailbox import Place
from hub.messaging.outside import Way
from hub.people.access import administers
from hub.people.faults import FieldProblem, NotYours, say
from hub.storage import journal
from hub.storage.database import Transaction


def add(messages: Messages, token: str, new: Place) -> "Future[None]":
    """Receives from now on what is sent there; FieldProblem where the number leads somewhere already."""

    async def work(tx: Transaction, here: Here) -> None:
        _refuse_others(here)
        there = [one for one in await placestore.everywhere(tx, new.way) if one.number == new.number]
        # A municipality's houses share its CVR number, and a letter's answer says which of them it is for.
        if new.way is Way.MEDCOM and there:
            raise FieldProblem({"number": say("This number is in use already: each place has one of its own.")})
        await placestore.add_place(tx, new)
        facts = {"way": new.way.value, "number": new.number, "kind": new.to.kind.value, "who": new.to.who}
        await journal.append(tx, here.of, here.now, "mailbox_place_added", _subject(new.id), here.me, facts)

    return messages.does(token, new.institution, work)


def drop(messages: Messages, token: str, of: str, which: str) -> "Future[None]":
    """Nothing is received there from now on."""

    async def work(tx: Transaction, here: Here) -> None:
        _refuse_others(here)
        if not await placestore.drop_place(tx, here.of, which):
            raise NotFound("There is no such address here.")
        await journal.append(tx, here.of, here.now, "mailbox_place_dropped", _subject(which), here.me, {})

    return messages.does(token, of, work)


def _refuse_others(here: Here) -> None:
    if not administers(here.by):
        raise NotYours(say("This is for those who manage the institution: ask one of them."))


def _subject(which: str) -> str:
    return f"mailbox_place:{which}"
