"""One incident on paper, and the reports to others that are prepared from it: each for those who read what is in it."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.clock import rfc3339
from hub.errors import NotFound
from hub.incidents import queries, rights
from hub.incidents.clocks import ClockBook
from hub.incidents.clockstore import clocks
from hub.incidents.incident import Part
from hub.incidents.paper import FACTS, QUESTIONS, Paper, asked_by, facts_in, standing
from hub.incidents.prepared import RECIPES, Prepared, Report, called_for, deadlines, prepared
from hub.incidents.queries import Seen
from hub.incidents.tasks import subject
from hub.people import deskstore
from hub.web import incident_story as story
from hub.web import incident_tasks as todo
from hub.web import incident_words as words
from hub.web import prepared_words, printing
from hub.web.admin import Desks, Visit
from hub.web.incident_notes import LIST
from hub.web.pages import Pages
from hub.web.printing import Block, Document


def _paper(visit: Visit, title: str, blocks: Sequence[Block]) -> Document:
    """A paper of somebody's own: who took it and when stands on every page."""
    say, institution, now = visit.texts, visit.site.institution, visit.hub.clock.now()
    who = words.who(visit.site, visit.by.name)
    foot = say("Confidential · {name}, {time}", name=who, time=visit.local(now))
    return Document(
        title, say.language, institution.name, foot, say("Page {n} of {all}"), institution.name, now, blocks
    )


async def _seen(visit: Visit) -> tuple[Seen, ClockBook]:
    async with visit.reading() as tx:
        seen = await queries.one(tx, visit.hub.incidents.seals, visit.by, visit.which)
        return seen, await clocks(tx, visit.by.institution)


async def report(visit: Visit) -> Response:
    """The incident as whoever asks may read it; that they took it along is written down first."""
    seen, book = await _seen(visit)
    async with visit.reading() as tx:
        courses = await queries.courses(tx, visit.hub.alarms, visit.by, seen.incident)
        rules = {version.number: version.name for version in await deskstore.rules(tx, visit.by.institution)}
    facts = {"papers": sorted(seen.readable), "as": "pdf"}
    await visit.hub.incidents.looked(visit.by, "incident_read", subject(visit.which), facts)
    say, one = visit.texts, seen.incident
    where = words.unit_name(visit.site, one.unit), words.place_name(visit.site, one.place)
    title = words.headline(one, *where, say, open_book=Paper.WORK in seen.readable)
    blocks: list[Block] = [printing.facts(_facts(visit, seen))]
    for paper in Paper:
        if paper in seen.readable or any(said.paper is paper for said in seen.said):
            blocks += _answers(visit, seen, paper)
    blocks += _tasks(visit, seen, book)
    blocks.append(printing.heading(say("The course of it")))
    blocks += [printing.aside(line) for line in story.in_force(seen.entries, visit.site, rules, say)]
    for course in courses:
        told = story.course(visit, course)
        lines = [[clock, text] for _, clock, _, text, _ in told["lines"]]
        blocks += [
            printing.heading(told["title"], 2),
            printing.table([say("Time"), say("What happened")], lines, ["time", "words"]),
        ]
        blocks += [printing.words(text) for text in (told["note"], told["last"]) if text]
    if not courses:
        blocks.append(printing.words(say("No alarm was raised.")))
    return await printing.pdf(_paper(visit, title, blocks), f"incident-{one.happened_at:%Y-%m-%d}-{one.id[-6:]}")


def _facts(visit: Visit, seen: Seen) -> list[tuple[str, str]]:
    say, one, site = visit.texts, seen.incident, visit.site
    signed = ", ".join(
        f"{words.who(site, signature.who)} ({visit.local(signature.at)})" for signature in one.signatures.values()
    )
    rows = [
        (say("When"), visit.local(one.happened_at)),
        (say("Unit"), words.unit_name(site, one.unit)),
        (say("Place"), words.place_name(site, one.place)),
        (say("Outcome"), words.outcome(one.outcome, one.false_because, say)),
        (say("State"), words.states(say)[one.state.value]),
        (say("Read and signed"), signed),
    ]
    return [row for row in rows if row[1]]


def _ticked(visit: Visit, value: str) -> str:
    named = words.kinds(visit.texts) | words.facts(visit.texts)
    return ", ".join(named[one] for one in value.split())


