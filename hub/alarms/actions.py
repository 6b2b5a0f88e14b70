"""What can be done to an alarm: each verb is one transaction, and its facts are announced once they are on disk."""

from asyncio import Future
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.alarms import alarm as life
from hub.alarms import events, store
from hub.alarms.alarm import Alarm, Change, Said
from hub.alarms.audience import envelopes, seen_by
from hub.alarms.newcomers import rerouted
from hub.alarms.outcome import Cleared, Outcome
from hub.alarms.parcels import WaysOut
from hub.alarms.replies import Reply
from hub.alarms.setting import Setting
from hub.alarms.trigger import Trigger
from hub.clock import Clock
from hub.delivery import store as receipts
from hub.delivery.receipts import Stage
from hub.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from hub.escalation.plan import Scene
from hub.escalation.rules import EMERGENCY, RuleBook
from hub.people import access
from hub.people.access import Principal
from hub.people.cache import SiteCache, StandingCache
from hub.people.signin import SignIns
from hub.people.site import Site
from hub.people.store import principal, versions
from hub.roster.cache import DutyCache
from hub.roster.shift import Duty
from hub.storage import journal, outbox
from hub.storage.boundtexts import Bind, unbound
from hub.storage.database import Database, Of, Reader, Transaction


class IdTaken(Conflict):
    """The id belongs to somebody else's alarm."""

    code = "id_taken"


@dataclass(frozen=True, slots=True)
class Raised:
    """The alarm that a press made or found, and what the person should know about the press."""

    alarm: dict[str, Any]
    created: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """An alarm's clock may have changed: announced so that the escalation need not poll."""

    escalates_at: datetime | None


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody's device confirmed an alarm: its raiser wants to know."""

    institution: str
    alarm: str


