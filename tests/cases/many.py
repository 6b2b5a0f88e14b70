"""How long the register takes where there are very many cases, as somebody waits for its lists and searches.

    python -m tests.cases.many --cases 100000 [--on sqlite postgres] [--folder KEEP]

A real hub is asked over HTTP by a leader of all and a leader of one unit. With --folder what was made is kept, and used
again. Exit code 1 if something takes longer than it may.
"""

import argparse
import asyncio
import random
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from hub.cases.case import ORDER, What
from hub.cases.casestore import case_fact, case_file
from hub.cases.practice import Area
from hub.citizens import store as citizens
from hub.citizens.citizen import Citizen
from hub.citizens.number import Number, Sort
from hub.citizens.sealing import Seals as CitizenSeals
from hub.clock import SystemClock, micros
from hub.incidents.sealing import Seal, Seals
from hub.storage.database import Database, Transaction
from hub.storage.vault import Vault, open_vault
from loadtests.hubprocess import HubProcess
from tests.asking import Asked, Question, Visitor, browsing, proved, timed
from tests.incidents.crowd import Home, Writer

HOME = Home("hus-0", 0, 20, 300)
CITIZENS = 400
NUMBERS = ("27.66.00", "27.66.04", "27.66.08", "27.69.24", "81.29.01", "87.15.00")
READERS = ("leder", "leder-u3")
LIST, SEARCH = "/cases/register", "/cases/register/search"


def _lists(visitor: Visitor) -> Asked:
    year = visitor.rng.randint(2021, 2026)
    yield LIST, None
    yield SEARCH, {"before": f"{year}-06-01T00:00:00+00:00~x"}
    yield SEARCH, {"unit": "u3", "from": f"{year}-02-01", "to": f"{year}-11-30"}


def _searches(visitor: Visitor) -> Asked:
    yield SEARCH, {"kle": visitor.rng.choice(NUMBERS)}
    yield SEARCH, {"kle": visitor.rng.choice(("27", "87.15", "12", "12.34"))}
    yield SEARCH, {"state": visitor.rng.choice(ORDER).value}
    yield SEARCH, {"state": "Afgjort", "kle": "27.69.24", "unit": f"u{visitor.rng.randrange(20)}", "to": "2022-06-01"}


def _numbers(visitor: Visitor) -> Asked:
    n = visitor.rng.randrange(1000)
    yield SEARCH, {"number": f"SB-{n}"}
    yield SEARCH, {"number": visitor.rng.choice(visitor.pages).rpartition("/")[2]}
    yield SEARCH, {"number": "TH-S-2026-ffffffffffff"}
    yield SEARCH, {"cpr": f"010150{visitor.rng.randrange(CITIZENS):04}"}


def _singles(visitor: Visitor) -> Asked:
    yield visitor.rng.choice(visitor.pages), None


QUESTIONS = [
    Question("register", 200, _lists, READERS),
    Question("search", 200, _searches, READERS),
    Question("number, citizen", 200, _numbers, READERS),
    Question("one case", 200, _singles, READERS),
]


async def made(folder: Path, count: int) -> None:
    """The register in a SQLite file under the folder."""
    hub, vault, file = HubProcess(folder / "data"), open_vault(folder / "data"), folder / "data" / "hub.db"
    (folder / "house.toml").write_text(HOME.toml, encoding="utf-8")
    await hub.setup(folder / "house.toml")
    now = SystemClock().now()
    database = await Database.open(f"sqlite+aiosqlite:///{file}")
    seal: Seal = await database.write(Seals(vault).to_write)
    await database.write(partial(_peopled, vault=vault, now=now), of=HOME.id)
    await database.close()
    await asyncio.to_thread(_filled, file, seal, count, now)


async def _peopled(tx: Transaction, vault: Vault, now: datetime) -> None:
    seal = await CitizenSeals(vault).to_write(tx, HOME.id)
    for n in range(CITIZENS):
        await citizens.add(tx, seal, Citizen(HOME.id, f"c{n}", f"Borger {n}", f"u{n % HOME.units}", "leder", now))
        await citizens.give(tx, seal, f"c{n}", Number(f"010150{n:04}", Sort.CPR), now)


def _filled(file: Path, seal: Seal, count: int, now: datetime) -> None:
    rng = random.Random(7)
    with closing(sqlite3.connect(file)) as link, link:
        writer = Writer(link, HOME.id)
        for n in range(count):
            _case(writer, rng, seal, n, now - timedelta(days=6 * 365) * (1 - n / count))
            if n % 2_000 == 0:
                writer.flush()
        writer.flush()


def _case(writer: Writer, rng: random.Random, seal: Seal, n: int, at: datetime) -> None:
    """One case with its facts, as the hub writes them."""
    which, unit = str(UUID(int=rng.getrandbits(128), version=4)), f"u{rng.randrange(HOME.units)}"
    number, whose = rng.choice(NUMBERS), f"c{rng.randrange(CITIZENS)}"
    far = rng.choices((1, 2, 3, 4), (4, 2, 1, 93))[0]
    told = [(What.TITLE, "", f"Sag {n}"), (What.CLASSED, f"{number} G01", ""), (What.CITIZEN, whose, "")]
    told += [(What.STATE, step.value, "") for step in ORDER[:far]]
    told += [(What.BASIS, "", "SEL § 108"), (What.NOTE, "", f"Talt med sagsbehandleren om {n}.")]
    if n % 10 == 0:
        told.append((What.ELSEWHERE, seal.mark(f"SB-{n // 10}"), f"SBSYS\nSB-{n // 10}"))
    own = f"TH-S-{at:%Y}-{which.replace('-', '')[-12:]}"
    listed = {"state": ORDER[far - 1].value, "kle": number, "citizen": whose, "listed": len(told)}
    writer.put(case_file, id=which, number=own, area=Area.ADULTS.value, unit=unit, opened_at=micros(at), **listed)
    for place, (what, about, words) in enumerate(told, start=1):
        sealed = seal.close(words, f"case_fact/{HOME.id}/{which}/{place}").text if words else None
        since = micros(at + timedelta(days=place))
        writer.put(
            case_fact, case_id=which, number=place, what=what.value, since=since, made_by="leder", made_at=since,
            about=about, sealed=sealed,
        )  # fmt: skip


@asynccontextmanager
async def _visiting(url: str, who: str, token: str) -> AsyncIterator[Visitor]:
    async with browsing(url, token) as http:
        found: list[str] = []
        for year in range(2022, 2027):
            shown = (await http.post(SEARCH, data={"to": f"{year}-05-05"})).text
            found += re.findall(r'<h2><a href="(/cases/register/[\w-]{36})"', shown)
        yield Visitor(who, http, random.Random(who), found)


async def measured(url: str, data: Path) -> bool:
    """Asks a hub over this database everything; whether all was in time."""
    return await timed(url, data, QUESTIONS, HOME.id, _visiting)


def main() -> int:
    """Prints the figures; 1 if anything took too long."""
    parser = argparse.ArgumentParser(prog="python -m tests.cases.many", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    return proved(parser, lambda folder, asked: made(folder, asked.cases), measured)


if __name__ == "__main__":
    sys.exit(main())
