"""The pages of case practice: what holds in each area, and the editor that says what follows from each choice."""

from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.cases import actions, gathering, practicestore
from hub.cases.choices import as_values
from hub.cases.example import AGO, example
from hub.cases.gathering import Basis
from hub.cases.practice import OF_PAPER, PROFILES, Area, Dated, Practice, in_force
from hub.cases.recording import IncidentFacts, Record, recorded, sort_words
from hub.errors import NotFound
from hub.incidents import queries, rights
from hub.incidents import store as incidents
from hub.incidents.incident import Incident
from hub.incidents.liststore import Asked
from hub.incidents.paper import Paper
from hub.incidents.tasks import subject
from hub.web import incident_words
from hub.web import practice_words as words
from hub.web.admin import Desks, Visit
from hub.web.case_words import progresses
from hub.web.kle import doubt_words, kept_words
from hub.web.pages import Pages
from hub.web.practice_keys import keys
from hub.web.render import Texts

PATH = "/admin/practice"
MOST_OFFERED = 20


async def page(visit: Visit) -> Response:
    found, houses, keeper = await _decided(visit)
    say, now = visit.texts, visit.hub.clock.now()
    names = words.areas(say)
    return await visit.show(
        "practice.html",
        areas=[
            {
                "id": area.value,
                "name": names[area],
                "says": _said(in_force(found.versions, area, now) or gathering.DEFAULT, say),
                "chosen": in_force(found.versions, area, now) is not None,
                "versions": [
                    _version(visit, one, found, houses) for one in reversed(found.versions) if one.area is area
                ],
            }
            for area in Area
        ],
        decides=actions.may_decide(visit.by, keeper),
        keeper=houses.get(keeper or "", ""),
        houses=list(houses.values()),
        area=found.area.value,
        area_choices=[(area.value, names[area]) for area in Area if area is not Area.WORK],
    )


async def _decided(visit: Visit) -> tuple[Basis, dict[str, str], str | None]:
    """What holds, in which of the municipality's institutions, and which of them decides."""
    municipality = visit.site.institution.municipality
    async with visit.reading() as tx:
        found = await gathering.basis(tx, visit.site)
        return found, await practicestore.houses(tx, municipality), await practicestore.keeper(tx, municipality)


def _said(practice: Practice, say: Texts) -> list[tuple[str, str, str]]:
    """A practice in words: each question, what was chosen, and what follows from it."""
    values = as_values(practice)
    chosen = {key.name: next(one for one in key.choices if one[0] == str(values[key.name])) for key in keys(say)}
    return [(key.label, *chosen[key.name][1:]) for key in keys(say)]


def _version(visit: Visit, one: Dated, found: Basis, houses: dict[str, str]) -> dict[str, Any]:
    person = visit.site.people.get(one.made_by)
    # Who works in another house is no name for this one's page.
    here = one.house in ("", visit.site.institution.id) and person is not None
    return {
        "since": visit.local(one.since),
        "who": person.name if here and person is not None else houses.get(one.house, one.house),
        "planned": one.since > visit.hub.clock.now(),
        "number": found.versions.index(one),
    }


def _area(visit: Visit) -> Area:
    if visit.which not in list(Area):
        raise NotFound("There is no such area.")
    return Area(visit.which)


async def edit(visit: Visit) -> Response:
    """The editor, filled with what holds, with an earlier version, with a profile, or with what was typed."""
    area, say = _area(visit), visit.texts
    found, houses, keeper = await _decided(visit)
    before = _begun(visit, found, area)
    practice = actions.read(visit.entry, before) if visit.entry else before
    offered = await _offered(visit)
    shown = await _preview(visit, found, area, practice, offered)
    return await visit.show(
        "practice_edit.html",
        area=area.value,
        area_name=words.areas(say)[area],
        keys=keys(say),
        values=_plain(practice),
        sorts=[(sort.value, name) for sort, name in sort_words(say).items() if _in_area(sort, area)],
        parties=words.parties(say),
        sensitivities=words.sensitivities(say),
        editions=[(one.published.isoformat(), one.published.isoformat()) for one in reversed(found.kle.editions)],
        profiles=list(words.profiles(say).items()),
        begun=visit.request.query_params.get("from", ""),
        incident=_incident(visit),
        decides=actions.may_decide(visit.by, keeper),
        keeper=houses.get(keeper or "", ""),
        offered=[("", say("A made-up incident")), *((one.id, _offer(visit, one)) for one in offered)],
        records=shown,
    )


def _plain(practice: Practice) -> dict[str, Any]:
    """A practice's values as a form compares them."""
    values = {key: "" if value is None else value for key, value in as_values(practice).items()}
    return {key: str(value) if isinstance(value, int) else value for key, value in values.items()}


def _in_area(sort: Any, area: Area) -> bool:
    return (OF_PAPER[sort] is Paper.WORK) is (area is Area.WORK)


def _begun(visit: Visit, found: Basis, area: Area) -> Practice:
    wanted = visit.entry.raw("from") or visit.request.query_params.get("from", "")
    if wanted in PROFILES:
        return PROFILES[wanted]
    mine = {str(number): one.practice for number, one in enumerate(found.versions) if one.area is area}
    return mine.get(wanted) or in_force(found.versions, area, visit.hub.clock.now()) or gathering.DEFAULT


