"""The pages of risks and reviews: what is shown in alarms, how long, and whether each opened card was in order."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.citizens import glassing, queries, risks, riskstore
from hub.citizens.citizen import Citizen, may_enter
from hub.citizens.glassing import Review
from hub.citizens.risk import LONGEST, MOST, USUAL, Standing
from hub.errors import NotFound
from hub.messaging import queries as said
from hub.people import access
from hub.people.entry import Entry
from hub.web.acute import reasons
from hub.web.admin import Desks, Visit
from hub.web.citizens import LIST, choices, told
from hub.web.conversations import looked
from hub.web.message_words import message
from hub.web.pages import Pages

PATH = f"{LIST}/risks"
REVIEWS = f"{LIST}/reviews"
MOST_SHOWN = 50


async def page(visit: Visit) -> Response:
    """The risks that hold, of those whom whoever asks may read of, and the form to note one."""
    citizens = visit.hub.citizens
    async with visit.reading() as tx:
        mine = {one.id: one for one in await queries.theirs(tx, citizens.seals, visit.by)}
        standing = await citizens.standing(tx, visit.by.institution)
    rooms = risks.places(visit.site, visit.by)
    found = [one for one in standing if one.risk.citizen in mine or one.risk.place in rooms]
    await citizens.looked(visit.by, "risks_listed", None, {"found": len(found)})
    quoted = await _quoted(visit)
    return await visit.show(
        "risks.html",
        risks=[_line(visit, one, mine, rooms) for one in found],
        people=[(f"citizen:{one}", name) for one, name in await choices(visit)],
        rooms=[(f"place:{one}", name) for one, name in rooms.items()],
        chosen=visit.entry.raw("about") or visit.request.query_params.get("about") or quoted.get("about", ""),
        quoted=quoted,
        reviews=access.administers(visit.by),
        usual=USUAL,
        most=MOST,
        longest=LONGEST,
        none_entered=Entry(),
    )


def _line(visit: Visit, one: Standing, mine: Mapping[str, Citizen], rooms: Mapping[str, str]) -> dict[str, Any]:
    whose = mine.get(one.risk.citizen or "")
    about = whose.name if whose is not None else rooms.get(one.risk.place or "", "")
    return told(visit, one.risk) | {"about": about, "citizen": one.risk.citizen}


async def _quoted(visit: Visit) -> dict[str, Any]:
    """The message that a risk is noted of, if it is one that whoever asks may read."""
    asked = _message(visit)
    if asked is None:
        return {}
    which, number = asked
    async with visit.reading() as tx:
        here = await visit.hub.messages.here(tx, visit.by)
        seen = await said.one(tx, visit.hub.messages, here, which, number + 1)
    found = next((one for one in seen.messages if one.number == number), None)
    if found is None:
        raise NotFound("message: there is no such message for you to read")
    await looked(visit.hub, visit.by, seen)
    whose = seen.conversation.about_id if seen.conversation.about.value == "citizen" else None
    about = {"about": f"citizen:{whose}"} if whose is not None else {}
    return {"conversation": which, "number": number, "shown": message(visit, here, found)} | about


def _message(visit: Visit) -> tuple[str, int] | None:
    given = visit.request.query_params
    which, number = (visit.entry.raw(name) or given.get(name, "") for name in ("conversation", "message"))
    return (which, int(number)) if which and number.isdecimal() and len(number) < 9 else None


async def note(visit: Visit) -> str:
    seals, asked = visit.hub.citizens.seals, _message(visit)
    await _quoted(visit)
    await visit.change(lambda change: risks.note(change, seals, visit.entry, asked), may_enter)
    return f"/messages/{asked[0]}?done=1#m{asked[1]}" if asked is not None else f"{PATH}?done=1"


async def renew(visit: Visit) -> str:
    seals = visit.hub.citizens.seals
    await visit.change(lambda change: risks.renew(change, seals, visit.entry, visit.which), may_enter)
    return f"{PATH}?done=1"


async def end(visit: Visit) -> str:
    seals = visit.hub.citizens.seals
    await visit.change(lambda change: risks.end(change, seals, visit.entry, visit.which), may_enter)
    return f"{PATH}?done=1"


async def noting(visit: Visit, which: str) -> dict[str, Any]:
    """Whether whoever reads a conversation may note risks, and until when its messages are shown in alarms as one."""
    async with visit.reading() as tx:
        found = await riskstore.of_messages(tx, visit.hub.citizens.seals.vault, visit.by.institution, which)
    now = visit.hub.clock.now()
    noted = {one.message: visit.local(one.until) for one in found if one.holds(now)}
    return {"notes": may_enter(visit.by), "noted": noted}


async def reviews(visit: Visit) -> Response:
    """The cards that were opened in alarms: those that wait for a word, and what was said of the others."""
    async with visit.reading() as tx:
        waiting, done = await glassing.reviews(tx, visit.hub.citizens.seals, visit.by, MOST_SHOWN)
    return await visit.show(
        "glass_reviews.html",
        waiting=[_review(visit, one) for one in waiting],
        done=[_review(visit, one) for one in done],
        none_entered=Entry(),
    )


def _review(visit: Visit, one: Review) -> dict[str, Any]:
    opening, people = one.opening, visit.site.people
    who, by = people.get(opening.person), people.get(opening.reviewed_by or "")
    return {
        "id": opening.id,
        "alarm": opening.alarm,
        "who": who.name if who is not None else opening.person,
        "own": opening.person == visit.by.person,
        # Who lives here is no administrator's to know.
        "citizen": one.citizen.name if one.citizen is not None and may_enter(visit.by) else "",
        "reason": reasons(visit.texts)[opening.reason.value],
        "words": opening.words,
        "at": visit.local(opening.opened_at),
        "until": visit.local(opening.until)[11:],
        "times": one.times,
        "in_order": opening.in_order,
        "verdict": opening.verdict,
        "reviewer": by.name if by is not None else opening.reviewed_by,
        "reviewed": visit.local(opening.reviewed_at),
    }


async def review(visit: Visit) -> str:
    seals = visit.hub.citizens.seals
    await visit.change(lambda change: glassing.review(change, seals, visit.entry, visit.which))
    return f"{REVIEWS}?done=1"


def risk_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of both; they come before that of one citizen."""
    desks = Desks(pages)
    return [
        desks.page(PATH, page, may_enter),
        desks.form(PATH, note, page, may_enter),
        desks.form(f"{PATH}/{{id}}/renew", renew, page, may_enter),
        desks.form(f"{PATH}/{{id}}/end", end, page, may_enter),
        desks.page(REVIEWS, reviews),
        desks.form(f"{REVIEWS}/{{id}}", review, reviews),
    ]
