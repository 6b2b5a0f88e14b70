"""Who asks, where and when: what every verb of a conversation begins with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hub.messaging.conversation import Duties
from hub.messaging.outside import Outside
from hub.people.access import Principal
from hub.people.site import Site
from hub.roster.shift import Duty


@dataclass(frozen=True, slots=True)
class Here:
    """The institution as whoever asks finds it."""

    by: Principal
    site: Site
    duties: Duties
    now: datetime
    outside: Mapping[str, Outside] = field(default_factory=dict, repr=False)
    """Those outside whom it knows, where they are spoken of."""

    @property
    def of(self) -> str:
        return self.by.institution

    @property
    def me(self) -> str:
        return self.by.name


def by_unit(duty: Duty) -> Duties:
    """Who is on duty in each unit."""
    found: dict[str, list[str]] = {}
    for one in duty.on_duty:
        found.setdefault(one.unit, []).append(one.person)
    return found
