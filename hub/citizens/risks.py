"""What can be done to a risk: noted, of a message or by itself, renewed, and ended with a reason."""

from typing import Any

import orjson
from uuid_utils import uuid7

from hub.alarms import store as alarms
from hub.alarms.setting import Setting
from hub.citizens import risk as life
from hub.citizens import riskstore
from hub.citizens.actions import known
from hub.citizens.citizen import may_enter
from hub.citizens.risk import LONGEST, MOST, USUAL, Risk, Standing, lasting
from hub.citizens.sealing import Seals
from hub.delivery.sockets import Envelope, text_frame
from hub.errors import NotFound
from hub.people import access
from hub.people.access import Principal
from hub.people.desk import Change
from hub.people.entry import LONGEST_REASON, Entry
from hub.people.faults import Refused, say
from hub.people.site import Site
from hub.storage import journal, outbox
from hub.storage.database import Reader

OURS = "risk:"


def subject(which: str) -> str:
    """What the journal and the outbox call a risk."""
    return f"{OURS}{which}"


async def note(change: Change, seals: Seals, entry: Entry, said: tuple[str, int] | None = None) -> str:
    """Notes a risk of a citizen or a place; `said` is the message that says it, which is the caller's to read."""
    about = entry.raw("about")
    citizen, place = _about(about, "citizen"), _about(about, "place")
    if citizen is None and place not in places(change.site, change.by):
        entry.wrong("about", say("Choose whom or what it is about."))
    text = entry.needed("text", say("Write what can happen, in a few words."), LONGEST)
    todo = entry.needed("todo", say("Write what one does then."), LONGEST)
    days = _days(entry)
    entry.refuse_if_faulty()
    until = lasting(days, change.now)
    new = Risk(change.of, str(uuid7()), change.by.name, change.now, until, text, todo, citizen, place, *(said or ()))
    await _tell(change, await _where(change, seals, new))
    await riskstore.add(change.tx, seals.vault, new)
    facts: dict[str, Any] = {"citizen": citizen, "place": place, "days": days}
    facts |= {"conversation": said[0], "message": said[1]} if said is not None else {}
    await _note(change, "risk_noted", new.id, facts)
    return new.id


async def renew(change: Change, seals: Seals, entry: Entry, which: str) -> None:
    """Lets a risk last longer, from now on."""
    found, days = await theirs(change.tx, seals, change.site, change.by, which), _days(entry)
    entry.refuse_if_faulty()
    after = life.renewed(found, lasting(days, change.now), change.now)
    await _keep(change, seals, found, after)
    await _note(change, "risk_renewed", which, {"days": days})


async def end(change: Change, seals: Seals, entry: Entry, which: str) -> None:
    """Ends a risk; why is kept beside it."""
    found = await theirs(change.tx, seals, change.site, change.by, which)
    why = entry.needed("why", say("Write why, so that others can understand it afterwards."), LONGEST_REASON)
    entry.refuse_if_faulty()
    await _keep(change, seals, found, life.ended(found, change.by.name, why, change.now))
    await _tell(change, await _where(change, seals, found))
    await _note(change, "risk_ended", which, {})


async def theirs(tx: Reader, seals: Seals, site: Site, by: Principal, which: str) -> Risk:
    """A risk that is whoever asks' to read of: of a citizen of theirs, or of a room of their units."""
    found = await riskstore.find(tx, seals.vault, by.institution, which)
    if found is not None and found.citizen is not None:
        await known(tx, await seals.to_read(tx, by.institution), by, found.citizen)
    elif found is None or found.place not in places(site, by):
        raise NotFound("No such risk here.")
    return found


def places(site: Site, by: Principal) -> dict[str, str]:
    """The rooms that somebody may note a risk of, as people say them."""
    if not may_enter(by):
        return {}
    return {
        room.id: f"{site.units[room.unit].name} · {room.name}"
        for room in site.places.values()
        if room.unit in site.units and access.may_see_unit(by, room.unit)
    }


async def _keep(change: Change, seals: Seals, seen: Risk, after: Risk) -> None:
    if not await riskstore.change(change.tx, seals.vault, seen, after):
        raise Refused(say("It has changed meanwhile: look at it again."))
    await outbox.drop(change.tx, change.of, subject(seen.id), change.now)


async def _where(change: Change, seals: Seals, one: Risk) -> Standing | None:
    """Where a risk that is whoever asks' to read of matters; nowhere once its citizen has moved out."""
    if one.citizen is None:
        place = change.site.places[one.place or ""]
        return Standing(one, place.unit, place.id)
    whose = await known(change.tx, await seals.to_read(change.tx, change.of), change.by, one.citizen)
    return Standing(one, whose.unit, whose.place) if whose.here else None


async def _tell(change: Change, one: Standing | None) -> None:
    """Has the screens of the open alarms that it concerns ask anew; what it is does not stand in the frame."""
    if one is None:
        return
    setting, site = Setting.of(change.site), change.site
    for alarm in await alarms.open_alarms(change.tx, change.of):
        if one.concerns(alarm) and not alarm.drill:
            leading = (
                who.id
                for who in site.people.values()
                if access.leads(Principal(change.of, who.id, who.role, who.units), alarm.unit)
            )
            people = dict.fromkeys((*alarm.told, *alarm.answers, alarm.raised_by, *leading))
            frame = text_frame(orjson.dumps({"type": "risks", "alarm": alarm.id}))
            change.tx.announce(Envelope(change.of, None, tuple(people), setting.screens_in(alarm.unit), frame))


def _about(chosen: str, kind: str) -> str | None:
    found, _, which = chosen.partition(":")
    return which if found == kind and which else None


def _days(entry: Entry) -> int:
    days = entry.whole("days", MOST)
    if days == 0:
        entry.wrong("days", say("Write a whole number of days from 1 to {n}.", n=MOST))
    return days or USUAL


async def _note(change: Change, event: str, which: str, facts: dict[str, Any]) -> None:
    await journal.append(change.tx, change.of, change.now, event, subject(which), change.by.name, facts)
