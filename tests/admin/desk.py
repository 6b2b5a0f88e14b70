"""Somebody at a desk: a browser without a script, signed in or not, in front of a hub in the house."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from hub.people import store
from hub.people.credentials import fingerprint, session_token
from hub.people.signin import SESSION_LASTS
from hub.people.store import Session
from tests.scenarios.world import House

URL = "http://hub.example"
# For each file its field, its name and its content.
Files = Iterable[tuple[str, tuple[str, bytes]]]


@dataclass
class Browser:
    """Keeps its cookies, follows where it is sent, and says from which page it sends."""

    house: House
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    origin: str | None = URL

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self._send("GET", path, None, headers)

    async def post(
        self, path: str, fields: Mapping[str, Any] | None = None, files: Files = (), **headers: str
    ) -> httpx.Response:
        """Sends a form, perhaps with files, and comes back with the page that it led to."""
        origin = {"Origin": self.origin} if self.origin else {}
        answer = await self._send("POST", path, fields or {"form": "x"}, {**origin, **headers}, files=files)
        await self.house.settle()
        return answer

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """What a script of the page's sends."""
        answer = await self._send(method, path, None, {"Origin": URL}, body)
        await self.house.settle()
        return answer

    async def _send(
        self,
        method: str,
        path: str,
        fields: Mapping[str, Any] | None,
        headers: dict[str, str],
        body: Any = None,
        files: Files = (),
    ) -> httpx.Response:
        request = self.house.http.build_request(
            method, path, data=fields, json=body, files=list(files) or None, headers=headers, cookies=self.cookies
        )
        answer = await self.house.http.send(request)
        self.house.http.cookies.clear()
        for name, value in answer.cookies.items():
            self.cookies.set(name, value)
        for kept in answer.headers.get_list("set-cookie"):
            if "Max-Age=0" in kept:
                self.cookies.pop(kept.partition("=")[0], None)
        return answer


async def signed_in(house: House, person: str | None, institution: str = "house") -> Browser:
    """A browser in which the person has given their password; None is nobody."""
    browser = Browser(house)
    if person is not None:
        browser.cookies.set("hub_session", await session(house, person, institution))
    return browser


async def session(house: House, person: str, institution: str = "house") -> str:
    token, now = session_token(), house.clock.now()
    new = Session(fingerprint(token), institution, person, now, now, now + SESSION_LASTS, "Firefox", None)
    await house.database.write(lambda tx: store.start_session(tx, new), of=institution)
    return token


def code_in(answer: httpx.Response) -> str:
    """The address that the QR code on a page says, from its first slash on."""
    found = re.search(r'value="http://hub\.example(/enrol/[\w-]+)"', answer.text)
    assert found, answer.text
    return found[1]
