"""The page of KLE: the editions that were imported, and what a number was on a day."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.kle.kle import NUMBER, SUBJECT, Doubt, Keep, Kle, Level, Plan, Resolved, Retention, resolve
from hub.kle.klestore import kle
from hub.people.faults import say
from hub.people.localtime import read_day
from hub.web.admin import Desks, Visit
from hub.web.pages import Pages
from hub.web.render import Texts

PATH = "/admin/kle"


async def page(visit: Visit) -> Response:
    async with visit.reading() as tx:
        known = {plan: await kle(tx, plan) for plan in Plan}
    asked, day, say = _number(visit), _day(visit), visit.texts
    found = _looked_up(known[Plan.SUBJECTS], asked, day, say) if asked and not visit.entry.faults else None
    names = {Plan.SUBJECTS: say("Subjects"), Plan.FACETS: say("Action facets")}
    return await visit.show(
        "kle.html",
        editions=[
            (
                names[plan],
                one.published.isoformat(),
                len(one.entries),
                sum(e.keep is not None for e in one.entries.values()),
            )
            for plan in Plan
            for one in reversed(known[plan].editions)
        ],
        asked=asked,
        day=day.isoformat(),
        found=found,
    )


def _day(visit: Visit) -> date:
    zone = ZoneInfo(visit.site.institution.timezone)
    today = visit.hub.clock.now().astimezone(zone).date()
    written = visit.request.query_params.get("on", "").strip()
    try:
        return read_day(written) if written else today
    except ValueError:
        visit.entry.wrong("on", say("Write a day, such as 2026-11-22."))
        return today


def _number(visit: Visit) -> str:
    asked = visit.request.query_params.get("number", "").strip()
    if asked and (not NUMBER.fullmatch(asked) or len(asked) != SUBJECT):
        visit.entry.wrong("number", say("Write six digits with dots between them, such as 87.15.00."))
    return asked


def _looked_up(known: Kle, asked: str, day: date, say: Texts) -> dict[str, Any]:
    found = resolve(known, asked, Level.SUBJECT, day)
    entry = known.find(asked, day)
    kept = known.retention(asked, day)
    return {
        "title": entry.title if entry is not None else say("Not known on that day"),
        "doubt": doubt_words(found, known, say),
        "kept": kept_words(kept, say) if kept is not None else say("No edition says how long it is kept."),
    }


def doubt_words(found: Resolved, known: Kle, say: Texts) -> str:
    """What somebody must know of how a number came to be the one that is sent; nothing where it is the one itself."""
    others = ", ".join(f"{one} {known.title(one)}".strip() for one in found.proposals)
    match found.doubt:
        case Doubt.UNCHECKED:
            return say("No edition that holds then speaks of {number}: nobody has checked it.", number=found.asked)
        case Doubt.UNKNOWN:
            return say("{number} is not in the edition. Use instead: {others}.", number=found.asked, others=others)
        case Doubt.RETIRED:
            return say("{number} is no longer used. Use instead: {others}.", number=found.asked, others=others)
        case Doubt.COARSER:
            return say(
                "There is no number for all of {number} at that level, so the next above is used.", number=found.asked
            )
    return ""


def kept_words(kept: Retention, say: Texts) -> str:
    """How long a matter is kept, and by which edition."""
    then = say("Kept by the public archive") if kept.keep is Keep.KEEP else say("May be discarded")
    if kept.days is None:
        return say("{then}; no period is given (edition of {day}).", then=then, day=kept.edition)
    return say(
        "{then}; deleted here {n} days after its case is closed (edition of {day}).",
        then=then,
        n=kept.days,
        day=kept.edition,
    )


def kle_routes(pages: Pages) -> list[BaseRoute]:
    """The page, for those who manage the institution."""
    return [Desks(pages).page(PATH, page)]
