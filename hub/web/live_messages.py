"""What whoever comes back is told of messages: what waits for them, and what was said meanwhile."""

from typing import Any

import orjson

from hub.delivery.sockets import text_frame
from hub.messaging import queries
from hub.messaging.frames import FRAME_EVENTS
from hub.messaging.message import message_json
from hub.people.access import Principal
from hub.storage import journal
from hub.storage.database import Reader
from hub.web.services import Services

_TOLD = frozenset(FRAME_EVENTS)


async def messages_waiting(tx: Reader, services: Services, by: Principal) -> dict[str, Any]:
    """How many conversations hold something new for somebody, and the urgent messages that wait for their word."""
    if by.person is None:
        return {"unread": 0, "unread_in": [], "urgent": []}
    here = await services.messages.here(tx, by)
    urgent = [
        {"conversation": which, "message": message_json(message, (), here.site)}
        for which, message in await queries.urgent(tx, services.messages, here)
    ]
    news = await queries.unread(tx, here)
    return {"unread": len(news), "unread_in": news, "urgent": urgent}


async def messages_missed(
    tx: Reader, services: Services, by: Principal, cursor: int, newest: int
) -> list[tuple[int, bytes]]:
    """The frames of messages that somebody would have had after `cursor`, in order, each with its own cursor."""
    if by.person is None or cursor >= newest:
        return []
    found = []
    for entry in await journal.after_of(tx, by.institution, cursor, newest - cursor, _TOLD):
        if by.person in entry.facts["to"]:
            told = await queries.told_again(tx, services.messages, entry)
            found += [(entry.seq, text_frame(orjson.dumps(told)))] if told is not None else []
    return found
