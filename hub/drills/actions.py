"""What can be done to a drill: each verb is one transaction, its alarm included."""

from asyncio import Future
from datetime import datetime, timedelta
from typing import Any

from uuid_utils import uuid7

from hub.alarms import store as alarms_store
from hub.alarms.actions import Alarms
from hub.alarms.events import name_of
from hub.alarms.trigger import Trigger
from hub.clock import Clock, micros, rfc3339
from hub.drills import drill as life
from hub.drills import store
from hub.drills.drill import Drill, State
from hub.errors import Forbidden, Invalid, NotFound
from hub.people import access
from hub.people.access import Principal
from hub.people.site import Role, Site
from hub.people.store import principal
from hub.storage import journal
from hub.storage.database import Database, Reader, Transaction

PAGE = 50


class Drills:
    """The verbs of a drill, over one database."""

    def __init__(self, database: Database, clock: Clock, alarms: Alarms) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms

    def plan(
        self, token: str, unit: str, kind: str, at: datetime | None = None, outside: bool = False
    ) -> "Future[dict[str, Any]]":
        """Plans a drill, or holds it now if no moment is said."""

        async def action(tx: Transaction) -> dict[str, Any]:
            now = self._clock.now()
            by = await principal(tx, token, now)
            setting = await self._alarms.setting(tx, by.institution)
            if unit not in setting.site.units:
                raise NotFound(f"unit: there is no unit {unit!r} here; it has {', '.join(setting.site.units)}")
            if not access.leads(by, unit):
                raise Forbidden("A drill is for those who lead the unit: ask a shift lead or manager.")
            if kind not in setting.book.kinds:
                raise Invalid(f"kind: {kind!r} is none of {', '.join(setting.book.kinds)}")
            if at is not None and at < now:
                raise Invalid("at: a drill is planned for a moment ahead; leave it out to hold it now")
            lasts = timedelta(seconds=setting.book.lasts(kind))
            new = Drill(by.institution, str(uuid7()), unit, kind, by.name, at or now, lasts, outside)
            await store.add(tx, new)
            await self._note(tx, new, now, by.name)
            if at is None:
                new = await self._move(tx, new, life.came_due(new, now, str(uuid7())), now) or new
            return drill_json(new, setting.site)

        return self._database.submit(action, of=self._alarms.order(token))

    def cancel(self, token: str, which: str) -> "Future[dict[str, Any]]":
        """A planned drill is not held."""

        async def action(tx: Transaction) -> dict[str, Any]:
            now = self._clock.now()
            by = await principal(tx, token, now)
            drill = await self._seen(tx, by, which)
            after = life.cancelled(drill)
            if after is not drill and await store.change(tx, drill, after):
                await self._note(tx, after, now, by.name)
            return drill_json(after, (await self._alarms.setting(tx, by.institution)).site)

        return self._database.submit(action, of=self._alarms.order(token))

    async def come_due(self, drill: Drill) -> None:
        """Does what the drill's own clock asks for."""
        now = self._clock.now()
        after = life.came_due(drill, now, str(uuid7()))
        await self._database.write(lambda tx: self._move(tx, drill, after, now), of=drill.institution)

    async def page(self, tx: Reader, by: Principal) -> list[dict[str, Any]]:
        """The drills of the units that the caller leads, those furthest ahead first."""
        site = (await self._alarms.setting(tx, by.institution)).site
        found = await store.newest(tx, by.institution, PAGE)
        return [drill_json(one, site) for one in found if access.leads(by, one.unit)]

    async def one(self, tx: Reader, by: Principal, which: str) -> dict[str, Any]:
        """One drill with its report."""
        drill = await self._seen(tx, by, which)
        site = (await self._alarms.setting(tx, by.institution)).site
        return drill_json(drill, site) | {"report": await self._report(tx, drill, site)}

    async def _report(self, tx: Reader, drill: Drill, site: Site) -> list[dict[str, Any]]:
        alarm = await alarms_store.find(tx, drill.institution, drill.alarm) if drill.alarm is not None else None
        if alarm is None:
            return []
        return [
            {
                "person": line.person,
                "name": name_of(site, line.person),
                "heard_after": line.heard_after,
                "answer": line.answer,
                "answered_after": line.answered_after,
            }
            for line in life.report(alarm, await journal.about(tx, drill.institution, alarm.id))
        ]

    async def _seen(self, tx: Reader, by: Principal, which: str) -> Drill:
        drill = await store.find(tx, by.institution, which)
        if drill is None or not access.leads(by, drill.unit):
            raise NotFound("No such drill here.")
        return drill

    async def _move(self, tx: Transaction, drill: Drill, after: Drill | None, now: datetime) -> Drill | None:
        if after is None or not await store.change(tx, drill, after):
            return None
        if after.state is State.RUNNING and after.alarm is not None:
            by = Principal(drill.institution, drill.planned_by, Role.SHIFT_LEAD, (drill.unit,))
            trigger = Trigger(after.alarm, drill.kind, drill=True, unit=drill.unit, outside=drill.outside)
            await self._alarms.raise_for(tx, by, trigger)
        elif after.state is State.ENDED and after.alarm is not None:
            await self._alarms.end_drill(tx, drill.institution, after.alarm)
        await self._note(tx, after, now, None)
        return after

    async def _note(self, tx: Transaction, drill: Drill, now: datetime, actor: str | None) -> None:
        facts = {"unit": drill.unit, "kind": drill.kind, "at": micros(drill.at), "outside": drill.outside}
        facts |= {"alarm": drill.alarm} if drill.alarm is not None else {}
        event = f"drill_{drill.state}"
        await journal.append(tx, drill.institution, now, event, f"drill:{drill.id}", actor, facts)


def drill_json(drill: Drill, site: Site) -> dict[str, Any]:
    """The drill as those who lead the unit see it."""
    return {
        "id": drill.id,
        "unit": drill.unit,
        "unit_name": site.units[drill.unit].name if drill.unit in site.units else drill.unit,
        "kind": drill.kind,
        "state": drill.state.value,
        "at": rfc3339(drill.at),
        "ends_at": rfc3339(drill.at + drill.lasts),
        "outside": drill.outside,
        "planned_by": drill.planned_by,
        "planned_by_name": name_of(site, drill.planned_by),
        "alarm": drill.alarm,
    }
