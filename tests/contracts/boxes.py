"""Mailboxes as providers keep them: a folder that a program empties and fills, a VANS box, a print and mail service."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import xmlschema

from hub.clock import SystemClock
from hub.ports import Mailbox
from integrations.digitalpost.memoxml import from_xml as memo_from
from integrations.digitalpost.sf1601 import PostMailbox
from integrations.endpoints import OutboundRules
from integrations.medcom.envelope import NotAnEnvelope
from integrations.medcom.envelope import from_xml as envelope_from
from integrations.outbound import Courier
from integrations.strangexml import parse
from integrations.vans import FolderMailbox, RestMailbox, RestSettings
from tests.contracts.over_http import Answer, Call, HttpStandIn, wants
from tests.integrations.medcom_messages import STANDARDS

BOX_TOKEN = "box-token-0123456789-abcdef"
LARGEST = 2 * 1024 * 1024
SCHEMA = STANDARDS / "memo/xsd/Version1.2/MeMo_core.xsd"


class Provider(Protocol):
    """The other side of a mailbox."""

    def deliver(self, name: str, content: bytes) -> None:
        """Lays a document into our box."""

    def handed(self) -> dict[str, bytes]:
        """What was handed over, by its key."""

    def settled(self) -> dict[str, bool]:
        """What was settled, and whether it was taken."""


@dataclass
class FolderProvider:
    """A program with the same disk."""

    folder: Path

    def deliver(self, name: str, content: bytes) -> None:
        here = self.folder / "in"
        here.mkdir(parents=True, exist_ok=True)
        (here / f".{name}.half").write_bytes(content[: len(content) // 2])
        (here / f".{name}.half").write_bytes(content)
        (here / f".{name}.half").rename(here / f"{name}.xml")

    def handed(self) -> dict[str, bytes]:
        assert not list((self.folder / "out").glob(".*")), "nothing half written is left"
        return {path.stem: path.read_bytes() for path in (self.folder / "out").glob("*.xml")}

    def settled(self) -> dict[str, bool]:
        return {
            path.stem: folder == "done"
            for folder in ("done", "refused")
            for path in (self.folder / folder).glob("*.xml")
        }


class Box(HttpStandIn):
    """A VANS provider's mailbox: asks for its token, takes whole envelopes only, and each id once."""

    def __init__(self) -> None:
        super().__init__()
        self.out: dict[str, bytes] = {}
        self.lying: dict[str, bytes] = {}
        self.over: dict[str, bool] = {}

    def deliver(self, name: str, content: bytes) -> None:
        self.lying[name] = content

    def handed(self) -> dict[str, bytes]:
        return self.out

    def settled(self) -> dict[str, bool]:
        return self.over

    def judge(self, call: Call) -> Answer:
        wants(call.headers.get("authorization") == f"Bearer {BOX_TOKEN}", 401, "the token")
        url = urlsplit(call.target)
        if url.path == "/box/waiting" and call.method == "GET":
            most = int(parse_qs(url.query)["most"][0])
            return Answer(200, json.dumps({"envelopes": list(self.lying)[:most]}).encode())
        if found := re.fullmatch(r"/box/waiting/([^/]+)(/settled)?", url.path):
            return self._one(call, unquote(found[1]), settled=found[2] is not None)
        return self._take(call, url.path)

    def _one(self, call: Call, name: str, *, settled: bool) -> Answer:
        if name not in self.lying:
            return Answer(HTTPStatus.NOT_FOUND)
        if not settled:
            wants(call.method == "GET", 405, "the method")
            return Answer(200, self.lying[name])
        said = call.json()
        wants(call.method == "POST" and set(said) == {"taken"} and isinstance(said["taken"], bool), 422, "settled how")
        self.over[name] = said["taken"]
        del self.lying[name]
        return Answer(HTTPStatus.NO_CONTENT)

    def _take(self, call: Call, path: str) -> Answer:
        wants(call.method == "POST" and path == "/box/envelopes", 404, "another address")
        key = call.headers.get("idempotency-key", "")
        wants(len(call.body) <= LARGEST, 413, "too large")
        wants(call.headers.get("content-type") == "application/xml", 415, "the content type")
        try:
            found = envelope_from(call.body)
        except NotAnEnvelope as fault:
            wants(False, 422, str(fault))
            raise
        wants(found.id == key and found.kind is not None, 422, "another id than the envelope's, or an unknown kind")
        return self._keep(key, call.body)

    def _keep(self, key: str, content: bytes) -> Answer:
        wants(self.out.get(key, content) == content, 409, "another document under the same id")
        known = key in self.out
        self.out[key] = content
        return Answer(200 if known else 201)


class PostService(Box):
    """SF1601 as its REST interface is documented: one MeMo in a kombi_request, each transaction once."""

    schema = xmlschema.XMLSchema(SCHEMA, defuse="always") if SCHEMA.is_file() else None

    def _take(self, call: Call, path: str) -> Answer:
        wants(call.method == "POST" and path == "/box/service/KombiPostAfsend_1/memos", 404, "another address")
        key = call.headers.get("x-transaktionsid", "")
        wants(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key) is not None, 400, "the transaction")
        wants("T" in call.headers.get("x-transaktionstid", ""), 400, "the transaction's time")
        wants(call.headers.get("content-type") == "application/xml", 415, "the content type")
        asked = parse(call.body, LARGEST)
        wants(asked.name == "kombi_request" and asked.at("Message") is not None, 422, "no kombi_request")
        begin, end = call.body.index(b"<memo:Message"), call.body.index(b"</kombi_request>")
        memo = call.body[begin:end]
        if self.schema is not None:
            wants(self.schema.is_valid(memo.decode()), 422, "no valid MeMo")
        kind = {"DIGITALPOST": "Digital Post", "NEMSMS": "NemSMS"}[memo_from(memo).kind]
        wants(asked.text("KombiValgKode") == kind, 422, "the choice")
        return self._keep(key, memo)


@dataclass(frozen=True, slots=True)
class BoxBench:
    mailbox: Mailbox
    provider: Provider
    service: Box | None = field(default=None)


BoxMaker = Callable[[Path, float], AbstractAsyncContextManager[BoxBench]]


@asynccontextmanager
async def folder(path: Path, _: float) -> AsyncIterator[BoxBench]:
    yield BoxBench(FolderMailbox(path, SystemClock()), FolderProvider(path))


def rest_mailbox(service: Box, patience: float) -> RestMailbox:
    rules = OutboundRules(timeout=patience, allow_loopback=True, longest_answer=4 * LARGEST, for_rosters=True)
    return RestMailbox(RestSettings(f"{service.url}/box", BOX_TOKEN), Courier(rules), SystemClock())


@asynccontextmanager
async def rest(_: Path, patience: float) -> AsyncIterator[BoxBench]:
    service = Box()
    async with service.listening():
        mailbox = rest_mailbox(service, patience)
        yield BoxBench(mailbox, service, service)
        await mailbox.close()


@asynccontextmanager
async def post(_: Path, patience: float) -> AsyncIterator[BoxBench]:
    service = PostService()
    async with service.listening():
        mailbox = PostMailbox(rest_mailbox(service, patience), SystemClock())
        yield BoxBench(mailbox, service, service)
        await mailbox.close()


BOXES: tuple[BoxMaker, ...] = (folder, rest, post)
