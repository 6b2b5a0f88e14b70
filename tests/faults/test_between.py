from pathlib import Path

from tests.faults.between import run


async def test_a_hub_that_is_killed_between_a_send_and_its_receipt_leaves_nobody_untold_and_shows_nothing_twice(
    tmp_path: Path,
) -> None:
    report = await run(tmp_path, kills=3, seed=20)
    assert not report.faults, "\n".join([report.table(), *report.faults])
    assert report.kills.total() + report.unprovoked == 3
    assert report.told == 3 * 9
