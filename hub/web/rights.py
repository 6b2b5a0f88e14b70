"""Open sockets end with the right that opened them: a session signed out or expired, a device revoked."""

from collections.abc import Sequence
from datetime import timedelta

from hub.errors import Unauthenticated
from hub.people.events import SessionEnded
from hub.people.store import principal, versions
from hub.storage.journal import Entry
from hub.web.services import Services
from hub.web.socket import LiveSocket

LOOK_EVERY = timedelta(seconds=1)
AGAIN = 1012
GONE = 4401  # the socket's 401: do not come back with this credential


class Rights:
    """Watches the sites of connected devices; the site may be changed by another process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seen: dict[str, int] = {}
        services.database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        for fact in facts:
            if isinstance(fact, SessionEnded):
                for wire in tuple(self._services.sockets.of_person(fact.institution, fact.person)):
                    if isinstance(wire, LiveSocket) and wire.principal.session == fact.session:
                        wire.end(GONE, "signed out")

    def followed(self, entry: Entry) -> None:
        """Another hub has ended a session: which of them, the next look finds."""
        if entry.event == "session_ended":
            self._seen.pop(entry.institution, None)

    async def run(self) -> None:
        while True:
            await self.look()
            await self._services.clock.sleep_until(self._services.clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Ends every socket whose credential no longer holds."""
        services = self._services
        now = services.clock.now()
        wires = [wire for wire in services.sockets if isinstance(wire, LiveSocket)]
        if not wires:
            return
        async with services.database.read() as tx:
            changed = set()
            for institution in {wire.institution for wire in wires}:
                version = (await versions(tx, institution) or (0, 0))[0]
                # One not seen before counts as changed: it may have, since its sockets were let in.
                if self._seen.get(institution) != version:
                    self._seen[institution] = version
                    changed.add(institution)
            for wire in wires:
                expires = wire.principal.expires_at
                if wire.institution in changed or (expires is not None and expires <= now):
                    try:
                        by = await principal(tx, wire.token, now)
                    except Unauthenticated:
                        wire.end(GONE, "this credential no longer holds")
                    else:
                        if by.name != wire.principal.name:
                            wire.end(AGAIN, "this device is somebody else's now: connect again")
                        wire.principal = by