class Alarms:
    """The verbs of an alarm, over one database."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sites: SiteCache,
        duties: DutyCache,
        sign_ins: SignIns,
        ways_out: WaysOut | None = None,
        bind: Bind = unbound,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sites = sites
        self._duties = duties
        self._sign_ins = sign_ins
        self._ways_out = ways_out or WaysOut()
        self._bind = bind
        self._standings = StandingCache()
        self._settings: dict[str, Setting] = {}

    def raise_alarm(self, token: str, trigger: Trigger) -> "Future[Raised]":
        """Writes the press down and tells the first people; the same id again finds the same alarm."""

        async def action(tx: Transaction) -> Raised:
            now = self._clock.now()
            standing = await self._standings.get(tx, token, now)
            by = standing.principal
            setting, duty = await self._at(tx, by.institution, now, standing.site_version, standing.roster_version)
            return await self._raise(tx, trigger, by, setting, duty, now, actor=by.name)

        return self._database.submit(action, of=self.order(token))

    async def raise_for(self, tx: Transaction, by: Principal, trigger: Trigger) -> Raised:
        """Raises in the name of somebody who can press no more, within the transaction that found it out."""
        now = self._clock.now()
        setting, duty = await self._here(tx, by.institution, now)
        return await self._raise(tx, trigger, by, setting, duty, now, actor=None)

    async def _raise(
        self,
        tx: Transaction,
        trigger: Trigger,
        by: Principal,
        setting: Setting,
        duty: Duty,
        now: datetime,
        actor: str | None,
    ) -> Raised:
        # While its own rules cannot be read, nobody knows which kinds an institution has.
        if trigger.kind not in setting.book.kinds and setting.book is not EMERGENCY:
            raise Invalid(f"kind: {trigger.kind!r} is none of {', '.join(setting.book.kinds)}")
        place, unit = setting.whereabouts(trigger, by, duty)
        raiser = by.name
        linked_to = None
        if unit is not None and setting.book.link_within:
            since = now - timedelta(seconds=setting.book.link_within)
            linked_to = await store.same_event(tx, by.institution, unit, trigger.drill, since)
        scene = setting.scene(unit, duty, raiser, trigger.drill and not trigger.outside)
        change = life.raised(trigger, by.institution, unit, place, raiser, setting.book, scene, now, linked_to)
        if not await store.add(tx, change.alarm):
            return _found(await store.find(tx, by.institution, trigger.id), by, setting)
        shown = await self._record(tx, change, setting, now, actor=actor)
        warning = events.clock_warning(change.alarm)
        return Raised(shown, True, (warning,) if warning else ())

    def answer(self, token: str | Reply, which: str, said: Said, as_of: int) -> "Future[dict[str, Any]]":
        """Keeps what the person says; enough of them stop the clock, and when all cannot the next step starts."""

        def change(alarm: Alarm, by: Principal, setting: Setting, duty: Duty, now: datetime) -> Sequence[Change]:
            if not access.may_answer(by):
                raise Forbidden("Only a person can say that they come: sign in, or use a device of your own.")
            scene = setting.scene(alarm.unit, duty, alarm.raised_by, alarm.drill and not alarm.outside)
            return life.answered(alarm, by.name, said, as_of, setting.book, scene, now)

        return self._change(token, which, change)

    def resolve(self, token: str, which: str, as_of: int, said: Cleared) -> "Future[dict[str, Any]]":
        """Gives the all clear; only the raiser, those who were told and the leaders can."""

        def change(alarm: Alarm, by: Principal, _setting: Setting, _duty: Duty, now: datetime) -> Sequence[Change]:
            if not access.may_resolve(by, alarm.unit, alarm.raised_by, alarm.told):
                raise Forbidden("The all clear belongs to the raiser, those who were told, and the leaders.")
            return life.resolved(alarm, by.name, as_of, said, now)

        return self._change(token, which, change)

    async def withdraw(self, token: str, which: str, as_of: int, pin: str | None = None) -> dict[str, Any]:
        """Takes the alarm back on the raiser's word and PIN; under duress only the raiser's own screen shows it."""
        async with self._database.read() as tx:
            by = await principal(tx, token, self._clock.now())
        forced = await self._sign_ins.under_duress(by, pin)

        def change(alarm: Alarm, by: Principal, setting: Setting, duty: Duty, now: datetime) -> Sequence[Change]:
            if forced and access.may_withdraw(by, alarm.raised_by):
                scene = setting.scene(alarm.unit, duty, alarm.raised_by, alarm.drill and not alarm.outside)
                return life.withdrawn_under_duress(alarm, by.name, setting.book, scene, now)
            return life.withdrawn(alarm, by.name, as_of, setting.book, now)

        return await self._change(token, which, change)

    def receipt(self, token: str | Reply, which: str, stage: Stage) -> "Future[bool]":
        """Keeps the device's word that the alarm came through, or that the person can see it."""

        async def action(tx: Transaction) -> bool:
            now = self._clock.now()
            by = await self.asker(tx, token, now)
            who = by.name
            if who not in await store.told(tx, by.institution, which):
                raise NotFound("receipt: this person was not told of such an alarm")
            stages = (Stage.RECEIVED, Stage.SHOWN) if stage is Stage.SHOWN else (stage,)
            new = [one for one in stages if await receipts.mark(tx, by.institution, which, who, one, now)]
            # What a later telling had still to send to them need not be sent either.
            stopped = await outbox.drop(tx, by.institution, which, now, who)
            facts = {"device": by.device} | ({"channel": "push"} if isinstance(token, Reply) else {})
            for one in new or ((stage,) if stopped else ()):
                tx.announce(await journal.append(tx, by.institution, now, one.value, which, who, facts))
            if new:
                tx.announce(Heard(by.institution, which))
            return bool(new or stopped)

        # Where everybody presses, everybody's device confirms every press: those must not keep the next press waiting.
        return self._database.submit(action, of=self.order(token), can_wait=True)

    def escalate(self, institution: str, which: str) -> "Future[bool]":
        """Does what the alarm's own clock asks for; False when somebody was quicker."""
        return self._by_itself(institution, which, life.overdue)

    def reroute(self, institution: str, which: str) -> "Future[bool]":
        """Tells those who have come on duty since what their colleagues were told; False when there is nobody."""
        return self._by_itself(institution, which, rerouted)

    def _by_itself(
        self, institution: str, which: str, rule: Callable[[Alarm, RuleBook, Scene, datetime], Change | None]
    ) -> "Future[bool]":
        async def action(tx: Transaction) -> bool:
            now = self._clock.now()
            alarm = await store.find(tx, institution, which)
            if alarm is None:
                return False
            setting, duty = await self._here(tx, institution, now)
            scene = setting.scene(alarm.unit, duty, alarm.raised_by, alarm.drill and not alarm.outside)
            change = rule(alarm, setting.book, scene, now)
            if change is None:
                return False
            await self._apply(tx, alarm, (change,), setting, now)
            return True

        return self._database.submit(action, of=institution)

    async def end_drill(self, tx: Transaction, institution: str, which: str) -> None:
        """Gives a drill that is over its all clear, within the caller's transaction."""
        alarm = await store.find(tx, institution, which)
        if alarm is not None and alarm.drill and alarm.open:
            setting, now = await self.setting(tx, institution), self._clock.now()
            changes = life.resolved(alarm, alarm.raised_by, alarm.version, Cleared(Outcome.TEST), now)
            await self._apply(tx, alarm, changes, setting, now)

    async def setting(self, tx: Reader, institution: str) -> Setting:
        """The institution as it is set up now."""
        return self._set(await self._sites.get(tx, institution))

    def order(self, token: str | Reply | Principal) -> Of:
        """In whose order that is written which this token's holder, or a notification, asks for."""
        if isinstance(token, str):
            return self._standings.home(self._database, token, self._clock.now())
        return token.institution

    async def asker(self, tx: Reader, token: str | Reply, now: datetime) -> Principal:
        """The person or device behind a token, or the person whom a notification answers for."""
        if isinstance(token, str):
            return (await self._standings.get(tx, token, now)).principal
        person = (await self._sites.get(tx, token.institution)).people.get(token.person)
        if person is None:
            raise Unauthenticated("You are no longer set up here: ask a leader.")
        return Principal(token.institution, person.id, person.role, person.units)

    async def _here(self, tx: Reader, institution: str, now: datetime) -> tuple[Setting, Duty]:
        """The institution as it is set up, and who is on duty in it; both checked by one small read."""
        site_version, roster_version = await versions(tx, institution) or (None, None)
        return await self._at(tx, institution, now, site_version, roster_version)

    async def _at(
        self, tx: Reader, institution: str, now: datetime, site_version: int | None, roster_version: int | None
    ) -> tuple[Setting, Duty]:
        site = await self._sites.get(tx, institution, site_version)
        return self._set(site), await self._duties.get(tx, institution, now, roster_version)

    def _set(self, site: Site) -> Setting:
        known = self._settings.get(site.institution.id)
        if known is None or known.site is not site:
            known = self._settings[site.institution.id] = Setting.of(site)
        return known

    def _change(
        self,
        token: str | Reply,
        which: str,
        change: Callable[[Alarm, Principal, Setting, Duty, datetime], Sequence[Change]],
    ) -> "Future[dict[str, Any]]":
        async def action(tx: Transaction) -> dict[str, Any]:
            now = self._clock.now()
            by = await self.asker(tx, token, now)
            setting, duty = await self._here(tx, by.institution, now)
            alarm = await store.find(tx, by.institution, which)
            if alarm is None or not access.may_see_alarm(by, alarm.unit, alarm.raised_by, alarm.told):
                raise NotFound("No such alarm here.")
            try:
                changes = change(alarm, by, setting, duty, now)
            except Conflict as refusal:
                refusal.more["alarm"] = seen_by(by, alarm, events.alarm_json(alarm, setting.site))
                raise
            shown = await self._apply(tx, alarm, changes, setting, now)
            return seen_by(by, changes[-1].alarm if changes else alarm, shown)

        return self._database.submit(action, of=self.order(token))

    async def _apply(
        self, tx: Transaction, alarm: Alarm, changes: Sequence[Change], setting: Setting, now: datetime
    ) -> dict[str, Any]:
        shown = events.alarm_json(alarm, setting.site)
        for change in changes:
            if not await store.change(tx, alarm, change.alarm):
                raise life.Stale("The alarm changed at the same moment: look at it again, then repeat.")
            shown = await self._record(tx, change, setting, now, actor=change.by)
            alarm = change.alarm
        return shown

    async def _record(
        self, tx: Transaction, change: Change, setting: Setting, now: datetime, actor: str | None
    ) -> dict[str, Any]:
        """Journal, outbox and announcements of one change."""
        alarm, site = change.alarm, setting.site
        await outbox.add(tx, self._ways_out.parcels(change, site, now))
        if not alarm.open:
            await outbox.drop(tx, alarm.institution, alarm.id, now)
            await store.locate(tx, alarm.institution, alarm.id, None)
        facts, texts = events.facts_of(change) | events.in_force(alarm, site), events.texts_of(change)
        tx.announce(entry := await self._bind(tx, alarm.institution, now, change.event, alarm.id, actor, facts, texts))
        shown = events.alarm_json(alarm, site)
        for envelope in envelopes(entry, alarm, shown, setting):
            tx.announce(envelope)
        tx.announce(Moved(alarm.escalates_at))
        return shown


def _found(known: Alarm | None, by: Principal, setting: Setting) -> Raised:
    if known is None or known.raised_by != by.name:
        raise IdTaken("id: another alarm here has this id already: let the device make a new one")
    return Raised(seen_by(by, known, events.alarm_json(known, setting.site)), False)
