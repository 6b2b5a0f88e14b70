"""Giving a person an address at which their calendar fetches their shifts, and closing it again."""

from hub.clock import Clock
from hub.errors import NotFound
from hub.people.access import Principal
from hub.people.credentials import feed_token, fingerprint
from hub.roster import feedstore
from hub.roster.feedstore import Feed
from hub.storage import journal
from hub.storage.database import Database, Transaction


async def make(database: Database, clock: Clock, by: Principal, language: str) -> str:
    """The secret of a new address for the caller's own shifts, told only this once; the one before is closed."""
    who, token = _person(by), feed_token()

    async def action(tx: Transaction) -> str:
        now = clock.now()
        await feedstore.end(tx, by.institution, who, now)
        await feedstore.keep(tx, fingerprint(token), Feed(by.institution, who, language, now))
        await journal.append(tx, by.institution, now, "feed_made", f"person:{who}", by.name)
        return token

    return await database.write(action, of=by.institution)


async def stop(database: Database, clock: Clock, by: Principal) -> None:
    """Closes the caller's address."""
    who = _person(by)

    async def action(tx: Transaction) -> None:
        now = clock.now()
        if await feedstore.end(tx, by.institution, who, now):
            await journal.append(tx, by.institution, now, "feed_ended", f"person:{who}", by.name)

    await database.write(action, of=by.institution)


async def find(database: Database, token: str) -> Feed:
    """Whose shifts are asked for; NotFound if the address was closed or never was."""
    async with database.read() as tx:
        found = await feedstore.by_token(tx, fingerprint(token))
    if found is None:
        raise NotFound("There is no calendar at this address: make a new one on the page of the roster.")
    return found


def _person(by: Principal) -> str:
    if by.person is None:
        raise NotFound("Only a person has shifts: sign in.")
    return by.person
