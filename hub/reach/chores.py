"""What reach does by itself: tells screens when it changes and leaders when it is low, and asks people for proof."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from hub.alarms.audience import encode
from hub.alarms.parcels import WaysOut
from hub.alarms.setting import Setting
from hub.clock import Clock, woken
from hub.delivery.reach import SILENT_AFTER, UnitReach
from hub.delivery.sockets import Envelope, Sockets, text_frame
from hub.escalation.plan import told_by
from hub.escalation.rules import Audience, Step, Target
from hub.people.access import Principal, leads
from hub.people.events import SiteSetUp
from hub.people.site import Role
from hub.reach import store
from hub.reach.actions import Proofs
from hub.reach.board import ReachBoard, reach_frame, unit_name
from hub.reach.low import Low, News, Standing, judged
from hub.reach.notice import Say, low_parcels, low_subject
from hub.roster.events import RosterChanged
from hub.roster.shift import Duty
from hub.storage import journal, outbox
from hub.storage.database import Database, Reader, Transaction

LOOK_EVERY = timedelta(seconds=1)
MOST_AT_ONCE = 500
_institution = attrgetter("institution")
_LEADS = Step((Target(Audience.ROLE, Role.SHIFT_LEAD.value),))


@dataclass(frozen=True, slots=True)
class _Finding:
    """What one look at a unit changes."""

    setting: Setting
    duty: Duty
    reach: UnitReach
    before: Low | None
    after: Low | None
    news: News | None


class ReachNews:
    """Pushes a unit's reach to its people's screens when it changes, and warns when too few would hear."""

    def __init__(
        self, database: Database, clock: Clock, board: ReachBoard, sockets: Sockets, ways_out: WaysOut, say: Say
    ) -> None:
        self._database = database
        self._clock = clock
        self._board = board
        self._sockets = sockets
        self._ways_out = ways_out
        self._say = say
        # Before this, the devices of a hub that was restarted are still on their way back to it.
        self._settled_at = clock.now() + SILENT_AFTER

    async def run(self) -> None:
        while True:
            await self.look()
            await self._board.wait(self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Tells what has changed since the last look."""
        found: dict[str, list[_Finding]] = {}
        now = self._clock.now()
        async with self._database.read() as tx:
            lows = await store.lows(tx)
            for institution in await journal.institutions(tx):
                setting, duty, reaches = await self._board.units(tx, institution)
                if any(connection.institution == institution for connection in self._sockets):
                    for reach in self._board.changed(institution, reaches):
                        self._show(reach, setting)
                for reach in reaches:
                    low = lows.get((institution, reach.unit))
                    standing = Standing(len(reach.people), len(reach.hearing), setting.limit(reach.unit).people)
                    after, news = judged(low, standing, setting.book, now, now >= self._settled_at)
                    if after != low or news is not None:
                        found.setdefault(institution, []).append(_Finding(setting, duty, reach, low, after, news))
        for institution, findings in found.items():
            await self._database.write(partial(self._keep, found=findings, now=now), of=institution)

    def _show(self, reach: UnitReach, setting: Setting) -> None:
        site = setting.site
        people = [one.id for one in site.people.values() if not one.units or reach.unit in one.units]
        people += [one.person for one in reach.people if one.person not in people]
        frame = text_frame(encode(reach_frame(reach, site, setting.limit(reach.unit).people, self._say)))
        screens = setting.screens_in(reach.unit)
        self._sockets.fan_out([Envelope(site.institution.id, None, people, screens, frame)])

    async def _keep(self, tx: Transaction, found: Sequence[_Finding], now: datetime) -> None:
        for one in found:
            institution, unit = one.setting.site.institution.id, one.reach.unit
            if await store.move_low(tx, institution, unit, one.before, one.after) and one.news is not None:
                await self._tell(tx, one, one.news, now)

    async def _tell(self, tx: Transaction, one: _Finding, news: News, now: datetime) -> None:
        setting, reach = one.setting, one.reach
        site, minimum = setting.site, setting.limit(reach.unit).people
        institution, subject = site.institution.id, low_subject(reach.unit)
        scene = setting.scene(reach.unit, one.duty, "", drill=False)
        lead_ids = tuple(tell.who for tell in told_by(_LEADS, scene))
        facts = {
            "unit": reach.unit,
            "reachable": len(reach.hearing),
            "minimum": minimum,
            "people": {person.person: person.reason.value for person in reach.people},
        }
        await journal.append(tx, institution, now, news.value, subject, None, facts)
        await outbox.drop(tx, institution, subject, now)
        if news is News.LOW:
            found = low_parcels(site, reach.unit, len(reach.hearing), minimum, lead_ids, self._ways_out, now)
            await outbox.add(tx, list(found))
        people = {*lead_ids, *(person.person for person in reach.people)}
        frame = text_frame(encode(warning_frame(news, reach, setting)))
        tx.announce(Envelope(institution, None, people, setting.screens_in(reach.unit), frame))


def warning_frame(news: News, reach: UnitReach, setting: Setting) -> dict[str, Any]:
    """What screens are told of a unit that too few would hear, or enough again."""
    return {
        "type": "warning",
        "code": news.value,
        "unit": reach.unit,
        "unit_name": unit_name(setting.site, reach.unit),
        "reachable": len(reach.hearing),
        "minimum": setting.limit(reach.unit).people,
    }


async def standing_warnings(tx: Reader, board: ReachBoard, by: Principal) -> list[dict[str, Any]]:
    """What has been said of low reach and still holds, for one who connects now."""
    told = [unit for (of, unit), low in (await store.lows(tx)).items() if of == by.institution and low.told_at]
    if not told:
        return []
    # Of these alone: a house that all come back to at once counts no unit's reach anew for each of them.
    setting, _, reaches = await board.units(tx, by.institution, told)
    return [
        warning_frame(News.LOW, reach, setting)
        for reach in reaches
        if leads(by, reach.unit)
        or by.person in {person.person for person in reach.people}
        or by.device in setting.screens_in(reach.unit)
    ]


class ProofClock:
    """Asks for the test when a shift begins, and once more when it was not heard."""

    def __init__(self, database: Database, clock: Clock, board: ReachBoard, proofs: Proofs) -> None:
        self._database = database
        self._clock = clock
        self._board = board
        self._proofs = proofs
        self._begun: dict[str, Duty] = {}
        self._sooner = asyncio.Event()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        if any(isinstance(fact, RosterChanged | SiteSetUp) for fact in facts):
            self._sooner.set()

    async def run(self) -> None:
        while True:
            await self.look()
            await woken(self._sooner, self._clock, self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Begins the tests of shifts that have begun, and asks for those that are due."""
        async with self._database.read() as tx:
            duties = {of: (await self._board.duty(tx, of)) for of in await journal.institutions(tx)}
        for institution, duty in duties.items():
            # The cache gives the same object until a shift begins or ends, or the roster changes.
            if self._begun.get(institution) is not duty:
                await self._proofs.begin(institution)
                self._begun[institution] = duty
        async with self._database.read() as tx:
            due = await store.due(tx, self._clock.now(), MOST_AT_ONCE)
        for institution, tests in groupby(sorted(due, key=_institution), _institution):
            await self._proofs.ask(institution, list(tests))
