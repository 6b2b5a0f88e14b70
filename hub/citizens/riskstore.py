"""The SQL of risks: what is noted, where it matters now, and who was shown it in which alarm."""

from datetime import datetime

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy import insert as plain_insert

from hub.citizens.risk import Home, Risk
from hub.citizens.tables import citizen, citizen_risk, citizen_risk_shown, citizen_version
from hub.clock import instant, micros
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction
from hub.storage.vault import Vault

_OF = citizen_risk.c.institution == bindparam("of")
_FIND = select(citizen_risk).where(_OF, citizen_risk.c.id == bindparam("which"))
_ADD = plain_insert(citizen_risk)
_HOLDS = citizen_risk.c.ended_at.is_(None)
_CHANGE = (
    update(citizen_risk)
    .where(_OF, _HOLDS, citizen_risk.c.id == bindparam("which"), citizen_risk.c.until == bindparam("seen"))
    .values({name: bindparam(f"the_{name}") for name in ("until", "remind_at", "ended_at", "ended_by", "why")})
)
_WHOSE = (citizen.c.institution == citizen_risk.c.institution) & (citizen.c.id == citizen_risk.c.citizen)
_STANDING = (
    select(citizen_risk, citizen.c.unit.label("home"), citizen.c.place.label("room"), citizen.c.moved_out_at)
    .outerjoin(citizen, _WHOSE)
    .where(_OF, _HOLDS, citizen_risk.c.until > bindparam("now"))
    .order_by(citizen_risk.c.noted_at, citizen_risk.c.id)
)
_OF_CITIZEN = (
    select(citizen_risk)
    .where(_OF, citizen_risk.c.citizen == bindparam("whose"))
    .order_by(citizen_risk.c.noted_at.desc())
)
_IN_IT = citizen_risk.c.conversation == bindparam("which")
_OF_MESSAGES = select(citizen_risk).where(_OF, _IN_IT)
_NO_MESSAGE = update(citizen_risk).where(_OF, _IN_IT).values(conversation=None, message=None)
_VERSION = select(citizen_version.c.version).where(citizen_version.c.institution == bindparam("of"))
_MOVED = insert(citizen_version)
_MOVED = _MOVED.on_conflict_do_update(index_elements=["institution"], set_={"version": citizen_version.c.version + 1})
_DUE = (
    select(citizen_risk.c.institution, citizen_risk.c.id)
    .where(citizen_risk.c.remind_at <= bindparam("now"))
    .order_by(citizen_risk.c.remind_at)
    .limit(bindparam("most"))
)
_REMINDED = (
    update(citizen_risk)
    .where(_OF, citizen_risk.c.id == bindparam("which"), citizen_risk.c.remind_at <= bindparam("now"))
    .values(remind_at=None)
)
_SHOWN = select(citizen_risk_shown.c.risk).where(
    citizen_risk_shown.c.institution == bindparam("of"),
    citizen_risk_shown.c.alarm == bindparam("in_alarm"),
    citizen_risk_shown.c.person == bindparam("who"),
)
_SHOW = insert(citizen_risk_shown).on_conflict_do_nothing()


async def find(tx: Reader, vault: Vault, of: str, which: str) -> Risk | None:
    row = await tx.row(_FIND, of=of, which=which)
    return _risk(row, vault) if row is not None else None


async def add(tx: Transaction, vault: Vault, new: Risk) -> None:
    words = orjson.dumps([new.text, new.todo])
    await tx.run(
        _ADD,
        institution=new.institution,
        id=new.id,
        citizen=new.citizen,
        place=new.place,
        author=new.author,
        noted_at=micros(new.noted_at),
        until=micros(new.until),
        remind_at=_micros(new.remind_at),
        conversation=new.conversation,
        message=new.message,
        ended_at=None,
        ended_by=None,
        why=None,
        sealed=vault.seal(words, _words(new.institution, new.id)),
    )
    await moved(tx, new.institution)