def _answers(visit: Visit, seen: Seen, paper: Paper) -> list[Block]:
    """A paper with all that stands in it now; what was written before stays on the screen."""
    say = visit.texts
    asked = words.questions(say)
    blocks: list[Block] = [printing.heading(words.papers(say)[paper.value])]
    if paper not in seen.readable:
        blocks.append(printing.aside(say("You see only what you have written here yourself.")))
    for question in asked_by(paper):
        now = [one.now for one in standing(seen.said, question) if one.now.value]
        if now:
            blocks.append(printing.heading(asked[question.name][0], 2))
        for one in now:
            text = _ticked(visit, one.value) if question.shared else one.value
            blocks.append(printing.said(text, f"{words.who(visit.site, one.by)} · {visit.local(one.at)}"))
    if len(blocks) == 1:
        blocks.append(printing.words(say("Nothing is written here yet.")))
    return blocks


def _tasks(visit: Visit, seen: Seen, book: ClockBook) -> list[Block]:
    say = visit.texts
    lines = [todo.line(visit, task, seen, book) for task in seen.tasks]
    if not lines:
        return []
    rows = [
        [
            one["title"],
            one["owner_name"],
            one["due"],
            "\n".join(
                part for part in (f"{one['ended']} {one['ended_at']}".strip() or one["left"], one["why"]) if part
            ),
        ]
        for one in lines
    ]
    heads = [say("What"), say("Who sees to it?"), say("Due"), say("State")]
    return [
        printing.heading(say("What must be done")),
        printing.table(heads, rows, ["words", "time", "time", "words"]),
    ]


def offered(visit: Visit, seen: Seen) -> list[tuple[str, str]]:
    """The reports that the page offers to prepare, with their names."""
    named = prepared_words.reports(visit.texts)
    found = called_for(facts_in(seen.said), seen.readable, seen.tasks)
    return [(one.value, named[one.value]) for one in found]


async def of_paper(visit: Visit, paper: Paper) -> Document:
    """One of the incident's papers by itself, without a word of the other; that it was read is written down first."""
    seen, _ = await _seen(visit)
    if paper not in seen.readable:
        raise NotFound("No such paper here.")
    facts = {"papers": [paper.value], "as": "pdf"}
    await visit.hub.incidents.looked(visit.by, "incident_read", subject(visit.which), facts)
    where = words.unit_name(visit.site, seen.incident.unit), words.place_name(visit.site, seen.incident.place)
    title = words.headline(seen.incident, *where, visit.texts, open_book=paper is Paper.WORK)
    return _paper(visit, title, [printing.facts(_facts(visit, seen)), *_answers(visit, seen, paper)])


async def _prepared(visit: Visit, name: str, kind: str) -> tuple[Seen, ClockBook, Prepared]:
    """A report that the facts call for, filled in; that it was prepared is written down first."""
    seen, book = await _seen(visit)
    if name not in [one.value for one in called_for(facts_in(seen.said), seen.readable, seen.tasks)]:
        raise NotFound("No such report here.")
    found = prepared(Report(name), _known(visit, seen, RECIPES[Report(name)].paper))
    facts = {"report": name, "as": kind}
    await visit.hub.incidents.looked(visit.by, "incident_prepared", subject(visit.which), facts)
    return seen, book, found


def _known(visit: Visit, seen: Seen, paper: Paper) -> dict[str, str]:
    """All that one paper says, and what both rest on: never a word of the other."""
    say, site, one = visit.texts, visit.site, seen.incident
    said = [answer for answer in seen.said if answer.paper is paper]
    facts = facts_in(said)
    yes = {fact.value: say("Yes") for fact in facts}
    known = {
        "employer": site.institution.name,
        "employer_number": site.institution.municipality,
        "workplace": words.unit_name(site, one.unit),
        "happened_at": visit.local(one.happened_at),
        "place": words.place_name(site, one.place),
        "force": ", ".join(words.facts(say)[fact.value] for fact in FACTS["force"] if fact in facts),
    }
    for question in QUESTIONS:
        if question.paper is paper and not question.shared:
            lines = [(answer.now.by, answer.now.value) for answer in standing(said, question) if answer.now.value]
            known[question.name] = _by_each(visit, lines)
    if paper is Paper.WORK:
        known |= yes
        known["witnesses"] = known.pop("people")
        known["people"] = ", ".join(words.who(site, who) for who, part in one.people.items() if part is Part.OWN)
        known["kinds"] = ", ".join(words.kinds(say)[kind.value] for kind in one.kinds)
        known["safety"] = ", ".join(words.who(site, who) for who in sorted(seen.safety))
        known["reasons"] = _reasons(seen)
    return known


