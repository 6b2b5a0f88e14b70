"""Two institutions and a party outside each, who are all sent nothing of the others'."""

from pathlib import Path

from tests.messaging.apart import MARKS, MINE, TELLING, apart, reached

BYTES = 60_000


async def test_nothing_that_is_sent_to_one_is_anothers(tmp_path: Path, empty_database: Path) -> None:
    async with reached(tmp_path, empty_database) as (house, mail):
        sent = await apart(house, mail, BYTES)
    assert sent.found() == []
    for who, own in MINE.items():
        assert len(sent.to[who]) >= BYTES
        assert any(MARKS[mark].encode() in sent.to[who] for mark in own), "their own is in it"
    for way in TELLING:
        assert len(sent.to[way]) > 100, way
