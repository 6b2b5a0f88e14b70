"""Who is on duty, kept in memory: it changes a few times a day and is asked for at every press."""

from datetime import datetime

from hub.errors import NotFound
from hub.people.cache import LARGEST, with_newest
from hub.people.store import versions
from hub.roster import store
from hub.roster.shift import Duty
from hub.storage.database import Reader


class DutyCache:
    """The present `Duty` of each institution; each use is checked against the roster's version and the duty's end.

    The writer's thread and the event loop may both use it, for the same reason as with `SiteCache`: what it holds
    never changes once made, and the mapping is replaced whole. Never use it in a transaction that itself changes the
    roster: were that rolled back, its version would be given again.
    """

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._duties: dict[str, tuple[int, Duty]] = {}

    async def get(self, tx: Reader, institution: str, at: datetime, version: int | None = None) -> Duty:
        """Who is on duty at `at` by the roster's `version`, which the caller has read in `tx`, or else is read here."""
        if version is None:
            known = await versions(tx, institution)
            if known is None:
                raise NotFound(f'There is no institution "{institution}" in this hub.')
            version = known[1]
        kept = self._duties.get(institution)
        if kept is not None and kept[0] == version and kept[1].holds(at):
            return kept[1]
        duty = await store.duty(tx, institution, at)
        self._duties = with_newest(self._duties, institution, (version, duty), self._largest)
        return duty
