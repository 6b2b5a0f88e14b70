"""The pages of cases: what waits for the case system, and what one incident becomes there."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.cases import actions, desk, gathering, practicestore, registerstore
from hub.cases.practice import OF_PAPER
from hub.cases.recording import sort_words
from hub.cases.register import ON_A_DESK, Entry
from hub.incidents import queries, rights
from hub.incidents import store as incidents
from hub.incidents.incident import Incident
from hub.incidents.queries import Seen
from hub.people.access import Principal
from hub.ports import Answer
from hub.web.admin import Desks, Visit
from hub.web.pages import Pages
from hub.web.practice import read_facts, shown
from hub.web.practice_keys import keys
from hub.web.render import Texts

PATH = "/cases"
MOST = 200


def may_enter(by: Principal) -> bool:
    """Whoever has given their password; what each then finds is what they may read of the incident."""
    return by.person is not None and by.session is not None


async def waiting(visit: Visit) -> Response:
    """What waits, what was refused, and what is in the case system: of papers that whoever asks may read."""
    say = visit.texts
    async with visit.reading() as tx:
        seal = await visit.hub.incidents.seals.to_read(tx)
        found = await registerstore.newest(tx, seal, visit.by.institution, MOST)
        safety = await incidents.safety(tx, visit.by.institution)
        of = {one.incident: await incidents.find(tx, visit.by.institution, one.incident) for one in found}
    mine = [
        one
        for one in found
        if (incident := of[one.incident]) is not None
        and rights.may_read(visit.by, OF_PAPER[one.sort], incident, safety)
    ]
    groups = [
        (say("Somebody must see to these"), [one for one in mine if one.answer in ON_A_DESK]),
        (say("Waiting for the case system"), [one for one in mine if one.open]),
        (say("In the case system"), [one for one in mine if one.answer is Answer.ACCEPTED]),
    ]
    told = [(name, [_entry(visit, one) for one in entries]) for name, entries in groups]
    return await visit.show("case_queue.html", groups=told)


def _entry(visit: Visit, one: Entry) -> dict[str, Any]:
    say, out = visit.texts, one.record
    targets = {str(value): label for key in keys(say) if key.name == "target" for value, label, _ in key.choices}
    return {
        "id": out.id,
        "incident": one.incident,
        "number": out.number,
        "version": one.version,
        "what": sort_words(say)[one.sort],
        "kle": f"{out.kle.number} {out.facet.number} {out.kle.title}".strip(),
        "title": out.title,
        "note": out.note,
        "case": out.case or "",
        "party": out.party.name if out.party is not None else "",
        "target": targets[one.target.value],
        "state": _state(visit, one, say),
        "reason": one.reason,
        "open": one.answer is not Answer.ACCEPTED,
        "sends": visit.hub.cases.ways.of_entry(one) is not None,
    }


def _state(visit: Visit, one: Entry, say: Texts) -> str:
    since = visit.local(one.since)
    if one.answer is Answer.ACCEPTED:
        return say("In {system} as {number} since {time}", system=one.system, number=one.reference, time=since)
    if one.answer in ON_A_DESK:
        return say("Refused {time}", time=since)
    if one.waits:
        return say("Something must be known first; waiting since {time}", time=since)
    if visit.hub.cases.ways.of_entry(one) is None:
        return say("To be copied by a person; waiting since {time}", time=since)
    return say("Waiting for the case system since {time}", time=since)


async def page(visit: Visit) -> Response:
    seen, say = await _seen(visit), visit.texts
    facts = await read_facts(visit, seen.incident, seen.readable)
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


async def record(visit: Visit) -> str:
    await visit.change(lambda change: desk.record(change, visit.hub.cases, visit.which), may_enter)
    return f"{PATH}/{visit.which}?done=1"


async def placed(visit: Visit) -> str:
    seals = visit.hub.incidents.seals
    await visit.change(lambda change: desk.place(change, seals, visit.entry, visit.which))
    return f"{PATH}?done=1"


async def again(visit: Visit) -> str:
    hub = visit.hub
    await visit.change(lambda change: desk.again(change, hub.incidents.seals, hub.cases, visit.which))
    return f"{PATH}?done=1"


def case_routes(pages: Pages) -> list[BaseRoute]:
    """The routes, for those who may read the incident."""
    desks = Desks(pages)
    here = f"{PATH}/{{id}}"
    entry = f"{PATH}/records/{{id}}"
    return [
        desks.page(PATH, waiting),
        desks.form(f"{entry}/placed", placed, waiting),
        desks.form(f"{entry}/again", again, waiting),
        desks.page(here, page, may_enter),
        desks.form(f"{here}/number", retag, page, may_enter),
        desks.form(f"{here}/record", record, page, may_enter),
    ]
