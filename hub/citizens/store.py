"""The SQL of citizens: where each lives, who they are, sealed, and whom an incident is about."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy import insert as plain_insert

from hub.citizens import riskstore
from hub.citizens.citizen import LONGEST, Card, Citizen
from hub.citizens.number import Number
from hub.citizens.sealing import Seal
from hub.citizens.tables import citizen, citizen_incident, citizen_number, citizen_text
from hub.clock import instant, micros
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction

NAME, HELD = "name", "held"
_OF = citizen.c.institution == bindparam("of")
_ONE = select(citizen).where(_OF, citizen.c.id == bindparam("which"))
_ALL = select(citizen).where(_OF).order_by(citizen.c.id)
_ADD = plain_insert(citizen)
_MOVING = ("unit", "place", "moved_out_at", "held_at", "version")
_CHANGE = (
    update(citizen)
    .where(_OF, citizen.c.id == bindparam("which"), citizen.c.version == bindparam("seen"))
    .values({name: bindparam(f"the_{name}") for name in _MOVING})
)
_TEXTS = select(citizen_text).where(
    citizen_text.c.institution == bindparam("of"), citizen_text.c.citizen == bindparam("which")
)
_NAMES = select(citizen_text).where(citizen_text.c.institution == bindparam("of"), citizen_text.c.what == NAME)
_KEEP_TEXT = insert(citizen_text)
_KEEP_TEXT = _KEEP_TEXT.on_conflict_do_update(
    index_elements=["institution", "citizen", "what"], set_={"sealed": _KEEP_TEXT.excluded.sealed}
)
_FORGET_TEXT = delete(citizen_text).where(
    citizen_text.c.institution == bindparam("of"),
    citizen_text.c.citizen == bindparam("which"),
    citizen_text.c.what == bindparam("text"),
)
_NUMBERS = (
    select(citizen_number)
    .where(citizen_number.c.institution == bindparam("of"), citizen_number.c.citizen == bindparam("which"))
    .order_by(citizen_number.c.added_at, citizen_number.c.lookup)
)
_NUMBERS_OF_ALL = select(citizen_number).where(citizen_number.c.institution == bindparam("of"))
_BY_NUMBER = select(citizen_number.c.citizen).where(
    citizen_number.c.institution == bindparam("of"), citizen_number.c.lookup == bindparam("number")
)
_ADD_NUMBER = insert(citizen_number).on_conflict_do_nothing()
_DROP_NUMBER = delete(citizen_number).where(
    citizen_number.c.institution == bindparam("of"),
    citizen_number.c.citizen == bindparam("which"),
    citizen_number.c.lookup == bindparam("number"),
)
_LINK = insert(citizen_incident).on_conflict_do_nothing()
_UNLINK = delete(citizen_incident).where(
    citizen_incident.c.institution == bindparam("of"),
    citizen_incident.c.incident == bindparam("incident_id"),
    citizen_incident.c.citizen == bindparam("which"),
)
_UNLINK_ALL = delete(citizen_incident).where(
    citizen_incident.c.institution == bindparam("of"), citizen_incident.c.incident == bindparam("incident_id")
)
_OF_INCIDENT = select(citizen_incident.c.citizen).where(
    citizen_incident.c.institution == bindparam("of"), citizen_incident.c.incident == bindparam("incident_id")
)
_INCIDENTS = (
    select(citizen_incident.c.incident)
    .where(citizen_incident.c.institution == bindparam("of"), citizen_incident.c.citizen == bindparam("which"))
    .order_by(citizen_incident.c.incident)
)


async def find(tx: Reader, seal: Seal, which: str) -> Citizen | None:
    """One citizen whole, or None."""
    of = seal.institution
    row = await tx.row(_ONE, of=of, which=which)
    if row is None:
        return None
    texts = {text["what"]: _opened(text, seal) for text in await tx.rows(_TEXTS, of=of, which=which)}
    numbers = tuple(seal.open(one["ciphertext"], one["lookup"]) for one in await tx.rows(_NUMBERS, of=of, which=which))
    card = Card(**{what: texts[what] for what in LONGEST if what in texts})
    return replace(_citizen(row, texts[NAME], numbers), card=card, held_why=texts.get(HELD, ""))


async def everybody(tx: Reader, seal: Seal) -> list[Citizen]:
    """All citizens of an institution, with their numbers and without what must be known in need."""
    of = seal.institution
    names = {row["citizen"]: _opened(row, seal) for row in await tx.rows(_NAMES, of=of)}
    numbers: dict[str, list[Number]] = {}
    for row in await tx.rows(_NUMBERS_OF_ALL, of=of):
        numbers.setdefault(row["citizen"], []).append(seal.open(row["ciphertext"], row["lookup"]))
    return [_citizen(row, names[row["id"]], tuple(numbers.get(row["id"], ()))) for row in await tx.rows(_ALL, of=of)]


async def by_number(tx: Reader, seal: Seal, number: Number) -> str | None:
    """The id of the citizen who has this number."""
    row = await tx.row(_BY_NUMBER, of=seal.institution, number=seal.lookup(number))
    return str(row["citizen"]) if row is not None else None


async def add(tx: Transaction, seal: Seal, new: Citizen) -> None:
    """Writes a new citizen down; the numbers are given by `give`."""
    await tx.run(
        _ADD,
        institution=new.institution,
        id=new.id,
        added_by=new.added_by,
        added_at=micros(new.added_at),
        **{name.removeprefix("the_"): value for name, value in _moving(new).items()},
    )
    await _keep_texts(tx, seal, new)


async def change(tx: Transaction, seal: Seal, seen: int, after: Citizen) -> bool:
    """Writes the next state over the one that was seen; False when somebody else was first."""
    if not await tx.run(_CHANGE, of=after.institution, which=after.id, seen=seen, **_moving(after)):
        return False
    await _keep_texts(tx, seal, after)
    await riskstore.moved(tx, after.institution)
    return True


async def give(tx: Transaction, seal: Seal, which: str, number: Number, now: datetime) -> bool:
    """Notes a number down as somebody's; False, and nothing changes, where it is known already."""
    lookup = seal.lookup(number)
    values = {"lookup": lookup, "citizen": which, "added_at": micros(now), "ciphertext": seal.close(number)}
    return await tx.run(_ADD_NUMBER, institution=seal.institution, **values) > 0


