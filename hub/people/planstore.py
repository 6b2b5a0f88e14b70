"""The SQL of floor plans, and of where the rooms lie on them."""

from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    delete,
    select,
)

from hub.people.picture import Picture
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata

plan = Table(
    "plan",
    metadata,
    Column("institution", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("floor", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("picture", LargeBinary, nullable=False),
    PrimaryKeyConstraint("institution", "unit", "floor"),
)

_HERE = plan.c.institution == bindparam("of")
_THIS = (_HERE, plan.c.unit == bindparam("in_unit"), plan.c.floor == bindparam("on_floor"))
# Never the pictures themselves, which are large.
_ALL = (
    select(plan.c.unit, plan.c.floor, plan.c.digest, plan.c.kind, plan.c.width, plan.c.height)
    .where(_HERE)
    .order_by(plan.c.unit, plan.c.floor)
)
_PICTURE = select(plan.c.kind, plan.c.picture).where(_HERE, plan.c.digest == bindparam("which")).limit(1)
_PUT = insert(plan)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["institution", "unit", "floor"],
    set_={name: _PUT.excluded[name] for name in ("digest", "kind", "width", "height", "picture")},
)
_REMOVE = delete(plan).where(*_THIS)


@dataclass(frozen=True, slots=True)
class Plan:
    """The floor plan of a unit, or of one floor of it; `digest` names its picture."""

    unit: str
    floor: str
    digest: str
    picture: Picture


async def plans(tx: Reader, institution: str) -> list[Plan]:
    """All floor plans, without their pictures."""
    return [_plan(row) for row in await tx.rows(_ALL, of=institution)]


async def picture(tx: Reader, institution: str, digest: str) -> tuple[str, bytes] | None:
    """A picture's media type and its bytes, or None."""
    row = await tx.row(_PICTURE, of=institution, which=digest)
    return (row["kind"], bytes(row["picture"])) if row is not None else None


async def put(tx: Transaction, institution: str, new: Plan, data: bytes) -> None:
    """Keeps this plan in place of the one before."""
    await tx.run(
        _PUT,
        institution=institution,
        unit=new.unit,
        floor=new.floor,
        digest=new.digest,
        kind=new.picture.kind,
        width=new.picture.width,
        height=new.picture.height,
        picture=data,
    )


async def remove(tx: Transaction, institution: str, unit: str, floor: str) -> bool:
    """Takes a plan away; False if there was none."""
    return await tx.run(_REMOVE, of=institution, in_unit=unit, on_floor=floor) > 0


def _plan(row: Row) -> Plan:
    return Plan(row["unit"], row["floor"], row["digest"], Picture(row["kind"], row["width"], row["height"]))
