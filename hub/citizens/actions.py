"""What can be done in the register of citizens: each verb is one transaction, its row in the journal included."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from uuid_utils import uuid7

from hub.citizens import store
from hub.citizens.citizen import (
    LONGEST,
    LONGEST_NAME,
    Card,
    Citizen,
    homes,
    may_end,
    may_read,
    subject,
)
from hub.citizens.number import Number, read_number
from hub.citizens.sealing import Seal, Seals
from hub.errors import NotFound
from hub.people.access import Principal
from hub.people.desk import Change
from hub.people.entry import LONGEST_REASON, Entry
from hub.people.faults import NotYours, Overtaken, say
from hub.people.localtime import midnight
from hub.storage import journal
from hub.storage.database import Reader


async def add(change: Change, seals: Seals, entry: Entry) -> str:
    """Writes a citizen into the register; gives their id."""
    seal = await seals.to_write(change.tx, change.of)
    number = await _number(change, seal, entry)
    unit, place = _home(change, entry)
    name = entry.needed("name", say("Write what they are called."), LONGEST_NAME)
    card = _card(entry)
    entry.refuse_if_faulty()
    new = Citizen(change.of, str(uuid7()), name, unit, change.by.name, change.now, place, card=card)
    await store.add(change.tx, seal, new)
    if number is not None:
        await store.give(change.tx, seal, new.id, number, change.now)
    facts = {"unit": unit, "place": place} | ({"number": number.sort.value} if number is not None else {})
    await _note(change, "citizen_added", new.id, facts)
    return new.id


async def edit(change: Change, seals: Seals, entry: Entry, which: str) -> None:
    """Gives a citizen the name, the home and the card as they stand in the form."""
    seal = await seals.to_write(change.tx, change.of)
    before = await known(change.tx, seal, change.by, which)
    if entry.raw("version") not in ("", str(before.version)):
        raise Overtaken(say("It has changed meanwhile: look at it again."))
    unit, place = _home(change, entry)
    name = entry.needed("name", say("Write what they are called."), LONGEST_NAME)
    card = _card(entry)
    entry.refuse_if_faulty()
    after = replace(before, name=name, unit=unit, place=place, card=card, version=before.version + 1)
    await store.change(change.tx, seal, before.version, after)
    then, now = asdict(before.card) | {"name": before.name}, asdict(card) | {"name": name}
    facts: dict[str, Any] = {"changed": sorted(what for what in now if now[what] != then[what])}
    facts |= {"unit": unit, "place": place} if (unit, place) != (before.unit, before.place) else {}
    await _note(change, "citizen_changed", which, facts)


async def move_out(change: Change, seals: Seals, entry: Entry, which: str) -> None:
    """Says since when somebody lives elsewhere; without a day, that they live here after all."""
    seal, before = await _led(change, seals, which)
    day = _day(entry, change)
    entry.refuse_if_faulty()
    after = replace(before, moved_out_at=day, version=before.version + 1)
    await store.change(change.tx, seal, before.version, after)
    await _note(change, "citizen_moved_out" if day is not None else "citizen_stays", which, {})


async def give_number(change: Change, seals: Seals, entry: Entry, which: str) -> None:
    """Notes one more number down as somebody's; one that is another's is refused, and never makes the two one."""
    seal = await seals.to_write(change.tx, change.of)
    await known(change.tx, seal, change.by, which)
    number = await _number(change, seal, entry)
    if number is None:
        entry.wrong("number", say("Write the number."))
    entry.refuse_if_faulty()
    if number is not None and await store.give(change.tx, seal, which, number, change.now):
        await _note(change, "citizen_number_added", which, {"sort": number.sort.value})


async def take_number(change: Change, seals: Seals, entry: Entry, which: str) -> None:
    """Takes a number away that was noted down wrongly."""
    seal, one = await _led(change, seals, which)
    number = next((number for number in one.numbers if seal.lookup(number) == entry.raw("lookup")), None)
    if number is None:
        raise NotFound("lookup: this citizen has no such number")
    await store.take(change.tx, seal, which, number)
    await _note(change, "citizen_number_dropped", which, {"sort": number.sort.value})


async def hold(change: Change, seals: Seals, entry: Entry, which: str) -> None:
    """Keeps a citizen who has moved out until somebody lifts it."""
    seal, before = await _led(change, seals, which)
    why = entry.needed("why", say("Write why, so that others can understand it afterwards."), LONGEST_REASON)
    entry.refuse_if_faulty()
    after = replace(before, held_at=change.now, held_why=why, version=before.version + 1)
    await store.change(change.tx, seal, before.version, after)
    await _note(change, "citizen_held", which, {})


async def lift(change: Change, seals: Seals, which: str) -> None:
    """Lets a citizen go again when their time is over."""
    seal, before = await _led(change, seals, which)
    after = replace(before, held_at=None, held_why="", version=before.version + 1)
    await store.change(change.tx, seal, before.version, after)
    await _note(change, "citizen_hold_lifted", which, {})


async def show_numbers(change: Change, seals: Seals, which: str) -> tuple[Number, ...]:
    """A citizen's numbers in full, once that they were shown is written down."""
    found = await known(change.tx, await seals.to_write(change.tx, change.of), change.by, which)
    await _note(change, "citizen_numbers_shown", which, {"shown": len(found.numbers)})
    return found.numbers


