"""One incident whole: its papers, its course, its corrections and its signatures."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.alarms.outcome import FalseBecause
from hub.incidents import queries, rights
from hub.incidents.clockstore import clocks
from hub.incidents.incident import Incident, Outcome, Signer
from hub.incidents.paper import Paper, asked_by, standing
from hub.incidents.queries import Seen
from hub.incidents.tasks import subject
from hub.people import access, deskstore
from hub.people.entry import LONGEST_REASON, Entry
from hub.people.faults import say
from hub.web import incident_forms as forms
from hub.web import incident_keeping as keeping
from hub.web import incident_notes as notes
from hub.web import incident_story as story
from hub.web import incident_tasks as todo
from hub.web import incident_words as words
from hub.web.admin import Desks, Visit
from hub.web.citizens import about_incident, of_incident
from hub.web.incident_join import incident_join_routes, may_join
from hub.web.incident_list import incident_list_routes, line
from hub.web.incident_notes import LIST
from hub.web.incident_print import offered, print_routes
from hub.web.pages import Pages
from hub.web.render import Texts
from hub.web.statistics import statistics_routes


async def one(visit: Visit, *, why: str | None = None) -> Response:
    """One incident as whoever asks may see it; that they have is written down first."""
    which = visit.which
    async with visit.reading() as tx:
        seen = await queries.one(tx, visit.hub.incidents.seals, visit.by, which, glass=why is not None)
        courses = await queries.courses(tx, visit.hub.alarms, visit.by, seen.incident)
        rules = {version.number: version.name for version in await deskstore.rules(tx, visit.by.institution)}
        remarks = await queries.remarks(tx, visit.hub.incidents.seals, seen)
        book = await clocks(tx, visit.by.institution)
    facts: dict[str, Any] = {"papers": sorted(seen.readable)} | ({"glass": True} if why is not None else {})
    await visit.hub.incidents.looked(visit.by, "incident_read", subject(which), facts, why)
    incident, site, texts = seen.incident, visit.site, visit.texts
    summary = line(visit, incident, seen.safety)
    leads = rights.signs_as(visit.by, incident, seen.safety)
    return await visit.show(
        "incident.html",
        incident=incident,
        title=words.headline(
            incident, summary.cells[1], summary.cells[2], texts, open_book=Paper.WORK in seen.readable
        ),
        line=summary,
        none_entered=Entry(),
        papers=[(paper.value, words.papers(texts)[paper.value], _paper(visit, seen, paper)) for paper in Paper],
        writable=[paper.value for paper in Paper if paper in seen.writable],
        readable=[paper.value for paper in Paper if paper in seen.readable],
        readers={paper.value: notes.readers(visit, paper, [incident], seen.safety) for paper in Paper},
        courses=[story.course(visit, course) for course in courses],
        reports=offered(visit, seen) if why is None else [],
        in_force=story.in_force(seen.entries, site, rules, texts),
        tasks=[todo.line(visit, task, seen, book) for task in seen.tasks],
        colleagues=[(one.id, one.name) for one in site.people.values()],
        history=story.history(visit, seen.entries, remarks) if leads is Signer.LEADER or why is not None else [],
        corrects=rights.may_correct(visit.by, incident, seen.safety) and incident.joined_to is None,
        joins=may_join(visit, incident, seen.safety),
        **_came(incident, texts),
        signs=leads if leads not in incident.signatures and incident.joined_to is None else None,
        leads=leads is Signer.LEADER,
        needs_safety=Signer.SAFETY in rights.needed(site, incident, seen.safety),
        signatures=[
            (signer.value, words.who(site, one.who), visit.local(one.at)) for signer, one in incident.signatures.items()
        ],
        glass=rights.may_break_glass(visit.by, incident) and why is None,
        keeping=await keeping.keeping(visit, which),
        **await of_incident(visit, seen),
    )


def _came(incident: Incident, say: Texts) -> dict[str, Any]:
    """What came of it, and what could have."""
    return {
        "outcome": words.outcome(incident.outcome, incident.false_because, say),
        "outcomes": list(words.outcomes(say).items()),
        "reasons": list(words.false_because(say).items()),
    }


def _paper(visit: Visit, seen: Seen, paper: Paper) -> list[tuple[str, list[dict[str, Any]]]]:
    """What stands in a paper: each question with what each has said, and what that corrects."""
    asked_words, ticks = words.questions(visit.texts), words.kinds(visit.texts) | words.facts(visit.texts)

    def shown(value: str, *, shared: bool) -> str:
        return ", ".join(ticks[one] for one in value.split()) if shared else value

    found = []
    for question in asked_by(paper):
        said = [
            {
                "who": words.who(visit.site, one.now.by),
                "at": visit.local(one.now.at),
                "text": shown(one.now.value, shared=question.shared),
                "earlier": [
                    (
                        visit.local(before.at),
                        words.who(visit.site, before.by),
                        shown(before.value, shared=question.shared),
                    )
                    for before in one.earlier
                ],
            }
            for one in standing(seen.said, question)
        ]
        if said:
            found.append((asked_words[question.name][0], said))
    return found


async def correct(visit: Visit) -> str:
    entry, now = visit.entry, visit.hub.clock.now()
    at = forms.moment(entry, "at", visit.site.institution.timezone, now)
    unit, outcome = entry.one_of("unit", visit.site.units), entry.choice("outcome", Outcome)
    because = entry.choice("false_because", FalseBecause) if entry.raw("false_because") else None
    entry.refuse_if_faulty()
    await visit.hub.incidents.correct(visit.token, visit.by.institution, visit.which, at, unit, outcome, because)
    return f"{LIST}/{visit.which}?done=1"


async def sign(visit: Visit) -> str:
    await visit.hub.incidents.sign(visit.token, visit.by.institution, visit.which)
    return f"{LIST}/{visit.which}?done=1"


async def reopen(visit: Visit) -> str:
    why = visit.entry.why()
    visit.entry.refuse_if_faulty()
    await visit.hub.incidents.reopen(visit.token, visit.by.institution, visit.which, why or "")
    return f"{LIST}/{visit.which}?done=1"


async def break_glass(visit: Visit) -> Response:
    """Shows an administrator what is not theirs to read, once, and keeps why."""
    why = visit.entry.text("why", LONGEST_REASON)
    if why is None:
        visit.entry.wrong("why", say("Write why, so that others can understand it afterwards."))
        answer = await one(visit)
        answer.status_code = 422
        return answer
    visit.entry = Entry()
    return await one(visit, why=why)


async def safety(visit: Visit) -> Response:
    async with visit.reading() as tx:
        chosen = await queries.safety(tx, visit.by.institution)
    people = [(one.id, one.name) for one in visit.site.people.values()]
    return await visit.show("incident_safety.html", people=people, chosen=sorted(chosen))


async def choose_safety(visit: Visit) -> str:
    chosen = visit.entry.some_of("people", visit.site.people)
    visit.entry.refuse_if_faulty()
    await visit.hub.incidents.choose_safety(visit.token, visit.by.institution, chosen)
    return f"{LIST}/safety?done=1"


def incident_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of every page of incidents."""
    desks, may = Desks(pages), rights.may_enter
    here, one_paper = f"{LIST}/{{id}}", f"{LIST}/{{id}}/{{paper}}"
    return [
        *incident_list_routes(pages),
        *statistics_routes(pages),
        *print_routes(pages),
        desks.page(f"{LIST}/new", notes.first, may),
        desks.form(f"{LIST}/new", notes.keep_first, notes.first, may),
        desks.look(f"{LIST}/draft", notes.keep_draft, may),
        desks.page(f"{LIST}/safety", safety),
        desks.form(f"{LIST}/safety", choose_safety, safety),
        desks.page(here, one, may),
        desks.form(f"{here}/correct", correct, one, may),
        desks.form(f"{here}/sign", sign, one, may),
        desks.form(f"{here}/reopen", reopen, one, may),
        desks.form(f"{here}/citizens", about_incident, one, may),
        *incident_join_routes(pages),
        desks.form(f"{here}/tasks", todo.ask, one, may),
        desks.form(f"{here}/tasks/{{number}}", todo.end, one, may),
        desks.form(f"{here}/tasks/{{number}}/owner", todo.hand_over, one, may),
        desks.look(f"{here}/glass", break_glass, access.administers),
        desks.page(one_paper, notes.paper, may),
        desks.form(one_paper, notes.keep_paper, notes.paper, may),
    ]
