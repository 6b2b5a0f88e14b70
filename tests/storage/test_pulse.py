from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import select

from hub.clock import micros
from hub.storage import pulse
from hub.storage.database import Database
from tests.databases import on_both

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@on_both
async def test_every_beat_is_written_over_the_last(database: Database) -> None:
    for second in range(3):
        now = NOON + timedelta(seconds=second)
        await database.write(partial(pulse.beat, now=now))
        async with database.read() as tx:
            rows = await tx.rows(select(pulse.pulse))
        assert [(row["id"], row["at"]) for row in rows] == [(1, micros(now))]
