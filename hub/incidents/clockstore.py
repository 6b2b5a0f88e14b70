"""The law's clocks as an institution has them, in the database."""

from hub.incidents.clockfile import clock_book
from hub.incidents.clocks import ClockBook
from hub.storage.database import Reader
from hub.storage.ownfile import OwnFile

OWN_CLOCKS = OwnFile("law_clocks")


async def clocks(tx: Reader, of: str) -> ClockBook:
    """The law's, with the institution's own laid over them."""
    return clock_book(await OWN_CLOCKS.text(tx, of))
