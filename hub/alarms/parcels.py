"""What an alarm sends out of the house: whom, over which channel, and when if no receipt has come by then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from hub.alarms.alarm import Change, recipient
from hub.alarms.events import name_of
from hub.delivery.ways import Ways
from hub.people.site import Site
from hub.storage.outbox import Parcel


@dataclass(frozen=True, slots=True)
class WaysOut(Ways):
    """The ways out as an alarm takes them."""

    def parcels(self, change: Change, site: Site, now: datetime) -> list[Parcel]:
        """One row per person and outside channel, due when the channel before it has had its time for a receipt."""
        if not change.tell or not self.channels:
            return []
        alarm = change.alarm
        body = orjson.dumps(said_of(change, site)).decode()
        return [
            Parcel(alarm.institution, alarm.id, recipient(tell), channel, alarm.version, body, now + after)
            for tell in change.tell
            for channel, after in self.turns(site, recipient(tell), tell.by, timedelta(seconds=tell.receipt_within))
        ]


def said_of(change: Change, site: Site) -> dict[str, Any]:
    """The facts of a notice: who, where, when and what. Never the note, which may speak of a citizen."""
    alarm = change.alarm
    unit, place = site.units.get(alarm.unit or ""), site.places.get(alarm.place or "")
    return {
        "kind": alarm.kind,
        "event": change.event,
        "drill": alarm.drill,
        "unit": unit.name if unit else alarm.unit,
        "place": place.name if place else alarm.place,
        "by": name_of(site, alarm.raised_by),
        "raised_at": alarm.raised_at.timestamp(),
        "timezone": site.institution.timezone,
        "quiet": unit is not None and unit.quiet,
    }
