"""The SQL of case practice: each municipality's versions, the area of each institution, and the numbers people gave."""

from collections.abc import Mapping
from datetime import datetime

import orjson
from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, bindparam, func, select

from hub.cases.choices import as_values, from_values
from hub.cases.practice import FACET, Area, Dated, Sort
from hub.cases.recording import Tag
from hub.clock import instant, micros
from hub.people.tables import institution as house
from hub.storage.both import insert
from hub.storage.database import Reader, Transaction, metadata

case_practice = Table(
    "case_practice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("municipality", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("institution", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Index("case_practice_by_time", "municipality", "since"),
)
# Whose leaders decide for a municipality that has several institutions in this hub.
case_keeper = Table(
    "case_keeper",
    metadata,
    Column("municipality", Text, primary_key=True),
    Column("institution", Text, nullable=False),
)
# Which of the municipality's areas an institution's residents belong to.
case_area = Table(
    "case_area",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("area", Text, nullable=False),
)
# Only ever added to: the newest counts, and what was exported under an earlier one is still known.
case_tag = Table(
    "case_tag",
    metadata,
    Column("institution", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("sort", Text, nullable=False),
    Column("kle", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("facet", Text),
    PrimaryKeyConstraint("institution", "incident", "number"),
)

_VERSIONS = (
    select(case_practice)
    .where(case_practice.c.municipality == bindparam("of"))
    .order_by(case_practice.c.since, case_practice.c.made_at)
)
_ADD = insert(case_practice)
_AREA = select(case_area.c.area).where(case_area.c.institution == bindparam("of"))
_KEEP_AREA = insert(case_area)
_KEEP_AREA = _KEEP_AREA.on_conflict_do_update(index_elements=["institution"], set_={"area": _KEEP_AREA.excluded.area})
_KEEPER = select(case_keeper.c.institution).where(case_keeper.c.municipality == bindparam("of"))
_KEEP_KEEPER = insert(case_keeper)
_KEEP_KEEPER = _KEEP_KEEPER.on_conflict_do_update(
    index_elements=["municipality"], set_={"institution": _KEEP_KEEPER.excluded.institution}
)
_HOUSES = select(house.c.id, house.c.name).where(house.c.municipality == bindparam("of")).order_by(house.c.id)
_HERE = (case_tag.c.institution == bindparam("of"), case_tag.c.incident == bindparam("which"))
_TAGS = select(case_tag).where(*_HERE).order_by(case_tag.c.number)
_LAST_TAG = select(func.coalesce(func.max(case_tag.c.number), 0).label("n")).where(*_HERE)
_ADD_TAG = insert(case_tag)


async def versions(tx: Reader, municipality: str) -> tuple[Dated, ...]:
    """All that a municipality has decided, the oldest first."""
    return tuple(
        Dated(
            Area(row["area"]),
            instant(row["since"]),
            from_values(orjson.loads(row["text"])),
            row["made_by"],
            instant(row["made_at"]),
            row["institution"],
        )
        for row in await tx.rows(_VERSIONS, of=municipality)
    )


async def add_version(tx: Transaction, which: str, municipality: str, institution: str, new: Dated) -> None:
    """Writes a new version down beside those before it."""
    values = {"id": which, "municipality": municipality, "area": new.area.value, "since": micros(new.since)}
    text = orjson.dumps(as_values(new.practice)).decode()
    await tx.run(_ADD, **values, text=text, institution=institution, made_by=new.made_by, made_at=micros(new.made_at))


async def houses(tx: Reader, municipality: str) -> dict[str, str]:
    """The names of a municipality's institutions in this hub, by their ids."""
    return {row["id"]: row["name"] for row in await tx.rows(_HOUSES, of=municipality)}


async def keeper(tx: Reader, municipality: str) -> str | None:
    """The institution whose leaders decide; with several, none does before an operator has said which."""
    known = await houses(tx, municipality)
    row = await tx.row(_KEEPER, of=municipality)
    if row is not None and row["institution"] in known:
        return str(row["institution"])
    return next(iter(known)) if len(known) == 1 else None


async def choose_keeper(tx: Transaction, municipality: str, chosen: str) -> None:
    await tx.run(_KEEP_KEEPER, municipality=municipality, institution=chosen)


async def area(tx: Reader, of: str) -> Area:
    """The area that an institution's residents belong to."""
    row = await tx.row(_AREA, of=of)
    return Area(row["area"]) if row is not None else Area.ADULTS


async def choose_area(tx: Transaction, of: str, chosen: Area) -> None:
    await tx.run(_KEEP_AREA, institution=of, area=chosen.value)


async def tags(tx: Reader, of: str, which: str) -> tuple[Tag, ...]:
    """The numbers that people gave an incident's records, the newest last."""
    rows = await tx.rows(_TAGS, of=of, which=which)
    return tuple(Tag(Sort(row["sort"]), row["kle"], instant(row["since"]), row["facet"] or FACET) for row in rows)


async def tag(tx: Transaction, of: str, which: str, new: Tag, by: str, now: datetime) -> int:
    """Adds a number; gives its place among those of the incident."""
    row = await tx.row(_LAST_TAG, of=of, which=which)
    number = (row["n"] if row is not None else 0) + 1
    values: Mapping[str, object] = {
        "sort": new.sort.value,
        "kle": new.kle,
        "since": micros(new.since),
        "facet": new.facet,
    }
    await tx.run(_ADD_TAG, institution=of, incident=which, number=number, **values, made_by=by, made_at=micros(now))
    return number
