"""Rosters as they come to the hub: a file of lines, read and imported by its own code."""

from collections.abc import Sequence

from hub.people import store
from hub.roster.actions import Said, import_said
from tests.roster.reading import csv_said
from tests.simulated.almanac import Turn, csv
from tests.simulated.ward import Ward


async def imports(ward: Ward, turns: Sequence[Turn], institution: str = "house") -> None:
    """A week's roster, in place of what was known of that week."""
    async with ward.database.read() as tx:
        site = await store.site(tx, institution)
    shifts = csv_said(csv(turns), site).shifts
    await import_said(ward.database, institution, "csv", Said(shifts), ward.clock)
    await ward.settle()
    ward.counted["rosters imported"] += 1
