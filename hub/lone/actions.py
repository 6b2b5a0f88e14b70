"""What can be done to a lone worker's session: each verb is one transaction, its alarm included."""

from asyncio import Future
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from uuid_utils import uuid7

from hub.alarms.actions import Alarms, IdTaken
from hub.alarms.alarm import ALARM
from hub.alarms.audience import encode
from hub.alarms.parcels import WaysOut
from hub.alarms.positions import Positions
from hub.alarms.replies import Reply
from hub.alarms.setting import Setting
from hub.alarms.trigger import Position, Trigger
from hub.clock import Clock
from hub.delivery.sockets import Envelope, text_frame
from hub.errors import Conflict, Forbidden, NotFound
from hub.lone import notice, store
from hub.lone import session as life
from hub.lone.events import facts_of, frame, session_json, subject
from hub.lone.session import Begin, Change, Session
from hub.people import access
from hub.people.access import Principal
from hub.people.site import Role
from hub.people.store import principal
from hub.roster.cache import DutyCache
from hub.storage import journal, outbox
from hub.storage.database import Database, Reader, Transaction


class AlreadyAlone(Conflict):
    """The person has a session that is not over."""

    code = "already_running"


@dataclass(frozen=True, slots=True)
class Started:
    """The session that somebody began, or had begun with the same id."""

    session: dict[str, Any]
    created: bool


@dataclass(frozen=True, slots=True)
class Due:
    """A session's clock has changed: announced so that nobody need poll for it."""

    at: datetime | None


