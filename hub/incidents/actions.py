"""What can be done to an incident: each verb is one transaction, its rows in the journal included."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from uuid_utils import uuid7

from hub.alarms import store as alarms_store
from hub.alarms.alarm import Alarm
from hub.alarms.outcome import FalseBecause
from hub.clock import Clock, micros
from hub.errors import Conflict, NotFound
from hub.incidents import incident as life
from hub.incidents import rights, store, taskstore
from hub.incidents.fromalarm import outcome_of, parts_in
from hub.incidents.incident import Incident, Outcome, Part
from hub.incidents.paper import Asked, Paper, additions, kinds_in
from hub.incidents.sealing import Seals
from hub.incidents.tasks import follow, subject
from hub.people import access, deskstore
from hub.people.access import Principal
from hub.people.cache import SiteCache
from hub.people.faults import NotYours, say
from hub.people.store import principal
from hub.roster import store as roster
from hub.storage import journal
from hub.storage.database import Database, Transaction

T = TypeVar("T")

NEW = "new"
EVERYTHING = 2**31


class Incidents:
    """The verbs of an incident, over one database."""

    def __init__(self, database: Database, clock: Clock, seals: Seals, sites: SiteCache) -> None:
        self._database = database
        self._clock = clock
        self.sites = sites
        self.seals = seals

    async def open_for(self, tx: Transaction, of: str, which: str) -> Incident | None:
        """The incident of an alarm that is over; it is begun here, unless another alarm of the same event has."""
        alarm = await alarms_store.find(tx, of, which)
        if alarm is None or alarm.open or alarm.drill:
            return None
        site, now = await self.sites.get(tx, of), self._clock.now()
        parts, outcome = parts_in(alarm, site), outcome_of(alarm)
        found = await store.of_alarm(tx, of, which) or await store.of_alarm(tx, of, alarm.linked_to or which)
        if found is None:
            return await self.begin(tx, alarm, parts, outcome, now)
        if which not in await self._joined(tx, found):
            after = life.joined(found, which, parts, outcome, alarm.false_because)
            await self.keep(tx, found, after)
            facts = {"alarm": which, "outcome": outcome.value if outcome else None}
            await journal.append(tx, of, now, "incident_joined", subject(found.id), None, facts)
            return after
        return found

    async def begin(
        self, tx: Transaction, alarm: Alarm, parts: Mapping[str, Part], outcome: Outcome | None, now: datetime
    ) -> Incident:
        """Begins the record of an alarm, with who was on duty and which rules held at the press."""
        of = alarm.institution
        new = Incident(of, str(uuid7()), alarm.raised_at, now, alarm.unit, alarm.place, outcome, people=parts)
        new = life.joined(new, alarm.id, parts, outcome, alarm.false_because)
        await store.add(tx, new)
        await store.belongs(tx, of, alarm.linked_to or alarm.id, new.id)
        # As it was at the press: kept in the chain, for rosters and rules are changed afterwards.
        duty = await roster.duty(tx, of, alarm.raised_at)
        rules = [one for one in await deskstore.rules(tx, of) if one.at is None or one.at <= alarm.raised_at]
        facts: dict[str, Any] = {
            "alarm": alarm.id,
            "unit": new.unit,
            "outcome": outcome.value if outcome else None,
            "on_duty": [[one.person, one.unit, one.duty.value] for one in duty.on_duty],
        }
        facts |= {"rules": rules[0].number} if rules else {}
        await journal.append(tx, of, now, "incident_opened", subject(new.id), None, facts)
        return new

    async def _joined(self, tx: Transaction, found: Incident) -> set[str]:
        """The alarms that the incident's rows in the journal name: one may belong to it before it is over."""
        entries = await journal.about(tx, found.institution, subject(found.id))
        named = {str(entry.facts["alarm"]) for entry in entries if "alarm" in entry.facts}
        return named | {which for entry in entries for which in entry.facts.get("alarms", ())}

    async def note(
        self,
        token: str,
        of: str,
        alarm: str | None,
        unit: str | None,
        happened_at: datetime,
        outcome: Outcome,
        answers: Mapping[str, str],
    ) -> str:
        """Keeps the first note of an alarm, or of a violent episode without one; gives the incident's id."""

        async def work(tx: Transaction, by: Principal, now: datetime) -> str:
            found = await self._noted(tx, by, alarm, unit, happened_at, outcome, now)
            # Whoever is quick need not know what others have said: each adds the kinds that they met.
            kinds = " ".join({*answers.get("kinds", "").split(), *found.kinds})
            ordered = " ".join(kinds_in(kinds))
            await self._add(tx, by, found, Paper.WORK, {**answers, "kinds": ordered}, EVERYTHING, now)
            await store.forget_draft(tx, of, by.name, alarm or NEW)
            return found.id

        return await self.does(token, of, work)

    async def _noted(
        self,
        tx: Transaction,
        by: Principal,
        alarm: str | None,
        unit: str | None,
        happened_at: datetime,
        outcome: Outcome,
        now: datetime,
    ) -> Incident:
        if alarm is not None:
            found = await self.open_for(tx, by.institution, alarm)
            safety = await store.safety(tx, by.institution)
            if found is None or not rights.may_write(by, Paper.WORK, found, safety):
                raise NotFound("alarm: no alarm that is over and that you had a part in has this id")
            if found.outcome is not outcome:
                after = life.corrected(found, found.happened_at, found.unit, found.place, outcome)
                await self.keep(tx, found, after)
                await self.tell(tx, by, after, "incident_changed", now, {"outcome": outcome.value})
                await self.follow(tx, after, now, by.name)
                return after
            return found
        if not access.may_see_unit(by, unit):
            raise NotYours(say("Choose a unit of your own."))
        new = Incident(
            by.institution, str(uuid7()), happened_at, now, unit, outcome=outcome, people={by.name: Part.OWN}
        )
        await store.add(tx, new)
        facts = {"unit": unit, "outcome": outcome.value, "happened_at": micros(happened_at)}
        await self.tell(tx, by, new, "incident_opened", now, facts)
        return new

    async def write(self, token: str, of: str, which: str, paper: Paper, answers: Mapping[str, str], seen: int) -> None:
        """Adds what is new in a form that was filled in over the answers up to `seen`."""

        async def work(tx: Transaction, by: Principal, now: datetime) -> None:
            found = await self.known(tx, by, which)
            await self._add(tx, by, found, paper, answers, seen, now)
            await store.forget_draft(tx, of, by.name, f"{which}/{paper.value}")

        await self.does(token, of, work)

    async def _add(
        self,
        tx: Transaction,
        by: Principal,
        found: Incident,
        paper: Paper,
        answers: Mapping[str, str],
        seen: int,
        now: datetime,
    ) -> None:
        if not rights.may_write(by, paper, found, await store.safety(tx, by.institution)):
            raise NotYours(say("This paper is not yours to write in."))
        life.refuse_locked(found)
        seal = await self.seals.to_write(tx)
        said = await store.said(tx, seal, found.institution, found.id)
        new = additions(said, paper, answers, by.name, seen)
        if not new:
            return
        kinds, added = found.kinds, []
        for question, value in new:
            number, fingerprint = await store.say(
                tx, seal, found.institution, found.id, paper, question.name, value, by.name, now
            )
            added.append([number, question.name, fingerprint])
            kinds = kinds_in(value) if question.asked is Asked.KINDS else kinds
        part = found.people.get(by.name, Part.HELPER)
        after = life.written(found, by.name, part, kinds)
        await self.keep(tx, found, after)
        await self.tell(tx, by, after, "incident_written", now, {"paper": paper.value, "said": added})
        await self.follow(tx, after, now, by.name)

    async def correct(
        self,
        token: str,
        of: str,
        which: str,
        happened_at: datetime,
        unit: str | None,
        outcome: Outcome | None,
        because: FalseBecause | None,
    ) -> None:
        """Says better when and where it was, and what came of it; the journal keeps what was said before."""

        async def work(tx: Transaction, by: Principal, now: datetime) -> None:
            found = await self.known(tx, by, which)
            if not rights.may_correct(by, found, await store.safety(tx, of)):
                raise NotYours(say("This paper is not yours to write in."))
            place = found.place if unit == found.unit else None
            after = life.corrected(found, happened_at, unit, place, outcome, because)
            await self.keep(tx, found, after)
            facts = {
                "unit": unit,
                "outcome": outcome.value if outcome else None,
                "happened_at": micros(happened_at),
            }
            facts |= {"false_because": after.false_because.value} if after.false_because else {}
            await self.tell(tx, by, after, "incident_changed", now, facts)
            await self.follow(tx, after, now, by.name)

        await self.does(token, of, work)

    async def sign(self, token: str, of: str, which: str) -> None:
        """Signs as the leader or the safety representative; the last that is needed locks it."""

        async def work(tx: Transaction, by: Principal, now: datetime) -> None:
            found, safety = await self.known(tx, by, which), await store.safety(tx, of)
            signer = rights.signs_as(by, found, safety)
            if signer is None:
                raise NotYours(say("The unit's leader and its safety representative sign."))
            if any(task.open for task in await taskstore.tasks(tx, of, which)):
                raise life.Unfinished(say("Something is still to be done: end it first, or write why it is not done."))
            needed = rights.needed(await self.sites.get(tx, of), found, safety)
            after = life.signed(found, by.name, signer, needed, now)
            await self.keep(tx, found, after)
            facts = {"as": signer.value, "locked": after.state is life.State.SIGNED}
            await self.tell(tx, by, after, "incident_signed", now, facts)

        await self.does(token, of, work)

    async def reopen(self, token: str, of: str, which: str, why: str) -> None:
        """Opens a signed incident again; the reason is kept beside its row in the journal."""

        async def work(tx: Transaction, by: Principal, now: datetime) -> None:
            found, safety = await self.known(tx, by, which), await store.safety(tx, of)
            if rights.signs_as(by, found, safety) is not life.Signer.LEADER:
                raise NotYours(say("The unit's leader opens it again."))
            after = life.reopened(found)
            await self.keep(tx, found, after)
            entry = await self.tell(tx, by, after, "incident_reopened", now, {})
            await store.remark(tx, await self.seals.to_write(tx), of, entry.seq, why)

        await self.does(token, of, work)

    async def keep_draft(self, token: str, of: str, about: str, text: str) -> None:
        """Keeps what somebody has begun to write, for them alone; nothing of it is theirs to be held to yet."""

        async def work(tx: Transaction, by: Principal, now: datetime) -> None:
            if text:
                await store.keep_draft(tx, await self.seals.to_write(tx), of, by.name, about, text, now)
            else:
                await store.forget_draft(tx, of, by.name, about)

        await self.does(token, of, work)

    async def choose_safety(self, token: str, of: str, people: Sequence[str]) -> None:
        """Makes these the safety representatives, each for the units that are theirs."""

        async def work(tx: Transaction, by: Principal, now: datetime) -> None:
            site = await self.sites.get(tx, of)
            if not access.administers(by) or not set(people) <= set(site.people):
                raise NotYours(say("This is for those who manage the institution: ask one of them."))
            await store.choose_safety(tx, of, people)
            await journal.append(tx, of, now, "safety_chosen", "safety", by.name, {"people": list(people)})

        await self.does(token, of, work)

    async def looked(
        self, by: Principal, event: str, about: str, facts: Mapping[str, Any], words: str | None = None
    ) -> None:
        """Writes down that somebody read or searched; what they typed is kept sealed beside the row."""

        async def action(tx: Transaction) -> None:
            entry = await journal.append(tx, by.institution, self._clock.now(), event, about, by.name, facts)
            if words:
                await store.remark(tx, await self.seals.to_write(tx), by.institution, entry.seq, words)

        await self._database.write(action, of=by.institution)

    async def does(self, token: str, of: str, work: Callable[[Transaction, Principal, datetime], Awaitable[T]]) -> T:
        async def action(tx: Transaction) -> T:
            now = self._clock.now()
            by = await principal(tx, token, now)
            if by.institution != of:
                raise NotFound("There is no such thing here.")
            return await work(tx, by, now)

        return await self._database.write(action, of=of)

    async def follow(self, tx: Transaction, one: Incident, now: datetime, actor: str) -> None:
        """Begins what must be done for the incident as it is now."""
        site = await self.sites.get(tx, one.institution)
        await follow(tx, await self.seals.to_write(tx), site, one, now, actor)

    async def known(self, tx: Transaction, by: Principal, which: str) -> Incident:
        """An incident that this person may know of."""
        found = await store.find(tx, by.institution, which)
        if found is None or not rights.may_know(by, found):
            raise NotFound("No such incident here.")
        return found

    async def keep(self, tx: Transaction, before: Incident, after: Incident) -> None:
        """Writes an incident's next state down."""
        if not await store.change(tx, before, after):
            raise Conflict("The incident changed at the same moment: look at it again, then repeat.")

    async def tell(
        self, tx: Transaction, by: Principal, one: Incident, event: str, now: datetime, facts: Mapping[str, Any]
    ) -> journal.Entry:
        """Writes in the journal what somebody did to it."""
        return await journal.append(tx, one.institution, now, event, subject(one.id), by.name, facts)
