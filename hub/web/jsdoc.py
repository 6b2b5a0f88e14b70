"""The frames as JSDoc types for the pages' modules, from the same models; `python -m hub.web.jsdoc` makes them anew."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.web.asyncapi import asyncapi
from hub.web.render import WEB

FILE = WEB / "frames.js"
_HEAD = """\
/**
 * What goes over the live line, as types for whoever writes a page: made from the hub's own models by
 * `python -m hub.web.jsdoc`, and never changed by hand. No browser fetches it.
 */
"""
_PLAIN = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}


def jsdoc() -> str:
    """The whole file."""
    published = asyncapi()
    schemas: Mapping[str, Mapping[str, Any]] = published["components"]["schemas"]
    types = [f"{_said(one)} @typedef {{{_type(one)}}} {_name(name)} */" for name, one in sorted(schemas.items())]
    for direction in ("fromHub", "fromClient"):
        frames = [_name(one["$ref"].rsplit("/", 1)[1]) for one in published["operations"][direction]["messages"]]
        types.append(f"/** @typedef {{{' | '.join(frames)}}} {direction[0].upper()}{direction[1:]} */")
    return "\n\n".join([_HEAD + "export {};", *types]) + "\n"


def _said(schema: Mapping[str, Any]) -> str:
    about = " ".join(str(schema.get("description", "")).split())
    return f"/** {about}" if about else "/**"


def _type(schema: Mapping[str, Any]) -> str:
    made = "any"
    if "$ref" in schema:
        made = _name(schema["$ref"].rsplit("/", 1)[1])
    elif "const" in schema:
        made = json.dumps(schema["const"])
    elif "enum" in schema:
        made = " | ".join(json.dumps(value) for value in schema["enum"])
    elif "anyOf" in schema or "oneOf" in schema:
        made = " | ".join(dict.fromkeys(_type(one) for one in schema.get("anyOf") or schema["oneOf"]))
    elif schema.get("type") == "array":
        made = f"Array<{_type(schema.get('items', {}))}>"
    elif "properties" in schema:
        made = _fields(schema)
    elif schema.get("type") == "object":
        more = schema.get("additionalProperties")
        made = f"Record<string, {_type(more) if isinstance(more, dict) else 'any'}>"
    elif "type" in schema:
        made = _PLAIN[schema["type"]]
    return made


def _fields(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    fields = (f"{name}{'' if name in required else '?'}: {_type(one)}" for name, one in schema["properties"].items())
    return f"{{{', '.join(fields)}}}"


def _name(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum() or letter == "_")


def write(file: Path = FILE) -> None:
    file.write_text(jsdoc(), encoding="utf-8")


if __name__ == "__main__":
    write()
