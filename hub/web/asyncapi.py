"""The live socket's own description, made from the types that the frames are checked with."""

from functools import cache
from typing import Any

from hub import __version__
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

_FROM_HUB = (
    SnapshotFrame,
    AcceptedFrame,
    AlarmFrame,
    HeardFrame,
    LoneFrame,
    PositionFrame,
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
    schemas: dict[str, Any] = {}
    sent = CLIENT_FRAME.json_schema(ref_template="#/components/schemas/{model}")
    schemas |= sent.pop("$defs")
    for model in _FROM_HUB:
        schema = model.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    from_client = sorted(schema["$ref"].rsplit("/", 1)[1] for schema in sent["oneOf"])
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
            "schemas": schemas,
        },
    }


def _messages(names: list[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/live/messages/{name}"} for name in names]
