"""The page of one incident's cases: what it becomes in the case system, and the number that each record has."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.cases import actions, gathering, practicestore
from hub.cases.practice import OF_PAPER
from hub.cases.recording import sort_words
from hub.incidents import queries
from hub.incidents.incident import Incident
from hub.incidents.queries import Seen
from hub.people.access import Principal
from hub.web.admin import Desks, Visit
from hub.web.pages import Pages
from hub.web.practice import read_facts, shown

PATH = "/cases"


def may_enter(by: Principal) -> bool:
    """Whoever has given their password; what each then finds is what they may read of the incident."""
    return by.person is not None and by.session is not None


async def page(visit: Visit) -> Response:
    seen, say = await _seen(visit), visit.texts
    facts = await read_facts(visit, seen.incident)
    async with visit.reading() as tx:
        found = await gathering.basis(tx, visit.site)
        tags = await practicestore.tags(tx, visit.by.institution, visit.which)
    mine = [one for one in found.records(facts, say) if OF_PAPER[one.sort] in seen.readable]
    names = sort_words(say)
    return await visit.show(
        "cases.html",
        incident=visit.which,
        title=_title(visit, seen.incident),
        records=[shown(visit, one, found) for one in mine],
        sorts=[(one.sort.value, names[one.sort]) for one in mine],
        tags=[
            (names[one.sort], one.kle, found.kle.title(one.kle), visit.local(one.since))
            for one in reversed(tags)
            if OF_PAPER[one.sort] in seen.readable
        ],
    )


async def _seen(visit: Visit) -> Seen:
    async with visit.reading() as tx:
        return await queries.one(tx, visit.hub.incidents.seals, visit.by, visit.which)


def _title(visit: Visit, one: Incident) -> str:
    unit = visit.site.units.get(one.unit or "")
    return " · ".join(part for part in (visit.local(one.happened_at), unit.name if unit is not None else "") if part)


async def retag(visit: Visit) -> str:
    await visit.change(lambda change: actions.retag(change, visit.entry, visit.which), may_enter)
    return f"{PATH}/{visit.which}?done=1"


def case_routes(pages: Pages) -> list[BaseRoute]:
    """The routes, for those who may read the incident."""
    desks = Desks(pages)
    here = f"{PATH}/{{id}}"
    return [desks.page(here, page, may_enter), desks.form(f"{here}/number", retag, page, may_enter)]
