"""The live socket's own description, made from the types that the frames are checked with."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from hub import __version__
from hub.web.acute import RisksFrame
from hub.web.frames import CLIENT_FRAME
from hub.web.shown import (
    AcceptedFrame,
    AlarmFrame,
    HeardFrame,
    LoneFrame,
    PositionFrame,
    ProofAskedFrame,
    ReachFrame,
    ReachWarningFrame,
    RefusedFrame,
    ResyncFrame,
    SnapshotFrame,
    UnwellFrame,
    WarningFrame,
)
from hub.web.shown_messages import MessageFrame

_FROM_HUB = (
    SnapshotFrame,
    AcceptedFrame,
    AlarmFrame,
    MessageFrame,
    HeardFrame,
    LoneFrame,
    PositionFrame,
    RisksFrame,
    ProofAskedFrame,
    ReachFrame,
    ReachWarningFrame,
    UnwellFrame,
    WarningFrame,
    RefusedFrame,
    ResyncFrame,
)


@cache
def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0 of `/live`."""
    # All in one go, since two rooms may give their own types the same name: an alarm has a State, and so has a session.
    shown: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]]
    shown = [(model.__name__, "serialization", TypeAdapter(model)) for model in _FROM_HUB]
    made, shared = TypeAdapter.json_schemas(
        [("client", "validation", CLIENT_FRAME), *shown], ref_template="#/components/schemas/{model}"
    )
    from_client = sorted(schema["$ref"].rsplit("/", 1)[1] for schema in made["client", "validation"]["oneOf"])
    from_hub = [model.__name__ for model in _FROM_HUB]
    channel = {"$ref": "#/channels/live"}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tryghedshub live", "version": __version__},
        "defaultContentType": "application/json",
        "channels": {
            "live": {
                "address": "/live",
                "description": "WebSocket, subprotocol hub.v1; the client speaks first, with hello.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in (*from_client, *from_hub)},
            }
        },
        "operations": {
            "fromClient": {"action": "receive", "channel": channel, "messages": _messages(from_client)},
            "fromHub": {"action": "send", "channel": channel, "messages": _messages(from_hub)},
        },
        "components": {
            "messages": {
                name: {"name": name, "payload": {"$ref": f"#/components/schemas/{name}"}}
                for name in (*from_client, *from_hub)
            },
            "schemas": shared["$defs"],
        },
    }


def _messages(names: list[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/live/messages/{name}"} for name in names]
