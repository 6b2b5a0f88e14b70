"""The mailbox at the municipalities' print and mail service (SF1601): letters go over as its REST interface has it."""

from collections.abc import Sequence

from hub.clock import Clock, rfc3339
from hub.ports import Never, Waiting
from integrations.digitalpost.memo import LETTER, NotMemo
from integrations.digitalpost.memoxml import from_xml
from integrations.vans.rest import RestMailbox

SEND = "/service/KombiPostAfsend_1/memos"
_XML = b"?>"


class PostMailbox:
    """Hands over MeMo; what citizens answer is fetched from the same address as an envelope would be."""

    def __init__(self, box: RestMailbox, clock: Clock) -> None:
        self._box = box
        self._clock = clock

    async def put(self, key: str, content: bytes) -> None:
        headers = {
            "Content-Type": "application/xml",
            "X-TransaktionsId": key,
            "X-TransaktionsTid": rfc3339(self._clock.now()),
        }
        await self._box.post(SEND, _asked(content), headers)

    async def waiting(self, most: int) -> Sequence[Waiting]:
        return await self._box.waiting(most)

    async def settle(self, name: str, *, taken: bool) -> None:
        await self._box.settle(name, taken=taken)

    async def close(self) -> None:
        await self._box.close()


def _asked(content: bytes) -> bytes:
    try:
        kind = "Digital Post" if from_xml(content).kind == LETTER else "NemSMS"
    except NotMemo as fault:
        raise Never(f"This is no MeMo: {fault}") from None
    head, _, message = content.partition(_XML)
    return (
        head + _XML + f"<kombi_request><KombiValgKode>{kind}</KombiValgKode>".encode() + message + b"</kombi_request>"
    )
