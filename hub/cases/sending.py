"""Handing over to case systems, and hearing what they answer: once each, and on a desk where they will not have it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from hub.cases import register, registerstore, sendingstore, waystore
from hub.cases.practice import Target
from hub.cases.recording import Say
from hub.cases.register import Entry
from hub.cases.ways import Link, Ways
from hub.cases.waystore import Way
from hub.clock import Clock
from hub.errors import HubError, NotFound, Unauthenticated, Unavailable
from hub.incidents.sealing import Seals
from hub.incidents.tasks import subject
from hub.people.credentials import fingerprint
from hub.ports import Answer, Handed, Never, NotNow, Trouble, sent_as
from hub.storage import journal, outbox
from hub.storage.database import Action, Database, Transaction
from hub.storage.outbox import Parcel
from hub.storage.vault import Vault

# So many are under way at once to each kind of system; the next are taken when all of them have been answered.
MOST_AT_ONCE = 16
# Longer than any case system may take: a hub that died lets its parcels go again after this.
PATIENCE, LEASE = 30.0, timedelta(seconds=60)
# After so many failures one after the other a system is left alone for a while, and others need not wait for it.
FAILS, SHORTEST_REST, LONGEST_REST = 3, timedelta(seconds=2), timedelta(minutes=5)

_log = structlog.get_logger("hub.cases")


def parcel(entry: Entry, now: datetime) -> Parcel:
    """The entry on its way; the same version is the same parcel."""
    return packed(entry.institution, entry.record.id, entry.version, entry.target, now)


def packed(of: str, record: str, version: int, target: Target, now: datetime) -> Parcel:
    about = f"{outbox.CASES}{record}"
    return Parcel(of, about, target.value, f"{outbox.CASES}{target.value}", version, "", now)


@dataclass(slots=True)
class _Mood:
    """How a system has been of late."""

    failed: int = 0
    rests_until: datetime | None = None
    trouble: Trouble = Trouble.AWAY

    def heard(self, said: Handed | Never | NotNow, now: datetime) -> None:
        if not isinstance(said, NotNow):
            self.failed, self.rests_until = 0, None
            return
        self.failed, self.trouble = self.failed + 1, said.trouble
        if self.failed >= FAILS:
            self.rests_until = now + min(LONGEST_REST, SHORTEST_REST * 2 ** min(self.failed - FAILS, 10))


class Sending:
    """Carries what is due to the case systems, and brings home what they say."""

    def __init__(self, database: Database, clock: Clock, seals: Seals, vault: Vault, ways: Ways, say: Say) -> None:
        self._database = database
        self._clock = clock
        self._seals = seals
        self._vault = vault
        self._ways = ways
        self._say = say
        self._moods: dict[tuple[str, Target], _Mood] = {}

    async def look(self) -> None:
        """Sends all that is due; what one system makes wait holds up none of another kind."""
        async with asyncio.TaskGroup() as group:
            for target in self._ways.targets:
                group.create_task(self._all_to(target))

    async def _all_to(self, target: Target) -> None:
        channel = f"{outbox.CASES}{target.value}"
        while True:
            now = self._clock.now()
            taking = partial(outbox.take, channel=channel, now=now, lease=LEASE, most=MOST_AT_ONCE)
            taken = await self._database.submit(taking, can_wait=True)
            async with asyncio.TaskGroup() as group:
                for one in taken:
                    group.create_task(self._carry(one))
            if len(taken) < MOST_AT_ONCE:
                return

    async def _carry(self, one: Parcel) -> None:
        async with self._database.read() as tx:
            entry = await registerstore.find(tx, await self._seals.to_read(tx), one.institution, _record(one))
        if entry is None or entry.version != one.round or not entry.open:
            over = partial(outbox.done, parcel=one, outcome="cancelled", detail=None, now=self._clock.now())
            await self._write(over, one)
            return
        link, now = self._ways.of_entry(entry), self._clock.now()
        mood = self._moods.setdefault((entry.record.authority, entry.target), _Mood())
        if link is None or (mood.rests_until is not None and mood.rests_until > now):
            until = mood.rests_until if link is not None and mood.rests_until is not None else now + LONGEST_REST
            why = NotNow("It is left alone for a while.", trouble=mood.trouble)
            await self._write(partial(outbox.later, parcel=one, due_at=until, detail=_kept(why)), one)
            return
        said = await self._handed(entry, link)
        mood.heard(said, self._clock.now())
        await self._write(partial(self._told, one=one, said=said, link=link), one)

    async def _write(self, action: Action[None], one: Parcel) -> None:
        await self._database.submit(action, one.institution, can_wait=True)

    async def _handed(self, entry: Entry, link: Link) -> Handed | Never | NotNow:
        try:
            async with asyncio.timeout(PATIENCE):
                return await link.system.take(entry.record, entry.version)
        except (Never, NotNow) as said:
            return said
        except TimeoutError:
            return NotNow("The case system did not answer in time.")
        except HubError as fault:
            return Never(fault.detail)
        except Exception:  # noqa: BLE001 - one record that we stumble over must not hold up the others
            _log.exception("a record could not be handed over", record=entry.record.id)
            why = "The hub failed at this record; the operator can read why in its log."
            return NotNow(why, trouble=Trouble.OURS)

    async def _told(self, tx: Transaction, one: Parcel, said: Handed | Never | NotNow, link: Link) -> None:
        now = self._clock.now()
        if isinstance(said, NotNow):
            wait = register.later(one.attempts + 1, said.retry_after)
            await outbox.later(tx, one, now + wait, _kept(said))
            return
        found = await self._as_sent(tx, one.institution, _record(one), sent_as(_record(one), one.round))
        if found is None:
            await outbox.done(tx, one, "cancelled", None, now)
            return
        was, replaced = found
        after = (
            register.refused(was, said.detail, now) if isinstance(said, Never) else register.answered(was, said, now)
        )
        if after == was and was.open and not replaced and now - was.since >= link.gives_up_after:
            after = register.answered(was, self._given_up(link), now)
        await self._keep(tx, was, after, now, replaced=replaced)
        if replaced or not was.open:
            await outbox.done(tx, one, "cancelled", None, now)
        elif after.open:
            # It is asked by handing over the same under the same name.
            await outbox.later(tx, one, now + link.asks_after, "Waits for a receipt.")
        else:
            await outbox.done(tx, one, "sent" if after.answer is Answer.ACCEPTED else "failed", None, now)

    async def _as_sent(self, tx: Transaction, of: str, record: str, name: str) -> tuple[Entry, bool] | None:
        """A record as it was handed over under this name, and whether another version stands in its place now."""
        seal = await self._seals.to_write(tx)
        entry = await registerstore.find(tx, seal, of, record)
        if entry is None or sent_as(record, entry.version) == name:
            return (entry, False) if entry is not None else None
        known = await registerstore.versions(tx, seal, entry)
        return next(((one, True) for one in known if sent_as(record, one.version) == name), None)

    def _given_up(self, link: Link) -> Handed:
        """What is said of one that it was asked about for the last time, and that it still says nothing new of."""
        days = max(1, round(link.gives_up_after / timedelta(days=1)))
        say = self._say
        why = say("The case system has said nothing for {n} days: ask there whether it has it.", n=days)
        return Handed(Answer.FAILED, "", reason=why)

    async def _keep(self, tx: Transaction, before: Entry, after: Entry, now: datetime, *, replaced: bool) -> None:
        """Writes down what became of a version; one that was replaced changes nothing of what stands in its place."""
        if after == before or after.answer is None:
            return
        keep = registerstore.keep_version if replaced else registerstore.keep
        await keep(tx, await self._seals.to_write(tx), after)
        facts = {"record": after.record.id, "version": after.version, "answer": after.answer.value}
        await journal.append(tx, after.institution, now, "case_answered", subject(after.incident), None, facts)

    async def receipt(self, token: str, content: bytes) -> bytes:
        """Takes a receipt of a case system, which brings its municipality's credential; what it is answered."""
        async with self._database.read() as tx:
            way = await waystore.by_receipts(tx, self._vault, fingerprint(token))
        if way is None:
            raise Unauthenticated("No case system's receipts come with this credential: take the one of cases connect.")
        link = self._ways.of(way.municipality, way.target)
        if link is None or link.reads is None:
            raise Unavailable("This case system is not open here yet: send the receipt again.")
        name, told = link.reads(content)
        async with self._database.read() as tx:
            found = await sendingstore.named(tx, name)
        if found is not None:
            hearing = partial(self._heard, found=found, way=way, name=name, told=told)
            if await self._database.submit(hearing, found[0], can_wait=True):
                return link.thanks
        raise NotFound("Nothing that waits was handed over under this name.")

    async def _heard(self, tx: Transaction, found: Sequence[str], way: Way, name: str, told: Handed) -> bool:
        now, (of, record) = self._clock.now(), found
        sent = await self._as_sent(tx, of, record, name)
        if sent is None or (sent[0].record.authority, sent[0].target) != way.key:
            return False
        was, replaced = sent
        after = register.answered(was, told, now)
        await self._keep(tx, was, after, now, replaced=replaced)
        if was.open and not after.open and not replaced:
            await outbox.drop(tx, of, f"{outbox.CASES}{record}", now)
        return True

    async def connected(self, institutions: Sequence[str], target: Target) -> None:
        """Puts what had no way until now on its way."""
        for of in institutions:
            await self._database.submit(partial(self._post_unsent, of=of, target=target), of, can_wait=True)

    async def _post_unsent(self, tx: Transaction, of: str, target: Target) -> None:
        now = self._clock.now()
        waiting = await sendingstore.unsent(tx, of, target.value)
        await outbox.add(tx, [packed(of, one.record, one.version, target, now) for one in waiting])


def _kept(said: NotNow) -> str:
    """Why it was not taken, as the outbox keeps it: what kind of trouble it was, and in whose words."""
    return f"{said.trouble.value}: {said.detail}"[:200]


def _record(one: Parcel) -> str:
    return one.subject.removeprefix(outbox.CASES)
