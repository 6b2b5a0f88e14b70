"""Reading an institution and the credentials of its people and devices out of the database."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, and_, bindparam, delete, insert, or_, select, update

from hub.clock import instant, micros
from hub.errors import NotFound, Unauthenticated
from hub.people import cardstore, pushstore
from hub.people.access import Principal
from hub.people.credentials import DEVICE_PREFIX, SESSION_PREFIX, fingerprint
from hub.people.site import Contact, DeviceKind, Institution, Role, Site
from hub.people.siterows import device_of, person_of, place_of, unit_of
from hub.people.tables import contact, device, institution, neighbour, person, person_unit, place, session, unit
from hub.storage.database import Reader, Row, Transaction

_HERE: BindParameter[str] = bindparam("institution")
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
        device.c.ends_at,
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
    .where(
        device.c.token_hash == bindparam("token_hash"),
        device.c.revoked_at.is_(None),
        or_(device.c.ends_at.is_(None), device.c.ends_at > bindparam("now")),
    )
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
_SIGNS_IN_AS = and_(
    person.c.retired_at.is_(None),
    or_(person.c.id == bindparam("name"), person.c.id == bindparam("lower"), person.c.email == bindparam("lower")),
)
# Two are enough to know that the name is not one person's alone.
_ACCOUNTS = select(person.c.institution, person.c.id, person.c.password_hash).where(_SIGNS_IN_AS).limit(2)
_ACCOUNTS_WITHIN = _ACCOUNTS.where(person.c.institution == _HERE)
_KEEP_PASSWORD = (
    update(person)
    .where(person.c.institution == bindparam("of"), person.c.id == bindparam("who"))
    .values(password_hash=bindparam("password_hash"))
)
_START = insert(session)
_FORGET = delete(session).where(
    session.c.institution == _HERE, session.c.person == bindparam("person"), session.c.expires_at < bindparam("before")
)
_LIVE = and_(session.c.ended_at.is_(None), session.c.expires_at > bindparam("now"))
_SESSIONS = (
    select(session)
    .where(session.c.institution == _HERE, session.c.person == bindparam("person"), _LIVE)
    .order_by(session.c.last_seen_at.desc())
)
_KEEP_ALIVE = (
    update(session)
    .where(session.c.token_hash == bindparam("which"), _LIVE)
    .values(expires_at=bindparam("expires_at"), last_seen_at=bindparam("now"))
)
_END_ONE = (
    update(session)
    .where(
        session.c.institution == bindparam("of"),
        session.c.person == bindparam("who"),
        session.c.token_hash == bindparam("which"),
        _LIVE,
    )
    .values(ended_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who could be signing in, and what their password is checked against."""

    institution: str
    person: str
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that a person is signed in with; its id is not the secret that the browser holds."""

    id: str
    institution: str
    person: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Pins:
    """The hashes of the PINs a person withdraws with; none where the person has none."""

    pin: str | None
    duress: str | None


async def institutions(tx: Reader) -> list[str]:
    """The ids of all institutions in this hub."""
    return [row["id"] for row in await tx.rows(_INSTITUTIONS)]


async def versions(tx: Reader, institution: str) -> tuple[int, int] | None:
    """The site's and the roster's version now, which caches are checked against; None without such an institution."""
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
    neighbours = _grouped(await tx.rows(_NEIGHBOURS, institution=institution), "unit", "neighbour")
    places = await tx.rows(_PLACES, institution=institution)
    people = await tx.rows(_PEOPLE, institution=institution)
    belongs = _grouped(await tx.rows(_PERSON_UNITS, institution=institution), "person", "unit")
    devices = await tx.rows(_DEVICES, institution=institution)
    contacts = await tx.rows(_CONTACTS, institution=institution)
    pushed = await pushstore.reached(tx, institution)
    cards = await cardstore.in_force(tx, institution)
    return Site(
        institution=Institution(head["id"], head["name"], head["municipality"], head["timezone"]),
        units={
            row["id"]: unit_of(row, neighbours.get(row["id"], ()), cards.get(row["id"], {}))
            for row in await tx.rows(_UNITS, institution=institution)
        },
        places={row["id"]: place_of(row) for row in places},
        people={row["id"]: person_of(row, belongs.get(row["id"], ()), row["id"] in pushed) for row in people},
        devices={row["id"]: device_of(row) for row in devices},
        contacts={
            row["id"]: Contact(row["id"], row["name"], row["phone"], row["email"], row["webhook"]) for row in contacts
        },
        rules=head["rules_text"],
        version=head["site_version"],
    )


async def principal(tx: Reader, token: str, now: datetime) -> Principal:
    """Whoever holds this token; Unauthenticated if it is unknown, revoked, ended or expired."""
    if token.startswith(DEVICE_PREFIX):
        return _device_principal(await tx.rows(_BY_DEVICE, token_hash=fingerprint(token), now=micros(now)))
    if token.startswith(SESSION_PREFIX):
        key = fingerprint(token)
        return _session_principal(await tx.rows(_BY_SESSION, token_hash=key, now=micros(now)), key)
    raise Unauthenticated("This is no token of this hub: send the device's token, or sign in.")


async def accounts(tx: Reader, name: str, within: str | None) -> list[Account]:
    """Whom a user name could mean, an id or an e-mail address, in one institution or in all; at most two."""
    names = {"name": name, "lower": name.lower()}
    found = await (tx.rows(_ACCOUNTS_WITHIN, institution=within, **names) if within else tx.rows(_ACCOUNTS, **names))
    return [Account(row["institution"], row["id"], row["password_hash"]) for row in found]


async def keep_password(tx: Transaction, account: Account, password_hash: str) -> None:
    await tx.run(_KEEP_PASSWORD, of=account.institution, who=account.person, password_hash=password_hash)


async def start_session(tx: Transaction, new: Session) -> None:
    """Signs the person in on one browser, and forgets those of their sessions that ran out a month ago."""
    month_ago = micros(new.created_at - timedelta(days=30))
    await tx.run(_FORGET, institution=new.institution, person=new.person, before=month_ago)
    await tx.run(
        _START,
        token_hash=new.id,
        institution=new.institution,
        person=new.person,
        created_at=micros(new.created_at),
        expires_at=micros(new.expires_at),
        last_seen_at=micros(new.last_seen_at),
        ended_at=None,
        user_agent=new.user_agent,
        address=new.address,
    )


async def sessions(tx: Reader, institution: str, person: str, now: datetime) -> list[Session]:
    """Where a person is signed in, the most recently used first."""
    return [_session(row) for row in await tx.rows(_SESSIONS, institution=institution, person=person, now=micros(now))]


async def keep_alive(tx: Transaction, session: str, now: datetime, expires_at: datetime) -> None:
    """Lets a session that still runs run until `expires_at`."""
    await tx.run(_KEEP_ALIVE, which=session, now=micros(now), expires_at=micros(expires_at))


async def end_session(tx: Transaction, institution: str, person: str, session: str, now: datetime) -> bool:
    """Ends one of a person's sessions; False if they have no such session any more."""
    return await tx.run(_END_ONE, of=institution, who=person, which=session, now=micros(now)) > 0


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
        expires_at=instant(first["ends_at"]) if first["ends_at"] is not None else None,
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


def _session(row: Row) -> Session:
    return Session(
        id=row["token_hash"],
        institution=row["institution"],
        person=row["person"],
        created_at=instant(row["created_at"]),
        last_seen_at=instant(row["last_seen_at"]),
        expires_at=instant(row["expires_at"]),
        user_agent=row["user_agent"],
        address=row["address"],
    )
