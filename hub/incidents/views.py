"""Searches that are kept: one's own, and those that leaders share with the other leaders of the unit."""

from collections.abc import Mapping
from datetime import datetime

from uuid_utils import uuid7

from hub.errors import NotFound
from hub.incidents import rights, viewstore
from hub.incidents.sealing import Seals
from hub.incidents.viewstore import View
from hub.people.access import Principal
from hub.people.faults import NotYours, Refused, say
from hub.storage import journal
from hub.storage.database import Reader, Transaction

MOST_OF_ONE = 30


async def seen(tx: Reader, seals: Seals, by: Principal) -> list[View]:
    """Those that this person can choose from."""
    found = await viewstore.views(tx, await seals.to_read(tx), by.institution, by.name)
    return [one for one in found if rights.may_use_view(by, one.owner, one.unit, shared=one.shared)]


async def keep(
    tx: Transaction, by: Principal, now: datetime, seals: Seals, name: str, asked: Mapping[str, str], *, shared: bool
) -> str:
    """Keeps a search under a name; gives its id."""
    if by.session is None or (shared and not rights.leads_here(by)):
        raise NotYours(say("Only a unit's leaders share searches."))
    seal = await seals.to_write(tx)
    own = [one for one in await viewstore.views(tx, seal, by.institution, by.name) if one.owner == by.name]
    if len(own) >= MOST_OF_ONE:
        raise Refused(say("You keep {n} searches already: remove one first.", n=len(own)))
    new = View(str(uuid7()), by.name, asked.get("unit"), shared, name, asked)
    await viewstore.add(tx, seal, by.institution, new)
    facts = {"unit": new.unit, "shared": shared}
    await journal.append(tx, by.institution, now, "incident_view_kept", f"view:{new.id}", by.name, facts)
    return new.id


async def remove(tx: Transaction, by: Principal, now: datetime, seals: Seals, which: str) -> None:
    """Lets go of a search: one's own, or one that is shared with oneself."""
    if which not in {one.id for one in await seen(tx, seals, by)}:
        raise NotFound("There is no such search here.")
    await viewstore.remove(tx, by.institution, which)
    await journal.append(tx, by.institution, now, "incident_view_removed", f"view:{which}", by.name)
