"""What somebody has begun to write, and the texts that a house begins from."""

from asyncio import Future
from collections.abc import Collection

from uuid_utils import uuid7

from hub.errors import NotFound
from hub.messaging import attachmentstore, draftstore
from hub.messaging.actions import Messages
from hub.messaging.attachment import Attachment
from hub.messaging.frames import subject
from hub.messaging.here import Here
from hub.people.access import leads
from hub.people.faults import NotYours, say
from hub.storage import journal
from hub.storage.database import Transaction


def keep(messages: Messages, token: str, of: str, about: str, text: str) -> "Future[None]":
    """Keeps a draft for the one who wrote it alone, on whichever device they go on."""

    async def work(tx: Transaction, here: Here) -> None:
        if not text:
            await draftstore.forget(tx, here.of, here.me, about)
            return
        if about != draftstore.NEW:
            await messages.known(tx, here, about)
        await draftstore.keep(tx, messages.keyring.vault, here.of, here.me, about, text, here.now)

    return messages.does(token, of, work)


def attach(messages: Messages, token: str, of: str, which: str, files: Collection[Attachment]) -> "Future[None]":
    """Lets files that were taken wait for the message that is to carry them, theirs alone until then."""

    async def work(tx: Transaction, here: Here) -> None:
        one = await messages.writing(tx, here, which)
        await attachmentstore.bind(tx, await messages.key(tx, one), here.of, which, None, files)
        kept = {each.id: each.fingerprint for each in files}
        await journal.append(tx, of, here.now, "attachments_added", subject(which), here.me, {"attachments": kept})

    return messages.does(token, of, work)


def add_template(messages: Messages, token: str, of: str, title: str, text: str) -> "Future[None]":
    """Adds a text that everybody in the house may begin from."""

    async def work(tx: Transaction, here: Here) -> None:
        _refuse_others(here)
        which = str(uuid7())
        await draftstore.add_template(tx, messages.keyring.vault, here.of, which, title, text, here.now)
        await journal.append(tx, here.of, here.now, "message_template_added", f"template:{which}", here.me, {})

    return messages.does(token, of, work)


def drop_template(messages: Messages, token: str, of: str, which: str) -> "Future[None]":
    """Takes a template away."""

    async def work(tx: Transaction, here: Here) -> None:
        _refuse_others(here)
        if not await draftstore.drop_template(tx, here.of, which):
            raise NotFound("No such template here.")
        await journal.append(tx, here.of, here.now, "message_template_dropped", f"template:{which}", here.me, {})

    return messages.does(token, of, work)


def _refuse_others(here: Here) -> None:
    if not leads(here.by):
        raise NotYours(say("This is for those who lead a unit: ask one of them."))
