"""A small run of what `python -m tests.integrations.mailboxes` does at length."""

from pathlib import Path

from tests.integrations.mailboxes import run


async def test_two_hubs_lose_and_double_nothing(tmp_path: Path) -> None:
    found = await run(10, 3, tmp_path)
    assert found.written == 10
    assert found.good, found
    assert found.copies
