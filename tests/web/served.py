"""A hub as a process of its own with two institutions, and the ways to speak to it."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from uuid_utils import uuid7
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from loadtests.hubprocess import HubProcess

Json = dict[str, Any]
PASSWORD = "solsikkefrø-12"
SUN, MOON = "solgaarden", "maanehuset"
PEOPLE = {
    "anna": "staff nord",
    "bo": "staff nord",
    "carl": "staff nord",
    "dina": "staff syd",
    "lone": "shift_lead nord",
    "leif": "manager",
}
ON_DUTY = {"anna": "nord", "bo": "nord", "dina": "syd"}
SIGN_IN = ("anna", "leif")
RULES = """\
name = "Rules that wait"
link_within = 0

[kinds.alarm]
answers_needed = 1
reopen_after = 0

[[kinds.alarm.steps]]
tell = ["on_duty"]
by = ["live"]
next_after = 86400

[last_resort]
tell = ["role:manager"]
by = ["live"]
next_after = 86400
"""


def written(folder: Path, now: datetime, institution: str = SUN, without: str = "") -> Path:
    """The site file of one of the institutions; the device `without` has left it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    site = folder / f"{institution}.toml"
    site.write_text("\n".join(_tables(institution, now, without)), encoding="utf-8")
    return site


def _tables(institution: str, now: datetime, without: str) -> Iterator[str]:
    of = "" if institution == SUN else "m-"
    yield f'[institution]\nid = "{institution}"\nname = "{institution.title()}"\nmunicipality = "29189999"'
    yield 'timezone = "Europe/Copenhagen"\nrules = "rules.toml"'
    for unit in ("nord", "syd"):
        yield f'[[unit]]\nid = "{unit}"\nname = "{unit.title()}"'
        yield f'[[place]]\nid = "stue-{unit}"\nunit = "{unit}"\nname = "Stuen i {unit}"'
    devices = [("knap", "button", 'place = "stue-nord"'), ("tavle", "wallboard", 'place = "stue-nord"')]
    devices += [("anlaeg", "service", "")]
    for person, belongs in PEOPLE.items():
        role, *units = belongs.split()
        yield f'[[person]]\nid = "{person}"\nname = "{person.title()}"\nrole = "{role}"\nunits = {units}'
        if institution == SUN and person in SIGN_IN:
            yield f'password = "{PASSWORD}"'
        devices.append((f"telefon-{person}", "phone", f'person = "{person}"'))
    devices += [
        ("reserve", "phone", 'person = "bo"'),
        *((gone, "phone", 'person = "lone"') for gone in ("aflagt", "mistet")),
    ]
    for device, kind, where in devices:
        if of + device != without:
            yield f'[[device]]\nid = "{of}{device}"\nkind = "{kind}"\n{where}'
    starts, ends = (now - timedelta(hours=1)).isoformat(), (now + timedelta(hours=12)).isoformat()
    for person, unit in ON_DUTY.items():
        yield f'[[shift]]\nperson = "{person}"\nunit = "{unit}"\nduty = "active"\nfrom = {starts}\nto = {ends}'


def press(**more: Any) -> Json:
    """A press as a device sends it."""
    return {"id": str(uuid7()), "kind": "alarm", **more}


@dataclass
class Live:
    """One live socket, and the frames that came on it."""

    socket: ClientConnection
    frames: list[Json] = field(default_factory=list)

    async def say(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def hello(self, cursor: int | None = None) -> Json:
        """Says hello; the snapshot."""
        await self.say(type="hello", cursor=cursor, client="tests 1.0")
        return await self.hears("snapshot")

    async def frame(self) -> Json:
        """The next frame."""
        frame: Json = json.loads(await self.socket.recv())
        self.frames.append(frame)
        return frame

    async def hears(self, kind: str, alarm: str | None = None, event: str | None = None) -> Json:
        """The next frame of a kind, about this alarm; the ones between are passed over."""
        while True:
            frame = await self.frame()
            about = frame.get("alarm")
            about = about["id"] if isinstance(about, dict) else frame.get("re", about)
            if frame["type"] == kind and alarm in (None, about) and event in (None, frame.get("event")):
                return frame


class Served:
    """The hub, its tokens, and clients for its devices."""

    def __init__(self, hub: HubProcess, tokens: dict[str, str], folder: Path) -> None:
        self.hub, self.tokens, self.folder = hub, tokens, folder

    def http(self, device: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A client with the device's token, or with none."""
        given = {"Authorization": f"Bearer {self.tokens[device]}"} if device else {}
        return httpx.AsyncClient(
            base_url=self.hub.url, headers=given | headers, trust_env=False, timeout=60, verify=False
        )

    @asynccontextmanager
    async def signed_in(self, person: str = "anna") -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which the person has signed in."""
        async with self.http(None, Origin=self.hub.url) as browser:
            reply = await browser.post("/api/session", json={"username": f"{SUN}/{person}", "password": PASSWORD})
            assert reply.status_code == 201, reply.text
            yield browser

    def handshake(self, token: str | None, path: str = "/live", protocol: str = "hub.v1", **headers: str) -> connect:
        """A live socket that is still to be opened."""
        given = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return connect(
            self.hub.url.replace("http", "ws", 1) + path,
            subprotocols=[Subprotocol(protocol)],
            additional_headers=given | headers,
            compression=None,
            proxy=None,
            ping_interval=None,
        )

    def live(self, device: str) -> connect:
        return self.handshake(self.tokens[device])

    async def raised(self, device: str = "telefon-anna", **more: Any) -> Json:
        """A new alarm, on disk."""
        async with self.http(device) as http:
            reply = await http.post("/api/alarms", json=press(**more))
        assert reply.status_code == 201, reply.text
        alarm: Json = reply.json()
        return alarm


def refusal(reply: httpx.Response) -> Json:
    """What a refusal says, which is an RFC 9457 problem document with a stable code."""
    assert reply.headers["content-type"] == "application/problem+json", reply.text
    problem: Json = reply.json()
    assert problem["type"] == "about:blank"
    assert problem["status"] == reply.status_code
    assert problem["title"]
    assert problem["detail"]
    assert problem["code"].replace("_", "").isalpha()
    assert problem["code"].islower()
    return problem