async def link(change: Change, seals: Seals, incident: str, which: str, *, about: bool) -> None:
    """Says whom an incident's case note is about, or takes it back; whose incident it is, the caller has seen to."""
    seal = await seals.to_write(change.tx, change.of)
    await known(change.tx, seal, change.by, which)
    moved = store.link if about else store.unlink
    if await moved(change.tx, change.of, incident, which):
        event = "citizen_linked" if about else "citizen_unlinked"
        await _note(change, event, which, {"incident": incident})


async def known(tx: Reader, seal: Seal, by: Principal, which: str) -> Citizen:
    """The citizen if they are whoever asks' to read of."""
    found = await store.find(tx, seal, which)
    if found is None or not may_read(by, found):
        raise NotFound("No such citizen here.")
    return found


async def _led(change: Change, seals: Seals, which: str) -> tuple[Seal, Citizen]:
    seal = await seals.to_write(change.tx, change.of)
    found = await known(change.tx, seal, change.by, which)
    if not may_end(change.by, found.unit):
        raise NotYours(say("This is for those who lead the unit: ask one of them."))
    return seal, found


def _home(change: Change, entry: Entry) -> tuple[str, str | None]:
    chosen = entry.one_of("home", [value for value, _ in homes(change.site, change.by)])
    if chosen is None:
        entry.wrong("home", say("Choose where they live."))
    unit, _, place = (chosen or "").partition("/")
    return unit, place or None


def _card(entry: Entry) -> Card:
    return Card(**{what: _words(entry, what, longest) for what, longest in LONGEST.items()})


def _words(entry: Entry, what: str, longest: int) -> str:
    text = entry.raw(what).replace("\r\n", "\n").strip()
    if len(text) > longest:
        entry.wrong(what, say("This is {n} characters too long: shorten it.", n=len(text) - longest))
    if not text.replace("\n", "").isprintable() and text:
        entry.wrong(what, say("This holds characters that cannot be shown: write it anew."))
    return text


async def _number(change: Change, seal: Seal, entry: Entry) -> Number | None:
    """The number in the form, unless it is none or somebody's already."""
    written = entry.text("number")
    if written is None:
        return None
    number = read_number(written)
    if number is None:
        entry.wrong("number", say("This is no CPR number or eCPR: write six digits that are a day, and four signs."))
    elif (other := await store.by_number(change.tx, seal, number)) is not None:
        there = await store.find(change.tx, seal, other)
        named = there.name if there is not None and may_read(change.by, there) else ""
        if named:
            entry.wrong("number", say("This number is known already, as {name}'s.", name=named))
        else:
            entry.wrong("number", say("This number is known already, in another unit: ask those who lead it."))
    return number


def _day(entry: Entry, change: Change) -> datetime | None:
    day = entry.day("day")
    if day is None:
        return None
    at = midnight(day, ZoneInfo(change.site.institution.timezone))
    if at > change.now:
        entry.wrong("day", say("This day has not come yet: write it when they have moved."))
    return at


async def _note(change: Change, event: str, which: str, facts: Mapping[str, Any]) -> None:
    await journal.append(change.tx, change.of, change.now, event, subject(which), change.by.name, facts)
