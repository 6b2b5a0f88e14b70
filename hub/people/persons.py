"""People, their roles, units and phone numbers, changed by hand."""

import re
from dataclasses import dataclass
from typing import Any

from hub.errors import NotFound
from hub.people import access, deskstore, enrolmentstore, pushstore, tables
from hub.people.desk import Change
from hub.people.entry import Entry
from hub.people.faults import NotYours, Refused, say
from hub.people.setup import LANGUAGES
from hub.people.site import Person, Role
from hub.storage.database import Row

LONGEST_NAME = 80
_HOURS = re.compile(r"(\d{1,3})(?::([0-5]\d)|[.,](\d{1,2}))?", re.ASCII)
# What a person can have agreed to work in a week, in hours.
LONGEST_WEEK = 100
_TOLD = ("name", "role", "units", "phone", "email", "weekly_minutes")


@dataclass(frozen=True, slots=True)
class Details:
    """A person as the form says."""

    name: str
    role: Role
    units: tuple[str, ...]
    phone: str | None
    email: str | None
    language: str | None
    weekly_minutes: int | None

    @property
    def facts(self) -> dict[str, Any]:
        return {"role": self.role.value, "units": list(self.units)}


async def add(change: Change, entry: Entry) -> str:
    """Makes a person known; gives their id, which they sign in by."""
    details = _details(change, entry, None)
    entry.refuse_if_faulty()
    which = await change.new_id(tables.PEOPLE, details.name)
    await change.add(tables.PEOPLE, id=which, **_columns(details))
    await deskstore.belongs(change.tx, change.of, which, details.units)
    await change.note("person_added", f"person:{which}", details.facts)
    return which


async def alter(change: Change, which: str, entry: Entry) -> None:
    """Gives the person the details in the form; a change of role asks why."""
    row, before = await _known(change, which)
    details = _details(change, entry, which)
    change.why = entry.why(needed=details.role is not before.role)
    entry.refuse_if_faulty()
    if before.role is not details.role:
        _leave_somebody(change, which, details.role)
        # Whoever gave a code may not be able to give one to what the person is from now on.
        await enrolmentstore.call_back(change.tx, change.of, which, change.now)
    await change.change(tables.PEOPLE, row, **_columns(details))
    await deskstore.belongs(change.tx, change.of, which, details.units)
    new = [name for name in _TOLD if getattr(before, name) != getattr(details, name)]
    await change.note("person_changed", f"person:{which}", {**details.facts, "changed": new})


async def leave(change: Change, which: str, entry: Entry) -> None:
    """The person works here no more: they are told of nothing, their phones and browsers end at once."""
    await _known(change, which)
    change.why = entry.why()
    entry.refuse_if_faulty()
    if which == change.by.person:
        raise Refused(say("You cannot take yourself out: have a colleague do it."))
    _leave_somebody(change, which, None)
    devices = await retire(change, which)
    await change.note("person_retired", f"person:{which}", {"devices": devices})


async def retire(change: Change, which: str) -> list[str]:
    """Takes all that a person has; gives the devices that were theirs."""
    of, now = change.of, change.now
    present = await change.present(tables.DEVICES)
    devices = [key for key, row in present.items() if row["person"] == which and row["revoked_at"] is None]
    for device in devices:
        await change.end(tables.DEVICES, device)
    await change.end(tables.PEOPLE, which)
    await deskstore.end_sessions(change.tx, of, which, now)
    await pushstore.bury_person(change.tx, of, which, "left", now)
    await enrolmentstore.call_back(change.tx, of, which, now)
    await deskstore.raise_roster(change.tx, of)
    return devices


async def _known(change: Change, which: str) -> tuple[Row, Person]:
    row = (await change.present(tables.PEOPLE)).get(which)
    if row is None or which not in change.site.people:
        raise NotFound(f"There is no {which!r} here any more.")
    person = change.site.people[which]
    if not access.may_give(change.by, person.role):
        raise NotYours(say("Only an administrator changes an administrator: ask one."))
    return row, person


def _details(change: Change, entry: Entry, which: str | None) -> Details:
    name = entry.needed("name", say("Write the person's name."), LONGEST_NAME)
    role = entry.choice("role", Role) or Role.STAFF
    if not access.may_give(change.by, role):
        entry.wrong("role", say("Only an administrator makes somebody an administrator: ask one."))
    email = entry.email("email")
    others = [person for person in change.site.people.values() if person.id != which]
    if email is not None and any(person.email == email for person in others):
        entry.wrong("email", say("Somebody here has this address already: give each their own."))
    units = entry.some_of("units", change.site.units)
    if not units and role in (Role.STAFF, Role.SHIFT_LEAD) and change.site.units:
        entry.wrong("units", say("Choose at least one unit: staff and shift leads belong somewhere."))
    language = entry.one_of("language", LANGUAGES)
    return Details(name, role, units, entry.phone("phone"), email, language, _weekly_minutes(entry))


def _weekly_minutes(entry: Entry) -> int | None:
    """The agreed hours a week, written as 37, 32,5 or 29:36."""
    written = entry.text("weekly")
    if written is None:
        return None
    match = _HOURS.fullmatch(written)
    past_the_hour = int(match[2] or 0) + float(f"0.{match[3] or 0}") * 60 if match else 0
    minutes = int(match[1]) * 60 + round(past_the_hour) if match else 0
    if not 0 < minutes <= LONGEST_WEEK * 60:
        entry.wrong("weekly", say("Write the hours a week, such as 37 or 32:30."))
        return None
    return minutes


def weekly_shown(minutes: int | None) -> str:
    """The agreed hours a week as they are written."""
    if minutes is None:
        return ""
    return f"{minutes // 60}:{minutes % 60:02}" if minutes % 60 else str(minutes // 60)


def _columns(details: Details) -> dict[str, Any]:
    return {
        "name": details.name,
        "role": details.role.value,
        "phone": details.phone,
        "email": details.email,
        "language": details.language,
        "weekly_minutes": details.weekly_minutes,
    }


def _leave_somebody(change: Change, which: str, becomes: Role | None) -> None:
    """An institution that nobody manages could not be changed by anybody any more."""
    others = [person for person in change.site.people.values() if person.id != which and person.role in access.MANAGING]
    if not others and (becomes is None or becomes not in access.MANAGING):
        raise Refused(say("Nobody else manages the institution: give somebody else that role first."))
