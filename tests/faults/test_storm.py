from pathlib import Path

from tests.faults.storm import storm


async def test_devices_that_all_come_back_at_once_miss_nothing(tmp_path: Path) -> None:
    report = await storm(tmp_path, sockets=200)
    assert not report.faults, "\n".join([report.table(), *report.faults])
