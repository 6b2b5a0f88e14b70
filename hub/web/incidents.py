"""The pages of incidents: the list and its file, one incident whole with its papers, and its signatures."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.incidents import queries, rights
from hub.incidents.incident import Incident, Outcome, Signer, State
from hub.incidents.liststore import Asked
from hub.incidents.paper import Kind, Paper, asked_by, standing
from hub.incidents.queries import Found, Seen
from hub.incidents.tasks import subject
from hub.people import access, deskstore
from hub.people.access import Principal
from hub.people.entry import LONGEST_REASON, Entry
from hub.people.faults import say
from hub.web import incident_forms as forms
from hub.web import incident_notes as notes
from hub.web import incident_story as story
from hub.web import incident_tasks as todo
from hub.web import incident_words as words
from hub.web.admin import Desks, Visit
from hub.web.incident_notes import LIST
from hub.web.lists import Line, Listing, spreadsheet
from hub.web.pages import Pages

# A first note is asked for until somebody has had some days to write it.
ASKED_FOR = timedelta(days=14)
MOST_ASKED_FOR = 5
MOST_IN_FILE = 20_000
ASKED = ("q", "unit", "from", "to", "kind", "outcome", "state", "before")
NO_READING = "–"


def given(visit: Visit) -> dict[str, str]:
    """What the search was filled in with. Words come by form only: an address with a name in it stays in many logs."""
    query = visit.request.query_params
    found = {one: visit.entry.raw(one) if visit.entry else query.get(one, "") for one in ASKED}
    return {one: text.strip() for one, text in found.items() if text.strip() and (visit.entry or one != "q")}


def asked(visit: Visit) -> Asked:
    """What the list was asked for; what cannot be read of it is not asked."""
    filled = given(visit)
    zone = ZoneInfo(visit.site.institution.timezone)
    until = _day(filled.get("to", ""), zone)
    return Asked(
        unit=filled.get("unit") if filled.get("unit") in visit.site.units else None,
        first=_day(filled.get("from", ""), zone),
        end=until + timedelta(days=1) if until is not None else None,
        kind=Kind(filled["kind"]) if filled.get("kind") in list(Kind) else None,
        outcome=Outcome(filled["outcome"]) if filled.get("outcome") in list(Outcome) else None,
        state=State(filled["state"]) if filled.get("state") in list(State) else None,
        words=filled.get("q", "")[:200],
        before=_before(filled.get("before", "")),
    )


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError:
        return None


def _before(text: str) -> tuple[datetime, str] | None:
    at, _, which = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, which) if moment.tzinfo is not None and which else None


async def page(visit: Visit) -> Response:
    wanted = asked(visit)
    found = await _found(visit, wanted)
    waiting = await _waiting(visit)
    filled = {name: text for name, text in given(visit).items() if name != "before"}
    after = f"{found.after[0].isoformat()}~{found.after[1]}" if found.after else None
    return await visit.show(
        "incidents.html",
        lines=[_line(visit, one, found.safety) for one in found.incidents],
        asked=filled,
        after=after,
        todo=await todo.waiting(visit),
        waiting=[(one.id, _line(visit, one, found.safety)) for one in waiting],
        narrow=bool(filled),
        cut=found.cut,
        kind_words=list(words.kinds(visit.texts).items()),
        outcomes=list(words.outcomes(visit.texts).items()),
        states=list(words.states(visit.texts).items()),
        unit_choices=[(one.id, one.name) for one in visit.site.units.values() if access.may_see_unit(visit.by, one.id)],
    )


async def _found(visit: Visit, wanted: Asked, most: int = queries.PAGE) -> Found:
    """The list, after it is written down that somebody searched it, and for what."""
    by = visit.by
    if wanted.kind is not None and by.session is None:
        wanted = replace(wanted, kind=None)
    async with visit.reading() as tx:
        found = await queries.page(tx, visit.hub.incidents.seals, by, wanted, most)
    if wanted.kind is not None:
        mine = [one for one in found.incidents if rights.may_read(by, Paper.WORK, one, found.safety)]
        found = replace(found, incidents=mine)
    if wanted != Asked():
        facts = {name: text for name, text in given(visit).items() if name != "q"}
        await visit.hub.incidents.looked(by, "incident_searched", "incidents", facts, wanted.words)
    return found


async def _waiting(visit: Visit) -> list[Incident]:
    """Those of the last days that nobody has written of, and that this person had a part in."""
    since = visit.hub.clock.now() - ASKED_FOR
    async with visit.reading() as tx:
        found = await queries.page(tx, visit.hub.incidents.seals, visit.by, Asked(state=State.WAITING, first=since))
    return [one for one in found.incidents if visit.by.name in one.people][:MOST_ASKED_FOR]


def _line(visit: Visit, one: Incident, safety: frozenset[str]) -> Line:
    texts = visit.texts
    unit, place = words.unit_name(visit.site, one.unit), words.place_name(visit.site, one.place)
    outcome = words.outcomes(texts)[one.outcome.value] if one.outcome is not None else ""
    kinds = words.kinds(texts)
    open_book = rights.may_read(visit.by, Paper.WORK, one, safety)
    cells = (
        visit.local(one.happened_at),
        unit,
        place,
        outcome,
        ", ".join(kinds[kind.value] for kind in one.kinds) if open_book else NO_READING,
        words.states(texts)[one.state.value],
    )
    return Line(cells, f"{LIST}/{one.id}", one.state.value)


async def file(visit: Visit) -> Response:
    """The list as a file, without anything that people wrote; that somebody took it along stands in the journal."""
    say = visit.texts
    found = await _found(visit, replace(asked(visit), before=None), MOST_IN_FILE)
    heads = (say("When"), say("Unit"), say("Place"), say("Outcome"), say("Kind"), say("State"))
    lines = [_line(visit, one, found.safety) for one in found.incidents]
    await visit.hub.desk.exported(visit.by.institution, visit.by, "incidents")
    return spreadsheet(Listing(LIST, heads, lines, len(lines)), "incidents")


async def one(visit: Visit, *, why: str | None = None) -> Response:
    """One incident as whoever asks may see it; that they have is written down first."""
    which = visit.which
    async with visit.reading() as tx:
        seen = await queries.one(tx, visit.hub.incidents.seals, visit.by, which, glass=why is not None)
        courses = await queries.courses(tx, visit.hub.alarms, visit.by, seen.incident)
        rules = {version.number: version.name for version in await deskstore.rules(tx, visit.by.institution)}
        remarks = await queries.remarks(tx, visit.hub.incidents.seals, seen)
        book = await queries.clocks(tx, visit.by.institution)
    facts: dict[str, Any] = {"papers": sorted(seen.readable)} | ({"glass": True} if why is not None else {})
    await visit.hub.incidents.looked(visit.by, "incident_read", subject(which), facts, why)
    incident, site, texts = seen.incident, visit.site, visit.texts
    line = _line(visit, incident, seen.safety)
    leads = rights.signs_as(visit.by, incident, seen.safety)
    return await visit.show(
        "incident.html",
        incident=incident,
        title=words.headline(incident, line.cells[1], line.cells[2], texts, open_book=Paper.WORK in seen.readable),
        line=line,
        none_entered=Entry(),
        papers=[(paper.value, words.papers(texts)[paper.value], _paper(visit, seen, paper)) for paper in Paper],
        writable=[paper.value for paper in Paper if paper in seen.writable],
        readable=[paper.value for paper in Paper if paper in seen.readable],
        readers={paper.value: notes.readers(visit, paper, [incident], seen.safety) for paper in Paper},
        courses=[story.course(visit, course) for course in courses],
        in_force=story.in_force(seen.entries, site, rules, texts),
        tasks=[todo.line(visit, task, incident, book, seen.reasons.get(task.number)) for task in seen.tasks],
        colleagues=[(one.id, one.name) for one in site.people.values()],
        history=story.history(visit, seen.entries, remarks) if leads is Signer.LEADER or why is not None else [],
        corrects=rights.may_correct(visit.by, incident, seen.safety),
        outcomes=list(words.outcomes(texts).items()),
        signs=leads if leads not in incident.signatures else None,
        leads=leads is Signer.LEADER,
        needs_safety=Signer.SAFETY in rights.needed(site, incident, seen.safety),
        signatures=[
            (signer.value, words.who(site, one.who), visit.local(one.at)) for signer, one in incident.signatures.items()
        ],
        glass=rights.may_break_glass(visit.by, incident) and why is None,
    )


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
    entry.refuse_if_faulty()
    await visit.hub.incidents.correct(visit.token, visit.by.institution, visit.which, at, unit, outcome)
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
        desks.page(LIST, page, may),
        desks.look(LIST, page, may),
        desks.page(f"{LIST}.csv", file, manages_with_password),
        desks.look(f"{LIST}.csv", file, manages_with_password),
        desks.page(f"{LIST}/new", notes.first, may),
        desks.form(f"{LIST}/new", notes.keep_first, notes.first, may),
        desks.look(f"{LIST}/draft", notes.keep_draft, may),
        desks.page(f"{LIST}/safety", safety),
        desks.form(f"{LIST}/safety", choose_safety, safety),
        desks.page(here, one, may),
        desks.form(f"{here}/correct", correct, one, may),
        desks.form(f"{here}/sign", sign, one, may),
        desks.form(f"{here}/reopen", reopen, one, may),
        desks.form(f"{here}/tasks/{{number}}", todo.end, one, may),
        desks.form(f"{here}/tasks/{{number}}/owner", todo.hand_over, one, may),
        desks.look(f"{here}/glass", break_glass, access.administers),
        desks.page(one_paper, notes.paper, may),
        desks.form(one_paper, notes.keep_paper, notes.paper, may),
    ]


def manages_with_password(by: Principal) -> bool:
    return access.leads(by) and by.session is not None
