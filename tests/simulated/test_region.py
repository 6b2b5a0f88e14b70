"""Some days of a region, lived as its whole year is by `python -m tests.simulated.region`."""

from datetime import date
from pathlib import Path

from tests.scenarios.conftest import empty_database
from tests.simulated.region import lives

__all__ = ["empty_database"]

# The clocks go forward in the night to the third day.
FIRST = date(2026, 3, 27)


async def test_days_with_kills_skip_no_step_and_a_seed_makes_them_again(tmp_path: Path, empty_database: Path) -> None:
    once, again = [await lives(tmp_path / name, empty_database, FIRST, 4, 3, 12, seed=7) for name in ("once", "again")]
    assert once.breaches == []
    assert once.counted["alarms"] == 12
    assert once.counted["restarts of the hub"]
    assert len(once.late) > 12
    assert max(once.late) <= 1
    assert once.digest == again.digest
