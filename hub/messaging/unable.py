"""What is said of a document that cannot be taken at the moment, so that whoever sent it need not wonder."""

import asyncio
from collections.abc import Callable

import structlog

from hub.clock import Clock
from hub.messaging.mailbox import Opened, Reply, Standard, Unreadable
from hub.ports import Mailbox, Never, NotNow, Waiting

_LATER = "Nothing can be taken here at the moment: it is taken as soon as it can be, or send it again"
_NEVER = "It could not be taken here, however often it was tried: call whom it is for"

_log = structlog.get_logger("hub.messaging.mailbox")


class Unable:
    """Answers straight into the mailbox, since it may be the database that is away; each document once."""

    def __init__(self, clock: Clock, standard: Standard, box: Mailbox) -> None:
        self._clock = clock
        self._standard = standard
        self._box = box
        self._told: set[str] = set()

    async def later(self, one: Waiting) -> None:
        """It stays in the mailbox and is tried again; a copy may come meanwhile."""
        if one.name not in self._told and await self._say(
            one, lambda opened: self._standard.not_now(opened, _LATER, self._clock.now())
        ):
            self._told.add(one.name)

    async def never(self, one: Waiting) -> None:
        """It is set aside: whoever sent it is told that it did not arrive."""
        await self._say(one, lambda opened: self._standard.refuse(opened, _NEVER, self._clock.now()).reply)

    def forget(self, name: str) -> None:
        self._told.discard(name)

    async def _say(self, one: Waiting, answer: Callable[[Opened], Reply | None]) -> bool:
        """Whether all that can be said has been."""
        try:
            opened = await asyncio.to_thread(self._standard.open, one.content)
            reply = answer(opened) if opened.answer is None else None
            if reply is not None:
                await self._box.put(reply.key, reply.content)
        except (Unreadable, Never, NotNow) as fault:
            _log.info("nobody could be told that a document waits", why=fault.detail)
            return isinstance(fault, Unreadable)
        return True
