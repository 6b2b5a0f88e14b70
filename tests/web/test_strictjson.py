import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.web.strictjson import DEEPEST, NotJson, loads

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_LEAF = (
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
)
_VALUE = st.recursive(_LEAF, lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner), max_leaves=12)


def depth(value: Any) -> int:
    if isinstance(value, dict | list):
        return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)
    return 0


@given(_VALUE.filter(lambda value: depth(value) <= DEEPEST), st.booleans())
def test_every_clean_value_comes_through_as_it_is(value: Any, escaped: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=escaped).encode()) == value


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: json.dumps(text).encode()))
def test_whatever_comes_is_refused_or_can_be_written_down(raw: bytes) -> None:
    try:
        value = loads(raw)
    except NotJson:
        return
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")


REFUSED = {
    "a key twice": (b'{"id":"1","id":"2"}', "'id' stands twice"),
    "a key twice further in": (b'{"position":{"lat":1,"lat":2}}', "'lat' stands twice"),
    "a key twice, one of them escaped": (b'{"id":1,"\\u0069d":2}', "'id' stands twice"),
    "NaN": (b'{"lat":NaN}', "NaN is no JSON number"),
    "Infinity": (b"[Infinity]", "Infinity is no JSON number"),
    "-Infinity": (b"[-Infinity]", "-Infinity is no JSON number"),
    "1e400": (b'{"lat":1e400}', "1e400 is too large"),
    "-1e400": (b'{"lat":-1e400}', "-1e400 is too large"),
    "an integer of 5,000 digits": (b"1" * 5000, "digits"),
    "half a character": (b'{"note":"\\ud800"}', "lone surrogate"),
    "half a character as a key": (b'{"\\udfff":1}', "lone surrogate"),
    "halves the wrong way round": (b'{"note":"\\udc00\\ud800"}', "lone surrogate"),
    "NUL": (b'{"note":"a\\u0000b"}', "NUL"),
    "NUL as it is": (b'{"note":"a\x00b"}', "control character"),
    "a line break in a text": (b'{"note":"a\nb"}', "control character"),
    "not UTF-8": (b'{"note":"\xe6"}', "utf-8"),
    "UTF-16": ('{"note":"æ"}'.encode("utf-16"), "utf-8"),
    "overlong UTF-8": (b'"\xc0\xaf"', "utf-8"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "BOM"),
    "two values": (b"{}{}", "Extra data"),
    "nothing": (b"", "Expecting value"),
    "a comment": (b"{} // yes", "Extra data"),
    "a comma too many": (b'{"a":1,}', "property name"),
    "single quotes": (b"{'a':1}", "property name"),
    "levels beyond all use": (b"[" * 20 + b"]" * 20, "nested too deeply"),
    "levels as a bomb": (b"[" * 30_000, "nested too deeply"),
    "objects as a bomb": (b'{"a":' * 10_000, "nested too deeply"),
    "levels where a parser's own limit lies": (b'["\\u0041",' * 900 + b"1" + b"]" * 900, "nested too deeply"),
}


@pytest.mark.parametrize(("raw", "says"), REFUSED.values(), ids=REFUSED)
def test_what_two_readers_could_understand_differently_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(NotJson, match=says):
        loads(raw)


TAKEN = {
    "a pair of surrogates that make one character": (b'"\\ud83d\\ude80"', "🚀"),
    "the letters of an escape": (b'"write \\\\u0000 or \\\\ud800"', "write \\u0000 or \\ud800"),
    "many brackets in a text": (b'{"note":"' + b"[{" * 100 + b'"}', {"note": "[{" * 100}),
    "many values side by side": (b"[" + b"[]," * 100 + b"[]]", [[]] * 101),
    "as deep as may be": (b"[" * DEEPEST + b"]" * DEEPEST, None),
    "white space": (b' \n\t{"a" : 1}\r\n', {"a": 1}),
    "a large integer": (b"123456789012345678901234567890", 123456789012345678901234567890),
}


@pytest.mark.parametrize(("raw", "value"), TAKEN.values(), ids=TAKEN)
def test_what_only_looks_suspicious_is_taken(raw: bytes, value: Any) -> None:
    found = loads(raw)
    assert value is None or found == value