def _by_each(visit: Visit, lines: Sequence[tuple[str, str]]) -> str:
    """What was answered; where several did, by whom."""
    if len(lines) == 1:
        return lines[0][1]
    return "\n".join(f"{words.who(visit.site, who)}: {text}" for who, text in lines)


def _reasons(seen: Seen) -> str:
    clocks = RECIPES[Report.REASONS].clocks
    return "\n".join(
        seen.reasons[task.number] for task in seen.tasks if task.what in clocks and task.number in seen.reasons
    )


async def on_paper(visit: Visit) -> Response:
    """A prepared report as a PDF."""
    name = visit.request.path_params["report"]
    paper, day = await prepared_paper(visit, name)
    return await printing.pdf(paper, f"{name}-{day}")


async def prepared_paper(visit: Visit, which: str) -> tuple[Document, str]:
    """What is missing first, then what is known; and the day that it is of."""
    seen, book, found = await _prepared(visit, which, "pdf")
    say, named = visit.texts, prepared_words.fields(visit.texts)
    blocks: list[Block] = [
        printing.words(say("Prepared from the record. Read it, write in what is missing, and send it yourself."))
    ]
    blocks += _sent_to(visit, seen, book, found.report)
    if found.missing:
        blocks.append(
            printing.boxed(say("Missing: write it in before you send it"), [named[one] for one in found.missing])
        )
    blocks.append(printing.heading(say("What is known")))
    for name, text in found.values.items():
        blocks += [printing.heading(named[name], 2), printing.words(text)]
    if found.missing:
        blocks.append(printing.heading(say("To be written in")))
    for name in found.missing:
        blocks += [printing.heading(named[name], 2), printing.room()]
    title = prepared_words.reports(say)[found.report.value]
    return _paper(visit, title, blocks), f"{seen.incident.happened_at:%Y-%m-%d}"


def _sent_to(visit: Visit, seen: Seen, book: ClockBook, report: Report) -> list[Block]:
    """To whom, by when and by which rule, as the clocks of the day have it."""
    zone, say = ZoneInfo(visit.site.institution.timezone), visit.texts
    day = seen.incident.happened_at.astimezone(zone).date()
    rows: list[tuple[str, str]] = []
    for task in deadlines(report, seen.tasks):
        clock = book.clocks.get(task.what)
        terms = clock.in_force(day) if clock is not None else None
        if clock is not None and terms is not None:
            rows.append(
                (
                    clock.name,
                    say("{whom}, by {due}. {source}", whom=terms.to, due=visit.local(task.due_at), source=terms.source),
                )
            )
    return [printing.facts(rows)] if rows else []


async def structured(visit: Visit) -> Response:
    """The same as a file for another system."""
    seen, _, found = await _prepared(visit, visit.request.path_params["report"], "json")
    told: Mapping[str, Any] = found.structured(seen.incident.id, facts_in(seen.said)) | {
        "happened_at": rfc3339(seen.incident.happened_at),
        "made_at": rfc3339(visit.hub.clock.now()),
        "labels": {
            name: text
            for name, text in prepared_words.fields(visit.texts).items()
            if name in {*found.values, *found.missing}
        },
    }
    name = f"{found.report.value}-{seen.incident.happened_at:%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(orjson.dumps(told, option=orjson.OPT_INDENT_2), media_type="application/json", headers=headers)


def print_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of all that is taken along of one incident."""
    desks, may, here = Desks(pages), rights.may_enter, f"{LIST}/{{id}}"
    return [
        desks.page(f"{here}/report.pdf", report, may),
        desks.page(f"{here}/prepared/{{report}}.pdf", on_paper, may),
        desks.page(f"{here}/prepared/{{report}}.json", structured, may),
    ]
