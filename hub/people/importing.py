"""People as the municipality's own system knows them: those of our units come, change their name or unit, and leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.clock import Clock
from hub.errors import FileProblem, Invalid
from hub.people import deskstore, tables
from hub.people.events import SiteSetUp
from hub.people.pushstore import next_site_version
from hub.people.site import Role, Site
from hub.people.store import site as read_site
from hub.ports import OutsidePerson, PeopleTold
from hub.storage import journal
from hub.storage.database import Database, Transaction

FARTHEST = 20


@dataclass(frozen=True, slots=True)
class PeopleImported:
    """Who came, changed and left, as ids; and how many the system told of who are none of ours."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    others: int = 0


async def import_people(
    database: Database,
    institution: str,
    source: str,
    told: PeopleTold,
    units: Mapping[str, str],
    clock: Clock,
    *,
    only_changes: bool,
) -> PeopleImported:
    """Makes the people that one source has told of as it tells them now, whole or not at all; safe to run again.

    `units` says which of the source's units are which of ours; what belongs to one of them belongs to ours too. A file
    of changes leaves alone whom it does not name. Roles, telephone numbers and sign-ins are never the source's to say.
    """
    if told.problems:
        raise FileProblem(source, list(told.problems))

    async def action(tx: Transaction) -> PeopleImported:
        now = clock.now()
        site = await read_site(tx, institution)
        wanted = _wanted(site, source, told, units)
        present = await deskstore.present(tx, tables.PEOPLE, institution)
        ours = {key for key, row in present.items() if key.startswith(f"{source}-") and row["retired_at"] is None}
        ended = {_key(source, one) for one in told.gone} | {_key(source, one.id) for one in told.people if one.ended}
        # Whose unit the file does not show may still be in one of ours: they are left alone.
        moved = {_key(source, one.id) for one in told.people if one.unit in told.units} - set(wanted)
        left = sorted(ours & (ended | moved) if only_changes else ours - set(wanted))
        added, changed = await _write(tx, site, wanted, present)
        for who in left:
            await _leave(tx, institution, who, now)
        done = PeopleImported(tuple(added), tuple(changed), tuple(left), len(told.people) - len(wanted))
        if added or changed or left:
            await _tell(tx, institution, source, done, now)
        return done

    return await database.write(action, of=institution)


def _key(source: str, which: str) -> str:
    return f"{source}-{which}"


def _wanted(
    site: Site, source: str, told: PeopleTold, units: Mapping[str, str]
) -> dict[str, tuple[OutsidePerson, str]]:
    for outside, ours in units.items():
        if ours not in site.units:
            raise Invalid(f'units: {outside} is said to be "{ours}", which is no unit here; mend it or add the unit.')
    found: dict[str, tuple[OutsidePerson, str]] = {}
    for one in told.people:
        unit = _ours(one.unit, told, units)
        if unit is not None and not one.ended:
            found[_key(source, one.id)] = (one, unit)
    return found


def _ours(unit: str | None, told: PeopleTold, units: Mapping[str, str]) -> str | None:
    """Which of our units one of the source's is, or belongs to."""
    for _ in range(FARTHEST):
        if unit is None or unit in units:
            return units.get(unit or "")
        above = told.units.get(unit)
        unit = above.parent if above is not None else None
    return None


async def _write(
    tx: Transaction, site: Site, wanted: Mapping[str, tuple[OutsidePerson, str]], present: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    added, changed = [], []
    of = site.institution.id
    for key, (one, unit) in wanted.items():
        row = present.get(key)
        if row is None:
            await deskstore.add(tx, tables.PEOPLE, of, id=key, name=one.name, role=Role.STAFF.value)
            added.append(key)
        elif row["name"] != one.name or row["retired_at"] is not None or unit not in site.people[key].units:
            await deskstore.change(tx, tables.PEOPLE, of, row, name=one.name, retired_at=None)
            changed.append(key)
        else:
            continue
        await deskstore.belongs(tx, of, key, (unit,))
    return added, changed


async def _leave(tx: Transaction, institution: str, who: str, now: datetime) -> None:
    await deskstore.end(tx, tables.PEOPLE, institution, who, now)
    await deskstore.end_sessions(tx, institution, who, now)
    for key, row in (await deskstore.present(tx, tables.DEVICES, institution)).items():
        if row["person"] == who and row["revoked_at"] is None:
            await deskstore.end(tx, tables.DEVICES, institution, key, now)


async def _tell(tx: Transaction, institution: str, source: str, done: PeopleImported, now: datetime) -> None:
    """Writes down what happened; who has left is on no duty, and the site no longer is as its file said."""
    version = await next_site_version(tx, institution)
    await deskstore.raise_roster(tx, institution)
    await deskstore.edited(tx, institution, now)
    facts = {"added": list(done.added), "changed": list(done.changed), "left": list(done.left), "version": version}
    await journal.append(tx, institution, now, "people_imported", subject=source, facts=facts)
    tx.announce(SiteSetUp(institution, version))
