"""The two weeks in which the clock changes, lived as the whole year is by `python -m tests.simulated.year`."""

from datetime import date
from pathlib import Path

import pytest

from tests.scenarios.conftest import empty_database
from tests.simulated.almanac import changes, moment, wall
from tests.simulated.year import lives

__all__ = ["empty_database"]


@pytest.mark.parametrize("first", [date(2026, 3, 25), date(2026, 10, 21)], ids=["spring", "autumn"])
async def test_a_week_with_a_clock_change_is_lived_without_a_breach(
    tmp_path: Path, empty_database: Path, first: date
) -> None:
    lived = await lives(tmp_path / "ward", empty_database, first, 7, seed=first.month)
    assert lived.breaches == []
    for what in ("alarms pressed", "sessions that ran out, each with its alarm", "devices: falls silent", "drills"):
        assert lived.counted[what], what
    assert lived.counted["changes of shift"] == 3 * 7
    assert lived.claims["not, silent"]
    assert lived.claims["full, ok"]


def test_the_almanac_keeps_the_law() -> None:
    forward, back = changes(2026)
    assert (wall(forward).hour, wall(back).hour) == (3, 2)
    assert moment(wall(forward)) == forward
    assert (forward.date(), back.date()) == (date(2026, 3, 29), date(2026, 10, 25))
