"""How long lists, searches and single incidents take where there are very many, as somebody waits for them.

    python -m tests.incidents.many --incidents 100000 --rows 2000000 [--on sqlite postgres] [--folder KEEP]

A real hub is asked over HTTP by a leader of all, a leader of one unit, a safety representative and a colleague. With
--folder what was made is kept, and used again. Exit code 1 if something takes longer than it may.
"""

import argparse
import asyncio
import random
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hub.clock import ManualClock, SystemClock
from hub.incidents.sealing import Seal, Seals
from hub.proof.notary import Notary
from hub.storage.database import Database
from hub.storage.vault import open_vault
from loadtests.hubprocess import HubProcess
from tests.asking import Asked, Question, Visitor, browsing, proved, timed
from tests.incidents.crowd import Past, Talk, homes
from tests.incidents.sums import counted, summed

HOUSE = "hus-0"
READERS = ("leder", "leder-u3", "amr", "p3")
WORDS = (
    "kniv", "køkkenkniv", "vagtbord", "Ægil", "Ørn", "uro søvn", "angreb gang Bent", "medicinskab", "ali", "xylofon",
    "nattevagten", "stolkniv lampe",
)  # fmt: skip


def _lists(visitor: Visitor) -> Asked:
    year = visitor.rng.randint(2021, 2026)
    yield "/incidents", None
    yield f"/incidents?unit=u{visitor.rng.randrange(20)}&from={year}-02-01&to={year}-11-30", None
    yield f"/incidents?kind=harassment&outcome=precaution&to={year}-06-01", None
    yield "/incidents?state=noted&outcome=test&unit=u3", None
    yield f"/incidents?person=p{visitor.rng.randrange(300)}", None
    yield "/incidents?person=p3&kind=near_miss&outcome=test", None


def _searches(visitor: Visitor) -> Asked:
    yield "/incidents", {"q": visitor.rng.choice(WORDS)}
    yield "/incidents", {"q": visitor.rng.choice(WORDS), "unit": f"u{visitor.rng.randrange(20)}", "kind": "threat"}


def _singles(visitor: Visitor) -> Asked:
    yield visitor.rng.choice(visitor.pages), None


def _statistics(_visitor: Visitor) -> Asked:
    yield "/incidents/statistics", None


QUESTIONS = [
    Question("list", 200, _lists, READERS),
    Question("search", 200, _searches, READERS),
    Question("one incident", 200, _singles, READERS),
    # The page of all statistics; each by itself is in sums.py.
    Question("statistics, whole page", 1_000, _statistics, ("leder", "leder-u3")),
]


async def made(folder: Path, incidents: int, rows: int) -> None:
    """The crowd in a SQLite file under the folder, signed as a hub would have."""
    hub, vault = HubProcess(folder / "data"), open_vault(folder / "data")
    file = folder / "data" / "hub.db"
    everybody = homes(incidents)
    for home in everybody:
        site = folder / f"{home.id}.toml"
        site.write_text(home.toml, encoding="utf-8")
        await hub.setup(site)
    url, now = f"sqlite+aiosqlite:///{file}", SystemClock().now()
    database = await Database.open(url)
    seal: Seal = await database.write(Seals(vault).to_write)
    await database.close()
    rng = random.Random(7)
    past = Past(rng, Talk(rng, seal), seal, now, rows // incidents)
    for home in everybody:
        await asyncio.to_thread(past.fill, file, home)
    database = await Database.open(url)
    for home in everybody:
        await Notary(database, ManualClock(now), vault).checkpoint(home.id, "the hour")
    await database.close()


async def measured(url: str, data: Path) -> bool:
    """Adds up all statistics, then asks a hub over this database everything; whether all was in time."""
    database = await Database.open(url)
    await counted(database)
    in_time = await summed(database, HOUSE, url.partition("+")[0])
    await database.close()
    return await timed(url, data, QUESTIONS, HOUSE, _visiting) and in_time


@asynccontextmanager
async def _visiting(url: str, who: str, token: str) -> AsyncIterator[Visitor]:
    """Somebody who knows some incidents of each year."""
    async with browsing(url, token) as http:
        rng, found = random.Random(who), []
        for year in range(2021, 2027):
            shown = (await http.get(f"/incidents?to={year}-05-05")).text
            found += re.findall(r'<th scope="row"><a href="(/incidents/[\w-]{36})"', shown)
        yield Visitor(who, http, rng, found)


def main() -> int:
    """Prints the figures; 1 if anything took too long."""
    parser = argparse.ArgumentParser(prog="python -m tests.incidents.many", description=__doc__)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the journals")
    return proved(parser, lambda folder, asked: made(folder, asked.incidents, asked.rows), measured)


if __name__ == "__main__":
    sys.exit(main())
