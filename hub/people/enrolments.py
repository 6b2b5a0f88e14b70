"""Giving and using one-time codes: each use is one transaction, and the second finds the code gone."""

import asyncio
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hub.clock import Clock, micros
from hub.errors import NotFound
from hub.people import access, deskstore, enrolmentstore, tables
from hub.people.access import Principal
from hub.people.changes import changed
from hub.people.credentials import device_token, fingerprint, hashed
from hub.people.desk import Change
from hub.people.enrolment import ID_BYTES, LASTS, CodeGone, Codes, Enrolment, Purpose
from hub.people.entry import Entry
from hub.people.faults import NotYours, say
from hub.people.setup import as_slug
from hub.people.site import DeviceKind, Role, Site
from hub.people.store import site as read_site
from hub.storage.database import Database, Reader, Transaction

# What a person carries or sits at, and what hangs somewhere.
PERSONAL = (DeviceKind.PHONE, DeviceKind.PC)
FIXED = (DeviceKind.BUTTON, DeviceKind.PANEL, DeviceKind.WALLBOARD)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device that a code has made; `token` is told only this once."""

    institution: str
    device: str
    kind: DeviceKind
    token: str = field(repr=False)
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom a code is for, as the page that it opens says it."""

    enrolment: Enrolment
    site: Site | None


def new(purpose: Purpose, now: datetime, **what: Any) -> Enrolment:
    """A code that has not been given yet."""
    made = Enrolment(secrets.token_urlsafe(ID_BYTES), None, purpose, now, now + LASTS[purpose])
    return replace(made, **what)


async def for_device(change: Change, entry: Entry) -> Enrolment:
    """A code that makes a phone or a PC somebody's, or hangs a button or a screen in a room."""
    kind = entry.choice("kind", DeviceKind)
    person = entry.one_of("person", change.site.people) if kind in PERSONAL else None
    place = entry.one_of("place", change.site.places) if kind in FIXED else None
    name = entry.text("name", 80)
    if kind in PERSONAL and person is None:
        entry.wrong("person", say("Choose whose it is."))
    if kind in FIXED and place is None:
        entry.wrong("place", say("Choose the room where it hangs: an alarm from it says so."))
    if person is not None and not access.may_give(change.by, change.site.people[person].role):
        entry.wrong("person", say("Only an administrator gives an administrator a phone: ask one."))
    entry.refuse_if_faulty()
    made = new(Purpose.DEVICE, change.now, kind=kind, person=person, place=place, name=name)
    return await give(change, made)


async def for_sign_in(change: Change, which: str) -> Enrolment:
    """A code with which a person chooses a password of their own; one from before no longer works."""
    person = change.site.people.get(which)
    if person is None:
        raise NotFound(f"There is no {which!r} here any more.")
    if not access.may_give(change.by, person.role):
        raise NotYours(say("Only an administrator changes an administrator: ask one."))
    await enrolmentstore.call_back(change.tx, change.of, which, change.now)
    return await give(change, new(Purpose.PASSWORD, change.now, person=which))


async def give(change: Change, made: Enrolment) -> Enrolment:
    """Writes a new code down, in the name of whoever gives it."""
    made = replace(made, institution=change.of, made_by=change.by.name)
    await enrolmentstore.add(change.tx, made)
    facts = {"purpose": made.purpose.value, "kind": made.kind, "person": made.person, "place": made.place}
    await change.note("code_made", f"code:{made.id}", facts | {"unit": made.unit}, in_file=False)
    return made


class Enrolments:
    """Opens codes and uses them."""

    def __init__(self, database: Database, clock: Clock, codes: Codes) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes

    def code(self, made: Enrolment) -> str:
        """What the QR code says."""
        return self._codes.code(made.id)

    async def look(self, code: str) -> Invited:
        """What the code is for, without using it; CodeGone if it cannot be used."""
        which = self._codes.id_in(code)
        async with self._database.read() as tx:
            found = await _usable(tx, which, self._clock.now())
            return Invited(found, await read_site(tx, found.institution) if found.institution else None)

    async def for_institution(self) -> str:
        """A code with which somebody sets up an institution; it is the operator's to give."""
        made = new(Purpose.INSTITUTION, self._clock.now())
        await self._database.write(lambda tx: enrolmentstore.add(tx, made))
        return self.code(made)

    async def enrol(self, code: str) -> Enrolled:
        """The device that opens the code gets a token of its own, until it is revoked."""
        found = (await self.look(code)).enrolment
        if found.purpose is not Purpose.DEVICE or found.institution is None or found.kind is None:
            raise CodeGone(say("This code is not for a device: open it in a browser."))
        of, token = found.institution, device_token()

        async def action(tx: Transaction) -> Enrolled:
            now = self._clock.now()
            return await make_device(tx, await _usable(tx, found.id, now), token, now)

        return await self._database.write(action, of=of)

    async def choose_password(self, code: str, entry: Entry) -> str:
        """The person has a password of their own from now on; gives the name to sign in with."""
        found = (await self.look(code)).enrolment
        password = entry.password("password")
        entry.refuse_if_faulty()
        of, person = found.institution or "", found.person or ""
        kept = await asyncio.to_thread(hashed, password)

        async def action(tx: Transaction) -> None:
            now = self._clock.now()
            if found.purpose is not Purpose.PASSWORD or not await enrolmentstore.use(tx, found.id, person, now):
                raise CodeGone(say("This code has been used: each is good for one time. Ask for a new one."))
            row = (await deskstore.present(tx, tables.PEOPLE, of))[person]
            await deskstore.change(tx, tables.PEOPLE, of, row, password_hash=kept)
            await deskstore.end_sessions(tx, of, person, now)
            await changed(
                tx, Principal(of, person, Role(row["role"])), now, "person_first_sign_in", f"person:{person}", {}
            )

        await self._database.write(action, of=of)
        return f"{of}/{person}"


async def make_device(
    tx: Transaction,
    used: Enrolment,
    token: str,
    now: datetime,
    person: str | None = None,
    ends_at: datetime | None = None,
) -> Enrolled:
    """Uses the code up: its device is known from this moment on."""
    of, owner, kind = used.institution or "", person or used.person, used.kind or DeviceKind.PHONE
    taken = await deskstore.present(tx, tables.DEVICES, of)
    stem = f"{as_slug(owner or used.place or '')[:40]}-{kind.value}"
    which = next(one for one in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
    if not await enrolmentstore.use(tx, used.id, which, now):
        raise CodeGone(say("This code has been used: each is good for one time. Ask for a new one."))
    await deskstore.add(
        tx, tables.DEVICES, of, id=which, kind=kind.value, person=owner, place=used.place, name=used.name,
        token_hash=fingerprint(token), created_at=micros(now), enrolled=1,
        ends_at=micros(ends_at) if ends_at is not None else None,
    )  # fmt: skip
    by = Principal(of, device=which) if owner is None else Principal(of, owner, Role.STAFF, device=which)
    facts = {"kind": kind.value, "person": owner, "place": used.place, "code": used.id, "made_by": used.made_by}
    await changed(tx, by, now, "device_enrolled", f"device:{which}", facts)
    return Enrolled(of, which, kind, token, ends_at)


async def _usable(tx: Reader, which: str, now: datetime) -> Enrolment:
    found = await enrolmentstore.find(tx, which)
    if found is None:
        raise CodeGone(say("This code is too old: ask for a new one."))
    found.refuse_if_gone(now)
    return found
