"""The SQL of searches that are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from sqlalchemy import bindparam, delete, or_, select

from hub.incidents.sealing import Seal, bound_to
from hub.incidents.tables import incident_view
from hub.storage.both import insert
from hub.storage.database import Reader, Transaction

_OF = incident_view.c.institution == bindparam("of")
_SEEN = select(incident_view).where(_OF, or_(incident_view.c.owner == bindparam("who"), incident_view.c.shared == 1))
_SEEN = _SEEN.order_by(incident_view.c.id)
_ADD = insert(incident_view)
_REMOVE = delete(incident_view).where(_OF, incident_view.c.id == bindparam("which"))


@dataclass(frozen=True, slots=True)
class View:
    """A search that somebody keeps, for themselves or for the leaders of its unit."""

    id: str
    owner: str
    unit: str | None
    shared: bool
    name: str = field(repr=False)
    asked: Mapping[str, str] = field(repr=False)


async def views(tx: Reader, seal: Seal, of: str, who: str) -> list[View]:
    """Those that are this person's, and those that are shared, the oldest first."""
    found = []
    for row in await tx.rows(_SEEN, of=of, who=who):
        name, asked = orjson.loads(seal.open(row["sealed"], bound_to("view", of, row["id"])))
        found.append(View(row["id"], row["owner"], row["unit"], bool(row["shared"]), name, asked))
    return found


async def add(tx: Transaction, seal: Seal, of: str, new: View) -> None:
    said = orjson.dumps([new.name, dict(new.asked)]).decode()
    sealed = seal.close(said, bound_to("view", of, new.id)).text
    shared = int(new.shared)
    await tx.run(_ADD, institution=of, id=new.id, owner=new.owner, unit=new.unit, shared=shared, sealed=sealed)


async def remove(tx: Transaction, of: str, which: str) -> None:
    await tx.run(_REMOVE, of=of, which=which)
