"""What is published of the interface is what the interface does: real frames and answers against the documents."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from tests.web.served import Json, Live, Served, press

pytestmark = pytest.mark.asyncio(loop_scope="session")


def closed(schema: Any) -> Any:
    """The schema with every object held to the fields that are named."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    more = {"additionalProperties": False} if "properties" in schema and "additionalProperties" not in schema else {}
    return {key: closed(value) for key, value in schema.items()} | more


@pytest.fixture
async def document(served: Served) -> Json:
    async with served.http() as http:
        found: Json = (await http.get("/asyncapi.json")).json()
    return found


def faults(document: Json, names: list[str], frame: Json) -> Iterator[str]:
    schemas = closed(document["components"]["schemas"])
    fits = [name for name in names if schemas[name]["properties"]["type"]["const"] == frame["type"]]
    right = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in fits], "components": {"schemas": schemas}}
    for error in jsonschema_rs.Draft202012Validator(right, validate_formats=True).iter_errors(frame):
        yield f"{frame}: {error.message} at {error.instance_path}"


def named(document: Json, operation: str) -> list[str]:
    return [message["$ref"].rsplit("/", 1)[1] for message in document["operations"][operation]["messages"]]


async def test_every_frame_from_the_hub_is_as_published(served: Served, document: Json) -> None:
    async with served.live("telefon-anna") as raiser, served.live("telefon-bo") as colleague:
        anna, bo = Live(raiser), Live(colleague)
        await anna.hello()
        await bo.hello(10**9)
        pressed = press(
            note="ved døren",
            place="stue-nord",
            pressed_at="2026-01-01T12:00:00+01:00",
            position={"lat": 55, "lon": 12.5, "accuracy_m": 3},
        )
        await anna.say(type="raise", **pressed)
        which = (await anna.hears("accepted"))["id"]
        await bo.hears("alarm", which, "raised")
        await bo.say(type="receipt", alarm=which, stage="shown")
        await anna.hears("heard", which)
        await bo.say(type="answer", alarm=which, answer="cannot", as_of=1)  # so that the next step is taken
        await anna.hears("alarm", which, "escalated")
        await bo.say(type="answer", alarm=which, answer="coming", as_of=3)
        await bo.hears("alarm", which, "answered")
        await anna.say(type="withdraw", alarm=which, as_of=3)
        await anna.hears("refused", which)
        await anna.say(type="withdraw", alarm=which, as_of=4)
        await bo.hears("alarm", which, "withdrawn")
        await bo.say(type="beat", sound="muted")
        await bo.hears("reach")
        await bo.say(type="resolve", alarm=which, outcome="false", note="ok", as_of=5)
        await bo.hears("alarm", which, "resolved")
        await bo.say(type="shout")
        await bo.hears("refused")
    frames = [*anna.frames, *bo.frames]
    kinds = {frame["type"] for frame in frames}
    assert kinds >= {"resync", "snapshot", "accepted", "alarm", "heard", "reach", "refused"}
    assert [fault for frame in frames for fault in faults(document, named(document, "fromHub"), frame)] == []


@pytest.mark.parametrize(
    ("frame", "right"),
    [
        ({"type": "hello", "cursor": None, "client": "x"}, True),
        ({"type": "hello", "client": "x"}, False),
        ({"type": "beat", "battery": 0.5, "sound": "on", "charging": True, "visible": False}, True),
        ({"type": "beat", "battery": 2}, False),
        ({"type": "raise", "id": "x", "kind": "alarm", "drill": True}, True),
        ({"type": "raise", "id": "x", "kind": "alarm", "colour": "red"}, False),
        ({"type": "receipt", "alarm": "x", "stage": "shown"}, True),
        ({"type": "receipt", "alarm": "x", "stage": "read"}, False),
        ({"type": "answer", "alarm": "x", "answer": "coming", "as_of": 1}, True),
        ({"type": "resolve", "alarm": "x", "outcome": "real", "as_of": 1}, True),
        ({"type": "withdraw", "alarm": "x", "as_of": 1, "pin": "1234"}, True),
    ],
)
async def test_the_published_frames_from_clients_are_those_that_are_taken(
    document: Json, frame: Json, right: bool
) -> None:
    assert (list(faults(document, named(document, "fromClient"), frame)) == []) is right


async def test_every_message_that_is_named_has_a_schema(document: Json) -> None:
    messages = document["components"]["messages"]
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]["live"]["messages"]) == set(messages)
    for operation in document["operations"]:
        assert set(named(document, operation)) <= set(messages)
    for name, message in messages.items():
        assert message["payload"]["$ref"] == f"#/components/schemas/{name}"
        assert name in document["components"]["schemas"]
