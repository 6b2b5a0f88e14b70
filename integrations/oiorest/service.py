"""The service itself: a case is read, laid down whole with its history, and read back."""

import json
from dataclasses import dataclass
from typing import Any

from hub.ports import Answer, CaseRecord, Handed, Never, NotNow, Trouble
from integrations.caserecords import named
from integrations.credentials import Service
from integrations.oiorest import FACTS, RELATIONS, Sender, case, followed
from integrations.outbound import Reply
from integrations.replies import must_be_taken, plain, said

NAME = "OIO REST"
PATH = "/sag/sag"
# Without it only what holds at this moment is shown.
EVER = "?virkningfra=-infinity&virkningtil=infinity"


@dataclass(frozen=True, slots=True)
class OioRest:
    """Keeps the cases of one municipality in a service of LoRa's shape."""

    service: Service
    sender: Sender
    municipality: str

    async def take(self, record: CaseRecord, version: int) -> Handed:
        name = named(record, version, self.municipality)
        new = case(record, self.sender, name)
        before = await self._read(record.id)
        if before is None or before.get("note") != name:
            whole = new if before is None else followed(before, new, self.service.now())
            await self._lay_down(record.id, whole)
            kept = await self._read(record.id)
            if kept is None or kept.get("note") != name:
                why = "What was laid down could not be read back: it is tried again"
                raise NotNow(why, trouble=Trouble.STRANGE)
        return Handed(Answer.ACCEPTED, NAME, record.number)

    async def _read(self, which: str) -> dict[str, Any] | None:
        """The newest registration, or None where the case is not there."""
        reply = await self.service.call(b"", {}, f"{PATH}/{which}{EVER}", "GET")
        if reply.status in (404, 410):
            return None
        self._must_be_fine(reply)
        newest = _newest(said(reply), which)
        if newest is None:
            raise NotNow(f"{reply.host} answered with no case: look at the address", trouble=Trouble.STRANGE)
        return newest

    async def _lay_down(self, which: str, whole: dict[str, Any]) -> None:
        content = json.dumps(whole, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        self._must_be_fine(await self.service.call(content, headers, f"{PATH}/{which}", "PUT"))

    def _must_be_fine(self, reply: Reply) -> None:
        if 400 <= reply.status < 500:
            answer = said(reply)
            why = str(answer.get("message", "")) if isinstance(answer, dict) else ""
            raise Never(plain(why) or f"{reply.host} refused it for good ({reply.status})")
        must_be_taken(reply, self.service.now())

    async def close(self) -> None:
        await self.service.close()


def _newest(answer: Any, which: str) -> dict[str, Any] | None:
    """The newest registration of an answer, or None where it is no case that is whole."""
    try:
        newest: dict[str, Any] = answer[which][0]["registreringer"][-1]
        effects = [one["virkning"] for part in (FACTS, RELATIONS) for some in newest[part].values() for one in some]
        whole = {"note", FACTS, RELATIONS} <= set(newest) and all({"from", "to"} <= set(one) for one in effects)
    except (KeyError, IndexError, TypeError, AttributeError):
        return None
    return newest if whole else None