class Lone:
    """The verbs of a session, over one database."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        alarms: Alarms,
        positions: Positions,
        duties: DutyCache,
        ways_out: WaysOut | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms
        self._positions = positions
        self._duties = duties
        self._ways_out = ways_out or WaysOut()

    def start(self, token: str, begin: Begin) -> "Future[Started]":
        """Begins a session; the same id again finds the same session."""

        async def action(tx: Transaction) -> Started:
            now = self._clock.now()
            by = await principal(tx, token, now)
            if by.person is None:
                raise Forbidden("Only a person can be alone: sign in, or use a device of your own.")
            setting = await self._alarms.setting(tx, by.institution)
            known = await store.find(tx, by.institution, begin.id)
            if known is not None:
                if known.person != by.person:
                    raise IdTaken("id: another session here has this id already: let the device make a new one")
                return Started(session_json(known, setting.site, own=True), False)
            running = await store.of_person(tx, by.institution, by.person)
            if running is not None:
                shown = session_json(running, setting.site, own=True)
                raise AlreadyAlone("You have a session already: extend it, or end it first.", lone=shown)
            unit = await self._unit(tx, begin, by, setting, now)
            place = begin.place if begin.place in setting.site.places else None
            change = life.started(begin, by.institution, by.person, unit, place, now)
            await store.add(tx, change.session)
            return Started(await self._record(tx, change, setting, now, actor=by.person), True)

        return self._database.submit(action, of=self._alarms.order(token))

    def check_in(
        self, token: str | Reply, which: str, until: datetime | None = None, position: Position | None = None
    ) -> "Future[dict[str, Any]]":
        """A sign of life: the time begins anew, or now ends when the person says."""

        def verb(session: Session, now: datetime) -> Change:
            change = life.checked_in(session, now, until)
            if position is None:
                return change
            return Change(change.event, life.located(change.session, position, now))

        return self._change(token, which, verb)

    def extend(self, token: str, which: str, by: timedelta) -> "Future[dict[str, Any]]":
        """Moves the end, which is a sign of life too."""
        return self._change(token, which, lambda session, now: life.extended(session, by, now))

    def end(self, token: str, which: str) -> "Future[dict[str, Any]]":
        """The person is safe; their position is deleted."""
        return self._change(token, which, life.ended)

    def locate(self, token: str, which: str, position: Position) -> "Future[None]":
        """Keeps where the person is now, on the session while it lasts, and after that on its alarm."""

        async def action(tx: Transaction) -> None:
            now = self._clock.now()
            by, session, _ = await self._own(tx, token, which, now)
            if session.alarm is not None:
                await self._positions.move(tx, by, session.alarm, position)
            else:
                await store.locate(tx, life.located(session, position, now))

        return self._database.submit(action, of=self._alarms.order(token))

    def come_due(self, institution: str, which: str) -> "Future[bool]":
        """Does what the session's own clock asks for; False when somebody was quicker."""

        async def action(tx: Transaction) -> bool:
            now = self._clock.now()
            session = await store.find(tx, institution, which)
            if session is None:
                return False
            change = life.came_due(session, now, alarm=str(uuid7()))
            if change is None or not await store.change(tx, session, change.session):
                return False
            setting = await self._alarms.setting(tx, institution)
            if change.session.alarm is not None:
                await self._raise(tx, session, change.session.alarm, setting)
            await self._record(tx, change, setting, now, actor=None)
            return True

        return self._database.submit(action, of=institution)

    async def running(self, tx: Reader, by: Principal) -> dict[str, Any] | None:
        """The caller's own session, or None."""
        session = await store.of_person(tx, by.institution, by.person) if by.person is not None else None
        if session is None:
            return None
        return session_json(session, (await self._alarms.setting(tx, by.institution)).site, own=True)

    async def running_in(self, tx: Reader, by: Principal, unit: str) -> list[dict[str, Any]]:
        """The sessions of a unit, for those who lead it."""
        site = (await self._alarms.setting(tx, by.institution)).site
        if unit not in site.units:
            raise NotFound(f"unit: there is no unit {unit!r} here; it has {', '.join(site.units) or 'none'}")
        if not access.leads(by, unit):
            raise Forbidden("Who is alone is for those who lead the unit.")
        sessions = await store.of_unit(tx, by.institution, unit)
        return [session_json(one, site, own=one.person == by.person) for one in sessions]

    async def _unit(self, tx: Transaction, begin: Begin, by: Principal, setting: Setting, now: datetime) -> str | None:
        """Where it belongs, by the rule of an alarm, except that who goes out is not where the device hangs."""
        duty = await self._duties.get(tx, by.institution, now)
        going = replace(by, device=None, device_kind=None)
        return setting.whereabouts(Trigger(begin.id, ALARM, place=begin.place), going, duty)[1]

    async def _own(
        self, tx: Reader, token: str | Reply, which: str, now: datetime
    ) -> tuple[Principal, Session, Setting]:
        by = await self._alarms.asker(tx, token, now)
        session = await store.find(tx, by.institution, which)
        if session is None or not (session.person == by.person or access.leads(by, session.unit)):
            raise NotFound("No such session here.")
        if session.person != by.person:
            raise Forbidden("A sign of life can only come from the one who is alone.")
        return by, session, await self._alarms.setting(tx, by.institution)

    def _change(
        self, token: str | Reply, which: str, verb: Callable[[Session, datetime], Change | None]
    ) -> "Future[dict[str, Any]]":
        async def action(tx: Transaction) -> dict[str, Any]:
            now = self._clock.now()
            _, session, setting = await self._own(tx, token, which, now)
            try:
                change = verb(session, now)
            except Conflict as refusal:
                refusal.more["lone"] = session_json(session, setting.site, own=True)
                raise
            if change is None:
                return session_json(session, setting.site, own=True)
            if not await store.change(tx, session, change.session):
                raise Conflict("The session changed at the same moment: try again.")
            return await self._record(tx, change, setting, now, actor=session.person)

        return self._database.submit(action, of=self._alarms.order(token))

    async def _raise(self, tx: Transaction, session: Session, alarm: str, setting: Setting) -> None:
        """The alarm of somebody of whom nothing was heard, from where they were last known to be."""
        person = setting.site.people.get(session.person)
        units = [*([session.unit] if session.unit else []), *(person.units if person is not None else ())]
        role = person.role if person is not None else Role.STAFF
        by = Principal(session.institution, session.person, role, tuple(dict.fromkeys(units)))
        trigger = Trigger(
            alarm, ALARM, place=session.place, note=session.note, position=session.position, lone=session.id
        )
        await self._alarms.raise_for(tx, by, trigger)

    async def _record(
        self, tx: Transaction, change: Change, setting: Setting, now: datetime, actor: str | None
    ) -> dict[str, Any]:
        """Journal, outbox and announcements of one change."""
        session, site = change.session, setting.site
        await outbox.drop(tx, session.institution, subject(session), now)
        await outbox.add(tx, notice.parcels(change, self._ways_out, site, now))
        facts = facts_of(change)
        await journal.append(tx, session.institution, now, f"lone_{change.event}", subject(session), actor, facts)
        shown = frame(change, site)
        tx.announce(Envelope(session.institution, None, (session.person,), (), text_frame(encode(shown))))
        tx.announce(Due(session.due_at))
        shown_session: dict[str, Any] = shown["session"]
        return shown_session