async def change(tx: Transaction, vault: Vault, seen: Risk, after: Risk) -> bool:
    """Writes how long it lasts, or that it has ended; False when somebody else was first."""
    why = vault.seal(after.why.encode(), _why(after.institution, after.id)) if after.why else None
    done = await tx.run(
        _CHANGE,
        of=after.institution,
        which=after.id,
        seen=micros(seen.until),
        the_until=micros(after.until),
        the_remind_at=_micros(after.remind_at),
        the_ended_at=_micros(after.ended_at),
        the_ended_by=after.ended_by,
        the_why=why,
    )
    await moved(tx, after.institution)
    return done > 0


async def moved(tx: Transaction, of: str) -> None:
    """Something of it has changed: what is kept in memory is out of date."""
    await tx.run(_MOVED, institution=of, version=1)


async def version(tx: Reader, of: str) -> int:
    row = await tx.row(_VERSION, of=of)
    return int(row["version"]) if row is not None else 0


async def standing(tx: Reader, vault: Vault, of: str, now: datetime) -> list[Home]:
    """The risks that hold, each with where its citizen lives."""
    rows = await tx.rows(_STANDING, of=of, now=micros(now))
    return [(_risk(row, vault), row["home"] if row["moved_out_at"] is None else None, row["room"]) for row in rows]


async def of_citizen(tx: Reader, vault: Vault, of: str, which: str) -> list[Risk]:
    """All that was noted of somebody, the newest first."""
    return [_risk(row, vault) for row in await tx.rows(_OF_CITIZEN, of=of, whose=which)]


async def of_messages(tx: Reader, vault: Vault, of: str, which: str) -> list[Risk]:
    """What was noted of the messages of a conversation."""
    return [_risk(row, vault) for row in await tx.rows(_OF_MESSAGES, of=of, which=which)]


async def forget_conversation(tx: Transaction, of: str, which: str) -> None:
    """Says of no risk any more that a message of this conversation told of it."""
    await tx.run(_NO_MESSAGE, of=of, which=which)


async def due(tx: Reader, now: datetime, most: int) -> list[tuple[str, str]]:
    """The risks that somebody must be reminded of, as (institution, id)."""
    return [(row["institution"], row["id"]) for row in await tx.rows(_DUE, now=micros(now), most=most)]


async def remind(tx: Transaction, of: str, which: str, now: datetime) -> bool:
    """Takes the reminding upon oneself; False when another hub has."""
    return await tx.run(_REMINDED, of=of, which=which, now=micros(now)) > 0


async def shown(tx: Reader, of: str, alarm: str, who: str) -> frozenset[str]:
    """The risks that somebody was shown in an alarm."""
    return frozenset([row["risk"] for row in await tx.rows(_SHOWN, of=of, in_alarm=alarm, who=who)])


async def show(tx: Transaction, of: str, alarm: str, who: str, risk: str, now: datetime) -> bool:
    """Keeps that somebody is shown a risk in an alarm; False where that was kept."""
    return await tx.run(_SHOW, institution=of, alarm=alarm, person=who, risk=risk, at=micros(now)) > 0


def _words(of: str, which: str) -> str:
    return f"citizen_risk/{of}/{which}"


def _why(of: str, which: str) -> str:
    return f"citizen_risk-why/{of}/{which}"


def _risk(row: Row, vault: Vault) -> Risk:
    of, which = row["institution"], row["id"]
    text, todo = orjson.loads(vault.open(row["sealed"], _words(of, which)))
    return Risk(
        institution=of,
        id=which,
        author=row["author"],
        noted_at=instant(row["noted_at"]),
        until=instant(row["until"]),
        text=text,
        todo=todo,
        citizen=row["citizen"],
        place=row["place"],
        conversation=row["conversation"],
        message=row["message"],
        ended_at=instant(row["ended_at"]) if row["ended_at"] is not None else None,
        ended_by=row["ended_by"],
        why=vault.open(row["why"], _why(of, which)).decode() if row["why"] is not None else "",
    )


def _micros(at: datetime | None) -> int | None:
    return micros(at) if at is not None else None
