"""The SQL of push subscriptions."""

from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from hub.clock import instant, micros
from hub.people import tables
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction

subscription = tables.push_subscription

_HERE = subscription.c.institution == bindparam("of")
_THEIRS = (_HERE, subscription.c.person == bindparam("who"), subscription.c.id == bindparam("which"))
_ALIVE = subscription.c.dead_at.is_(None)
_OF_PERSON = select(subscription).where(_HERE, subscription.c.person == bindparam("who"))
_ALIVE_OF_PERSON = _OF_PERSON.where(_ALIVE)
_KEEP = insert(subscription)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["institution", "id"],
    set_={
        name: _KEEP.excluded[name] for name in ("person", "sealed", "agent", "created_at", "dead_at", "why", "holder")
    },
)
_BURY = update(subscription).where(*_THEIRS, _ALIVE).values(dead_at=bindparam("now"), why=bindparam("reason"))
_BURY_OF = (
    update(subscription)
    .where(_HERE, subscription.c.holder == bindparam("held_by"), _ALIVE)
    .values(dead_at=bindparam("now"), why=bindparam("reason"))
)
_BURY_PERSON = (
    update(subscription)
    .where(_HERE, subscription.c.person == bindparam("who"), _ALIVE)
    .values(dead_at=bindparam("now"), why=bindparam("reason"))
)
_PROVE = update(subscription).where(*_THEIRS).values(proven_at=bindparam("now"))
_BUMP = (
    update(tables.institution)
    .where(tables.institution.c.id == bindparam("of"))
    .values(site_version=tables.institution.c.site_version + 1)
)
_VERSION = select(tables.institution.c.site_version).where(tables.institution.c.id == bindparam("of"))

_PUSHED = select(subscription.c.person).where(_HERE, _ALIVE)

_PROVEN = (
    select(subscription.c.person, func.max(subscription.c.proven_at).label("proven_at"))
    .where(_HERE, _ALIVE)
    .group_by(subscription.c.person)
)


async def reached(tx: Reader, institution: str) -> set[str]:
    """Everyone in the institution who can be reached by push."""
    return {row["person"] for row in await tx.rows(_PUSHED, of=institution)}


async def proven(tx: Reader, institution: str) -> dict[str, datetime | None]:
    """Everyone who can be reached by push, and when a notice to them was last known to come through."""
    rows = await tx.rows(_PROVEN, of=institution)
    return {row["person"]: instant(row["proven_at"]) if row["proven_at"] is not None else None for row in rows}


async def alive(tx: Reader, institution: str, person: str) -> list[Row]:
    """The person's subscriptions that can be sent to."""
    return list(await tx.rows(_ALIVE_OF_PERSON, of=institution, who=person))


async def keep(
    tx: Transaction,
    institution: str,
    which: str,
    person: str,
    sealed: str,
    agent: str,
    now: datetime,
    holder: str | None = None,
) -> None:
    """Writes a subscription down, over what was known of the same browser; it ends with its holder's right."""
    await tx.run(
        _KEEP,
        institution=institution,
        id=which,
        person=person,
        sealed=sealed,
        agent=agent[:200],
        created_at=micros(now),
        proven_at=None,
        dead_at=None,
        why=None,
        holder=holder,
    )


async def bury(tx: Transaction, institution: str, person: str, which: str, why: str, now: datetime) -> bool:
    """Marks a subscription of the person's as given up; False if it was before."""
    return await tx.run(_BURY, of=institution, who=person, which=which, now=micros(now), reason=why) > 0


async def bury_of(tx: Transaction, institution: str, holder: str, why: str, now: datetime) -> None:
    """Gives up all that came by this device or session."""
    await tx.run(_BURY_OF, of=institution, held_by=holder, now=micros(now), reason=why)


async def bury_person(tx: Transaction, institution: str, person: str, why: str, now: datetime) -> None:
    """Gives up all of a person's."""
    await tx.run(_BURY_PERSON, of=institution, who=person, now=micros(now), reason=why)


async def prove(tx: Transaction, institution: str, person: str, which: str, now: datetime) -> None:
    """Keeps the last time that a notice to the person is known to have come through."""
    await tx.run(_PROVE, of=institution, who=person, which=which, now=micros(now))


async def next_site_version(tx: Transaction, institution: str) -> int:
    """Raises the site's version, so that every copy of it is looked up again."""
    await tx.run(_BUMP, of=institution)
    row = await tx.row(_VERSION, of=institution)
    return row["site_version"] if row is not None else 0
