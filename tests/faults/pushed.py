"""A house whose people are reached with their pages closed: its hub as a process, and all that is outside of it."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from loadtests.hubprocess import HubProcess
from tests.contracts.standins import TOKEN
from tests.faults.outside import Caller, RudePushService, TextGateway, topic
from tests.faults.ward import device_of, hub_in
from tests.faults.worker import Worker

BUTTON = "knap"
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody on duty: how many browsers push reaches them in, and whether a text message and a call do too."""

    id: str
    phone: str | None = None
    browsers: int = 1
    live: bool = False
    """Whether their page is open instead."""


def rules(by: str, receipt_within: int) -> str:
    """One step that tells everybody, and lasts longer than any run."""
    return f"""\
name = "Til prøve"
link_within = 0

[kinds.alarm]
reopen_after = 0
[[kinds.alarm.steps]]
tell = ["on_duty"]
by = [{by}]
receipt_within = {receipt_within}
next_after = 3600

[last_resort]
tell = ["role:manager"]
by = ["live"]
next_after = 3600
"""


def _tables(people: Sequence[Colleague], now: datetime) -> Iterator[str]:
    yield '[institution]\nid = "huset"\nname = "Huset"\nmunicipality = "29189999"'
    yield 'timezone = "Europe/Copenhagen"\nrules = "rules.toml"'
    yield '[[unit]]\nid = "nord"\nname = "Nord"\n[[place]]\nid = "stue"\nunit = "nord"\nname = "Stuen"'
    yield f'[[device]]\nid = "{BUTTON}"\nkind = "button"\nplace = "stue"'
    yield '[[person]]\nid = "leif"\nname = "Leif"\nrole = "manager"\nunits = []'
    starts, ends = now - timedelta(hours=1), now + timedelta(hours=12)
    for one in people:
        yield f'[[person]]\nid = "{one.id}"\nname = "{one.id.title()}"\nrole = "staff"\nunits = ["nord"]'
        if one.phone is not None:
            yield f'phone = "{one.phone}"'
        yield f'[[device]]\nid = "{device_of(one.id)}"\nkind = "phone"\nperson = "{one.id}"'
        yield f'[[shift]]\nperson = "{one.id}"\nunit = "nord"\nduty = "active"'
        yield f"from = {starts.isoformat()}\nto = {ends.isoformat()}"


class House:
    """The hub, its people's browsers, and what is outside."""

    def __init__(self, people: Sequence[Colleague]) -> None:
        self.people = {one.id: one for one in people}
        self.push, self.sms, self.voice = RudePushService(self._deliver), TextGateway(), Caller()
        self.workers: dict[str, list[Worker]] = {one.id: [] for one in people}
        self.tokens: dict[str, str] = {}
        self.hub: HubProcess
        self.line: httpx.AsyncClient
        self._browsers: dict[str, Worker] = {}
        self._names = count()
        self.lines = AsyncExitStack()

    def _deliver(self, browser: str, body: bytes) -> None:
        if browser in self._browsers:
            self._browsers[browser].hand_over(body)

    def owner(self, browser: str) -> Worker:
        return self._browsers[browser]

    @property
    def all_workers(self) -> list[Worker]:
        return [worker for workers in self.workers.values() for worker in workers]

    async def subscribe(self, worker: Worker) -> None:
        """As the person's page does when it is open: the hub gets an address of this browser that is alive."""
        name = f"{worker.person}-{self.workers[worker.person].index(worker)}~{next(self._names)}"
        self._browsers[name] = worker
        worker.endpoint = self.push.endpoint(name)
        await self._says(device_of(worker.person), "/api/push/subscriptions", worker.subscription)

    def new_alarm(self) -> str:
        """An alarm's id, which the push service will know by its topic."""
        alarm = str(uuid4())
        self.push.alarms[topic(alarm)] = alarm
        return alarm

    async def press(self, alarm: str) -> float:
        """Presses the button; when the hub says that it was raised."""
        answer = await self._says(BUTTON, "/api/alarms", {"id": alarm, "kind": "alarm"})
        return datetime.fromisoformat(answer.json()["raised_at"]).timestamp()

    async def all_clear(self, alarm: str) -> None:
        await self._says(BUTTON, f"/api/alarms/{alarm}/resolve", {"as_of": 1, "outcome": "test"})

    async def _says(self, device: str, path: str, body: Any) -> httpx.Response:
        """Says it until the hub has answered, as devices do: a line may always break in the middle."""
        headers = {"Authorization": f"Bearer {self.tokens[device]}"}
        while True:
            try:
                return (await self.line.post(path, json=body, headers=headers)).raise_for_status()
            except httpx.TransportError:
                await asyncio.sleep(0.05)

    async def begin(self, folder: Path, by_rules: str) -> None:
        """Sets the hub up in the folder, with its keys and with the world outside at its place."""
        (folder / "rules.toml").write_text(by_rules, encoding="utf-8")
        site = folder / "site.toml"
        site.write_text("\n".join(_tables(list(self.people.values()), datetime.now(UTC))), encoding="utf-8")
        self.hub = hub_in(
            folder,
            {
                "HUB_PUSH_SUBJECT": "mailto:drift@huset.example",
                "HUB_OUTBOUND_LOOPBACK": "yes",
                "HUB_SMS_URL": f"{self.sms.url}/rest/mtsms",
                "HUB_SMS_TOKEN": TOKEN,
                "HUB_SMS_SENDER": "Tryghedshub",
                "HUB_VOICE_URL": f"{self.voice.url}/calls",
            },
        )
        self.tokens = await self.hub.setup(site)
        made = await self.hub.command("keys")
        self.push.application_server_key = _after("push public key", made)
        self.voice.key = base64.urlsafe_b64decode(_after("webhook signing key, for those who receive them", made))

    async def open_eyes(self) -> None:
        """Gives everybody their browsers; the hub must be up."""
        for one in self.people.values():
            for _ in range(one.browsers):
                worker = Worker(one.id, await self.lines.enter_async_context(client(self.hub.url)))
                self.workers[one.id].append(worker)
                await self.subscribe(worker)

    def objections(self) -> list[str]:
        """What a real service would have refused that this hub has sent."""
        return [*self.push.objections, *self.sms.objections, *self.voice.objections]


def _after(words: str, text: str) -> str:
    found = re.search(rf"^{re.escape(words)}: (\S+)$", text, re.MULTILINE)
    if found is None:
        raise LookupError(f"hub keys said nothing of the {words}")
    return found[1]


def client(url: str) -> httpx.AsyncClient:
    # Without TLS there is nothing to verify, and reading certificates would take longer than all the rest.
    return httpx.AsyncClient(base_url=url, trust_env=False, verify=False, timeout=PATIENCE)


@asynccontextmanager
async def house(folder: Path, people: Sequence[Colleague], by_rules: str) -> AsyncIterator[House]:
    """A house that is set up, its hub running, everybody subscribed."""
    made = House(people)
    async with made.push.listening(), made.sms.listening(), made.voice.listening():
        await made.begin(folder, by_rules)
        async with made.hub, client(made.hub.url) as made.line, made.lines:
            await made.open_eyes()
            yield made
