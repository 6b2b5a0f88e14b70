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
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from clients.demo.servers import PostgresServer
from hub.clock import ManualClock, SystemClock
from hub.incidents.sealing import Seal, Seals
from hub.people import store
from hub.people.credentials import fingerprint, session_token
from hub.people.signin import SESSION_LASTS
from hub.people.store import Session
from hub.proof.notary import Notary
from hub.storage.backup import move_up
from hub.storage.database import Database
from hub.storage.pglink import connect
from hub.storage.vault import Vault, open_vault
from loadtests.hubprocess import HubProcess
from tests.incidents.crowd import Past, Talk, homes
from tests.incidents.sums import counted, summed

TIMES = 40
HOUSE = "hus-0"
READERS = ("leder", "leder-u3", "amr", "p3")
WORDS = (
    "kniv", "køkkenkniv", "vagtbord", "Ægil", "Ørn", "uro søvn", "angreb gang Bent", "medicinskab", "ali", "xylofon",
    "nattevagten", "stolkniv lampe",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in, and what may be asked for by chance."""

    name: str
    http: httpx.AsyncClient
    rng: random.Random
    pages: list[str]
    """Those of single things."""


Ask = Callable[[Visitor], Iterable[tuple[str, Mapping[str, str] | None]]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the hub, how long it may take, and by whom: addresses, and the form where it is sent as one."""

    name: str
    budget_ms: float
    ask: Ask
    readers: tuple[str, ...] = READERS


def _lists(visitor: Visitor) -> Iterable[tuple[str, Mapping[str, str] | None]]:
    year = visitor.rng.randint(2021, 2026)
    yield "/incidents", None
    yield f"/incidents?unit=u{visitor.rng.randrange(20)}&from={year}-02-01&to={year}-11-30", None
    yield f"/incidents?kind=harassment&outcome=precaution&to={year}-06-01", None
    yield "/incidents?state=noted&outcome=test&unit=u3", None
    yield f"/incidents?person=p{visitor.rng.randrange(300)}", None
    yield "/incidents?person=p3&kind=near_miss&outcome=test", None


def _searches(visitor: Visitor) -> Iterable[tuple[str, Mapping[str, str] | None]]:
    yield "/incidents", {"q": visitor.rng.choice(WORDS)}
    yield "/incidents", {"q": visitor.rng.choice(WORDS), "unit": f"u{visitor.rng.randrange(20)}", "kind": "threat"}


def _singles(visitor: Visitor) -> Iterable[tuple[str, Mapping[str, str] | None]]:
    yield visitor.rng.choice(visitor.pages), None


def _statistics(_visitor: Visitor) -> Iterable[tuple[str, Mapping[str, str] | None]]:
    yield "/incidents/statistics", None


QUESTIONS = [
    Question("list", 200, _lists),
    Question("search", 200, _searches),
    Question("one incident", 200, _singles),
    # The page of all statistics; each by itself is in sums.py.
    Question("statistics, whole page", 1_000, _statistics, ("leder", "leder-u3")),
]


async def made(folder: Path, incidents: int, rows: int) -> Vault:
    """The crowd in a SQLite file under the folder, signed as a hub would have."""
    hub, vault = HubProcess(folder / "data"), open_vault(folder / "data")
    file = folder / "data" / "hub.db"
    if (folder / "whole").exists():
        return vault
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
    (folder / "whole").touch()
    return vault


async def signed_in(database: Database, person: str) -> str:
    token, now = session_token(), SystemClock().now()
    new = Session(fingerprint(token), HOUSE, person, now, now, now + SESSION_LASTS, "Firefox", None)
    await database.write(lambda tx: store.start_session(tx, new), of=HOUSE)
    return token


async def measured(url: str, data: Path) -> bool:
    """Asks a hub over this database everything, and says how long it took; whether all was in time."""
    database = await Database.open(url)
    tokens = {who: await signed_in(database, who) for who in READERS}
    await counted(database)
    in_time = await summed(database, HOUSE, url.partition("+")[0])
    await database.close()
    return await timed(url, data, QUESTIONS, tokens, visiting) and in_time


async def timed(
    url: str,
    data: Path,
    questions: Sequence[Question],
    tokens: Mapping[str, str],
    visit: Callable[[str, str, str], AbstractAsyncContextManager[Visitor]],
) -> bool:
    """Asks a hub over this database each question many times, and says how long it took; whether all was in time."""
    in_time = True
    async with HubProcess(data, settings={"HUB_DATABASE_URL": url}) as hub:
        for question in questions:
            took: list[float] = []
            spent = 0
            for who in question.readers:
                async with visit(hub.url, who, tokens[who]) as visitor:
                    await _asked(visitor, question, 2)
                    before = hub.cpu_ns()
                    took += await _asked(visitor, question, TIMES)
                    spent += hub.cpu_ns() - before
            took.sort()
            p95 = took[int(len(took) * 0.95)]
            in_time &= p95 <= question.budget_ms
            mean = spent / len(took) / 1e6
            sys.stdout.write(
                f"{url.partition('+')[0]:11} {question.name:22} {len(took):4} asked"
                f"   median {took[len(took) // 2]:6.1f}   p95 {p95:6.1f}   longest {took[-1]:6.1f} ms"
                f"   of {question.budget_ms:.0f}   {mean:5.1f} ms of processor time each\n"
            )
            sys.stdout.flush()
    return in_time


@asynccontextmanager
async def visiting(url: str, who: str, token: str) -> AsyncIterator[Visitor]:
    """Somebody who knows some incidents of each year."""
    async with browsing(url, token) as http:
        rng, found = random.Random(who), []
        for year in range(2021, 2027):
            shown = (await http.get(f"/incidents?to={year}-05-05")).text
            found += re.findall(r'<th scope="row"><a href="(/incidents/[\w-]{36})"', shown)
        yield Visitor(who, http, rng, found)


def browsing(url: str, token: str) -> httpx.AsyncClient:
    """A browser in which somebody is signed in."""
    cookies = {"hub_session": token}
    return httpx.AsyncClient(base_url=url, cookies=cookies, headers={"Origin": url}, timeout=60)


async def _asked(visitor: Visitor, question: Question, times: int) -> list[float]:
    took: list[float] = []
    while len(took) < times:
        for path, form in question.ask(visitor):
            began = time.perf_counter()
            answer = await (visitor.http.get(path) if form is None else visitor.http.post(path, data=form))
            took.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{visitor.name}: {path} was answered with {answer.status_code}")
    return took


async def moved(folder: Path, server: PostgresServer) -> bool:
    """Moves what was made to a server, tidied as it tidies itself in time; whether all of it arrived."""
    await server.create("hub")
    url = server.url("hub")
    found = await move_up(folder / "data" / "hub.db", url)
    link = await connect(url)
    try:
        await link.execute("VACUUM ANALYZE")
    finally:
        await link.close()
    (folder / "moved").touch()
    sys.stdout.write(f"moved {found.rows['journal']} rows of journals to PostgreSQL\n")
    return all(one.whole for one in found.verdicts)


async def run(folder: Path, incidents: int, rows: int, kinds: list[str]) -> bool:
    began = time.monotonic()
    await made(folder, incidents, rows)
    size = (folder / "data" / "hub.db").stat().st_size / 2**20
    sys.stdout.write(f"made {incidents} incidents in {time.monotonic() - began:.0f} s, {size:.0f} MiB\n")
    in_time = True
    if "postgres" in kinds:
        async with PostgresServer(folder / "server", fsync=False) as server:
            in_time &= (folder / "moved").exists() or await moved(folder, server)
            in_time &= await measured(server.url("hub"), folder / "data")
    if "sqlite" in kinds:
        in_time &= await measured(f"sqlite+aiosqlite:///{folder / 'data' / 'hub.db'}", folder / "data")
    return in_time


def main() -> int:
    """Prints the figures; 1 if anything took too long."""
    parser = argparse.ArgumentParser(prog="python -m tests.incidents.many", description=__doc__)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the journals")
    parser.add_argument("--on", nargs="*", default=["sqlite", "postgres"], choices=["sqlite", "postgres"])
    parser.add_argument("--folder", type=Path, help="where what is made is kept")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tryghedshub-many-") as name:
        folder = (asked.folder or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        return 0 if asyncio.run(run(folder, asked.incidents, asked.rows, asked.on)) else 1


if __name__ == "__main__":
    sys.exit(main())
