"""JSON as strangers send it: what two readers could understand differently is refused."""

import json
from typing import Any

from hub.errors import HubError

LARGEST_BODY = 64 * 1024


class NotJson(HubError):
    status = 400
    code = "not_json"
    title = "The body is not JSON that the hub takes"


class TooLarge(HubError):
    status = 413
    code = "too_large"
    title = "The body is too large"


def loads(raw: bytes | str) -> Any:
    """The value of a JSON text; no duplicate keys, NaN, infinities, lone surrogates or NUL."""
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
    except RecursionError:
        raise NotJson("The JSON is nested too deeply: send it flat.") from None
    except ValueError as error:
        raise NotJson(f"This is not JSON that the hub takes: {error}. Mend it and send it again.") from None
    if "\\u" in text or "\x00" in text:
        _refuse_broken_text(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:60]!r} stands twice")
    return made


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:30]} is too large")
    return number


def _refuse_broken_text(value: Any) -> None:
    try:
        whole = json.dumps(value, ensure_ascii=False)
        whole.encode("utf-8")
    except UnicodeEncodeError:
        raise NotJson("A text holds half a character (a lone surrogate): send whole Unicode characters.") from None
    if "\\u0000" in whole:
        raise NotJson("A text holds the NUL character: leave it out.")
