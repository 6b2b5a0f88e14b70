from pathlib import Path

from tests.faults.kill import run


async def test_a_hub_that_is_killed_at_random_moments_loses_doubles_and_forgets_nothing(tmp_path: Path) -> None:
    report = await run(tmp_path, kills=5, seed=20)
    assert not report.faults, "\n".join([report.table(), *report.faults])
    assert report.kills.total() >= 5
    assert report.accepted
