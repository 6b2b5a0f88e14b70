"""Asking for the test at the start of a shift, and its answer: each verb is one transaction."""

from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from uuid_utils import uuid7

from hub.alarms.actions import Alarms
from hub.alarms.audience import encode
from hub.alarms.parcels import WaysOut
from hub.clock import Clock, rfc3339
from hub.delivery.sockets import Envelope, text_frame
from hub.errors import Conflict, Forbidden, NotFound
from hub.people.access import Principal
from hub.people.site import Site
from hub.people.store import principal
from hub.reach import store
from hub.reach.notice import proof_subject
from hub.reach.proof import Asked, asked_for, asked_now, shift_of, tapped
from hub.roster import store as roster
from hub.storage import outbox
from hub.storage.database import Database, Reader, Transaction
from hub.storage.outbox import Parcel

# A person's own page has no device of its own in the site.
BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Proven:
    """Somebody has heard their test: reach has changed."""

    institution: str
    person: str
    at: datetime


class Proofs:
    """The verbs of a test, over one database."""

    def __init__(self, database: Database, clock: Clock, alarms: Alarms, ways_out: WaysOut) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms
        self._ways_out = ways_out

    async def begin(self, institution: str) -> None:
        """Writes down a test for everybody whose shift has begun and who has proven nothing in it."""
        now = self._clock.now()
        async with self._database.read() as tx:
            running = await roster.shifts(tx, institution, now, now + timedelta(microseconds=1))
            proven = await store.last_proofs(tx, institution)
        new = [
            Asked(institution, str(uuid7()), person, starts, ends, next_at=now)
            for person, (starts, ends) in shift_of(running).items()
            if person not in proven or proven[person] < starts
        ]
        if new:
            await self._database.write(lambda tx: store.ask(tx, new), of=institution)

    async def ask(self, institution: str, due: Sequence[Asked]) -> None:
        """Asks these now: on their own screens, or by push where no screen is connected."""

        async def action(tx: Transaction) -> None:
            now = self._clock.now()
            for one in due:
                after = asked_now(one, now)
                if await store.move(tx, one, after) and now < one.ends:
                    site = (await self._alarms.setting(tx, institution)).site
                    await self._tell(tx, after, site, now)

        await self._database.write(action, of=institution)

    def ask_me(self, token: str) -> "Future[dict[str, Any]]":
        """Asks the caller now, in every way that there is: on their screens, and beside them by push."""

        async def action(tx: Transaction) -> dict[str, Any]:
            now = self._clock.now()
            by = await principal(tx, token, now)
            if by.person is None:
                raise Forbidden("Only a person can be asked whether they hear: sign in first.")
            waits = await store.unproven(tx, by.institution, by.person, now)
            asked = asked_for(waits, by.institution, str(uuid7()), by.person, now)
            if waits is None:
                await store.ask(tx, [asked])
            elif not await store.move(tx, waits, asked):
                raise Conflict("The test was asked for at this very moment: answer it.")
            tx.announce(_envelope(asked, "asked"))
            site = (await self._alarms.setting(tx, by.institution)).site
            return proof_frame(asked, "asked") | {"at": rfc3339(now), "push": await self._push(tx, asked, site, now)}

        return self._database.submit(action, of=self._alarms.order(token))

    def prove(self, token: str | Principal, which: str, channel: str = "live") -> "Future[dict[str, Any]]":
        """The person has heard the test and tapped it; again changes nothing."""

        async def action(tx: Transaction) -> dict[str, Any]:
            now = self._clock.now()
            by = await principal(tx, token, now) if isinstance(token, str) else token
            asked = await store.find(tx, by.institution, which)
            if asked is None or by.person is None or asked.person != by.person:
                raise NotFound("proof: there is no such test for you: wait for the next one.")
            await store.prove(tx, by.institution, by.person, by.device or BROWSER, channel, now)
            after = tapped(asked, now)
            if after is not asked:
                await store.move(tx, asked, after)
                await outbox.drop(tx, by.institution, proof_subject(which), now)
            tx.announce(Proven(by.institution, by.person, now))
            tx.announce(_envelope(after, "proven"))
            return proof_frame(after, "proven")

        return self._database.submit(action, of=self._alarms.order(token))

    async def missing(self, tx: Reader, by: Principal) -> dict[str, Any] | None:
        """The caller's own test that they have not tapped yet, or None."""
        if by.person is None:
            return None
        asked = await store.unproven(tx, by.institution, by.person, self._clock.now())
        return proof_frame(asked, "asked") if asked is not None else None

    async def last(self, tx: Reader, by: Principal) -> list[dict[str, Any]]:
        """The caller's last proof on each device and channel, the newest first."""
        found = await store.proofs(tx, by.institution, by.person or "")
        return [{"device": device, "channel": channel, "proven_at": rfc3339(at)} for device, channel, at in found]

    async def _tell(self, tx: Transaction, asked: Asked, site: Site, now: datetime) -> None:
        if self._ways_out.connected(asked.institution, asked.person):
            tx.announce(_envelope(asked, "asked"))
        else:
            await self._push(tx, asked, site, now)

    async def _push(self, tx: Transaction, asked: Asked, site: Site, now: datetime) -> bool:
        person = site.people.get(asked.person)
        if person is None or not person.push or "push" not in self._ways_out.channels:
            return False
        parcel = Parcel(asked.institution, proof_subject(asked.id), asked.person, "push", asked.times, "{}", now)
        await outbox.add(tx, [parcel])
        return True


def proof_frame(asked: Asked, state: str) -> dict[str, Any]:
    """What the person's own screens are told of their test."""
    return {"type": "proof", "id": asked.id, "state": state, "times": asked.times}


def _envelope(asked: Asked, state: str) -> Envelope:
    frame = text_frame(encode(proof_frame(asked, state)))
    return Envelope(asked.institution, None, (asked.person,), (), frame)
