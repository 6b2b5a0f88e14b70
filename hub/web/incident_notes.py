"""Writing about an incident: the first note on a phone, its two papers, and the drafts of all of them."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from hub.alarms import store as alarms_store
from hub.alarms.setting import Setting
from hub.errors import NotFound
from hub.escalation.words import kind_label
from hub.incidents import queries, rights, store
from hub.incidents.actions import NEW
from hub.incidents.fromalarm import parts_in
from hub.incidents.incident import Incident, Outcome, Part
from hub.incidents.paper import Paper, answer_of, asked_by, options, standing
from hub.people import access
from hub.people.entry import Entry
from hub.people.faults import say
from hub.storage.database import Reader
from hub.web import incident_forms as forms
from hub.web import incident_words as words
from hub.web.admin import Visit

LIST = "/incidents"


async def first(visit: Visit) -> Response:
    """The form that is filled in with one hand, in less than a minute."""
    alarm = visit.request.query_params.get("alarm") or visit.entry.raw("alarm") or None
    own = [(one.id, one.name) for one in visit.site.units.values() if access.may_see_unit(visit.by, one.id)]
    now, told = visit.hub.clock.now(), None
    async with visit.reading() as tx:
        draft = await _draft(visit, tx, alarm or NEW)
        safety = await store.safety(tx, visit.by.institution)
        mine = {visit.by.name: Part.OWN}
        imagined = [Incident(visit.by.institution, "", now, now, unit, people=mine) for unit, _ in own]
        if alarm is not None:
            found = await alarms_store.find(tx, visit.by.institution, alarm)
            parts = parts_in(found, visit.site) if found is not None else {}
            if found is None or visit.by.name not in parts:
                raise NotFound("alarm: no alarm that you had a part in has this id")
            told = (*told_of(visit, found.kind, found.place, found.unit), visit.local(found.raised_at))
            imagined = [Incident(visit.by.institution, "", now, now, found.unit, people=parts)]
    return await visit.show(
        "incident_first.html",
        about=alarm or NEW,
        alarm=alarm,
        told=told,
        own_units=own,
        at=visit.local(now),
        kind_words=list(words.kinds(visit.texts).items()),
        outcomes=list(words.outcomes(visit.texts).items()),
        readers=readers(visit, Paper.WORK, imagined, safety),
        **draft,
    )


def told_of(visit: Visit, kind: str, place: str | None, unit: str | None) -> tuple[str, ...]:
    """What was pressed and where, as far as it is known."""
    kinds = Setting.of(visit.site).book.kinds
    where = words.place_name(visit.site, place) or words.unit_name(visit.site, unit)
    return tuple(part for part in (kind_label(kinds[kind], visit.texts) if kind in kinds else kind, where) if part)


def readers(
    visit: Visit, paper: Paper, of: Sequence[Incident], safety: frozenset[str]
) -> tuple[str, list[tuple[str, str]]]:
    """Who can read what is written, as it is said before it is saved: the rule, and the names for each unit."""
    names = [
        (words.unit_name(visit.site, one.unit), ", ".join(rights.readers(visit.site, paper, one, safety))) for one in of
    ]
    return words.rules_of_reading(visit.texts)[paper.value], names


async def keep_first(visit: Visit) -> str:
    """Saves the first note, or its draft."""
    entry = visit.entry
    alarm = entry.raw("alarm") or None
    if entry.raw("do") == "draft":
        await visit.hub.incidents.keep_draft(visit.token, visit.by.institution, alarm or NEW, forms.as_draft(entry))
        return f"{LIST}/new?{f'alarm={alarm}&' if alarm else ''}kept=1"
    outcome = entry.choice("outcome", Outcome)
    now = visit.hub.clock.now()
    unit, at = None, now
    if alarm is None:
        unit = entry.one_of("unit", visit.site.units)
        if unit is None:
            entry.wrong("unit", say("Choose the unit where it happened."))
        at = forms.moment(entry, "at", visit.site.institution.timezone, now)
    answers = forms.answers(entry, Paper.WORK)
    if not answers.get("happened"):
        entry.wrong("happened", say("Write what happened, in a few words: the rest can wait."))
    entry.refuse_if_faulty()
    which = await visit.hub.incidents.note(
        visit.token, visit.by.institution, alarm, unit, at, outcome or Outcome.REAL, answers
    )
    return f"{LIST}/{which}?done=1"


def paper_of(visit: Visit) -> Paper:
    name = visit.request.path_params["paper"]
    if name not in list(Paper):
        raise NotFound("No such paper here.")
    return Paper(name)


async def paper(visit: Visit) -> Response:
    """The form of one paper: never anything of the other."""
    which, of = visit.which, paper_of(visit)
    about = f"{which}/{of.value}"
    async with visit.reading() as tx:
        seen = await queries.one(tx, visit.hub.incidents.seals, visit.by, which)
        draft = await _draft(visit, tx, about)
    if of not in seen.writable:
        raise NotFound("No such paper here.")
    asked, named = words.questions(visit.texts), words.kinds(visit.texts) | words.facts(visit.texts)
    rows = []
    for question in asked_by(of):
        if question.shared and of not in seen.readable:
            continue
        others = [
            one.now for one in standing(seen.said, question) if not question.shared and one.now.by != visit.by.name
        ]
        own = answer_of(seen.said, question, visit.by.name)
        label, hint = asked[question.name]
        shown = own.split() if question.shared else own
        ticks = [(one.value, named[one.value]) for one in options(question)]
        rows.append(
            (question, label, hint, ticks, shown, [(words.who(visit.site, one.by), one.value) for one in others])
        )
    return await visit.show(
        "incident_paper.html",
        about=about,
        which=which,
        paper=of.value,
        title=words.papers(visit.texts)[of.value],
        rows=rows,
        readers=readers(visit, of, [seen.incident], seen.safety),
        closed=of not in seen.readable,
        last=seen.last,
        locked=seen.incident.state,
        **draft,
    )


async def keep_paper(visit: Visit) -> str:
    """Saves what is new in a paper, or its draft."""
    entry, of, which = visit.entry, paper_of(visit), visit.which
    if entry.raw("do") == "draft":
        about = f"{which}/{of.value}"
        await visit.hub.incidents.keep_draft(visit.token, visit.by.institution, about, forms.as_draft(entry))
        return f"{LIST}/{about}?kept=1"
    answers = forms.answers(entry, of)
    entry.refuse_if_faulty()
    await visit.hub.incidents.write(visit.token, visit.by.institution, which, of, answers, forms.number(entry, "last"))
    return f"{LIST}/{which}?done=1"


async def keep_draft(visit: Visit) -> Response:
    """What the page sends while somebody writes."""
    about = visit.entry.raw("about")
    if not about or len(about) > 100:
        raise NotFound("about: say which form the draft is of")
    fields = {name: values for name, values in visit.entry.fields.items() if name != "about"}
    await visit.hub.incidents.keep_draft(visit.token, visit.by.institution, about, forms.as_draft(Entry(fields)))
    return Response(status_code=204)


async def _draft(visit: Visit, tx: Reader, about: str) -> dict[str, Any]:
    """The draft that this person left, put into the form unless it comes back with faults."""
    kept = await store.draft(
        tx, await visit.hub.incidents.seals.to_read(tx), visit.by.institution, visit.by.name, about
    )
    if kept is None:
        return {"drafted": ""}
    if not visit.entry:
        visit.entry = Entry(forms.from_draft(kept[1]))
    return {"drafted": visit.local(kept[0])}
