"""The stand-ins of case systems and the adapters that speak to them, side by side as the contract needs them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import xmlschema

from clients.standins import fordeling, lora, sagindeks
from clients.standins.said import Answered, Asked, Object
from hub.cases import register, registerstore
from hub.cases.practice import Area, Sort, Target
from hub.cases.register import Entry
from hub.cases.waystore import Way
from hub.casesystems import link
from hub.clock import SystemClock
from hub.incidents.sealing import Seal, Seals
from hub.ports import Answer, CaseRecord, CaseSystem, Handed
from hub.settings import Outside
from hub.storage import migrate
from hub.storage.database import Database
from hub.storage.vault import open_vault
from integrations.casefolder import CaseFolder
from integrations.sf1470.rules import check
from integrations.sf1470.service import _node
from integrations.strangexml import parse
from tests.contracts.over_http import Answer as Said
from tests.contracts.over_http import Call, HttpStandIn
from tests.integrations.test_sf1470 import RECORD, WORDS

STANDARDS = Path(__file__).parents[3] / "shared/standards"
SECRET, TOKEN = "client-secret-of-the-test", "a-token-of-the-test"
MUNICIPALITY = RECORD.authority
Judge = Callable[[Asked], tuple[Answered, Object | None]]
OTHER = "00000000-0000-4000-8000-000000000999"


def by_schema(path: str) -> Callable[[bytes], str | None]:
    """What is wrong with a document by a published schema; nothing where the schema is not at hand."""
    if not (STANDARDS / path).exists():
        return lambda _document: None
    schema = xmlschema.XMLSchema(STANDARDS / path)

    def wrong(document: bytes) -> str | None:
        fault = next(schema.iter_errors(ET.fromstring(document)), None)
        return f"{fault.path}: {fault.reason}" if fault is not None else None

    return wrong


class CaseService(HttpStandIn):
    """A case system with its token endpoint; what it judges by is the stand-in's own."""

    refuses_with = 422

    def __init__(self, core: Judge) -> None:
        super().__init__()
        self.core = core
        self.tokens = 0
        self.valid = TOKEN

    def judge(self, call: Call) -> Said:
        if call.target == "/token":
            form = dict(parse_qsl(call.body.decode()))
            if form.get("client_secret") != SECRET:
                return Said(401)
            self.tokens += 1
            return Said(200, json.dumps({"access_token": self.valid, "expires_in": 300}).encode())
        answer, _ = self.core(Asked(call.method, call.target, call.headers, call.body))
        return Said(answer.status, answer.body, answer.headers)


@dataclass
class Bench:
    """One case system as the contract sees it."""

    system: CaseSystem
    there: Callable[[], list[str]]
    """The ids of what it has taken, in order: an update stands there once more."""
    first: Answer = Answer.ACCEPTED
    """What it says at once."""
    service: CaseService | None = None
    tokens: list[str] = field(default_factory=list)
    refusable: CaseRecord | None = None
    """One that it would refuse for good."""
    updates: bool = False
    """Whether a new version changes what is there."""


BenchMaker = Callable[[Path], AbstractAsyncContextManager[Bench]]


def way(target: Target, port: int, **more: object) -> Way:
    said: dict[str, object] = {
        "target": target.value,
        "municipality": MUNICIPALITY,
        "url": f"http://127.0.0.1:{port}/service" if target is not Target.OIO else f"http://127.0.0.1:{port}",
        "system": OTHER,
        "token_url": f"http://127.0.0.1:{port}/token",
        "client_id": "hub",
        "client_secret": SECRET,
    }
    return Way(MUNICIPALITY, target, {key: value for key, value in (said | more).items() if value}, SystemClock().now())


def opened(one: Way) -> CaseSystem:
    return link(one, clock=SystemClock(), outside=Outside(allow_loopback=True)).system


@asynccontextmanager
async def sf2900(_folder: Path) -> AsyncIterator[Bench]:
    schema = by_schema("sf2900-fordelingskomponent/DistributionServiceMsg.xsd")
    core = fordeling.Fordeling([MUNICIPALITY], TOKEN, schema=schema)
    service = CaseService(core.judge)
    async with service.listening():
        system = opened(way(Target.SF2900, service.port))
        unknown = replace(RECORD, kle=replace(RECORD.kle, number="99.99.99"))
        yield Bench(
            system, lambda: [one.id for one in core.taken.values()], Answer.RECEIVED, service, refusable=unknown
        )
        await system.close()


