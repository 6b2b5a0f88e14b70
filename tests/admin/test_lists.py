"""A list's order, search and file, without a hub."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.datastructures import QueryParams

from hub.web.lists import Line, danish, listing, safe, spreadsheet

HEADS = ("Navn", "Rum")
LINES = [Line((name, room)) for name, room in (("Åse", "Rum 10"), ("Bo", "Rum 2"), ("Øjvind", "Rum 1"), ("Ærø", ""))]


def names(asked: str) -> list[str]:
    return [line.cells[0] for line in listing("/x", QueryParams(asked), HEADS, LINES).lines]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["Bo", "Ærø", "Øjvind", "Åse"]),
        ("sort=0&down=1", ["Åse", "Øjvind", "Ærø", "Bo"]),
        ("sort=1", ["Ærø", "Øjvind", "Bo", "Åse"]),
        ("q=rum+1", ["Øjvind", "Åse"]),
        ("q=ÅSE", ["Åse"]),
        ("q=nobody", []),
        ("sort=99&down=x", ["Ærø", "Øjvind", "Bo", "Åse"]),
        ("sort=-1", ["Bo", "Ærø", "Øjvind", "Åse"]),
    ],
)
def test_a_list_comes_as_it_was_asked_for(asked: str, found: list[str]) -> None:
    assert names(asked) == found


def test_a_heading_turns_the_order_round_and_keeps_the_search() -> None:
    shown = listing("/x", QueryParams("q=rum&sort=1"), HEADS, LINES)
    assert shown.address(1) == "/x?q=rum&sort=1&down=1"
    assert shown.address(0) == "/x?q=rum&sort=0"
    assert (shown.order(1), shown.order(0)) == ("ascending", "none")
    assert shown.file == "/x.csv?q=rum&sort=1"


@given(some.lists(some.text(max_size=20), min_size=2, max_size=2))
def test_no_cell_begins_a_formula_and_all_come_back(cells: list[str]) -> None:
    answer = spreadsheet(listing("/x.csv", QueryParams(""), HEADS, [Line(tuple(cells))]), "x")
    text = bytes(answer.body).decode("utf-8-sig")
    _, row = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert [cell.removeprefix("'") if safe(was) != was else cell for cell, was in zip(row, cells, strict=True)] == cells
    assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@given(some.lists(some.text(max_size=8), max_size=5))
def test_whatever_was_typed_can_be_sorted(texts: list[str]) -> None:
    assert sorted(texts, key=danish) == sorted(texts, key=danish)
