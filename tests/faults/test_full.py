from pathlib import Path

from tests.faults.full import run


async def test_a_disk_that_is_full_twice_loses_nothing_lets_everybody_read_and_goes_on(tmp_path: Path) -> None:
    report = await run(tmp_path, episodes=2, seed=20)
    assert not report.faults, "\n".join([report.table(), *report.faults])
    assert len(report.refused) == len(report.again) == report.unready == 2
