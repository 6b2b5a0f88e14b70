"""Files are looked at, looked through for viruses, and sealed away before any message carries them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from functools import partial

import structlog
from uuid_utils import uuid7

from hub.clock import Clock
from hub.errors import NotFound, Unavailable
from hub.messaging import attachmentstore
from hub.messaging.attachment import Attachment, Offered, of, refuse_too_much, refused
from hub.messaging.conversation import Conversation
from hub.messaging.filekinds import looked_at
from hub.messaging.here import Here
from hub.messaging.message import Saying
from hub.people.faults import say
from hub.ports import Never, NotNow, Scanner
from hub.storage import journal
from hub.storage.database import Database, Transaction
from hub.storage.vault import Vault

# A lane of its own, as if it were an institution: so a large file takes nobody's turn.
LANE = "attachments"

_log = structlog.get_logger("hub.attachments")


class Unscanned(Unavailable):
    """Nobody can say now whether a file holds a virus, so it is not taken."""

    text = say("The virus scanner does not answer, so no file is taken now: send the message without it, or wait.")

    def __init__(self) -> None:
        super().__init__(str(self.text))


async def going_with(
    tx: Transaction, key: Vault, here: Here, one: Conversation, saying: Saying
) -> tuple[Attachment, ...]:
    """The files that go with what is said: those that were sent before, and those taken just now."""
    before = await attachmentstore.waiting(tx, key, here.of, one.id, here.me, saying.attachments)
    if len(before) < len(set(saying.attachments)):
        raise NotFound("attachments: a file is not there, or went with another message: send it anew")
    refuse_too_much([each.size for each in (*before, *saying.files)])
    return (*before, *saying.files)


class Attaching:
    """Takes files in, and gives them out again: whoever calls has seen to it that whoever asks may."""

    def __init__(self, database: Database, clock: Clock, scanner: Scanner | None) -> None:
        self._database = database
        self._clock = clock
        self.scanner = scanner

    async def take(self, institution: str, owner: str, offered: Sequence[Offered]) -> tuple[Attachment, ...]:
        """Keeps these files for one message that is to carry them, all or none.

        FieldProblem (`files`) says what is wrong with one. Until a message carries them nobody can open them, and
        those that none does are deleted after a day.
        """
        refuse_too_much([len(one.content) for one in offered])
        known = [await asyncio.to_thread(looked_at, one) for one in offered]
        for (name, kind), one in zip(known, offered, strict=True):
            await self._look_through(institution, owner, name, kind, one.content)
        return tuple(
            [
                await self._keep(institution, owner, name, kind, one.content)
                for (name, kind), one in zip(known, offered, strict=True)
            ]
        )

    async def content(self, institution: str, one: Attachment) -> AsyncIterator[bytes]:
        """What is in a file, piece by piece; Unavailable once it is gone."""
        for number in range(one.pieces):
            async with self._database.read() as tx:
                sealed = await attachmentstore.piece(tx, institution, one.id, number)
            if sealed is None:
                raise Unavailable("The file is gone: its conversation was destroyed meanwhile.")
            yield one.opened(number, sealed)

    async def _keep(self, institution: str, owner: str, name: str, kind: str, content: bytes) -> Attachment:
        key, salt = secrets.token_bytes(32), secrets.token_bytes(16)
        one = await asyncio.to_thread(of, str(uuid7()), name, kind, content, key, salt)
        comes = partial(attachmentstore.comes, of=institution, which=one.id, owner=owner, now=self._clock.now())
        await self._database.submit(comes, LANE, can_wait=True)
        for number, sealed in one.sealed(content):
            piece = partial(attachmentstore.keep_piece, of=institution, which=one.id, number=number, sealed=sealed)
            await self._database.submit(piece, LANE, can_wait=True)
        return one

    async def _look_through(self, institution: str, owner: str, name: str, kind: str, content: bytes) -> None:
        if self.scanner is None:
            return
        try:
            found = await self.scanner.scan(content)
        except (NotNow, Never) as error:
            _log.info("a file could not be looked through for viruses", why=error.detail)
            raise Unscanned from error
        if found is None:
            return
        facts = {"kind": kind, "size": len(content), "found": found[:80]}

        async def refusal(tx: Transaction) -> None:
            now = self._clock.now()
            await journal.append(tx, institution, now, "attachment_refused", "attachments", owner, facts)

        await self._database.submit(refusal, institution, can_wait=True)
        raise refused(
            say("{name} holds a virus, says the scanner, and was not taken: tell your IT department.", name=name)
        )
