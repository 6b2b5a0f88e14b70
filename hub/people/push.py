"""The browsers that a person can be reached in with the page closed: their push subscriptions, sealed at rest."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from hub.clock import Clock, instant
from hub.people import pushstore
from hub.people.access import Principal
from hub.people.events import SiteSetUp
from hub.storage import journal
from hub.storage.database import Database, Reader, Row, Transaction
from hub.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class Subscribed:
    """One browser's subscription; `address` is what the push channel sends to, and as good as a key."""

    id: str
    person: str
    address: str = field(repr=False)
    agent: str
    created_at: datetime
    proven_at: datetime | None


class PushBook:
    """Who can be reached by push, and where."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def subscribe(self, by: Principal, person: str, endpoint: str, address: str, agent: str) -> str:
        """Keeps a browser's subscription for the person; the same browser again replaces it. Gives its id."""
        which = sha256(endpoint.encode()).hexdigest()[:32]

        async def action(tx: Transaction) -> str:
            now = self._clock.now()
            sealed = self._vault.seal(address.encode(), _bound(by.institution, which))
            await pushstore.keep(tx, by.institution, which, person, sealed, agent, now, by.session or by.device)
            await self._changed(tx, by.institution, now, "push_subscribed", person, which)
            return which

        return await self._database.write(action, of=by.institution)

    async def bury(self, institution: str, person: str, which: str, why: str) -> bool:
        """Gives a subscription of the person's up; False if that was done before."""

        async def action(tx: Transaction) -> bool:
            now = self._clock.now()
            if not await pushstore.bury(tx, institution, person, which, why, now):
                return False
            await self._changed(tx, institution, now, "push_lost", person, which)
            return True

        return await self._database.write(action, of=institution)

    async def alive(self, tx: Reader, institution: str, person: str) -> list[Subscribed]:
        """The person's subscriptions that can be sent to."""
        return [self._subscribed(row) for row in await pushstore.alive(tx, institution, person)]

    def _subscribed(self, row: Row) -> Subscribed:
        address = self._vault.open(row["sealed"], _bound(row["institution"], row["id"]))
        proven_at = instant(row["proven_at"]) if row["proven_at"] is not None else None
        return Subscribed(
            row["id"], row["person"], address.decode(), row["agent"], instant(row["created_at"]), proven_at
        )

    async def _changed(
        self, tx: Transaction, institution: str, now: datetime, event: str, person: str, which: str
    ) -> None:
        version = await pushstore.next_site_version(tx, institution)
        await journal.append(tx, institution, now, event, subject=person, actor=person, facts={"subscription": which})
        tx.announce(SiteSetUp(institution, version))


def _bound(institution: str, which: str) -> str:
    return f"push_subscription/{institution}/{which}"
