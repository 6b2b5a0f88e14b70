"""A mailbox over HTTP: envelopes are handed over under their own id, listed, fetched whole and settled one by one."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from hub.clock import Clock
from hub.ports import Never, NotNow, Waiting
from integrations.endpoints import check_operators_url
from integrations.outbound import Courier, Reply
from integrations.replies import must_be_taken, said

_TOKEN = re.compile(r"[\x21-\x7e]{16,4000}")
GONE = {404, 410}


@dataclass(frozen=True, slots=True)
class RestSettings:
    """Where the mailbox is, and what opens it."""

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        check_operators_url(self.url, "url")
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("token: give it as the provider shows it, 16 signs at least")


class RestMailbox:
    """Speaks to one mailbox at one address."""

    def __init__(self, settings: RestSettings, courier: Courier, clock: Clock) -> None:
        self._url = settings.url.rstrip("/")
        self._courier = courier
        self._clock = clock
        self._headers = {"Authorization": f"Bearer {settings.token}"}

    async def put(self, key: str, content: bytes) -> None:
        await self.post("/envelopes", content, {"Content-Type": "application/xml", "Idempotency-Key": key})

    async def waiting(self, most: int) -> Sequence[Waiting]:
        listed = said(await self._fetch(f"/waiting?most={most}"))
        names = listed.get("envelopes") if isinstance(listed, dict) else None
        if not isinstance(names, list) or not all(isinstance(one, str) and one for one in names):
            raise NotNow("The mailbox answered with something else than a list of envelopes: ask its provider")
        found = []
        for name in names[:most]:
            try:
                found.append(Waiting(name, (await self._fetch(f"/waiting/{quote(name, safe='')}")).body))
            except Never as refusal:
                # One that cannot be fetched must not hold up those behind it.
                if not refusal.more.get("gone"):
                    found.append(Waiting(name, b""))
        return found

    async def settle(self, name: str, *, taken: bool) -> None:
        content = json.dumps({"taken": taken}).encode()
        about = f"/waiting/{quote(name, safe='')}/settled"
        reply = await self._courier.post(
            f"{self._url}{about}", content, {**self._headers, "Content-Type": "application/json"}
        )
        if reply.status not in GONE:
            must_be_taken(reply, self._clock.now())

    async def close(self) -> None:
        await self._courier.close()

    async def post(self, path: str, content: bytes, headers: Mapping[str, str]) -> Reply:
        """Hands something over at a path of the mailbox's. Raises NotNow or Never if it was not taken."""
        reply = await self._courier.post(f"{self._url}{path}", content, {**self._headers, **headers})
        must_be_taken(reply, self._clock.now())
        return reply

    async def _fetch(self, path: str) -> Reply:
        reply = await self._courier.fetch(f"{self._url}{path}", self._headers)
        if reply.status in GONE:
            raise Never(f"{reply.host} has no such envelope any more", gone=True)
        must_be_taken(reply, self._clock.now())
        return reply
