"""Reading an institution and the credentials of its people and devices out of the database."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, select

from hub.clock import instant, micros
from hub.errors import NotFound, Unauthenticated
from hub.people.access import Principal
from hub.people.credentials import DEVICE_PREFIX, SESSION_PREFIX, fingerprint
from hub.people.site import Contact, Device, DeviceKind, Institution, Person, Place, Role, Site, Unit
from hub.people.tables import contact, device, institution, neighbour, person, person_unit, place, session, unit
from hub.storage.database import Reader, Row

_HERE = bindparam("institution")
_INSTITUTIONS = select(institution.c.id).order_by(institution.c.id)
_VERSIONS = select(institution.c.site_version, institution.c.roster_version).where(institution.c.id == _HERE)
_INSTITUTION = select(institution).where(institution.c.id == _HERE)
_UNITS = select(unit).where(unit.c.institution == _HERE, unit.c.retired_at.is_(None)).order_by(unit.c.rank, unit.c.id)
_NEIGHBOURS = select(neighbour).where(neighbour.c.institution == _HERE).order_by(neighbour.c.rank)
_PLACES = select(place).where(place.c.institution == _HERE, place.c.retired_at.is_(None)).order_by(place.c.id)
_PEOPLE = select(person).where(person.c.institution == _HERE, person.c.retired_at.is_(None)).order_by(person.c.id)
_PERSON_UNITS = select(person_unit).where(person_unit.c.institution == _HERE).order_by(person_unit.c.rank)
_DEVICES = select(device).where(device.c.institution == _HERE).order_by(device.c.id)
_CONTACTS = select(contact).where(contact.c.institution == _HERE, contact.c.retired_at.is_(None)).order_by(contact.c.id)
_NAMES = select(person.c.id, person.c.name).where(person.c.institution == _HERE)
_PINS = select(person.c.pin_hash, person.c.duress_pin_hash).where(
    person.c.institution == _HERE, person.c.id == bindparam("person")
)

_UNITS_OF_PERSON = and_(person_unit.c.institution == person.c.institution, person_unit.c.person == person.c.id)
_BY_DEVICE = (
    select(
        device.c.institution,
        device.c.id.label("device"),
        device.c.kind,
        device.c.person,
        person.c.role,
        person_unit.c.unit,
        place.c.unit.label("place_unit"),
    )
    .select_from(
        device.outerjoin(
            person,
            and_(
                person.c.institution == device.c.institution,
                person.c.id == device.c.person,
                person.c.retired_at.is_(None),
            ),
        )
        .outerjoin(person_unit, _UNITS_OF_PERSON)
        .outerjoin(place, and_(place.c.institution == device.c.institution, place.c.id == device.c.place))
    )
    .where(device.c.token_hash == bindparam("token_hash"), device.c.revoked_at.is_(None))
    .order_by(person_unit.c.rank)
)
_BY_SESSION = (
    select(session.c.institution, session.c.person, session.c.expires_at, person.c.role, person_unit.c.unit)
    .select_from(
        session.join(
            person, and_(person.c.institution == session.c.institution, person.c.id == session.c.person)
        ).outerjoin(person_unit, _UNITS_OF_PERSON)
    )
    .where(
        session.c.token_hash == bindparam("token_hash"),
        session.c.ended_at.is_(None),
        session.c.expires_at > bindparam("now"),
        person.c.retired_at.is_(None),
    )
    .order_by(person_unit.c.rank)
)


@dataclass(frozen=True, slots=True)
class Pins:
    """The hashes of the PINs a person withdraws with; none where the person has none."""

    pin: str | None
    duress: str | None


async def institutions(tx: Reader) -> list[str]:
    """The ids of all institutions in this hub."""
    return [row["id"] for row in await tx.rows(_INSTITUTIONS)]


async def versions(tx: Reader, institution: str) -> tuple[int, int] | None:
    """The site's and the roster's version now: what a cache is checked against. None if there is no such institution."""
    row = await tx.row(_VERSIONS, institution=institution)
    return (row["site_version"], row["roster_version"]) if row is not None else None


async def names(tx: Reader, institution: str) -> dict[str, str]:
    """The name of everyone who is or ever was here, for what happened while they were."""
    return {row["id"]: row["name"] for row in await tx.rows(_NAMES, institution=institution)}


async def pins(tx: Reader, institution: str, person: str) -> Pins:
    """What a withdrawal by this person is checked against."""
    row = await tx.row(_PINS, institution=institution, person=person)
    return Pins(row["pin_hash"], row["duress_pin_hash"]) if row is not None else Pins(None, None)


async def site(tx: Reader, institution: str) -> Site:
    """The institution as it is set up now; NotFound if the hub has no such institution."""
    # The version is read first: should the site change meanwhile, it is too old for what follows, never too new.
    head = await tx.row(_INSTITUTION, institution=institution)
    if head is None:
        raise NotFound(f'There is no institution "{institution}" in this hub: set it up with "hub setup site.toml".')
    units = await tx.rows(_UNITS, institution=institution)
    neighbours = _grouped(await tx.rows(_NEIGHBOURS, institution=institution), "unit", "neighbour")
    places = await tx.rows(_PLACES, institution=institution)
    people = await tx.rows(_PEOPLE, institution=institution)
    belongs = _grouped(await tx.rows(_PERSON_UNITS, institution=institution), "person", "unit")
    devices = await tx.rows(_DEVICES, institution=institution)
    contacts = await tx.rows(_CONTACTS, institution=institution)
    return Site(
        institution=Institution(head["id"], head["name"], head["municipality"], head["timezone"]),
        units={row["id"]: Unit(row["id"], row["name"], neighbours.get(row["id"], ())) for row in units},
        places={row["id"]: _place(row) for row in places},
        people={row["id"]: _person(row, belongs.get(row["id"], ())) for row in people},
        devices={row["id"]: _device(row) for row in devices},
        contacts={
            row["id"]: Contact(row["id"], row["name"], row["phone"], row["email"], row["webhook"]) for row in contacts
        },
        rules=head["rules_text"],
        version=head["site_version"],
    )


async def principal(tx: Reader, token: str, now: datetime) -> Principal:
    """Whoever holds this token; Unauthenticated if it is unknown, revoked, ended or expired."""
    if token.startswith(DEVICE_PREFIX):
        return _device_principal(await tx.rows(_BY_DEVICE, token_hash=fingerprint(token)))
    if token.startswith(SESSION_PREFIX):
        key = fingerprint(token)
        return _session_principal(await tx.rows(_BY_SESSION, token_hash=key, now=micros(now)), key)
    raise Unauthenticated("This is no token of this hub: send the device's token, or sign in.")


def _device_principal(rows: Sequence[Row]) -> Principal:
    if not rows or (rows[0]["person"] is not None and rows[0]["role"] is None):
        raise Unauthenticated("This device is unknown here or has been revoked: have it set up again.")
    first = rows[0]
    units = tuple(row["unit"] for row in rows if row["unit"] is not None)
    if first["person"] is None and first["place_unit"] is not None:
        units = (first["place_unit"],)
    return Principal(
        institution=first["institution"],
        person=first["person"],
        role=Role(first["role"]) if first["role"] is not None else None,
        units=units,
        device=first["device"],
        device_kind=DeviceKind(first["kind"]),
    )


def _session_principal(rows: Sequence[Row], key: str) -> Principal:
    if not rows:
        raise Unauthenticated("You are no longer signed in: sign in again.")
    first = rows[0]
    return Principal(
        institution=first["institution"],
        person=first["person"],
        role=Role(first["role"]),
        units=tuple(row["unit"] for row in rows if row["unit"] is not None),
        session=key,
        expires_at=instant(first["expires_at"]),
    )


def _grouped(rows: Sequence[Row], key: str, value: str) -> dict[str, tuple[str, ...]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row[value])
    return {name: tuple(members) for name, members in groups.items()}


def _place(row: Row) -> Place:
    return Place(row["id"], row["unit"], row["name"], row["floor"], row["x"], row["y"])


def _person(row: Row, units: tuple[str, ...]) -> Person:
    return Person(row["id"], row["name"], Role(row["role"]), units, row["phone"], row["email"])


def _device(row: Row) -> Device:
    return Device(row["id"], DeviceKind(row["kind"]), row["person"], row["place"], row["revoked_at"] is not None)
