from pathlib import Path

from tests.faults.outside import RUDE
from tests.faults.rude import run


async def test_a_service_that_is_rude_to_one_in_five_leaves_nobody_unreached_and_shows_nothing_twice(
    tmp_path: Path,
) -> None:
    report = await run(tmp_path, sends=200, seed=20, tail=20)
    assert not report.faults, "\n".join([report.table(), *report.faults])
    assert report.sends >= 200
    assert sum(report.how[how] for how in RUDE) >= 20
