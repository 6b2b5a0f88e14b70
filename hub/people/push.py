"""The browsers that a person can be reached in with the page closed: their push subscriptions, sealed at rest."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.sqlite import insert

from hub.clock import Clock, instant, micros
from hub.people import tables
from hub.people.access import Principal
from hub.people.events import SiteSetUp
from hub.storage import journal
from hub.storage.database import Database, Reader, Row, Transaction
from hub.storage.vault import Vault

subscription = tables.push_subscription

_HERE = subscription.c.institution == bindparam("of")
_THIS = (_HERE, subscription.c.id == bindparam("which"))
_ALIVE = subscription.c.dead_at.is_(None)
_OF_PERSON = select(subscription).where(_HERE, subscription.c.person == bindparam("who"))
_ALIVE_OF_PERSON = _OF_PERSON.where(_ALIVE)
_KEEP = insert(subscription)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["institution", "id"],
    set_={name: _KEEP.excluded[name] for name in ("person", "sealed", "agent", "created_at", "dead_at", "why")},
)
_BURY = update(subscription).where(*_THIS, _ALIVE).values(dead_at=bindparam("now"), why=bindparam("reason"))
_PROVE = update(subscription).where(*_THIS).values(proven_at=bindparam("now"))
_BUMP = (
    update(tables.institution)
    .where(tables.institution.c.id == bindparam("of"))
    .values(site_version=tables.institution.c.site_version + 1)
)
_VERSION = select(tables.institution.c.site_version).where(tables.institution.c.id == bindparam("of"))


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
            await tx.run(
                _KEEP,
                institution=by.institution,
                id=which,
                person=person,
                sealed=self._vault.seal(address.encode(), _bound(by.institution, which)),
                agent=agent[:200],
                created_at=micros(now),
                proven_at=None,
                dead_at=None,
                why=None,
            )
            await self._changed(tx, by.institution, now, "push_subscribed", person, which)
            return which

        return await self._database.write(action)

    async def bury(self, institution: str, person: str, which: str, why: str) -> bool:
        """Gives a subscription up; False if that was done before."""

        async def action(tx: Transaction) -> bool:
            now = self._clock.now()
            if not await tx.run(_BURY, of=institution, which=which, now=micros(now), reason=why):
                return False
            await self._changed(tx, institution, now, "push_lost", person, which)
            return True

        return await self._database.write(action)

    async def alive(self, tx: Reader, institution: str, person: str) -> list[Subscribed]:
        """The person's subscriptions that can be sent to."""
        rows = await tx.rows(_ALIVE_OF_PERSON, of=institution, who=person)
        return [self._subscribed(row) for row in rows]

    def _subscribed(self, row: Row) -> Subscribed:
        address = self._vault.open(row["sealed"], _bound(row["institution"], row["id"]))
        proven_at = instant(row["proven_at"]) if row["proven_at"] is not None else None
        return Subscribed(
            row["id"], row["person"], address.decode(), row["agent"], instant(row["created_at"]), proven_at
        )

    async def _changed(
        self, tx: Transaction, institution: str, now: datetime, event: str, person: str, which: str
    ) -> None:
        await tx.run(_BUMP, of=institution)
        row = await tx.row(_VERSION, of=institution)
        await journal.append(tx, institution, now, event, subject=person, actor=person, facts={"subscription": which})
        tx.announce(SiteSetUp(institution, row["site_version"] if row else 0))


async def prove(tx: Transaction, institution: str, which: str, now: datetime) -> None:
    """A notice came through to this browser: its own receipt says so."""
    await tx.run(_PROVE, of=institution, which=which, now=micros(now))


def _bound(institution: str, which: str) -> str:
    return f"push_subscription/{institution}/{which}"
