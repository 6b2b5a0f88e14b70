"""A ward whose people are told by text message: a hub, workers, and a gateway for each, to see which of them sent."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import copytree
from uuid import uuid4

import httpx

from clients.demo.servers import Server, ValkeyServer
from loadtests.hubprocess import HubProcess, child_environment
from tests.contracts.over_http import Answer
from tests.contracts.standins import TOKEN, PushService
from tests.faults.outside import TextGateway
from tests.web.served import Json

BUTTON = "knap"
PEOPLE = ("anna", "bo", "carl")
SUBSCRIBER = "dina"
RULES = """\
name = "By text"
link_within = 0

[kinds.alarm]
reopen_after = 0
[[kinds.alarm.steps]]
tell = ["on_duty"]
by = ["push", "sms"]
receipt_within = 3600
next_after = 3600

[last_resort]
tell = ["role:manager"]
by = ["live"]
next_after = 3600
"""


class HeldGateway(TextGateway):
    """A gateway that answers nobody while it is held."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def _reply(self, writer: asyncio.StreamWriter, answer: Answer) -> None:
        await self.let_go.wait()
        await super()._reply(writer, answer)


class WorkerProcess(Server):
    """`hub work` as a child process."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        super().__init__(folder)
        self._environment = child_environment() | {"HUB_DATA": str(self.folder)} | dict(settings)
        self._before = 0

    async def start(self) -> None:
        self._before = len(self.says)
        await super().start()

    @property
    def says(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    @property
    def numbers(self) -> str:
        """Where it tells its numbers."""
        return self.says.rpartition("Numbers on ")[2].split()[0]

    @property
    def code(self) -> int | None:
        """The exit code, once it has ended."""
        return self.process.returncode

    def _command(self) -> Sequence[str | Path]:
        given = [f"{name}={value}" for name, value in self._environment.items()]
        return ["env", "-i", *given, sys.executable, "-P", "-m", "hub", "work"]

    async def _answers(self) -> bool:
        return "Ready to send by" in self.says[self._before :]


async def looks() -> AsyncIterator[None]:
    """A moment to look again, until the caller has seen what it waits for."""
    while True:
        yield
        await asyncio.sleep(0.02)


@dataclass
class Ward:
    """One hub; each worker gets a gateway of its own."""

    folder: Path
    settings: Mapping[str, str]
    valkey: ValkeyServer
    hub: HubProcess
    sms: HeldGateway
    """Where the hub itself would send to."""
    push: PushService
    tokens: Mapping[str, str]
    http: httpx.AsyncClient
    names: Iterator[int] = field(default_factory=count)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[tuple[WorkerProcess, HeldGateway]]:
        """A worker that is ready, and its gateway; it ends well unless it was killed."""
        name, sms = f"worker{next(self.names)}", HeldGateway()
        async with sms.listening():
            copytree(self.hub.data / "keys", self.folder / name / "keys")
            worker = WorkerProcess(self.folder / name, {**self.settings, **setting_of(sms), "HUB_METRICS_PORT": "0"})
            async with worker:
                yield worker, sms
            assert worker.code in (0, -9), worker.says
            assert "Traceback" not in worker.says, worker.says
        assert not sms.objections

    async def presses(self) -> str:
        """Presses the button; the alarm."""
        alarm = str(uuid4())
        answer = await self.http.post("/api/alarms", json={"id": alarm, "kind": "alarm"}, headers=self._by(BUTTON))
        assert answer.status_code == 201, answer.text
        return alarm

    async def subscribes(self) -> None:
        """One more colleague can be reached by push, and needs no text message then."""
        said = json.loads(self.push.subscription)
        answer = await self.http.post("/api/push/subscriptions", json=said, headers=self._by(f"{SUBSCRIBER}s"))
        assert answer.status_code < 300, answer.text

    async def shown(self, alarm: str) -> Json:
        found: Json = (await self.http.get(f"/api/alarms/{alarm}", headers=self._by("leifs"))).json()
        return found

    async def events(self, alarm: str) -> list[str]:
        """What has happened to the alarm, by its timeline."""
        return [line["event"] for line in (await self.shown(alarm))["timeline"]]

    async def faults(self) -> list[str]:
        """What the hub says is wrong; it is ready all the same."""
        answer = await self.http.get("/health/ready")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["faults"])

    async def number(self, name: str, at: str = "/metrics") -> float:
        """A number for Prometheus, of the hub or at the URL of a worker's."""
        lines = (await self.http.get(at)).text.splitlines()
        return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])

    def _by(self, device: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[device]}"}


@asynccontextmanager
async def ward_in(folder: Path, database: str, valkey: ValkeyServer) -> AsyncIterator[Ward]:
    """A ward with its hub running, and no worker yet."""
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    (folder / "site.toml").write_text("\n".join(tables(datetime.now(UTC))), encoding="utf-8")
    settings = {"HUB_DATABASE_URL": database, "HUB_REDIS_URL": valkey.url}
    sms, push = HeldGateway(), PushService()
    async with sms.listening(), push.listening():
        hub = HubProcess(folder / "hub", settings={**settings, **setting_of(sms)})
        tokens = await hub.setup(folder / "site.toml")
        said = await hub.command("keys")
        push.application_server_key = said.partition("push public key: ")[2].split()[0]
        english = {"Accept-Language": "en"}
        client = httpx.AsyncClient(base_url=hub.url, headers=english, trust_env=False, verify=False, timeout=30)
        async with hub, client as http:
            yield Ward(folder, settings, valkey, hub, sms, push, tokens, http)
        assert await hub.ended() == 0, hub.last_words()
        assert "Traceback" not in hub.log.read_text(encoding="utf-8"), hub.last_words()
        assert (await hub.command("verify-journal")).strip().endswith("rows, whole")
    assert not [*sms.objections, *push.objections]


def setting_of(gateway: TextGateway) -> dict[str, str]:
    return {
        "HUB_OUTBOUND_LOOPBACK": "yes",
        "HUB_PUSH_SUBJECT": "mailto:drift@huset.example",
        "HUB_SMS_URL": f"{gateway.url}/rest/mtsms",
        "HUB_SMS_TOKEN": TOKEN,
        "HUB_SMS_SENDER": "Tryghedshub",
    }


def tables(now: datetime) -> Iterator[str]:
    yield '[institution]\nid = "huset"\nname = "Huset"\nmunicipality = "29189999"'
    yield 'timezone = "Europe/Copenhagen"\nrules = "rules.toml"'
    yield '[[unit]]\nid = "nord"\nname = "Nord"\n[[place]]\nid = "stue"\nunit = "nord"\nname = "Stuen"'
    yield f'[[device]]\nid = "{BUTTON}"\nkind = "button"\nplace = "stue"'
    yield '[[person]]\nid = "leif"\nname = "Leif"\nrole = "manager"\nunits = []'
    yield '[[device]]\nid = "leifs"\nkind = "phone"\nperson = "leif"'
    starts, ends = (now - timedelta(hours=1)).isoformat(), (now + timedelta(hours=12)).isoformat()
    yield f'[[device]]\nid = "{SUBSCRIBER}s"\nkind = "phone"\nperson = "{SUBSCRIBER}"'
    for number, who in enumerate((*PEOPLE, SUBSCRIBER)):
        yield f'[[person]]\nid = "{who}"\nname = "{who.title()}"\nrole = "staff"\nunits = ["nord"]'
        if who != SUBSCRIBER:
            yield f'phone = "+452000000{number}"'
        yield f'[[shift]]\nperson = "{who}"\nunit = "nord"\nduty = "active"\nfrom = {starts}\nto = {ends}'
