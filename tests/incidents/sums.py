"""How long each statistic takes where there are very many alarms: every sum that the page is made of, by itself."""

import random
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from hub.clock import SystemClock
from hub.incidents import amountstore
from hub.incidents.amounts import month_of
from hub.incidents.amountstore import Chosen
from hub.incidents.chores import Counting
from hub.incidents.figures import Months
from hub.people.cache import SiteCache
from hub.storage.database import Database, Reader

ZONE = ZoneInfo("Europe/Copenhagen")
BUDGET_MS = 1_000
TIMES = 20
Sum = Callable[[Reader, Chosen], Awaitable[object]]


async def _violence(tx: Reader, chosen: Chosen) -> object:
    return await amountstore.violence(tx, chosen, *chosen.months.moments(ZONE))


async def _followed_up(tx: Reader, chosen: Chosen) -> object:
    return await amountstore.followed_up(tx, chosen, *chosen.months.moments(ZONE), SystemClock().now())


def _by(column: str) -> Sum:
    return lambda tx, chosen: amountstore.by(tx, chosen, column)


def _spread(column: str) -> Sum:
    return lambda tx, chosen: amountstore.spreads(tx, chosen, column)


SUMS: dict[str, Sum] = {
    "by hour and weekday": amountstore.moments,
    "by month": _by("month"),
    "by unit": _by("unit"),
    "by kind": _by("kind"),
    "by place": _by("place"),
    "press to heard": _spread("heard"),
    "press to answered": _spread("answered"),
    "press to first there": _spread("arrived"),
    "unanswered steps": amountstore.steps,
    "outcomes, false and why": amountstore.outcomes,
    "kinds of violence": _violence,
    "follow-ups late": _followed_up,
}


async def counted(database: Database) -> int:
    """Counts what the journals hold, as a hub does beside its work; how many alarms there are."""
    began = time.monotonic()
    await Counting(database, SiteCache()).look()
    async with database.read() as tx:
        rows = await tx.rows(amountstore.alarm_amount.select())
    sys.stdout.write(f"counted {len(rows)} alarms from their journals in {time.monotonic() - began:.0f} s\n")
    return len(rows)


async def summed(database: Database, of: str, name: str) -> bool:
    """Each sum over one year, over three, and of one unit; whether all were in time."""
    rng, here = random.Random(3), month_of(SystemClock().now() - timedelta(days=30))
    in_time = True
    for title, asked in SUMS.items():
        took = []
        for n in range(TIMES):
            units = () if n % 2 else (f"u{rng.randrange(20)}",)
            chosen = Chosen(of, Months(here - (11 if n % 4 < 2 else 35), here), units)
            async with database.read() as tx:
                began = time.perf_counter()
                await asked(tx, chosen)
                took.append((time.perf_counter() - began) * 1000)
        took.sort()
        p95 = took[int(len(took) * 0.95) - 1]
        in_time &= p95 <= BUDGET_MS
        sys.stdout.write(
            f"{name:11} {title:24} median {took[len(took) // 2]:6.1f}   p95 {p95:6.1f}   longest {took[-1]:6.1f} ms"
            f"   of {BUDGET_MS}\n"
        )
        sys.stdout.flush()
    return in_time
