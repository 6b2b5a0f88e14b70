"""What can be asked of citizens: who lives where, who has a number, what matters in an alarm; all is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.alarms import store as alarms
from hub.alarms.alarm import Alarm
from hub.alarms.queries import may_see
from hub.citizens import risk, risks, riskstore, store
from hub.citizens.citizen import Citizen, may_read, subject
from hub.citizens.number import read_number
from hub.citizens.risk import Home, Risk, has_come, may_be_shown
from hub.citizens.sealing import Seals
from hub.clock import Clock
from hub.errors import NotFound
from hub.people.access import Principal
from hub.people.cache import LARGEST, SiteCache, with_newest
from hub.people.faults import Refused, say
from hub.storage import journal
from hub.storage.database import Database, Reader, Transaction
from hub.storage.vault import Vault


async def theirs(tx: Reader, seals: Seals, by: Principal) -> list[Citizen]:
    """The citizens whom somebody may read of."""
    return [one for one in await store.everybody(tx, await seals.to_read(tx, by.institution)) if may_read(by, one)]


async def asked_for(tx: Reader, seals: Seals, by: Principal, words: str) -> Sequence[Citizen]:
    """Whom somebody looks for: by a whole number, or by a part of the name."""
    number = read_number(words)
    mine = await theirs(tx, seals, by)
    if number is not None:
        return [one for one in mine if number in one.numbers]
    if any(sign.isdigit() for sign in words):
        raise Refused(say("Write the whole number, or a part of the name."))
    parts = words.casefold().split()
    return [one for one in mine if all(part in one.name.casefold() for part in parts)]


class RiskCache:
    """The risks of each institution that held when they were read; each use is checked against their version."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, list[Home]]] = {}

    async def get(self, tx: Reader, vault: Vault, of: str, now: datetime) -> list[Home]:
        version = await riskstore.version(tx, of)
        kept = self._kept.get(of)
        if kept is not None and kept[0] == version:
            return kept[1]
        found = await riskstore.standing(tx, vault, of, now)
        self._kept = with_newest(self._kept, of, (version, found), LARGEST)
        return found


@dataclass(frozen=True, slots=True)
class Shown:
    """What an alarm's card may say of risks: that there are any, which, whose, and whether more can be opened."""

    there: bool
    risks: Sequence[tuple[Risk, str]] = ()
    opens: bool = False


class Citizens:
    """The register as pages and alarms' cards use it: what it is sealed with, and that somebody has read in it."""

    def __init__(self, database: Database, clock: Clock, seals: Seals, sites: SiteCache) -> None:
        self.database = database
        self.clock = clock
        self.seals = seals
        self.sites = sites
        self._risks = RiskCache()

    async def looked(self, by: Principal, event: str, which: str | None, facts: Mapping[str, Any]) -> None:
        about = subject(which) if which is not None else "citizens"

        async def action(tx: Transaction) -> None:
            await journal.append(tx, by.institution, self.clock.now(), event, about, by.name, facts)

        await self.database.submit(action, by.institution, can_wait=True)

    async def standing(self, tx: Reader, of: str) -> list[risk.Standing]:
        """The risks that hold now, with where each matters."""
        now = self.clock.now()
        return risk.standing(await self._risks.get(tx, self.seals.vault, of, now), await self.sites.get(tx, of), now)

    async def in_alarm(self, by: Principal, which: str) -> Shown:
        """What whoever comes to an alarm must know; that they were shown it is written down first, once."""
        of = by.institution
        async with self.database.read() as tx:
            alarm = await alarms.find(tx, of, which)
            if alarm is None or not may_see(by, alarm):
                raise NotFound("No such alarm here.")
            known = [one.risk for one in await self.standing(tx, of) if alarm.open and one.concerns(alarm)]
            if alarm.drill or not known or not may_be_shown(by, alarm):
                return Shown(bool(known) and not alarm.drill, opens=_opens(by, alarm))
            before = await riskstore.shown(tx, of, which, by.name)
            names = {one.citizen: await self._called(tx, one, of) for one in known}
        new = [one.id for one in known if one.id not in before]
        if new:
            await self._show(by, which, new)
        return Shown(there=True, risks=[(one, names[one.citizen]) for one in known], opens=_opens(by, alarm))

    async def _called(self, tx: Reader, one: Risk, of: str) -> str:
        found = await store.find(tx, await self.seals.to_read(tx, of), one.citizen) if one.citizen else None
        return found.name if found is not None else ""

    async def _show(self, by: Principal, alarm: str, new: Sequence[str]) -> None:
        of = by.institution

        async def action(tx: Transaction) -> None:
            now = self.clock.now()
            for which in new:
                if await riskstore.show(tx, of, alarm, by.name, which, now):
                    await journal.append(tx, of, now, "risk_shown", risks.subject(which), by.name, {"alarm": alarm})

        await self.database.submit(action, of, can_wait=True)


def _opens(by: Principal, alarm: Alarm) -> bool:
    return alarm.open and not alarm.drill and has_come(by, alarm)
