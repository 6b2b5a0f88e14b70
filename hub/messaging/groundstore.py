"""The grounds for sharing as an institution has them, in the database."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.messaging.groundfile import Ground, GroundBook, ground_book
from hub.people.site import Site
from hub.storage.database import Reader
from hub.storage.ownfile import OwnFile

OWN_GROUNDS = OwnFile("sharing_grounds")


async def grounds(tx: Reader, of: str) -> GroundBook:
    """The law's, with the institution's own laid over them."""
    return ground_book(await OWN_GROUNDS.text(tx, of))


async def choices(tx: Reader, site: Site, now: datetime) -> dict[str, Ground]:
    """Those that can be chosen in an institution today."""
    there = site.institution
    return (await grounds(tx, there.id)).on(now.astimezone(ZoneInfo(there.timezone)).date())
