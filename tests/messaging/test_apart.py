"""Two institutions and a party outside, each of whom is sent nothing of the others'."""

from pathlib import Path

from tests.messaging.apart import MARKS, MINE, apart
from tests.scenarios.world import AN_AFTERNOON, opened

BYTES = 60_000


async def test_nothing_that_is_sent_to_one_is_anothers(tmp_path: Path, empty_database: Path) -> None:
    async with opened(tmp_path / "house", empty_database, AN_AFTERNOON, sms=True) as house:
        sent = await apart(house, BYTES)
    assert sent.found() == []
    for who, own in MINE.items():
        assert len(sent.to[who]) >= BYTES
        assert any(MARKS[mark].encode() in sent.to[who] for mark in own), "their own is in it"
