"""What can be asked of many alarms and incidents at once: who may count what, and all of it counted."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.incidents import amountstore
from hub.incidents.amountstore import Chosen
from hub.incidents.figures import Counted, Months, Sort
from hub.people import access
from hub.people.access import Principal
from hub.people.site import Role
from hub.storage.database import Reader


def may_count(by: Principal) -> bool:
    """Those who lead, each their own units, and not from a phone that is found in a bus."""
    return access.leads(by) and by.session is not None


def may_count_papers(by: Principal) -> bool:
    """What stands in the employees' papers: for the leaders who read them."""
    return may_count(by) and by.role is Role.MANAGER


def chosen(by: Principal, unit: str | None, months: Months) -> Chosen:
    """One unit, or all that are theirs."""
    if unit is not None:
        return Chosen(by.institution, months, (unit,), nowhere=False)
    return Chosen(by.institution, months, by.units)


async def counted(tx: Reader, wanted: Chosen, zone: ZoneInfo, now: datetime, *, papers: bool) -> Counted:
    """All that is counted of the chosen months."""
    moments, months = await amountstore.moments(tx, wanted), await amountstore.by(tx, wanted, "month")
    units, kinds = await amountstore.by(tx, wanted, "unit"), await amountstore.by(tx, wanted, "kind")
    places, _ = await amountstore.by(tx, wanted, "place")
    heard, answered, arrived = [await amountstore.spreads(tx, wanted, one) for one in ("heard", "answered", "arrived")]
    steps = await amountstore.steps(tx, wanted)
    alarms, drills = (
        Sort(
            months[one],
            moments[one],
            {unit or "": n for unit, n in units[one].items()},
            kinds[one],
            heard[one],
            answered[one],
            arrived[one],
            steps[one],
        )
        for one in (0, 1)
    )
    outcomes, false = await amountstore.outcomes(tx, wanted)
    begins, ends = wanted.months.moments(zone)
    return Counted(
        wanted.months,
        alarms,
        drills,
        outcomes,
        false,
        {place: n for place, n in places.items() if place is not None},
        await amountstore.violence(tx, wanted, begins, ends) if papers else None,
        await amountstore.followed_up(tx, wanted, begins, ends, now) if papers else None,
    )
