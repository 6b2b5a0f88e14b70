"""What whoever comes to an alarm may read of citizens: its risks, and one card at a time behind glass."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import AwareDatetime
from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.cases import casestore
from hub.cases.case import Case, What
from hub.citizens import glassing, glassstore
from hub.citizens.citizen import subject
from hub.citizens.glass import CHOICES, USUAL, Reason, refuse_unless_called
from hub.clock import rfc3339
from hub.errors import HubError
from hub.people.access import Principal
from hub.people.faults import Text
from hub.web.admin import Desks, Visit
from hub.web.api import PROBLEMS, Caller, Hub
from hub.web.case_list import line
from hub.web.citizens import home
from hub.web.pages import Pages
from hub.web.render import Texts
from hub.web.shown import Shown

router = APIRouter(prefix="/api/alarms", responses=PROBLEMS)
Which = Annotated[str, Path(max_length=200)]


class RiskShown(Shown):
    """What may happen, what one does then, and whose risk it is; of a place's, nobody's."""

    id: str
    text: str
    todo: str
    citizen: str
    until: AwareDatetime


class RisksShown(Shown):
    """Whether there are any, those that the caller may read, and whether they may open more."""

    there: bool
    risks: list[RiskShown]
    opens: bool


class RisksFrame(Shown):
    """What is known where an open alarm is has changed: whoever shows it asks anew, and is told what is theirs."""

    type: Literal["risks"]
    alarm: str


@router.get("/{alarm}/risks", responses={200: {"model": RisksShown}})
async def risks(hub: Hub, by: Caller, alarm: Which) -> dict[str, Any]:
    """The risks that are known where an open alarm is, for those who come to it; that they were shown is written down.

    A screen on a wall is told only that there are some.
    """
    found = await hub.citizens.in_alarm(by, alarm)
    shown = [
        {"id": one.id, "text": one.text, "todo": one.todo, "citizen": whose, "until": rfc3339(one.until)}
        for one, whose in found.risks
    ]
    return {"there": found.there, "risks": shown, "opens": found.opens}


def may_come(by: Principal) -> bool:
    """Every person, also on their own phone: whether they have answered the alarm is asked of the alarm."""
    return by.person is not None


async def choose(visit: Visit) -> Response:
    """Whom whoever comes to an alarm can open the card of."""
    seals, obstacle = visit.hub.citizens.seals, None
    async with visit.reading() as tx:
        alarm = await glassing.alarm_of(tx, visit.by, visit.which)
        try:
            refuse_unless_called(visit.by, alarm)
            found = await glassing.there(tx, seals, alarm)
            mine = await glassstore.theirs(tx, seals.vault, visit.by.institution, alarm.id, visit.by.name)
        except HubError as refusal:
            obstacle, found, mine = getattr(refusal, "text", Text(refusal.detail)), [], []
    if found:
        await visit.hub.citizens.looked(visit.by, "citizens_offered", None, {"alarm": alarm.id, "found": len(found)})
    now, names = visit.hub.clock.now(), {one.id: one.name for one in found}
    return await visit.show(
        "glass_choose.html",
        alarm=alarm.id,
        obstacle=obstacle,
        citizens=[(one.id, one.name, home(visit, one)) for one in found],
        open=[
            (one.id, names[one.citizen], visit.local(one.until))
            for one in mine
            if one.lasts(alarm, now) and one.citizen in names
        ],
        reasons=[(value, words, "") for value, words in reasons(visit.texts).items()],
        minutes=[(str(one), str(one)) for one in CHOICES],
        usual=USUAL,
    )


def reasons(say: Texts) -> dict[str, str]:
    """Why a card may be opened, as one says it in a hurry."""
    words = {
        Reason.DANGER: say("Somebody is in danger"),
        Reason.CALM: say("I must know what calms them"),
        Reason.ILL: say("They are ill or hurt"),
        Reason.MISSING: say("They are missing"),
        Reason.OTHER: say("Something else: I write it below"),
    }
    return {reason.value: text for reason, text in words.items()}


async def open_card(visit: Visit) -> str:
    hub = visit.hub
    channels = hub.messages.ways.channels
    opened = await visit.change(
        lambda change: glassing.open_card(change, hub.citizens.seals, visit.entry, visit.which, channels), may_come
    )
    return f"/alarms/{visit.which}/citizens/{opened}"


async def card(visit: Visit) -> Response:
    """One citizen's card, while it is open; each look is written down."""
    hub, which = visit.hub, str(visit.request.path_params["opening"])
    found = await glassing.read(hub.database, hub.clock, hub.citizens.seals, visit.by, which)
    cases = await _cases(visit, found.citizen.id, which)
    return await visit.show(
        "glass_card.html",
        alarm=found.alarm.id,
        one=found.citizen,
        home=home(visit, found.citizen),
        until=visit.local(found.opening.until)[11:],
        ends=rfc3339(found.opening.until),
        risks=found.risks,
        cases=[_least(visit, one) for one in cases],
    )


async def _cases(visit: Visit, whose: str, opening: str) -> list[Case]:
    """A citizen's open cases; that they were shown behind glass is written down first."""
    async with visit.reading() as tx:
        seal = await visit.hub.incidents.seals.to_read(tx)
        known = await casestore.naming(tx, seal, visit.by.institution, What.CITIZEN, whose)
    found = [one for one in known if one.closed_at is None]
    if found:
        told = {"cases": len(found), "glass": opening}
        await visit.hub.incidents.looked(visit.by, "citizen_cases_read", subject(whose), told)
    return found


def _least(visit: Visit, one: Case) -> dict[str, Any]:
    """As much of a case as is needed to ask those who have it: its name, where it is, how far, and who takes part."""
    shown = line(visit, one)
    where = ", ".join(shown["elsewhere"]) or one.number
    return {
        "title": one.title,
        "detail": " · ".join(part for part in (where, shown["area"], f"{shown['far']} {shown['since']}") if part),
        "parties": [fact.words for fact in one.standing(What.PARTY)],
    }


def acute_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of the cards behind glass."""
    desks, here = Desks(pages), "/alarms/{id}/citizens"
    return [
        desks.page(here, choose, may_come),
        desks.form(here, open_card, choose, may_come),
        desks.page(f"{here}/{{opening}}", card, may_come),
    ]
