"""Breaking the glass step by step: whom one may choose, what one then reads, and what the manager says of it."""

from dataclasses import dataclass
from typing import Any

from uuid_utils import uuid7

from hub.alarms import store as alarms
from hub.alarms.alarm import Alarm
from hub.alarms.queries import may_see
from hub.citizens import glass, glassstore, notice, riskstore, store
from hub.citizens.citizen import Citizen
from hub.citizens.glass import USUAL, Opening, Reason, may_review, refuse_unless_called
from hub.citizens.risk import Risk
from hub.citizens.sealing import Seal, Seals
from hub.clock import Clock
from hub.errors import NotFound
from hub.people.access import Principal
from hub.people.desk import Change
from hub.people.entry import LONGEST_REASON, Entry
from hub.people.faults import NotYours, Refused, say
from hub.storage import journal, outbox
from hub.storage.database import Database, Reader, Transaction


def subject(which: str) -> str:
    """What the journal and the outbox call an opening."""
    return f"{notice.GLASS}{which}"


@dataclass(frozen=True, slots=True)
class Opened:
    """A card that may be read now."""

    opening: Opening
    alarm: Alarm
    citizen: Citizen
    risks: list[Risk]


async def alarm_of(tx: Reader, by: Principal, which: str) -> Alarm:
    """An alarm that whoever asks may know of."""
    found = await alarms.find(tx, by.institution, which)
    if found is None or not may_see(by, found):
        raise NotFound("No such alarm here.")
    return found


async def there(tx: Reader, seals: Seals, alarm: Alarm) -> list[Citizen]:
    """Who lives where the alarm is: those of the room first, then the rest of the unit."""
    everybody = await store.everybody(tx, await seals.to_read(tx, alarm.institution))
    found = [one for one in everybody if one.here and _near(one, alarm)]
    return sorted(found, key=lambda one: one.place is None or one.place != alarm.place)


def _near(one: Citizen, alarm: Alarm) -> bool:
    return one.unit == alarm.unit or (one.place is not None and one.place == alarm.place)


async def open_card(change: Change, seals: Seals, entry: Entry, which: str, channels: frozenset[str]) -> str:
    """Opens one citizen's card for whoever comes to an alarm, for some minutes; gives the opening's id."""
    alarm = await alarm_of(change.tx, change.by, which)
    refuse_unless_called(change.by, alarm)
    reason = entry.choice("reason", Reason)
    words = entry.text("why", LONGEST_REASON) or ""
    if reason is Reason.OTHER and not words:
        entry.wrong("why", say("Write why, so that others can understand it afterwards."))
    chosen, minutes = entry.raw("citizen"), entry.whole("minutes", max(glass.CHOICES)) or USUAL
    one = next((one for one in await there(change.tx, seals, alarm) if one.id == chosen), None)
    if one is None:
        entry.wrong("citizen", say("Choose one from the list."))
    entry.refuse_if_faulty()
    if one is None or reason is None:
        raise NotFound("No such citizen here.")
    until = glass.lasting(minutes, change.now)
    new = Opening(
        change.of, str(uuid7()), alarm.id, one.id, one.unit, change.by.name, reason, change.now, until, words
    )  # fmt: skip
    await glassstore.add(change.tx, seals.vault, new)
    facts: dict[str, Any] = {"alarm": alarm.id, "citizen": one.id, "reason": reason.value, "minutes": minutes}
    await journal.append(change.tx, change.of, change.now, "glass_broken", subject(new.id), change.by.name, facts)
    await outbox.add(change.tx, list(notice.to_review(change.site, new, channels, change.now)))
    return new.id


async def read(database: Database, clock: Clock, seals: Seals, by: Principal, which: str) -> Opened:
    """What is open to whoever opened it, once that they have read it is written down."""
    of, now = by.institution, clock.now()

    async def action(tx: Transaction) -> Opened:
        opening = await glassstore.find(tx, seals.vault, of, which)
        if opening is None or opening.person != by.person:
            raise NotFound("No such card here.")
        alarm = await alarms.find(tx, of, opening.alarm)
        seal = await seals.to_read(tx, of)
        found = await store.find(tx, seal, opening.citizen)
        if alarm is None or found is None or not opening.lasts(alarm, now):
            raise Refused(say("This card is closed again: its time is over, or the alarm is."))
        risks = [one for one in await riskstore.of_citizen(tx, seals.vault, of, found.id) if one.holds(now)]
        await journal.append(tx, of, now, "glass_read", subject(which), by.name, {"alarm": alarm.id})
        return Opened(opening, alarm, found, risks)

    return await database.submit(action, of, can_wait=True)


@dataclass(frozen=True, slots=True)
class Review:
    """An opening as its reviewer sees it: whose card it was, they may know of their own units' citizens."""

    opening: Opening
    citizen: Citizen | None
    times: int


async def reviews(tx: Reader, seals: Seals, by: Principal, most: int) -> tuple[list[Review], list[Review]]:
    """The openings of somebody's units: those that wait for a word, and the newest that have had one."""
    of, seal = by.institution, await seals.to_read(tx, by.institution)
    waiting = [one for one in await glassstore.waiting(tx, seals.vault, of) if may_review(by, one.unit)]
    newest = await glassstore.newest(tx, seals.vault, of, most)
    done = [one for one in newest if one.reviewed_at is not None and may_review(by, one.unit)]
    return [await _review(tx, seal, one) for one in waiting], [await _review(tx, seal, one) for one in done]


async def _review(tx: Reader, seal: Seal, one: Opening) -> Review:
    rows = await journal.about(tx, one.institution, subject(one.id))
    times = sum(row.event == "glass_read" for row in rows)
    return Review(one, await store.find(tx, seal, one.citizen), times)


async def review(change: Change, seals: Seals, entry: Entry, which: str) -> None:
    """Says whether an opening was in order; what was not is said in words."""
    found = await glassstore.find(change.tx, seals.vault, change.of, which)
    if found is None:
        raise NotFound("No such opening here.")
    if not may_review(change.by, found.unit):
        raise NotYours(say("This is for those who lead the unit: ask one of them."))
    in_order = entry.one_of("verdict", ("yes", "no"))
    if in_order is None:
        entry.wrong("verdict", say("Say whether it was in order."))
    words = entry.text("words", LONGEST_REASON) or ""
    if in_order == "no" and not words:
        entry.wrong("words", say("Write what was not in order, and what you do about it."))
    entry.refuse_if_faulty()
    after = glass.reviewed(found, change.by, in_order=in_order == "yes", verdict=words, now=change.now)
    if not await glassstore.review(change.tx, seals.vault, after, change.now):
        raise Refused(say("Somebody has looked at this already: see what they said."))
    await outbox.drop(change.tx, change.of, subject(which), change.now)
    facts = {"in_order": in_order == "yes"}
    await journal.append(change.tx, change.of, change.now, "glass_reviewed", subject(which), change.by.name, facts)
