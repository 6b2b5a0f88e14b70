"""What every test of retention asks: that it is run, and that what went is nowhere any more."""

from collections.abc import Sequence
from pathlib import Path

from hub.incidents.retaining import Retention
from hub.storage.backup import back_up
from tests.databases import Files
from tests.databases import Kind as DatabaseKind
from tests.scenarios.world import House


async def runs(house: House) -> None:
    """What the hub does every six hours, which it may have done by itself already."""
    # What is under way by itself must not go on over whatever the test does next.
    await house.settle()
    await Retention(house.database, house.clock, house.services.incidents.seals).look()
    while not await house.database.sweep():
        await house.settle()


async def lie_nowhere(house: House, kind: DatabaseKind, lies: Sequence[str], folder: Path) -> None:
    """None of these stands in a back-up that is made now, nor in the database's own files where those are ours."""
    await back_up(house.url, folder / "after.db")
    files = [folder / "after.db"]
    if isinstance(kind, Files):
        files += Files.file(house.url).parent.glob("hub.db*")
    for file in files:
        content = file.read_bytes()
        assert not [one for one in lies if one.encode() in content], file
