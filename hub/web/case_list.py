"""The page of the register: its cases the newest first, and those that were searched for."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.cases import caseliststore, placing
from hub.cases.case import Case, What
from hub.cases.caseliststore import Asked, Page
from hub.citizens import citizen as rights_to
from hub.citizens import store as citizens
from hub.citizens.citizen import Citizen
from hub.citizens.citizen import subject as citizen_subject
from hub.incidents import rights
from hub.kle.kle import NUMBER
from hub.people.access import may_see_unit
from hub.people.faults import say
from hub.ports import Progress
from hub.storage.database import Reader
from hub.web import case_words as words
from hub.web import practice_words
from hub.web.admin import Desks, Visit
from hub.web.lists import day, place_after, read_place
from hub.web.pages import Pages

PATH = "/cases/register"
ASKED = ("number", "kle", "citizen", "state", "unit", "from", "to")


async def page(visit: Visit) -> Response:
    """The cases of the units that whoever asks leads; what was searched for is written down."""
    filled = {one: visit.entry.raw(one).strip() for one in ASKED if visit.entry.raw(one).strip()}
    async with visit.reading() as tx:
        about = await _about(visit, tx, filled)
        if about is not None:
            filled["citizen"] = about.id
        wanted = _asked(visit, filled)
        seal = await visit.hub.incidents.seals.to_read(tx)
        missed = bool(visit.entry.faults)
        found = Page((), None) if missed else await caseliststore.page(tx, seal, visit.by, wanted)
    if visit.entry.raw("cpr").strip():
        await visit.hub.citizens.looked(visit.by, "citizens_looked_up", None, {"found": int(about is not None)})
    await _looked(visit, filled, found)
    return await visit.show(
        "case_register.html",
        cases=[line(visit, one) for one in found.cases],
        after=place_after(found.after),
        asked=filled,
        about=about,
        narrow=bool(filled) or missed,
        states=list(words.progresses(visit.texts).items()),
        unit_choices=[(one.id, one.name) for one in visit.site.units.values() if may_see_unit(visit.by, one.id)],
    )


async def _about(visit: Visit, tx: Reader, filled: Mapping[str, str]) -> Citizen | None:
    """The citizen who has the number that was typed, or who was found by it before."""
    typed = visit.entry.raw("cpr").strip()
    which: str | None = filled.get("citizen")
    if typed:
        seal = await visit.hub.incidents.seals.to_read(tx)
        which = await placing.by_number(tx, seal, visit.by, typed)
    seal_of = await visit.hub.citizens.seals.to_read(tx, visit.by.institution)
    found = await citizens.find(tx, seal_of, which) if which else None
    if found is not None and rights_to.may_read(visit.by, found):
        return found
    if typed or which:
        visit.entry.wrong("cpr", say("Nobody of yours has this number: see that it is right, or add them first."))
    return None


def _asked(visit: Visit, filled: Mapping[str, str]) -> Asked:
    """What the list was asked for."""
    zone, number = ZoneInfo(visit.site.institution.timezone), filled.get("kle", "")
    if number and not NUMBER.fullmatch(number):
        visit.entry.wrong("kle", say("Write digits with dots between them: 87, 87.15 or 87.15.00."))
    until = day(filled.get("to", ""), zone)
    return Asked(
        number=filled.get("number", "")[:100],
        kle=number,
        citizen=filled.get("citizen"),
        state=Progress(filled["state"]) if filled.get("state") in list(Progress) else None,
        unit=filled.get("unit") if filled.get("unit") in visit.site.units else None,
        first=day(filled.get("from", ""), zone),
        end=until + timedelta(days=1) if until is not None else None,
        before=read_place(visit.entry.raw("before")),
    )


async def _looked(visit: Visit, filled: Mapping[str, str], found: Page) -> None:
    """Writes down that somebody looked, for what and, where it was for somebody's, at whom."""
    facts: dict[str, Any] = {name: text for name, text in filled.items() if name not in {"number", "kle"}}
    about = citizen_subject(filled["citizen"]) if "citizen" in filled else "cases"
    typed = " ".join(filled[one] for one in ("number", "kle") if one in filled)
    told = facts | {"found": len(found.cases)}
    await visit.hub.incidents.looked(visit.by, "cases_listed", about, told, typed)


def line(visit: Visit, one: Case) -> dict[str, Any]:
    """A case as a list shows it."""
    say, unit = visit.texts, visit.site.units.get(one.unit or "")
    return {
        "id": one.id,
        "number": one.number,
        "title": one.title,
        "area": practice_words.areas(say)[one.area],
        "unit": unit.name if unit is not None else "",
        "kle": " ".join(one.kle).strip(),
        "far": words.progresses(say)[one.progress.value],
        "since": visit.local(one.steps[-1].since) if one.steps else "",
        "closed": one.closed_at is not None,
        "elsewhere": [words.elsewhere(fact, say) for fact in one.standing(What.ELSEWHERE)],
    }


def case_list_routes(pages: Pages) -> list[BaseRoute]:
    """The routes, for those who lead; a search comes by form, for no number belongs in an address."""
    desks = Desks(pages)
    return [desks.page(PATH, page, rights.leads_here), desks.look(f"{PATH}/search", page, rights.leads_here)]
