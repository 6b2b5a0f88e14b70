from pathlib import Path

from tests.faults.kill import run


async def test_hubs_and_servers_that_are_killed_at_random_moments_lose_double_and_forget_nothing(
    tmp_path: Path,
) -> None:
    report = await run(tmp_path, kills=4, seed=20, cluster=True, pressers=8)
    assert not report.faults, "\n".join([report.table(), *report.faults])
    assert report.kills.total() >= 4
    assert report.accepted