async def take(tx: Transaction, seal: Seal, which: str, number: Number) -> bool:
    """Takes a number away that was noted down wrongly."""
    return await tx.run(_DROP_NUMBER, of=seal.institution, which=which, number=seal.lookup(number)) > 0


async def link(tx: Transaction, of: str, incident: str, which: str) -> bool:
    """Says whom an incident is about; False where that was said."""
    return await tx.run(_LINK, institution=of, incident=incident, citizen=which) > 0


async def unlink(tx: Transaction, of: str, incident: str, which: str) -> bool:
    return await tx.run(_UNLINK, of=of, incident_id=incident, which=which) > 0


async def unlink_all(tx: Transaction, of: str, incident: str) -> None:
    """Forgets whom an incident was about, when its case note is deleted."""
    await tx.run(_UNLINK_ALL, of=of, incident_id=incident)


async def of_incident(tx: Reader, of: str, incident: str) -> list[str]:
    """The ids of those whom an incident is about."""
    return [row["citizen"] for row in await tx.rows(_OF_INCIDENT, of=of, incident_id=incident)]


async def incidents(tx: Reader, of: str, which: str) -> list[str]:
    """The ids of the incidents that are about somebody."""
    return [row["incident"] for row in await tx.rows(_INCIDENTS, of=of, which=which)]


async def _keep_texts(tx: Transaction, seal: Seal, one: Citizen) -> None:
    for what, text in {NAME: one.name, HELD: one.held_why, **asdict(one.card)}.items():
        await _keep_text(tx, seal, one.id, what, text)


async def _keep_text(tx: Transaction, seal: Seal, which: str, what: str, text: str) -> None:
    of = seal.institution
    if text:
        sealed = seal.vault.seal(text.encode(), _row(of, which, what))
        await tx.run(_KEEP_TEXT, institution=of, citizen=which, what=what, sealed=sealed)
    else:
        await tx.run(_FORGET_TEXT, of=of, which=which, text=what)


def _row(of: str, which: str, what: str) -> str:
    return f"citizen_text/{of}/{which}/{what}"


def _opened(row: Row, seal: Seal) -> str:
    bound = _row(row["institution"], row["citizen"], row["what"])
    return seal.vault.open(row["sealed"], bound).decode()


def _citizen(row: Row, name: str, numbers: Sequence[Number]) -> Citizen:
    return Citizen(
        institution=row["institution"],
        id=row["id"],
        name=name,
        unit=row["unit"],
        added_by=row["added_by"],
        added_at=instant(row["added_at"]),
        place=row["place"],
        numbers=tuple(numbers),
        moved_out_at=_moment(row["moved_out_at"]),
        held_at=_moment(row["held_at"]),
        version=row["version"],
    )


def _moving(one: Citizen) -> dict[str, str | int | None]:
    return {
        "the_unit": one.unit,
        "the_place": one.place,
        "the_moved_out_at": micros(one.moved_out_at) if one.moved_out_at is not None else None,
        "the_held_at": micros(one.held_at) if one.held_at is not None else None,
        "the_version": one.version,
    }


def _moment(value: int | None) -> datetime | None:
    return instant(value) if value is not None else None
