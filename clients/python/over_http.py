"""The same calls over plain HTTP: the second way to the hub when the socket is down."""

from typing import Any, cast
from urllib.parse import quote

import httpx

from .wire import Alarm, Frame, HubUnreachable, Identity, Reach, Refused, TokenRefused


class HubCalls:
    """A device's HTTP calls to one hub; one that has no token yet can only be enrolled."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client: httpx.AsyncClient | None = None

    async def raise_alarm(self, press: Frame) -> Alarm:
        """Raises the alarm; the same id again gives the same alarm."""
        return cast(Alarm, await self.call("POST", "/api/alarms", press))

    async def act(self, alarm: str, verb: str, body: Frame) -> Alarm:
        """Answers, resolves or withdraws an alarm."""
        return cast(Alarm, await self.call("POST", f"/api/alarms/{alarm}/{verb}", body))

    async def alarm(self, alarm: str) -> Frame:
        """One alarm with its timeline."""
        return cast(Frame, await self.call("GET", f"/api/alarms/{alarm}"))

    async def enrol(self, code: str) -> str:
        """Uses up the code that an administrator made for this device; its token from now on."""
        return str((await self.call("POST", "/api/enrol", {"code": code}))["token"])

    async def identity(self) -> Identity:
        """Whom this device speaks for."""
        return cast(Identity, await self.call("GET", "/api/session"))

    async def reach(self, unit: str) -> Reach:
        """Who would hear an alarm in the unit this second, and why not."""
        return cast(Reach, await self.call("GET", f"/api/reach?unit={quote(unit, safe='')}"))

    async def call(self, method: str, path: str, body: Frame | None = None) -> Any:
        """One call; a refusal becomes `Refused` or `TokenRefused`, silence `HubUnreachable`."""
        if self._client is None:
            self._client = httpx.AsyncClient(base_url=self._url, headers=self._headers, timeout=5, trust_env=False)
        try:
            reply = await self._client.request(method, path, json=body)
        except httpx.TransportError as problem:
            raise HubUnreachable(self._url, str(problem) or type(problem).__name__) from problem
        if reply.status_code == 401:
            raise TokenRefused(self._url, reply.status_code)
        told = _json(reply)
        if reply.is_success:
            return told
        if reply.status_code >= 500 and "code" not in told:
            raise HubUnreachable(self._url, f"it answered {reply.status_code}")
        code, detail = told.get("code", str(reply.status_code)), told.get("detail", reply.reason_phrase)
        raise Refused(code, detail, told.get("alarm"))

    async def close(self) -> None:
        """Lets go of the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _json(reply: httpx.Response) -> Any:
    try:
        return reply.json()
    except ValueError:
        return {}
