"""Two incidents that were one event, and what was another event after all: looked at before it is done."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.errors import NotFound
from hub.incidents import incident as life
from hub.incidents import joining, queries, rights
from hub.incidents.incident import Incident, Signer, State
from hub.incidents.liststore import Asked
from hub.incidents.paper import Paper
from hub.incidents.queries import Seen
from hub.people.faults import say
from hub.web import incident_notes as notes
from hub.web import incident_words as words
from hub.web.admin import Desks, Visit
from hub.web.incident_list import line
from hub.web.incident_notes import LIST
from hub.web.pages import Pages

# What was one event began within so long.
NEAR = timedelta(hours=24)


async def page(visit: Visit) -> Response:
    """What it could be joined with, and what could be taken out of it; who reads the papers then is said before."""
    seals, by = visit.hub.incidents.seals, visit.by
    async with visit.reading() as tx:
        seen = await queries.one(tx, seals, by, visit.which)
        if not may_join(visit, seen.incident, seen.safety):
            raise NotFound("There is nothing to join or to take apart here.")
        around = Asked(first=seen.incident.happened_at - NEAR, end=seen.incident.happened_at + NEAR)
        near = (await queries.page(tx, seals, by, around)).incidents
        courses = await queries.courses(tx, visit.hub.alarms, by, seen.incident)
        asked = visit.entry.raw("other") or visit.request.query_params.get("with", "")
        other = next((one for one in near if one.id == asked), None)
        found = await queries.one(tx, seals, by, other.id) if other is not None else None
    others = [one for one in near if one.id != visit.which and may_join(visit, one, seen.safety)]
    return await visit.show(
        "incident_join.html",
        which=visit.which,
        line=line(visit, seen.incident, seen.safety),
        near=[(one.id, _said(visit, one, seen.safety)) for one in others],
        other=(found.incident.id, _said(visit, found.incident, seen.safety)) if found is not None else None,
        readers=_readers(visit, seen, found) if found is not None and found.incident in others else {},
        parts=_parts(visit, seen, courses),
    )


def may_join(visit: Visit, incident: Incident, safety: frozenset[str]) -> bool:
    """The unit's leader, as long as it is open."""
    leads = rights.signs_as(visit.by, incident, safety) is Signer.LEADER
    return leads and incident.state is not State.SIGNED and incident.joined_to is None


def _said(visit: Visit, incident: Incident, safety: frozenset[str]) -> str:
    return " · ".join(cell for cell in line(visit, incident, safety).cells if cell)


def _readers(visit: Visit, seen: Seen, found: Seen) -> Mapping[str, Any]:
    """Who reads each paper once they are one."""
    after, _ = life.one_event(seen.incident, found.incident)
    return {
        words.papers(visit.texts)[paper.value]: notes.readers(visit, paper, [after], seen.safety) for paper in Paper
    }


def _parts(visit: Visit, seen: Seen, courses: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What could be taken out: incidents that were joined with it, and alarms where there are more than one."""
    found: dict[str, tuple[str, list[str]]] = {}
    for entry in seen.entries:
        if entry.event == "incident_joined" and "from" in entry.facts:
            when = words.joined(visit.local(entry.at), visit.texts)
            found[entry.facts["from"]] = (when, list(entry.facts["alarms"]))
        elif entry.event == "incident_parted":
            found.pop(entry.facts["to"], None)
    inside = {alarm for _, alarms in found.values() for alarm in alarms}
    alone = [one for one in courses if one["id"] not in inside] if len(seen.incident.alarms) > 1 else []
    told = []
    for one in alone:
        # An alarm that was pressed nowhere in particular has no place at all.
        of = notes.told_of(visit, one["kind"], one.get("place"), one["unit"])
        told.append((one["id"], " · ".join((*of, one["raised_by_name"]))))
    return [(which, when) for which, (when, _) in found.items()] + told


async def join(visit: Visit) -> str:
    other = visit.entry.text("other")
    if other is None:
        visit.entry.wrong("other", say("Choose which incident was the same event."))
    visit.entry.refuse_if_faulty()
    work = partial(joining.join, incidents=visit.hub.incidents, which=visit.which, other=other or "")
    await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{LIST}/{visit.which}?done=1"


async def part(visit: Visit) -> str:
    work = partial(
        joining.part, incidents=visit.hub.incidents, site=visit.site, which=visit.which, other=visit.entry.raw("other")
    )
    apart = await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{LIST}/{apart}?done=1"


def incident_join_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of joining and taking apart."""
    desks, here = Desks(pages), f"{LIST}/{{id}}"
    return [
        desks.page(f"{here}/join", page, rights.may_enter),
        desks.form(f"{here}/join", join, page, rights.may_enter),
        desks.form(f"{here}/part", part, page, rights.may_enter),
    ]
