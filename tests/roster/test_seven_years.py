"""Who is on duty from 2024 to 2030, both nights of every year included, against the clock on the wall."""

from datetime import UTC, date, datetime, timedelta

from hub.storage.database import Database
from tests.roster.outside import ZONE
from tests.roster.seven_years import BEGINS, ENDS, days, differing, differing_in, half_hours, prepared


def changes() -> list[date]:
    """The days on which the clocks change."""

    def offset(day: date) -> timedelta | None:
        return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).astimezone(ZONE).utcoffset()

    return [day for day in days(BEGINS, ENDS) if offset(day) != offset(day - timedelta(days=1))]


async def test_every_half_hour_of_seven_years_is_as_the_wall_says(database: Database) -> None:
    said = await prepared(database, BEGINS, ENDS)
    assert differing(said, half_hours(BEGINS, ENDS)) == []
    nights = changes()
    assert len(nights) == 14
    one = timedelta(days=1)
    moments = [at for day in nights for at in half_hours(day - one, day + one)]
    assert await differing_in(database, moments) == []