def broken_rules(case: ET.Element) -> list[str]:
    """The index's own field rules, as the real one would hold a case against them."""
    return check(_node(parse(ET.tostring(case), 1 << 20)), WORDS)


@asynccontextmanager
async def sf1470(_folder: Path) -> AsyncIterator[Bench]:
    schema = by_schema("sf1470-sagdokumentindeks/xsd/6.0.STS-0/SagDokumentIndeksOperationer.xsd")
    core = sagindeks.Sagindeks([MUNICIPALITY], TOKEN, schema, broken_rules)
    service = CaseService(core.judge)
    async with service.listening():
        system = opened(way(Target.SF1470, service.port, words=dict(WORDS.more)))
        bare = replace(RECORD, kle=replace(RECORD.kle, uuid=None))
        yield Bench(
            system, lambda: [which for which, told in core.cases.items() for _ in told], service=service,
            refusable=bare, updates=True,
        )  # fmt: skip
        await system.close()


@asynccontextmanager
async def oio_rest(_folder: Path) -> AsyncIterator[Bench]:
    core = lora.Lora([MUNICIPALITY], TOKEN)
    service = CaseService(core.judge)
    async with service.listening():
        system = opened(way(Target.OIO, service.port, words=dict(WORDS.more)))
        wrong = replace(RECORD, unit="neither UUID nor URN")
        yield Bench(
            system, lambda: [which for which, told in core.cases.items() for _ in told], service=service,
            refusable=wrong, updates=True,
        )  # fmt: skip
        await system.close()


@asynccontextmanager
async def folder(folder: Path) -> AsyncIterator[Bench]:
    system = CaseFolder(folder / "esdh")
    yield Bench(system, lambda: [RECORD.id for _ in sorted((folder / "esdh").glob("*.xml"))])
    await system.close()


class OwnRegister:
    """The built-in register, asked as any other: what it is told lies there sealed, version by version.

    Where no system takes it, a person copies it and ticks it off.
    """

    def __init__(self, database: Database, vault_folder: Path, *, copied: bool) -> None:
        self._database, self._seals, self._copied = database, Seals(open_vault(vault_folder)), copied
        self.ids: list[str] = []

    async def take(self, record: CaseRecord, version: int) -> Handed:
        seal = await self._database.write(self._seals.to_write)
        now = SystemClock().now()
        made = Entry("house", "incident", Sort.VIOLENCE, Area.WORK, Target.MANUAL, record, 1, now)
        before = await self._found(seal, record)
        if (new := register.anew(before, made)) is not None:
            await self._database.write(partial(registerstore.keep, seal=seal, one=new))
            self.ids.append(record.id)
        kept = await self._found(seal, record)
        assert kept is not None
        assert (kept.record, kept.version) == (record, version)
        if not self._copied:
            return Handed(Answer.ACCEPTED, "Tryghedshub", record.number)
        if kept.open:
            copied = register.placed(kept, "SBSYS", f"2026-{version}", now)
            await self._database.write(partial(registerstore.keep, seal=seal, one=copied))
        ticked = await self._found(seal, record)
        assert ticked is not None
        assert ticked.answer is not None
        return Handed(ticked.answer, ticked.system, ticked.reference)

    async def _found(self, seal: Seal, record: CaseRecord) -> Entry | None:
        async with self._database.read() as tx:
            return await registerstore.find(tx, seal, "house", record.id)

    async def close(self) -> None:
        await self._database.close()


def in_own_register(database: Database, folder: Path, *, copied: bool) -> Bench:
    own = OwnRegister(database, folder, copied=copied)
    return Bench(own, lambda: own.ids, updates=True)


@asynccontextmanager
async def own_register(folder: Path, *, copied: bool = False) -> AsyncIterator[Bench]:
    await asyncio.to_thread(migrate.upgrade, folder / "hub.db")
    bench = in_own_register(await Database.open(f"sqlite+aiosqlite:///{folder / 'hub.db'}"), folder, copied=copied)
    yield bench
    await bench.system.close()


@asynccontextmanager
async def manual_queue(folder: Path) -> AsyncIterator[Bench]:
    async with own_register(folder, copied=True) as bench:
        yield bench


BENCHES: tuple[BenchMaker, ...] = (sf2900, sf1470, oio_rest, folder, own_register, manual_queue)
OVER_HTTP: tuple[BenchMaker, ...] = (sf2900, sf1470, oio_rest)
