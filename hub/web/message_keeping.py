"""How long a conversation is kept: said to those who take part, and changed by those who manage the house."""

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.errors import NotFound
from hub.incidents import store, talks
from hub.incidents.retaining import rules_of
from hub.incidents.retention import Ground, Other, Rules, Stage
from hub.incidents.retentionstore import Hold
from hub.incidents.talks import Matter, Talk
from hub.messaging import store as conversations
from hub.messaging.conversation import Conversation
from hub.messaging.frames import PREFIX
from hub.people.entry import LONGEST_REASON, Entry
from hub.people.faults import say
from hub.storage.database import Reader
from hub.web import incident_words
from hub.web.admin import Desks, Visit
from hub.web.incident_keeping import grounds, hold_line, paper_line
from hub.web.messages import LIST, may_enter
from hub.web.pages import Pages
from hub.web.render import Texts


def _sorts(say: Texts) -> dict[Other, str]:
    return {
        Other.ABOUT_CITIZEN: say("Conversation about a citizen"),
        Other.ABOUT_INCIDENT: say("Conversation about an incident"),
        Other.ABOUT_UNIT: say("Conversation about a unit"),
        Other.ABOUT_NOTHING: say("Conversation"),
    }


async def coming(visit: Visit, until: datetime, rules: Rules) -> AsyncIterator[tuple[Talk, dict[str, Any]]]:
    """The conversations whose time is over by then, as a list of them shows each: never what they are called."""
    now = visit.hub.clock.now()
    async for one in talks.old_enough(visit.hub.database, visit.by.institution, until, rules):
        if talks.may_keep(visit.by, one.matter) and one.due.stage(now) is not Stage.HELD:
            yield one, _line(visit, one.conversation, one.matter) | {"papers": [_due(visit, one, now)]}


def _line(visit: Visit, one: Conversation, about: Matter) -> dict[str, Any]:
    return {
        "address": f"{LIST}/{one.id}/keeping",
        "when": visit.local(one.last_at or one.opened_at),
        "unit": incident_words.unit_name(visit.site, about.unit) if about.unit else "",
        # What is done about it is done on its own page.
        "may_keep": False,
    }


def _due(visit: Visit, one: Talk, now: datetime) -> dict[str, Any]:
    return paper_line(visit, one.due, now, _sorts(visit.texts)[one.due.paper])


async def held(visit: Visit, tx: Reader, one: Hold) -> dict[str, Any] | None:
    """A conversation that somebody holds; None for what is no conversation, or another's to hold."""
    found = await conversations.find(tx, visit.by.institution, one.incident.removeprefix(PREFIX))
    about = await talks.matter(tx, found) if found is not None else None
    if found is None or about is None or not talks.may_keep(visit.by, about):
        return None
    return hold_line(visit, one) | _line(visit, found, about)


async def page(visit: Visit) -> Response:
    """When a conversation goes and what holds it; its reasons to those who may change that."""
    of, which, now = visit.by.institution, visit.which, visit.hub.clock.now()
    async with visit.reading() as tx:
        here = await visit.hub.messages.here(tx, visit.by)
        found = await conversations.find(tx, of, which)
        about = await talks.matter(tx, found) if found is not None else None
        keeps = about is not None and talks.may_keep(visit.by, about)
        if found is None or about is None or not (keeps or found.may_know(here.me, here.duties)):
            raise NotFound("No such conversation here.")
        one = await talks.reckoned(tx, of, which, await rules_of(tx, of))
        seal = await visit.hub.incidents.seals.to_read(tx)
        own = [each for each in about.holds if each.incident.startswith(PREFIX)]
        why = {each.seq: await store.remarked(tx, seal, of, each.seq) if keeps else None for each in own}
    say = visit.texts
    return await visit.show(
        "message_keeping.html",
        none_entered=Entry(),
        which=which,
        theirs=found.may_know(here.me, here.duties),
        keeps=keeps,
        archive=one is not None and one.due.stage(now) is Stage.ARCHIVE,
        held_with=about.held and not own,
        keeping={
            "address": f"{LIST}/{which}",
            "begins": say("Its time begins when nothing in it waits any more, and what it is about is closed."),
            "papers": [_due(visit, one, now)] if one is not None else [],
            "holds": [hold_line(visit, each, why[each.seq]) for each in own],
            "grounds": list(grounds(say).items()) if keeps else [],
        },
    )


async def hold(visit: Visit) -> str:
    ground, why = visit.entry.choice("ground", Ground), visit.entry.why()
    visit.entry.refuse_if_faulty()
    seals = visit.hub.incidents.seals
    work = partial(talks.hold, seals=seals, which=visit.which, ground=ground or Ground.COMPLAINT, why=why or "")
    await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{LIST}/{visit.which}/keeping?done=1"


async def lift(visit: Visit) -> str:
    seq = visit.number
    why = visit.entry.why()
    visit.entry.refuse_if_faulty()
    seals = visit.hub.incidents.seals
    work = partial(talks.lift, seals=seals, which=visit.which, seq=seq, why=why or "")
    await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{LIST}/{visit.which}/keeping?done=1"


async def archived(visit: Visit) -> str:
    receipt = visit.entry.needed(
        "receipt", say("Write what the archive called it, so that it can be found there."), LONGEST_REASON
    )
    visit.entry.refuse_if_faulty()
    async with visit.reading() as tx:
        rules = await rules_of(tx, visit.by.institution)
    seals = visit.hub.incidents.seals
    work = partial(talks.hand_over, seals=seals, which=visit.which, receipt=receipt, rules=rules)
    await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{LIST}/{visit.which}/keeping?done=1"


def keeping_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of how long conversations are kept."""
    desks, here = Desks(pages), f"{LIST}/{{id}}"
    return [
        desks.page(f"{here}/keeping", page, may_enter),
        desks.form(f"{here}/hold", hold, page),
        desks.form(f"{here}/hold/{{number}}/lift", lift, page),
        desks.form(f"{here}/archived", archived, page),
    ]
