"""Wishing to work then, or not to: said by each for themselves, read by whoever plans."""

from datetime import datetime, timedelta
from typing import Any

from uuid_utils import uuid7

from hub.clock import micros, rfc3339
from hub.errors import Forbidden, NotFound
from hub.people.access import Principal
from hub.people.desk import Change
from hub.people.faults import FieldProblem, Refused, say
from hub.people.site import Site
from hub.roster import wishstore
from hub.roster.wishstore import Want, Wish
from hub.storage import journal
from hub.storage.database import Reader

AHEAD = timedelta(days=366)
LONGEST = timedelta(days=31)
LONGEST_NOTE = 200
MOST = 60
STRENGTHS = (1, 2, 3)


def wisher(by: Principal) -> str:
    """Whose wish it is."""
    if by.person is None:
        raise Forbidden("Only a person has shifts and wishes: sign in, or use a device of your own.")
    return by.person


async def make(
    change: Change, starts: datetime, ends: datetime, want: Want, strength: int, note: str | None = None
) -> Wish:
    """Keeps a wish of whoever asks."""
    who = wisher(change.by)
    if strength not in STRENGTHS:
        raise FieldProblem({"strength": say("Choose one from the list.")})
    if not timedelta() < ends - starts <= LONGEST:
        raise FieldProblem({"ends": say("A wish ends after it begins, and lasts 31 days at most: look at both days.")})
    if not change.now < ends <= change.now + AHEAD:
        raise FieldProblem({"starts": say("A wish is about the coming year: look at the day.")})
    if len(await own(change.tx, change.of, who, change.now)) >= MOST:
        raise Refused(say("You have {n} wishes already: take one back first.", n=MOST))
    made = Wish(str(uuid7()), who, starts, ends, want, strength, note, change.now)
    await wishstore.add(change.tx, change.of, made)
    facts = {"wish": made.id, "starts": micros(starts), "ends": micros(ends), "want": want.value, "strength": strength}
    await journal.append(change.tx, change.of, change.now, "wish_made", f"person:{who}", change.by.name, facts)
    return made


async def take_back(change: Change, which: str) -> None:
    """Takes a wish of one's own back."""
    found = await wishstore.find(change.tx, change.of, which)
    if found is None or found.person != wisher(change.by):
        raise NotFound("You have no such wish.")
    await wishstore.remove(change.tx, change.of, which)
    subject = f"person:{found.person}"
    await journal.append(change.tx, change.of, change.now, "wish_taken_back", subject, change.by.name, {"wish": which})


async def own(tx: Reader, of: str, who: str, now: datetime) -> list[Wish]:
    """Somebody's wishes that are not over."""
    return [one for one in await wishstore.wishes(tx, of, now, now + AHEAD) if one.person == who]


def wish_json(wish: Wish, site: Site) -> dict[str, Any]:
    """A wish as it is shown."""
    person = site.people.get(wish.person)
    return {
        "id": wish.id,
        "person": wish.person,
        "name": person.name if person is not None else wish.person,
        "from": rfc3339(wish.starts),
        "to": rfc3339(wish.ends),
        "want": wish.want.value,
        "strength": wish.strength,
        "note": wish.note,
    }
