from pathlib import Path

from tests.faults.apart import run


async def test_hubs_that_are_cut_apart_take_no_step_twice_and_pass_none_over(tmp_path: Path) -> None:
    report = await run(tmp_path, seconds=1.5, seed=20, calm=0.5)
    assert not report.faults, "\n".join([report.table(), *report.faults])
    assert len(report.spells) == 5
    assert report.accepted
