"""How long somebody waits for a page where there is very much: what each proof of that is made of."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import httpx

from clients.demo.servers import PostgresServer
from hub.clock import SystemClock
from hub.people import store
from hub.people.credentials import fingerprint, session_token
from hub.people.signin import SESSION_LASTS
from hub.people.store import Session
from hub.storage.backup import move_up
from hub.storage.database import Database
from hub.storage.pglink import connect
from loadtests.hubprocess import HubProcess

TIMES = 40
KINDS = ("sqlite", "postgres")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in, and what may be asked for by chance."""

    name: str
    http: httpx.AsyncClient
    rng: random.Random
    pages: list[str]
    """Those of single things."""


# Addresses, each with the form where one is sent.
Asked = Iterable[tuple[str, Mapping[str, str] | None]]
Visiting = Callable[[str, str, str], AbstractAsyncContextManager[Visitor]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the hub, how long it may take, and by whom."""

    name: str
    budget_ms: float
    ask: Callable[[Visitor], Asked]
    readers: tuple[str, ...]


async def timed(url: str, data: Path, questions: Sequence[Question], of: str, visit: Visiting) -> bool:
    """Asks a hub over this database each question many times, and says how long it took; whether all was in time."""
    in_time, database = True, await Database.open(url)
    readers = {who for question in questions for who in question.readers}
    tokens = {who: await _signed_in(database, of, who) for who in sorted(readers)}
    await database.close()
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


async def _moved(folder: Path, server: PostgresServer) -> bool:
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


async def _signed_in(database: Database, of: str, person: str) -> str:
    token, now = session_token(), SystemClock().now()
    new = Session(fingerprint(token), of, person, now, now, now + SESSION_LASTS, "Firefox", None)
    await database.write(lambda tx: store.start_session(tx, new), of=of)
    return token


def proved(
    parser: argparse.ArgumentParser,
    make: Callable[[Path, argparse.Namespace], Awaitable[None]],
    measure: Callable[[str, Path], Awaitable[bool]],
) -> int:
    """Makes what the command line asks for and measures it on each kind of database; 1 if anything took too long."""
    parser.add_argument("--on", nargs="*", default=KINDS, choices=KINDS)
    parser.add_argument("--folder", type=Path, help="where what is made is kept")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tryghedshub-many-") as name:
        folder = (asked.folder or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        return 0 if asyncio.run(_measured(folder, asked, make, measure)) else 1


async def _measured(
    folder: Path,
    asked: argparse.Namespace,
    make: Callable[[Path, argparse.Namespace], Awaitable[None]],
    measure: Callable[[str, Path], Awaitable[bool]],
) -> bool:
    began, data = time.monotonic(), folder / "data"
    if not (folder / "whole").exists():
        await make(folder, asked)
        (folder / "whole").touch()
    size = (data / "hub.db").stat().st_size / 2**20
    sys.stdout.write(f"made in {time.monotonic() - began:.0f} s, {size:.0f} MiB\n")
    in_time = True
    if "postgres" in asked.on:
        async with PostgresServer(folder / "server", fsync=False) as server:
            in_time &= (folder / "moved").exists() or await _moved(folder, server)
            in_time &= await measure(server.url("hub"), data)
    if "sqlite" in asked.on:
        in_time &= await measure(f"sqlite+aiosqlite:///{data / 'hub.db'}", data)
    return in_time
