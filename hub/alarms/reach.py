"""Reach as it stands now: the live roster joined with the live devices, and pushed to screens when it changes."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.alarms.actions import Alarms
from hub.alarms.events import name_of
from hub.alarms.setting import Setting
from hub.clock import Clock, rfc3339, woken
from hub.delivery.reach import PersonReach, UnitReach, unit_reach
from hub.delivery.sockets import Connection, Sockets, Vital
from hub.people.site import Site
from hub.roster.cache import DutyCache
from hub.roster.shift import Duty
from hub.storage.database import Database, Reader


class ReachBoard:
    """Answers who would hear an alarm, unit by unit."""

    def __init__(self, database: Database, clock: Clock, alarms: Alarms, duties: DutyCache, sockets: Sockets) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms
        self._duties = duties
        self._sockets = sockets
        self._shown: dict[tuple[str, str], tuple[Any, ...]] = {}
        self._look = asyncio.Event()

    def look(self) -> None:
        """Something has changed that reach is made of."""
        self._look.set()

    async def wait(self, until: datetime) -> None:
        """Until something has changed, or the moment comes: silence is not an event, it is only found by looking."""
        await woken(self._look, self._clock, until)

    async def unit(self, tx: Reader, institution: str, unit: str) -> UnitReach:
        """The reach of one unit this second."""
        duty = await self._duties.get(tx, institution, self._clock.now())
        return self._unit(institution, unit, duty)

    async def changed(self) -> list[tuple[UnitReach, Setting]]:
        """The units of connected institutions whose reach differs from what this gave before."""
        institutions = {connection.institution for connection in self._sockets}
        if not institutions:
            return []
        found: list[tuple[UnitReach, Setting]] = []
        async with self._database.read() as tx:
            for institution in institutions:
                setting = await self._alarms.setting(tx, institution)
                duty = await self._duties.get(tx, institution, self._clock.now())
                for unit in setting.site.units:
                    reach = self._unit(institution, unit, duty)
                    now = tuple((one.person, one.level, one.reason) for one in reach.people)
                    if self._shown.get((institution, unit)) != now:
                        self._shown[institution, unit] = now
                        found.append((reach, setting))
        return found

    def _unit(self, institution: str, unit: str, duty: Duty) -> UnitReach:
        here = [(one.person, str(one.duty)) for one in duty.on_duty if one.unit == unit]
        vitals = {person: self._vitals(institution, person) for person, _ in here}
        return unit_reach(unit, here, vitals, self._clock.now())

    def _vitals(self, institution: str, person: str) -> Mapping[str, Vital]:
        # A device that came back may still have its dead line beside the new one: the newest word counts.
        lines = sorted(self._sockets.of_person(institution, person), key=lambda one: one.vital.beat_at)
        return {_device(one): one.vital for one in lines}


def _device(connection: Connection) -> str:
    return connection.device or f"browser-{id(connection):x}"


def reach_json(reach: UnitReach, site: Site, minimum: int) -> dict[str, Any]:
    """Reach as the protocol shows it: the number, and person by person why not."""
    return {
        "unit": reach.unit,
        "unit_name": site.units[reach.unit].name if reach.unit in site.units else reach.unit,
        "reachable": len(reach.hearing),
        "on_duty": len(reach.people),
        "minimum": minimum,
        "people": [_person(one, site) for one in reach.people],
    }


def reach_frame(reach: UnitReach) -> dict[str, Any]:
    """The live hint: who would hear an alarm here now has changed."""
    return {
        "type": "reach",
        "unit": reach.unit,
        "reachable": len(reach.hearing),
        "on_duty": len(reach.people),
        "people": list(reach.hearing),
    }


def _person(one: PersonReach, site: Site) -> dict[str, Any]:
    return {
        "person": one.person,
        "name": name_of(site, one.person),
        "duty": one.duty,
        "reach": one.level.value,
        "reason": one.reason.value,
        "devices": [
            {
                "device": device.device,
                "reach": device.level.value,
                "reason": device.reason.value,
                "last_beat": rfc3339(device.beat_at),
                "battery": device.battery,
                "sound": device.sound,
            }
            for device in one.devices
        ],
    }