async def _offered(visit: Visit) -> list[Incident]:
    """The newest incidents that whoever asks may read whole, and so may see as they would be sent."""
    async with visit.reading() as tx:
        found = await queries.page(tx, visit.hub.incidents.seals, visit.by, Asked(), MOST_OFFERED)
    return [
        one for one in found.incidents if all(rights.may_read(visit.by, paper, one, found.safety) for paper in Paper)
    ]


def _offer(visit: Visit, one: Incident) -> str:
    kinds = incident_words.kinds(visit.texts)
    said = ", ".join(kinds[kind.value] for kind in one.kinds)
    return f"{visit.local(one.happened_at)} {incident_words.unit_name(visit.site, one.unit)} {said}".strip()


def _incident(visit: Visit) -> str:
    """Which incident the practice is tried on; none is a made-up one."""
    return visit.entry.raw("incident") or visit.request.query_params.get("incident", "")


async def _preview(
    visit: Visit, found: Basis, area: Area, practice: Practice, offered: list[Incident]
) -> list[dict[str, Any]]:
    say, wanted = visit.texts, _incident(visit)
    one = next((one for one in offered if one.id == wanted), None)
    paper = Paper.WORK if area is Area.WORK else Paper.CASE
    if one is not None:
        facts = await read_facts(visit, one, {paper})
    else:
        house = visit.site.institution
        facts = example(visit.hub.clock.now() - AGO, house.municipality, house.name, ZoneInfo(house.timezone), say)
    now = in_force(found.versions, area, visit.hub.clock.now()) or gathering.DEFAULT
    made, held = [
        [shown(visit, one, found) for one in recorded(facts, paper, area, tried, found.kle, found.facets, say)]
        for tried in (practice, now)
    ]
    before = {one["sort"]: one for one in held}
    return [one | {"was": _was(one, before.get(one["sort"]), say)} for one in made]


def _was(one: Mapping[str, Any], before: Mapping[str, Any] | None, say: Texts) -> dict[str, str]:
    """What the practice that holds now makes of the same, where that is another thing."""
    if before is None:
        return {}
    known = dict(before["facts"])
    differ = {term: known[term] or say("(nothing)") for term, value in one["facts"] if known[term] != value}
    return differ | ({"": before["note"]} if before["note"] != one["note"] else {})


async def read_facts(visit: Visit, one: Incident, papers: Collection[Paper]) -> IncidentFacts:
    """An incident's facts, after it is written down that what these papers say was read."""
    facts = {"papers": [paper.value for paper in Paper if paper in papers]}
    await visit.hub.incidents.looked(visit.by, "incident_read", subject(one.id), facts)
    async with visit.reading() as tx:
        whole = await incidents.find(tx, one.institution, one.id) or one
        return await gathering.facts_of(tx, await visit.hub.incidents.seals.to_read(tx), visit.site, whole)


def shown(visit: Visit, record: Record, found: Basis) -> dict[str, Any]:
    """One record in the words of whoever looks."""
    say, out = visit.texts, record.out
    forms = {key.name: {str(value): label for value, label, _ in key.choices} for key in keys(say)}
    facet, far = f" {out.facet.number}", progresses(say)
    return {
        "sort": record.sort.value,
        "what": sort_words(say)[record.sort],
        "facts": [
            (say("Becomes"), forms["record_as"][out.form.value]),
            (say("Goes"), forms["target"][record.target.value]),
            (say("Title, as the public may read it"), out.title),
            (say("Number (KLE)"), f"{out.kle.number}{facet} {out.kle.title}".strip()),
            (say("Also about"), ", ".join(one.number for one in out.related)),
            (say("Belongs to case"), out.case or ""),
            (say("About"), _about(record, say)),
            (say("Sensitivity"), dict(words.sensitivities(say))[out.sensitivity.value]),
            (say("The citizen's own view"), say("Left out") if out.hidden else say("Shown")),
            (say("How far"), " → ".join(f"{far[one.progress.value]} {visit.local(one.since)}" for one in out.steps)),
            (say("Local status"), out.status),
            (say("Kept"), kept_words(record.retention, say) if record.retention is not None else ""),
        ],
        "note": out.note,
        "was": {},
        "remarks": [
            *([doubt_words(record.number, found.kle, say)] if record.number.doubt is not None else []),
            *([words.waits(say)[record.waits]] if record.waits is not None else []),
        ],
    }


def _about(record: Record, say: Texts) -> str:
    if record.out.party is not None:
        return record.out.party.name
    waits = record.waits is not None and OF_PAPER[record.sort] is Paper.CASE
    return say("Not known yet") if waits else say("Nobody: the municipality's own matter")


async def put_in_force(visit: Visit) -> str:
    area = _area(visit)
    async with visit.reading() as tx:
        found = await gathering.basis(tx, visit.site)
    before = _begun(visit, found, area)
    facts = await visit.change(lambda change: actions.put_in_force(change, visit.entry, area, before))
    hub = visit.hub
    await actions.tell_houses(hub.database, hub.clock.now(), visit.site.institution, facts)
    return f"{PATH}?done=1"


async def choose_area(visit: Visit) -> str:
    await visit.change(lambda change: actions.choose_area(change, visit.entry))
    return f"{PATH}?done=1"


def practice_routes(pages: Pages) -> list[BaseRoute]:
    """The routes, for those who manage the institution."""
    desks = Desks(pages)
    here = f"{PATH}/{{id}}"
    return [
        desks.page(PATH, page),
        desks.form(PATH, choose_area, page),
        desks.page(here, edit),
        desks.look(f"{here}/trial", edit),
        desks.form(here, put_in_force, edit),
    ]
