"""An institution from nothing, by the first of its administrators, and its own few details."""

import asyncio
from dataclasses import dataclass, field

from hub.clock import Clock, micros
from hub.people import deskstore, enrolmentstore, store, tables
from hub.people.access import Principal
from hub.people.changes import changed
from hub.people.credentials import hashed
from hub.people.desk import Change
from hub.people.enrolment import CodeGone, Purpose
from hub.people.enrolments import Enrolments
from hub.people.entry import Entry
from hub.people.faults import NotYours, say
from hub.people.setup import CVR, as_slug, time_zone
from hub.people.site import Role
from hub.storage.database import Database, Transaction

TIMEZONE = "Europe/Copenhagen"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Founding:
    """An institution as its first administrator wants it."""

    name: str
    municipality: str
    person: str
    email: str | None
    password: str = field(repr=False)
    rules: tuple[str, str] = ("", "")


def founding(entry: Entry, rules: dict[str, str]) -> Founding:
    """What the form says; FieldProblem names every fault."""
    municipality = entry.needed("municipality", say("Write the municipality's CVR number: 8 digits, such as 29189999."))
    if municipality and not CVR.fullmatch(municipality):
        entry.wrong("municipality", say("Write the municipality's CVR number: 8 digits, such as 29189999."))
    chosen = entry.one_of("rules", rules)
    if chosen is None:
        entry.wrong("rules", say("Choose what the institution is most like: you can change all of it."))
    made = Founding(
        _name(entry),
        municipality,
        entry.needed("person", say("Write your own name."), LONGEST_NAME),
        entry.email("email"),
        entry.password("password"),
        (chosen or "", rules.get(chosen or "", "")),
    )
    entry.refuse_if_faulty()
    return made


async def found(database: Database, clock: Clock, enrolments: Enrolments, code: str, wanted: Founding) -> str:
    """Makes the institution and its first administrator; gives the name to sign in with."""
    which = (await enrolments.look(code)).enrolment
    kept = await asyncio.to_thread(hashed, wanted.password)
    async with database.read() as tx:
        taken = set(await store.institutions(tx))
    slug = as_slug(wanted.name)
    of = next(one for one in (slug, *(f"{slug}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
    person = as_slug(wanted.person)

    async def action(tx: Transaction) -> None:
        now = clock.now()
        if which.purpose is not Purpose.INSTITUTION or not await enrolmentstore.use(tx, which.id, of, now):
            raise CodeGone(say("This code has been used: each is good for one time. Ask for a new one."))
        rules_name, rules_text = wanted.rules
        await tx.run(
            tables.ADD_INSTITUTION, id=of, name=wanted.name, municipality=wanted.municipality, timezone=TIMEZONE,
            rules_name=rules_name, rules_text=rules_text, site_version=0, roster_version=1, edited_at=micros(now),
        )  # fmt: skip
        await deskstore.keep_rules(tx, of, rules_name, rules_text, now, person, None)
        await deskstore.add(
            tx, tables.PEOPLE, of, id=person, name=wanted.person, role=Role.ADMIN.value, email=wanted.email,
            password_hash=kept,
        )  # fmt: skip
        by = Principal(of, person, Role.ADMIN)
        await changed(tx, by, now, "site_set_up", of, {"rules": rules_name, "persons_added": [person]})

    await database.write(action, of=of)
    return f"{of}/{person}"


async def alter(change: Change, entry: Entry) -> None:
    """Gives the institution its name and its clocks."""
    if change.by.role is not Role.ADMIN:
        raise NotYours(say("Only an administrator changes the institution itself: ask one."))
    timezone = entry.needed("timezone", say("Write a time zone such as Europe/Copenhagen."))
    if timezone and time_zone(timezone) is None:
        entry.wrong("timezone", say("Write a time zone such as Europe/Copenhagen."))
    name = _name(entry)
    change.why = entry.why(needed=False)
    entry.refuse_if_faulty()
    await deskstore.rename(change.tx, change.of, name, timezone)
    await change.note("institution_changed", change.of, {"timezone": timezone})


def _name(entry: Entry) -> str:
    return entry.needed("name", say("Write what the institution is called, such as Botilbud Solgården."), LONGEST_NAME)
