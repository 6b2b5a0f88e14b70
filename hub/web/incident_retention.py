"""How long records are kept, on one page for all: what waits for the archive, is held, or goes next."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.errors import NotFound
from hub.incidents import holding, retentionstore, rights, store
from hub.incidents.paper import Paper
from hub.incidents.retaining import Reckoned, old_enough, rules_of
from hub.incidents.retention import Ground, Stage
from hub.incidents.retentionstore import Hold
from hub.messaging.frames import PREFIX
from hub.people import access
from hub.people.entry import LONGEST_REASON, Entry
from hub.people.faults import say
from hub.storage.database import Reader
from hub.web import incident_words as words
from hub.web import message_keeping
from hub.web.admin import Desks, Visit
from hub.web.incident_keeping import hold_line, keeps, paper_line, titled
from hub.web.incident_notes import LIST
from hub.web.incidents import one
from hub.web.pages import Pages

AHEAD = timedelta(days=90)
MOST = 200
OPEN_TOO_LONG = timedelta(days=365)
DESK = f"{LIST}/retention"


def _line(visit: Visit, record: Reckoned, now: datetime) -> dict[str, Any]:
    found = record.incident
    return {
        "address": f"{LIST}/{found.id}",
        "when": visit.local(found.happened_at),
        "unit": words.unit_name(visit.site, found.unit),
        "papers": [paper_line(visit, due, now, titled(visit.texts, due)) for due in record.written],
        "may_keep": holding.may_keep(visit.by, found),
    }


async def page(visit: Visit) -> Response:
    """What waits, what is held and what goes next, of the units of whoever asks."""
    hub, of, now = visit.hub, visit.by.institution, visit.hub.clock.now()
    waits, comes = [], []
    async for record in old_enough(hub.database, hub.incidents.seals, of, now + AHEAD):
        stages = {due.stage(now) for due in record.written}
        if not access.may_see_unit(visit.by, record.incident.unit) or Stage.HELD in stages:
            continue
        if Stage.ARCHIVE in stages:
            waits.append(_line(visit, record, now))
        elif any(due.at <= now + AHEAD for due in record.written):
            comes.append((min(due.at for due in record.written), _line(visit, record, now)))
    async with visit.reading() as tx:
        rules = await rules_of(tx, of)
    async for talk, line in message_keeping.coming(visit, now + AHEAD, rules):
        if talk.due.stage(now) is Stage.ARCHIVE:
            waits.append(line)
        else:
            comes.append((talk.due.at, line))
    async with visit.reading() as tx:
        held = [await _held(visit, tx, one) for one in await retentionstore.holds(tx, of)]
        unclosed = await retentionstore.open_since(tx, of, now - OPEN_TOO_LONG)
    comes.sort(key=lambda pair: pair[0])
    return await visit.show(
        "incident_retention.html",
        none_entered=Entry(),
        waits=waits[:MOST],
        comes=[line for _, line in comes[:MOST]],
        held=[one for one in held if one is not None],
        more=max(0, len(waits) - MOST) + max(0, len(comes) - MOST),
        unclosed=unclosed,
        rules=[
            (record.name, record.number, period.edition.isoformat(), keeps(visit.texts)[period.keep.value], period)
            for record in rules.book.records
            for period in rules.book.periods[record.key]
        ],
    )


async def _held(visit: Visit, tx: Reader, held: Hold) -> dict[str, Any] | None:
    if held.incident.startswith(PREFIX):
        return await message_keeping.held(visit, tx, held)
    found = await store.find(tx, visit.by.institution, held.incident)
    if found is None or not access.may_see_unit(visit.by, found.unit):
        return None
    return {
        **hold_line(visit, held),
        "address": f"{LIST}/{held.incident}",
        "when": visit.local(found.happened_at),
        "unit": words.unit_name(visit.site, found.unit),
    }


async def _page_of_one(visit: Visit) -> Response:
    return await one(visit)


async def hold(visit: Visit) -> str:
    ground, why = visit.entry.choice("ground", Ground), visit.entry.why()
    visit.entry.refuse_if_faulty()
    work = partial(
        holding.hold,
        seals=visit.hub.incidents.seals,
        which=visit.which,
        ground=ground or Ground.COMPLAINT,
        why=why or "",
    )
    await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{LIST}/{visit.which}?done=1"


async def lift(visit: Visit) -> str:
    seq = visit.number
    why = visit.entry.why()
    visit.entry.refuse_if_faulty()
    work = partial(holding.lift, seals=visit.hub.incidents.seals, which=visit.which, seq=seq, why=why or "")
    await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{LIST}/{visit.which}?done=1"


async def archived(visit: Visit) -> str:
    name = visit.request.path_params["paper"]
    if name not in list(Paper):
        raise NotFound("No such paper here.")
    receipt = visit.entry.needed(
        "receipt", say("Write what the archive called it, so that it can be found there."), LONGEST_REASON
    )
    visit.entry.refuse_if_faulty()
    async with visit.reading() as tx:
        rules = await rules_of(tx, visit.by.institution)
    work = partial(
        holding.hand_over,
        rules=rules,
        seals=visit.hub.incidents.seals,
        which=visit.which,
        paper=Paper(name),
        receipt=receipt,
    )
    await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{DESK}?done=1"


def retention_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of how long incidents are kept."""
    desks, may, here = Desks(pages), rights.may_enter, f"{LIST}/{{id}}"
    return [
        desks.page(DESK, page),
        desks.form(f"{here}/hold", hold, _page_of_one, may),
        desks.form(f"{here}/hold/{{number}}/lift", lift, _page_of_one, may),
        desks.form(f"{here}/{{paper}}/archived", archived, page),
    ]
