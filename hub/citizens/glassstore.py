"""The SQL of openings: who may read whose card in which alarm, and what was said of it afterwards."""

from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from hub.citizens.glass import Opening, Reason
from hub.citizens.tables import citizen_opening
from hub.clock import instant, micros
from hub.storage.database import Reader, Row, Transaction
from hub.storage.vault import Vault

_OF = citizen_opening.c.institution == bindparam("of")
_FIND = select(citizen_opening).where(_OF, citizen_opening.c.id == bindparam("which"))
_NEWEST = select(citizen_opening).where(_OF).order_by(citizen_opening.c.opened_at.desc()).limit(bindparam("most"))
_WAITS = citizen_opening.c.reviewed_at.is_(None)
_WAITING = select(citizen_opening).where(_OF, _WAITS).order_by(citizen_opening.c.opened_at)
_THEIRS = (
    select(citizen_opening)
    .where(_OF, citizen_opening.c.alarm == bindparam("in_alarm"), citizen_opening.c.person == bindparam("who"))
    .order_by(citizen_opening.c.opened_at.desc())
)
_ADD = insert(citizen_opening)
_REVIEW = (
    update(citizen_opening)
    .where(_OF, citizen_opening.c.id == bindparam("which"), _WAITS)
    .values({name: bindparam(f"the_{name}") for name in ("reviewed_at", "reviewed_by", "in_order", "verdict")})
)


async def find(tx: Reader, vault: Vault, of: str, which: str) -> Opening | None:
    row = await tx.row(_FIND, of=of, which=which)
    return _opening(row, vault) if row is not None else None


async def newest(tx: Reader, vault: Vault, of: str, most: int) -> list[Opening]:
    return [_opening(row, vault) for row in await tx.rows(_NEWEST, of=of, most=most)]


async def waiting(tx: Reader, vault: Vault, of: str) -> list[Opening]:
    """Those that nobody has looked at yet, the oldest first."""
    return [_opening(row, vault) for row in await tx.rows(_WAITING, of=of)]


async def theirs(tx: Reader, vault: Vault, of: str, alarm: str, who: str) -> list[Opening]:
    """What somebody has opened in an alarm, the newest first."""
    return [_opening(row, vault) for row in await tx.rows(_THEIRS, of=of, in_alarm=alarm, who=who)]


async def add(tx: Transaction, vault: Vault, new: Opening) -> None:
    await tx.run(
        _ADD,
        institution=new.institution,
        id=new.id,
        alarm=new.alarm,
        citizen=new.citizen,
        unit=new.unit,
        person=new.person,
        reason=new.reason.value,
        opened_at=micros(new.opened_at),
        until=micros(new.until),
        reviewed_at=None,
        reviewed_by=None,
        in_order=None,
        verdict=None,
        sealed=vault.seal(new.words.encode(), _words(new.institution, new.id)) if new.words else None,
    )


async def review(tx: Transaction, vault: Vault, one: Opening, at: datetime) -> bool:
    """Writes down what was said of it; False when somebody else was first."""
    said = vault.seal(one.verdict.encode(), _verdict(one.institution, one.id)) if one.verdict else None
    values = {"the_reviewed_by": one.reviewed_by, "the_in_order": int(bool(one.in_order)), "the_verdict": said}
    return await tx.run(_REVIEW, of=one.institution, which=one.id, the_reviewed_at=micros(at), **values) > 0


def _words(of: str, which: str) -> str:
    return f"citizen_opening/{of}/{which}"


def _verdict(of: str, which: str) -> str:
    return f"citizen_opening-verdict/{of}/{which}"


def _opening(row: Row, vault: Vault) -> Opening:
    of, which = row["institution"], row["id"]
    return Opening(
        institution=of,
        id=which,
        alarm=row["alarm"],
        citizen=row["citizen"],
        unit=row["unit"],
        person=row["person"],
        reason=Reason(row["reason"]),
        opened_at=instant(row["opened_at"]),
        until=instant(row["until"]),
        words=vault.open(row["sealed"], _words(of, which)).decode() if row["sealed"] is not None else "",
        reviewed_at=instant(row["reviewed_at"]) if row["reviewed_at"] is not None else None,
        reviewed_by=row["reviewed_by"],
        in_order=bool(row["in_order"]) if row["in_order"] is not None else None,
        verdict=vault.open(row["verdict"], _verdict(of, which)).decode() if row["verdict"] is not None else "",
    )
