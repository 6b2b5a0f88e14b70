import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.people.tomllines import lines, loads

TEXT = '''\
# a comment with [[brackets]]
title = "[[not]]"  # and = signs

[institution]
"na.me" = """
[[neither]]
x = 1 \\""" " """
a.b = 3
day = 2026-01-01T00:00:00 # later

[[unit]]
id = 'v]'
near = [
  "x", # [
  'y',
]
  [unit.floor]
  plan = { wide = 1, doors = [ {n = 2}, {n = "]"} ] }
[[unit]]
[[unit.room]]
k = ''
[[unit.room]]
k = -1.5
'''


def test_every_key_table_and_element_is_found_on_its_line() -> None:
    values, found = loads(TEXT)
    assert values == tomllib.loads(TEXT)
    assert {path: line for path, line in found.items() if path[-1] not in {"wide", "doors", "n"}} == {
        ("title",): 2,
        ("institution",): 4,
        ("institution", "na.me"): 5,
        ("institution", "a"): 8,
        ("institution", "a", "b"): 8,
        ("institution", "day"): 9,
        ("unit",): 11,
        ("unit", 0): 11,
        ("unit", 0, "id"): 12,
        ("unit", 0, "near"): 13,
        ("unit", 0, "near", 0): 14,
        ("unit", 0, "near", 1): 15,
        ("unit", 0, "floor"): 17,
        ("unit", 0, "floor", "plan"): 18,
        ("unit", 0, "floor", "plan", "doors", 0): 18,
        ("unit", 0, "floor", "plan", "doors", 1): 18,
        ("unit", 1): 19,
        ("unit", 1, "room"): 20,
        ("unit", 1, "room", 0): 20,
        ("unit", 1, "room", 0, "k"): 21,
        ("unit", 1, "room", 1): 22,
        ("unit", 1, "room", 1, "k"): 23,
    }


@pytest.mark.parametrize("text", ["", "\n\n# nothing\n", "a=1", "a=1\r\n", '""=1', "'' = ''''''", 'a = """"""'])
def test_small_texts_are_walked_to_their_end(text: str) -> None:
    assert len(lines(text)) == len(tomllib.loads(text))


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=6)
WORDS = st.text(st.sampled_from("ab \"'[]{}=#,.\\\n\t"), max_size=10)


@given(st.lists(st.tuples(KEYS, st.one_of(WORDS, st.integers(), st.lists(WORDS, max_size=4))), max_size=6))
def test_the_walk_finds_what_the_parser_reads_whatever_the_strings_hold(pairs: list[tuple[str, Any]]) -> None:
    text, expected = "", {}
    for number, (key, value) in enumerate(pairs):
        text += f"# a line = before\n[t{number}]\n{quoted(key)} = {written(value)}\n"
        expected[f"t{number}", key] = text[: text.rindex(f"{quoted(key)} = ")].count("\n") + 1
    values, found = loads(text)
    assert {(table, key): found[table, key] for table in values for key in values[table]} == expected


def quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def written(value: Any) -> str:
    if isinstance(value, list):
        return "[\n" + "".join(f"  {written(item)}, # {index}\n" for index, item in enumerate(value)) + "]"
    if isinstance(value, int):
        return str(value)
    plain = "'" not in value and "\n" not in value
    return f"'{value}'" if plain else quoted(value) if "\t" in value else f'"""\n{quoted(value)[1:-1]}"""'
