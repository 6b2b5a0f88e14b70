"""The code that is sent to whoever opens a link, to the address that was registered for them beforehand."""

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

from hub.clock import Clock
from hub.errors import TooManyTries
from hub.messaging import linkstore
from hub.messaging.frames import subject
from hub.messaging.notice import Say
from hub.people.attempts import Attempts
from hub.ports import Channel, Correspondent, Never, Notice
from hub.storage import journal
from hub.storage.database import Database, Transaction
from hub.storage.vault import Keys

LASTS = timedelta(minutes=10)
MOST_TRIES = 5
# A new code is sent for the asking: whoever has the link could guess for as long as it takes.
MOST_WRONG = 30
DIGITS = 6


class OneTimeCode:
    """Sends six digits that are good once, for ten minutes and five tries; what is kept of them opens nothing.

    Wrong ones count on from code to code until one is right: at some number the link itself is shut.
    """

    def __init__(self, database: Database, clock: Clock, channels: Mapping[str, Channel], keys: Keys, say: Say) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._keys = keys
        self._say = say
        self._asked = Attempts(3, LASTS)

    async def begin(self, link: str, to: Correspondent) -> str | None:
        """Sends a new code; the one before is good no more."""
        now = self._clock.now()
        if (wait := self._asked.wait(link, now)) > 0:
            raise TooManyTries("Several codes were sent already: use the newest, or wait.", retry_after=wait)
        self._asked.count(link, now)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        hashed = self._hashed(link, code, self._keys()[0])

        async def action(tx: Transaction) -> None:
            await linkstore.sent(tx, link, hashed, now + LASTS)

        await self._database.write(action)
        say = self._say
        text = say("Your code is {code}. It is good for {n} minutes.", code=code, n=LASTS // timedelta(minutes=1))
        notice = Notice(uuid4().hex, text, "", f"outside-code:{link}", expires_in=int(LASTS.total_seconds()))
        await send(self._channels, notice, to)
        return None

    async def proves(self, link: str, given: str) -> bool:
        """Whether this is the code; a wrong one counts before it is looked at, so that many at once gain nothing."""
        now = self._clock.now()

        async def action(tx: Transaction) -> bool:
            found = await linkstore.find(tx, link)
            if found is None or found.code is None or found.code_until is None or found.code_until <= now:
                return False
            if found.tries >= MOST_TRIES:
                raise TooManyTries("This code was tried too often: ask for a new one.")
            await linkstore.tried(tx, link)
            fits = [hmac.compare_digest(found.code, self._hashed(link, given.strip(), key)) for key in self._keys()]
            if any(fits):
                await linkstore.proved(tx, link)
            elif found.wrong + 1 >= MOST_WRONG:
                await linkstore.shut(tx, link)
                facts = {"to": found.outside}
                await journal.append(
                    tx, found.institution, now, "outside_link_shut", subject(found.conversation), None, facts
                )
            return any(fits)

        async with self._database.read() as tx:
            known = await linkstore.find(tx, link)
        return known is not None and await self._database.write(action, of=known.institution)

    def _hashed(self, link: str, code: str, key: bytes) -> str:
        return hmac.digest(key, f"outside-code/{link}/{code}".encode(errors="backslashreplace"), sha256).hex()


async def send(channels: Mapping[str, Channel], notice: Notice, to: Correspondent) -> str | None:
    """Sends it to the telephone, or else to the mailbox, that was registered for them."""
    for name, address in (("sms", to.phone), ("email", to.email)):
        channel = channels.get(name)
        if channel is not None and address:
            return await channel.send(notice, address)
    raise Never("This hub has no channel to the addresses that were registered for them: set up SMS or e-mail.")
