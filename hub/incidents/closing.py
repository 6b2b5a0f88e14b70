"""When nothing more is added to an incident, and what holds it: with what it turned out to be the same event as."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.incidents import retentionstore, store
from hub.incidents.incident import Incident
from hub.incidents.retention import closed_at
from hub.incidents.retentionstore import Hold
from hub.storage.database import Reader


@dataclass(frozen=True, slots=True)
class Closing:
    """An incident, since when it is closed, and who has said that it must stay."""

    incident: Incident
    at: datetime | None
    holds: Sequence[Hold]


async def closing(tx: Reader, of: str, which: str) -> Closing | None:
    """None once it is gone."""
    incident = await store.find(tx, of, which)
    if incident is None:
        return None
    # What turned out to be the same event as another is closed with that one, and held with it.
    main = await store.find(tx, of, incident.joined_to) if incident.joined_to else incident
    closed = closed_at(main) if main is not None else incident.opened_at
    holds = await retentionstore.holds(tx, of, which)
    holds += await retentionstore.holds(tx, of, incident.joined_to) if incident.joined_to is not None else []
    return Closing(incident, closed, holds)
