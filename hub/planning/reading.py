"""The problem of an institution, out of the database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.people import store as people
from hub.people.localtime import midnight
from hub.people.site import Site
from hub.planning.making import make
from hub.planning.planfile import PlanFile, parse
from hub.planning.problem import DAY, Problem, Want, Wish
from hub.roster import absencestore, reststore, store, wishstore
from hub.roster.rest import RestBook
from hub.storage.database import Database

_MONTH = timedelta(days=31)
# By how much a wish matters to whoever made it.
WISH_COST = {1: 5, 2: 10, 3: 20}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be planned, and what it is spoken of with."""

    site: Site
    book: RestBook
    file: PlanFile
    problem: Problem


async def read(database: Database, institution: str, text: str, name: str, now: datetime, *, again: bool) -> Asked:
    """A plan file with the people, absences, wishes and shifts of an institution."""
    async with database.read() as tx:
        site = await people.site(tx, institution)
        file = parse(text, name, site)
        book = await reststore.rules(tx, institution)
        zone = ZoneInfo(site.institution.timezone)
        first = midnight(file.first, zone).astimezone(UTC)
        end = first + file.days * DAY + DAY
        longest = max(terms.months for one in book.agreements.values() for terms in one.terms) * _MONTH
        shifts = await store.shifts(tx, institution, first - longest, end + longest)
        absences = await absencestore.absences(tx, institution, first - longest, end + longest)
        wishes = [_wish(one) for one in await wishstore.wishes(tx, institution, first, end)]
    return Asked(site, book, file, make(file, site, book, shifts, absences, wishes, now, again=again))


def _wish(one: wishstore.Wish) -> Wish:
    return Wish(one.person, Want(one.want.value), one.starts, one.ends, cost=WISH_COST[one.strength])
