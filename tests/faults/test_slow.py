from pathlib import Path

from tests.faults.slow import run


async def test_slow_and_failing_syncs_and_a_clock_that_is_set_lose_double_and_hurry_nothing(tmp_path: Path) -> None:
    report = await run(tmp_path, seconds=1.5, seed=20)
    assert not report.faults, "\n".join([report.table(), *report.faults])
    assert report.put_off
