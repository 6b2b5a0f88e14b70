"""The dry run, reach and the alarm itself agree; two hundred of them by `python -m tests.simulated.situations`."""

from pathlib import Path

import pytest

from tests.scenarios.conftest import empty_database
from tests.simulated.dryrun import read_by_a_person
from tests.simulated.situations import one

__all__ = ["empty_database"]


@pytest.mark.parametrize("first", range(1000, 1060, 10))
async def test_who_the_table_names_is_who_gets_it(tmp_path: Path, empty_database: Path, first: int) -> None:
    for seed in range(first, first + 10):
        _, faults = await one(tmp_path / str(seed), empty_database, seed)
        assert faults == []


def test_a_table_is_read_row_by_row() -> None:
    lines = (
        "┃ After ┃ Kind  ┃ Step        ┃ The rule says ┃ Told                         ┃ By   ┃",
        "│ 0 s   │ alarm │ 1           │ on_duty       │ Anna                         │ live │",
        "│       │       │             │               │ Bo                           │      │",
        "│ 20 s  │ alarm │ 2           │ neighbours    │ NOBODY – passed at once      │      │",
        "│ 20 s  │ alarm │ last resort │ role:manager  │ nobody of these; instead: Bo │ live │",
    )
    drawn = "\n".join(lines)
    assert read_by_a_person(drawn, {"Anna", "Bo"}) == [(0, {"Anna", "Bo"}), (20, {"Bo"})]
