"""Signed incidents in bulk, in the shapes that the hub itself writes, and a practice that hands them over."""

import random
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from hub.cases import practicestore
from hub.cases.practice import Area, Dated, Practice, Target
from hub.clock import micros
from hub.incidents.paper import Kind, Paper
from hub.incidents.sealing import Seal, Seals, bound_to
from hub.incidents.store import mask
from hub.incidents.tables import incident, incident_person, incident_said
from hub.storage.database import Database, Transaction
from hub.storage.vault import open_vault
from tests.incidents.crowd import Home, Writer

HOME = Home("hus-0", 0, 4, 20)
MUNICIPALITY = "29189999"
BY_SF2900 = Practice(target=Target.SF2900)


async def furnished(data: Path, count: int, seed: int, now: datetime, practice: Practice) -> None:
    """Writes so many signed incidents into the hub's own file, and what becomes of them."""
    database = await Database.open(f"sqlite+aiosqlite:///{data / 'hub.db'}")
    seal: Seal = await database.write(Seals(open_vault(data)).to_write)
    await database.write(partial(practised, institution=HOME.id, now=now, practice=practice))
    await database.close()
    signed_in(data / "hub.db", HOME.id, seal, count, seed, now)


async def practised(tx: Transaction, institution: str, now: datetime, practice: Practice = BY_SF2900) -> None:
    """A practice that hands over, in force for long."""
    dated = Dated(Area.WORK, now - timedelta(days=400), practice, "leder", now)
    await practicestore.add_version(tx, "bulk", MUNICIPALITY, institution, dated)


def signed_in(file: Path, institution: str, seal: Seal, count: int, seed: int, now: datetime) -> None:
    """Writes so many signed incidents of a house into a file that no hub has open."""
    rng = random.Random(seed)
    with closing(sqlite3.connect(file)) as link, link:
        writer = Writer(link, institution)
        for n in range(count):
            _signed(writer, rng, seal, now - timedelta(days=300) + timedelta(minutes=n))
        writer.flush()


def _signed(writer: Writer, rng: random.Random, seal: Seal, at: datetime) -> None:
    which = str(UUID(int=rng.getrandbits(128), version=4))
    unit, who, kinds = f"u{rng.randrange(4)}", f"p{rng.randrange(20)}", rng.sample(list(Kind), 1)
    writer.put(
        incident, id=which, unit=unit, place=f"rum-{unit}", happened_at=micros(at), opened_at=micros(at),
        outcome="real", kinds=mask(kinds), state="signed", version=4, leader_by="leder", leader_at=micros(at),
        safety_by="amr", safety_at=micros(at),
    )  # fmt: skip
    writer.put(incident_person, incident=which, person=who, part="own")
    sealed = seal.close("Kastede en stol.", bound_to("said", writer.home, which, 1))
    writer.put(
        incident_said, incident=which, number=1, paper=Paper.WORK.value, question="happened", said_by=who,
        said_at=micros(at), sealed=sealed.text,
    )  # fmt: skip
    writer.tell(at, "incident_signed", f"incident:{which}", "leder", locked=True)
