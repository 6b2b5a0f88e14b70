"""Setting up an institution from its site file: created where it is new, changed where it differs, never deleted."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.clock import micros
from hub.errors import Conflict
from hub.people import deskstore, tables
from hub.people.credentials import device_token, fingerprint, fits, hashed
from hub.people.events import SiteSetUp
from hub.people.setup import Secrets, SiteFile
from hub.storage import journal
from hub.storage.database import Database, Row, Transaction

_HASHES = {"password": "password_hash", "pin": "pin_hash", "duress_pin": "duress_pin_hash"}


@dataclass(frozen=True, slots=True)
class Changes:
    """What a run did to one list of an institution, as ids; `ended` were retired or revoked, and keep their history."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetUp:
    """What one run of set-up did; `tokens` are those of the devices it made, told only this once."""

    institution: str
    created: bool
    tokens: Mapping[str, str] = field(repr=False)
    changes: Mapping[str, Changes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A site file with the slow work done: its passwords hashed, and a token ready for each device that may be new."""

    site: SiteFile
    rules_text: str
    hashes: Mapping[str, Mapping[str, str]] = field(repr=False)
    tokens: Mapping[str, str] = field(repr=False)


async def prepare(database: Database, site: SiteFile, rules_text: str) -> Prepared:
    """Does what must not happen inside a transaction; passwords and PINs that are unchanged keep their hashes."""
    async with database.read() as tx:
        rows = await tx.rows(tables.PEOPLE.all, institution=site.institution.id)
    present = {row["id"]: {column: row[column] for column in _HASHES.values()} for row in rows}
    hashes = await asyncio.to_thread(_hash_all, site.secrets, present)
    return Prepared(site, rules_text, hashes, {device.id: device_token() for device in site.devices})


def _hash_all(
    secrets: Mapping[str, Secrets], present: Mapping[str, Mapping[str, str | None]]
) -> dict[str, dict[str, str]]:
    hashes: dict[str, dict[str, str]] = {}
    for person, given in secrets.items():
        for name, column in _HASHES.items():
            secret, kept = getattr(given, name), present.get(person, {}).get(column)
            if secret is not None and (kept is None or not fits(kept, secret)):
                hashes.setdefault(person, {})[column] = hashed(secret)
    return hashes


async def write_site(tx: Transaction, prepared: Prepared, now: datetime, *, replace: bool = False) -> SetUp:
    """Makes the institution as its file says: whoever and whatever the file no longer names is retired or revoked.

    What was changed by hand since the file was last read goes only if that is said with `replace`.
    """
    site, key = prepared.site, prepared.site.institution.id
    version = await _institution(tx, prepared, now, replace)
    tokens: dict[str, str] = {}

    def person_secrets(wanted: Mapping[str, Any], _present: Row | None) -> Mapping[str, Any]:
        return prepared.hashes.get(wanted["id"], {})

    def device_secrets(wanted: Mapping[str, Any], present: Row | None) -> Mapping[str, Any]:
        # A device that was revoked and is named again must not come back to life by its old token.
        if present is not None and present["revoked_at"] is None:
            return {}
        token = tokens[wanted["id"]] = prepared.tokens[wanted["id"]]
        return {"token_hash": fingerprint(token), "created_at": micros(now)}

    changes = {
        "unit": await _keep(tx, tables.UNITS, key, _units(site), now),
        "place": await _keep(tx, tables.PLACES, key, _places(site), now),
        "person": await _keep(tx, tables.PEOPLE, key, _people(site), now, person_secrets),
        "device": await _keep(tx, tables.DEVICES, key, _devices(site), now, device_secrets),
        "contact": await _keep(tx, tables.CONTACTS, key, _contacts(site), now),
    }
    await _links(tx, site)
    for person in {*changes["person"].ended, *(who for who, new in prepared.hashes.items() if "password_hash" in new)}:
        await tx.run(tables.END_SESSIONS, of=key, who=person, at=micros(now))
    facts = {"version": version, "rules": site.rules} | {
        f"{name}s_{what}": list(getattr(change, what))
        for name, change in changes.items()
        for what in ("added", "changed", "ended")
        if getattr(change, what)
    }
    await journal.append(tx, key, now, "site_set_up", facts=facts)
    tx.announce(SiteSetUp(key, version))
    return SetUp(key, version == 1, tokens, changes)


async def _institution(tx: Transaction, prepared: Prepared, now: datetime, replace: bool) -> int:
    """Writes the institution's own row and returns its new version."""
    site = prepared.site.institution
    known = await tx.row(tables.INSTITUTION, institution=site.id)
    values = {
        "name": site.name,
        "timezone": site.timezone,
        "rules_name": prepared.site.rules,
        "rules_text": prepared.rules_text,
        "edited_at": None,
    }
    if known is None or known["rules_text"] != prepared.rules_text:
        await _keep_rules(tx, prepared, known, now)
    if known is None:
        first = {"id": site.id, "municipality": site.municipality, "site_version": 1, "roster_version": 1}
        await tx.run(tables.ADD_INSTITUTION, **first, **values)
        return 1
    if known["municipality"] != site.municipality:
        # Set-up retires what the file does not name: with another's id that would be a whole institution.
        raise Conflict(
            f'"{site.id}" is {known["name"]} of municipality {known["municipality"]} already: '
            f"give this institution an id of its own, or mend its municipality."
        )
    if known["edited_at"] is not None and not replace:
        raise Conflict(
            f"{known['name']} has been changed on its pages since its file was last read: take the file as it is now "
            f"from /admin, or have yours replace what was changed there, with --replace."
        )
    await tx.run(tables.CHANGE_INSTITUTION, which=site.id, **values)
    return int(known["site_version"]) + 1


async def _keep_rules(tx: Transaction, prepared: Prepared, known: Row | None, now: datetime) -> None:
    key = prepared.site.institution.id
    if known is not None and not await deskstore.rules(tx, key):
        await deskstore.keep_rules(tx, key, known["rules_name"], known["rules_text"], None, None, None)
    await deskstore.keep_rules(tx, key, prepared.site.rules, prepared.rules_text, now, None, None)


Secretly = Callable[[Mapping[str, Any], Row | None], Mapping[str, Any]]


async def _keep(
    tx: Transaction,
    kept: tables.Kept,
    institution: str,
    wanted: Sequence[Mapping[str, Any]],
    now: datetime,
    secretly: Secretly = lambda _wanted, _present: {},
) -> Changes:
    """Adds, changes and ends rows until the list is as wanted; columns that nobody speaks of keep their values."""
    present = {row["id"]: row for row in await tx.rows(kept.all, institution=institution)}
    new, changed = [], []
    for row in wanted:
        old = present.get(row["id"])
        values: dict[str, Any] = {column: old[column] if old is not None else None for column in kept.columns}
        values |= {kept.ended: None, **row, **secretly(row, old)}
        if old is None:
            new.append(values | {"institution": institution})
        elif any(old[column] != values[column] for column in kept.columns):
            changed.append(values | {"of": institution, "which": row["id"]})
    named = {row["id"] for row in wanted}
    ended = [key for key, row in present.items() if key not in named and _leaves(kept, row)]
    await tx.run_many(kept.add, new)
    await tx.run_many(kept.change, changed)
    await tx.run_many(kept.end, [{"of": institution, "which": key, "at": micros(now)} for key in ended])
    return Changes(tuple(row["id"] for row in new), tuple(row["id"] for row in changed), tuple(ended))


def _leaves(kept: tables.Kept, row: Row) -> bool:
    return row[kept.ended] is None and (kept.apart is None or row[kept.apart] is None)


async def _links(tx: Transaction, site: SiteFile) -> None:
    key = site.institution.id
    neighbours = [
        {"institution": key, "unit": unit.id, "neighbour": other, "rank": rank}
        for unit in site.units
        for rank, other in enumerate(unit.neighbours)
    ]
    belongs = [
        {"institution": key, "person": person.id, "unit": unit, "rank": rank}
        for person in site.people
        for rank, unit in enumerate(person.units)
    ]
    for linked, rows in ((tables.NEIGHBOURS, neighbours), (tables.PERSON_UNITS, belongs)):
        await tx.run(linked.clear, institution=key)
        await tx.run_many(linked.add, rows)


def _units(site: SiteFile) -> list[dict[str, Any]]:
    return [
        {
            "id": unit.id,
            "name": unit.name,
            "rank": rank,
            "approves_swaps": int(unit.approves_swaps) or None,
            "minimum_reach": unit.minimum_reach,
            "minimum_within": unit.minimum_within,
        }
        for rank, unit in enumerate(site.units)
    ]


def _places(site: SiteFile) -> list[dict[str, Any]]:
    return [
        {"id": place.id, "unit": place.unit, "name": place.name, "floor": place.floor, "x": place.x, "y": place.y}
        for place in site.places
    ]


def _people(site: SiteFile) -> list[dict[str, Any]]:
    return [
        {
            "id": person.id,
            "name": person.name,
            "role": person.role.value,
            "phone": person.phone,
            "email": person.email,
            "language": site.languages.get(person.id),
        }
        for person in site.people
    ]


def _devices(site: SiteFile) -> list[dict[str, Any]]:
    return [
        {"id": device.id, "kind": device.kind.value, "person": device.person, "place": device.place}
        for device in site.devices
    ]


def _contacts(site: SiteFile) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "name": one.name, "phone": one.phone, "email": one.email, "webhook": one.webhook}
        for one in site.contacts
    ]
