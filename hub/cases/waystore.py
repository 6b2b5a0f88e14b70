"""The SQL of the ways into case systems: each municipality's own, with addresses and keys sealed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table, Text, bindparam, delete, select

from hub.cases.practice import Target
from hub.clock import instant, micros
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata
from hub.storage.vault import Vault

case_way = Table(
    "case_way",
    metadata,
    Column("municipality", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    # Only the hash of what receipts are brought with.
    Column("receipts", Text),
    Column("made_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("municipality", "target"),
    Index("case_way_by_receipts", "receipts"),
)


@dataclass(frozen=True, slots=True)
class Way:
    """How one municipality's case system is reached."""

    municipality: str
    target: Target
    settings: Mapping[str, Any] = field(repr=False)
    made_at: datetime
    receipts: str | None = field(default=None, repr=False)
    """The hash of the credential that its receipts come with, where it sends any."""

    @property
    def key(self) -> tuple[str, Target]:
        return self.municipality, self.target


_ALL = select(case_way).order_by(case_way.c.municipality, case_way.c.target)
_BY_RECEIPTS = select(case_way).where(case_way.c.receipts == bindparam("by"))
_KEEP = insert(case_way)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["municipality", "target"],
    set_={name: _KEEP.excluded[name] for name in ("sealed", "receipts", "made_at")},
)
_FORGET = delete(case_way).where(case_way.c.municipality == bindparam("of"), case_way.c.target == bindparam("which"))


async def ways(tx: Reader, vault: Vault) -> list[Way]:
    """All that this hub was told of."""
    return [_way(row, vault) for row in await tx.rows(_ALL)]


async def by_receipts(tx: Reader, vault: Vault, fingerprint: str) -> Way | None:
    """The one whose receipts come with this credential."""
    row = await tx.row(_BY_RECEIPTS, by=fingerprint)
    return _way(row, vault) if row is not None else None


async def keep(tx: Transaction, vault: Vault, way: Way) -> None:
    """Writes a way down, in the place of the one before."""
    bound = _bound(way.municipality, way.target.value)
    await tx.run(
        _KEEP,
        municipality=way.municipality,
        target=way.target.value,
        sealed=vault.seal(orjson.dumps(way.settings), bound),
        receipts=way.receipts,
        made_at=micros(way.made_at),
    )


async def forget(tx: Transaction, municipality: str, target: Target) -> bool:
    return await tx.run(_FORGET, of=municipality, which=target.value) > 0


def _way(row: Row, vault: Vault) -> Way:
    bound = _bound(row["municipality"], row["target"])
    settings = orjson.loads(vault.open(row["sealed"], bound))
    return Way(row["municipality"], Target(row["target"]), settings, instant(row["made_at"]), row["receipts"])


def _bound(municipality: str, target: str) -> str:
    return f"case_way/{municipality}/{target}"
