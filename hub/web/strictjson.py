"""JSON as strangers send it: what two readers could understand differently is refused."""

import json
import re
from typing import Any

from hub.errors import HubError

LARGEST_BODY = 64 * 1024
# Nothing that the hub takes is deeper than three, and what reads it next may not be as careful.
DEEPEST = 16

_SURROGATE = re.compile("[\ud800-\udfff]")


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
        if text.startswith("\ufeff"):
            raise ValueError("it begins with a byte order mark (BOM)")  # noqa: TRY301 - told as all the others are
        value = _DECODER.decode(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise NotJson(f"This is not JSON that the hub takes: {error}. Mend it and send it again.") from None
    if "\\u" in text or text.count("{") + text.count("[") > DEEPEST:
        _refuse_deep_or_broken(value, DEEPEST)
    return value


def _too_deep() -> NotJson:
    return NotJson("The JSON is nested too deeply: send it flat.")


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


# Made once: `json.loads` makes a new one for each text, which costs as much as reading a short frame.
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)


def _refuse_deep_or_broken(value: Any, levels: int) -> None:
    """Looks at every text and level: an escape can say what the text's own characters could not."""
    if isinstance(value, str):
        if "\0" in value:
            raise NotJson("A text holds the NUL character: leave it out.")
        if _SURROGATE.search(value):
            raise NotJson("A text holds half a character (a lone surrogate): send whole Unicode characters.")
    elif isinstance(value, dict | list):
        if not levels:
            raise _too_deep()
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        for part in parts:
            _refuse_deep_or_broken(part, levels - 1)
