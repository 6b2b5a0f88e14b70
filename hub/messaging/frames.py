"""The frames of a conversation: what its readers' screens are told, and told again when they come back."""

from collections.abc import Collection
from typing import Any

import orjson

from hub.delivery.sockets import Envelope, text_frame
from hub.messaging.message import Answered, Message, message_json, name_of
from hub.people.site import Site
from hub.storage.journal import Entry

PREFIX = "conversation:"
# A row of the journal, and what the screens of those it names are told of it.
CARRIED, READ = "message_carried", "message_read"
FRAME_EVENTS = {
    "message_sent": "sent",
    "message_amended": "changed",
    "message_called": "called",
    "message_acknowledged": "acknowledged",
    CARRIED: "carried",
    READ: "read",
}


def subject(which: str) -> str:
    """What the journal calls a conversation."""
    return f"{PREFIX}{which}"


def frame(
    entry: Entry, message: Message, answered: tuple[Answered, ...], waiting: Collection[str], site: Site
) -> dict[str, Any]:
    """What is told of a row; it waits for those whose word is still asked for."""
    shown = {
        "type": "message",
        "cursor": entry.seq,
        "event": FRAME_EVENTS[entry.event],
        "conversation": (entry.subject or "").removeprefix(PREFIX),
        "message": message_json(message, answered, site),
        "waiting": list(waiting),
    }
    if entry.event == CARRIED:
        shown["carried"] = {name: entry.facts.get(name) for name in ("outside", "state", "why")}
    if entry.event == READ and entry.actor is not None:
        shown["read_by"] = {"person": entry.actor, "name": name_of(site, entry.actor)}
    return shown


def envelope(entry: Entry, shown: dict[str, Any], to: Collection[str]) -> Envelope:
    """The frame for those people's screens."""
    return Envelope(entry.institution, entry.seq, tuple(to), (), text_frame(orjson.dumps(shown)))
