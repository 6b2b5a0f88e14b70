"""Reach as it stands now: the live roster joined with the live devices, and what has been proven of them."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.alarms.actions import Alarms
from hub.alarms.events import name_of
from hub.alarms.setting import Setting
from hub.clock import Clock, rfc3339, woken
from hub.delivery.reach import Known, PersonReach, UnitReach, unit_reach
from hub.delivery.sockets import Connection, Sockets, Vital
from hub.people import pushstore
from hub.people.site import Site
from hub.reach import store
from hub.reach.actions import Proven
from hub.reach.notice import Say, advice
from hub.reach.proof import shift_of
from hub.roster import store as roster
from hub.roster.cache import DutyCache
from hub.roster.shift import Duty
from hub.storage.database import Database, Reader

# A proven delivery raises no version; it is looked up again after this.
KNOWN_FOR = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class _Knowledge:
    """What was known of an institution's people, and under which site and roster."""

    site: Site
    duty: Duty
    at: datetime
    people: Mapping[str, Known]


# The devices of a person that are connected to other hubs.
Elsewhere = Callable[[str, str], Mapping[str, Vital]]


def _nowhere(_institution: str, _person: str) -> Mapping[str, Vital]:
    return {}


class ReachBoard:
    """Answers who would hear an alarm, unit by unit."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        alarms: Alarms,
        duties: DutyCache,
        sockets: Sockets,
        pushes: bool = True,
        elsewhere: Elsewhere = _nowhere,
    ) -> None:
        self._elsewhere = elsewhere
        self._clock = clock
        self._pushes = pushes
        self._alarms = alarms
        self._duties = duties
        self._sockets = sockets
        self._known: dict[str, _Knowledge] = {}
        # A reader that began before the commit must not keep, for all who ask after it, what it still sees.
        self._proven: dict[str, dict[str, datetime]] = {}
        self._shown: dict[tuple[str, str], tuple[Any, ...]] = {}
        self._look = asyncio.Event()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        for fact in facts:
            if isinstance(fact, Proven):
                self._proven.setdefault(fact.institution, {})[fact.person] = fact.at
                self._known.pop(fact.institution, None)
                self.look()

    def look(self) -> None:
        """Something has changed that reach is made of."""
        self._look.set()

    async def wait(self, until: datetime) -> None:
        """Until something has changed, or the moment comes: silence is not an event, it is only found by looking."""
        await woken(self._look, self._clock, until)

    async def unit(self, tx: Reader, institution: str, unit: str) -> UnitReach:
        """The reach of one unit this second."""
        setting = await self._alarms.setting(tx, institution)
        duty = await self._duties.get(tx, institution, self._clock.now())
        known = await self._knowledge(tx, setting, duty)
        return self._unit(institution, unit, duty, known)

    async def duty(self, tx: Reader, institution: str) -> Duty:
        """Who is on duty this second."""
        return await self._duties.get(tx, institution, self._clock.now())

    async def units(
        self, tx: Reader, institution: str, only: Collection[str] | None = None
    ) -> tuple[Setting, Duty, list[UnitReach]]:
        """The reach of every unit this second, or of some."""
        setting = await self._alarms.setting(tx, institution)
        duty = await self._duties.get(tx, institution, self._clock.now())
        known = await self._knowledge(tx, setting, duty)
        asked = [unit for unit in setting.site.units if only is None or unit in only]
        return setting, duty, [self._unit(institution, unit, duty, known) for unit in asked]

    def changed(self, institution: str, reaches: Sequence[UnitReach]) -> Iterator[UnitReach]:
        """Those of them that differ from what this gave before."""
        for reach in reaches:
            now = tuple((one.person, one.level, one.reason) for one in reach.people)
            if self._shown.get((institution, reach.unit)) != now:
                self._shown[institution, reach.unit] = now
                yield reach

    async def _knowledge(self, tx: Reader, setting: Setting, duty: Duty) -> Mapping[str, Known]:
        site, now = setting.site, self._clock.now()
        institution = site.institution.id
        kept = self._known.get(institution)
        if kept is None or kept.site is not site or kept.duty is not duty or now - kept.at >= KNOWN_FOR:
            people = await self._known_people(tx, institution, setting.book.pushes, now)
            kept = self._known[institution] = _Knowledge(site, duty, now, people)
        return kept.people

    async def _known_people(self, tx: Reader, institution: str, pushes: bool, now: datetime) -> dict[str, Known]:
        # A browser that no alarm is ever sent to catches nobody.
        pushed = await pushstore.proven(tx, institution) if pushes and self._pushes else {}
        running = shift_of(await roster.shifts(tx, institution, now, now + timedelta(microseconds=1)))
        last = await store.last_proofs(tx, institution) | self._proven.get(institution, {})
        proven = {who: last[who] for who, (starts, _) in running.items() if who in last and last[who] >= starts}
        return {who: Known(who in pushed, pushed.get(who), proven.get(who)) for who in {*running, *pushed}}

    def _unit(self, institution: str, unit: str, duty: Duty, known: Mapping[str, Known]) -> UnitReach:
        here = [(one.person, str(one.duty)) for one in duty.on_duty if one.unit == unit]
        vitals = {person: self._vitals(institution, person) for person, _ in here}
        return unit_reach(unit, here, vitals, self._clock.now(), known)

    def _vitals(self, institution: str, person: str) -> Mapping[str, Vital]:
        # A device that came back may still have its dead line beside the new one: the newest word counts.
        lines = sorted(self._sockets.of_person(institution, person), key=lambda one: one.vital.beat_at)
        here = {_device(one): one.vital for one in lines}
        there = self._elsewhere(institution, person)
        # Who moves from one hub to another may be counted at both for a while: the newest word counts here too.
        return here | {
            one: vital for one, vital in there.items() if one not in here or here[one].beat_at < vital.beat_at
        }


def _device(connection: Connection) -> str:
    return connection.device or f"browser-{id(connection):x}"


def reach_json(reach: UnitReach, site: Site, minimum: int, say: Say) -> dict[str, Any]:
    """Reach as the protocol shows it: the number, and person by person why not and what to do."""
    return {
        "unit": reach.unit,
        "unit_name": unit_name(site, reach.unit),
        "reachable": len(reach.hearing),
        "on_duty": len(reach.people),
        "minimum": minimum,
        "people": [_person(one, site, say) | _details(one) for one in reach.people],
    }


def reach_frame(reach: UnitReach, site: Site, minimum: int, say: Say) -> dict[str, Any]:
    """The live hint: who would hear an alarm here now has changed."""
    return {
        "type": "reach",
        "unit": reach.unit,
        "reachable": len(reach.hearing),
        "on_duty": len(reach.people),
        "minimum": minimum,
        "people": list(reach.hearing),
        "who": [_person(one, site, say) for one in reach.people],
    }


def unit_name(site: Site, unit: str) -> str:
    return site.units[unit].name if unit in site.units else unit


def _person(one: PersonReach, site: Site, say: Say) -> dict[str, Any]:
    return {
        "person": one.person,
        "name": name_of(site, one.person),
        "duty": one.duty,
        "reach": one.level.value,
        "reason": one.reason.value,
        "advice": advice(one.reason, say),
    }


def _details(one: PersonReach) -> dict[str, Any]:
    return {
        "push": one.known.push,
        "push_proven_at": _moment(one.known.push_proven_at),
        "proven_at": _moment(one.known.proven_at),
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


def _moment(value: datetime | None) -> str | None:
    return rfc3339(value) if value is not None else None
