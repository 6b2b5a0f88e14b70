"""The pages of messages: the list, one conversation, and a new one, for reading and writing also without a script."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute
from uuid_utils import uuid7

from hub.errors import NotFound
from hub.incidents import queries as incident_queries
from hub.messaging import drafts, draftstore, queries
from hub.messaging.actions import Why
from hub.messaging.conversation import LONGEST, LONGEST_TITLE, About, Conversation, looks_like_cpr
from hub.messaging.filekinds import ACCEPTED
from hub.messaging.message import Saying
from hub.messaging.queries import EVERYTHING
from hub.people import access
from hub.people.access import Principal
from hub.people.entry import Entry
from hub.people.faults import Text, say
from hub.storage.database import Reader
from hub.web import incident_forms as forms
from hub.web import message_words as words
from hub.web import outside_words
from hub.web.admin import Desks, Visit
from hub.web.attachments import given, taken
from hub.web.citizens import choices
from hub.web.conversations import called_in_register, looked, must_exist
from hub.web.pages import Pages
from hub.web.risks import noting

LIST = "/messages"
_WHY: Mapping[Why, Text] = {
    Why.OVER: say("It is not needed any more"),
    Why.MISTAKE: say("It was written in the wrong place"),
    Why.ASKED: say("The one whom it is about has asked for it"),
}
MOST_WORDS = 200


def may_enter(by: Principal) -> bool:
    return by.person is not None


async def page(visit: Visit) -> Response:
    asked = visit.entry.raw("q").strip()[:MOST_WORDS]
    found = None
    async with visit.reading() as tx:
        here = await outside_words.knowing(visit, tx, await visit.hub.messages.here(tx, visit.by))
        before = _moment(visit.request.query_params.get("before", ""))
        lines = [] if asked else await queries.lines(tx, visit.hub.messages, here, before)
        if asked:
            found = await queries.search(visit.hub.messages, tx, here, asked, words.further(visit))
    if found is not None:
        await visit.hub.messages.looked(visit.by, "messages_searched", "messages", {"found": len(found.messages)})
    older = lines[-1].conversation.last_at if len(lines) == queries.PAGE else None
    return await visit.show(
        "messages.html",
        lines=[words.line(visit, here, one) for one in lines],
        asked=asked,
        found=[(words.line(visit, here, line), words.message(visit, here, one)) for line, one in found.messages]
        if found
        else [],
        further=found.further if found is not None else None,
        older=older.isoformat() if older is not None else "",
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


async def one(visit: Visit) -> Response:
    """One conversation; that it was read is written down, for whom and up to where."""
    which = visit.which
    async with visit.reading() as tx:
        here = await outside_words.knowing(visit, tx, await visit.hub.messages.here(tx, visit.by))
        seen = await queries.one(tx, visit.hub.messages, here, which, _before(visit))
        passages = await outside_words.passages(visit, tx, here, seen.conversation)
        shut = await outside_words.shut(tx, here, seen.conversation, passages)
        bases = await outside_words.bases(visit, tx, here, seen.conversation)
        draft = await _draft(visit, tx, which)
        texts = await draftstore.templates(tx, visit.hub.messages.keyring.vault, here.of)
    await looked(visit.hub, visit.by, seen)
    if seen.messages:
        await visit.hub.messages.read(visit.token, here.of, which, seen.messages[-1].number)
    one = seen.conversation
    answers = {one.number: one for one in seen.messages}
    reply, amend = (answers.get(_number(visit, name)) for name in ("reply", "amend"))
    return await visit.show(
        "message.html",
        which=which,
        title=words.titled(visit, one, seen.head, here),
        outward=outside_words.outward(visit, here, passages),
        shut=shut,
        lacking=outside_words.lacking(here, one, bases),
        about=words.about(visit, one, seen.head),
        items=words.items(visit, here, seen),
        oldest=seen.messages[0].number if seen.more and seen.messages else None,
        **words.taking_part(visit, here, one),
        writes=one.may_write(here.me, here.duties),
        destroyed=one.destroyed_at is not None,
        reply=words.message(visit, here, reply) if reply is not None else None,
        amend=words.message(visit, here, amend) if amend is not None and amend.author == here.me else None,
        why=[(why.value, visit.texts(text.msgid)) for why, text in _WHY.items()],
        templates=texts,
        addressed=visit.hub.settings.outside.video_url is None,
        **_asked(visit),
        **draft | await noting(visit, which),
    )


def _asked(visit: Visit) -> dict[str, Any]:
    """What every form of a message begins with."""
    cpr = looks_like_cpr(visit.entry.raw("text"))
    return {"new_id": str(uuid7()), "cpr": cpr, "longest": LONGEST, "accepted": ACCEPTED}


def _before(visit: Visit) -> int:
    return _number(visit, "before") or EVERYTHING


def _number(visit: Visit, name: str) -> int:
    text = visit.entry.raw(name) or visit.request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


async def write(visit: Visit) -> str:
    """Says it, unless it looks as if it held what does not belong here."""
    saying = _saying(visit.entry, _number(visit, "reply") or None, _number(visit, "amend") or None)
    async with visit.reading() as tx:
        await visit.hub.messages.writing(tx, await visit.hub.messages.here(tx, visit.by), visit.which)
    saying = replace(saying, files=await taken(visit.hub, visit.by, visit.files.get("files", ())))
    await visit.hub.messages.say(visit.token, visit.by.institution, visit.which, saying)
    return f"{LIST}/{visit.which}?done=1#newest"


def _saying(entry: Entry, reply: int | None = None, amend: int | None = None) -> Saying:
    text = forms.words(entry, "text")
    if not text:
        entry.wrong("text", say("Write something first."))
    elif len(text) > LONGEST:
        entry.wrong("text", say("This is {n} characters too long: shorten it.", n=len(text) - LONGEST))
    elif looks_like_cpr(text) and not entry.raw("cpr"):
        entry.wrong("text", say("This looks like a CPR number: take it out, or say that it must stand here."))
    entry.refuse_if_faulty()
    urgent = bool(entry.raw("urgent")) and amend is None
    return Saying(entry.raw("id") or str(uuid7()), text, None if amend else reply, amend, urgent)


async def new(visit: Visit) -> Response:
    """The form of a new conversation: to whom, and what."""
    about, about_id = await _asked_about(visit)
    async with visit.reading() as tx:
        here = await visit.hub.messages.here(tx, visit.by)
        draft = await _draft(visit, tx, draftstore.NEW)
        texts = await draftstore.templates(tx, visit.hub.messages.keyring.vault, here.of)
    chosen = [words.address(one) for one in visit.entry.all("to") or visit.request.query_params.getlist("to")]
    return await visit.show(
        "message_new.html",
        choices=words.choices(visit, here, ()),
        chosen=[words.written(one) for one in chosen if one is not None],
        readers=words.readers(visit, here, [one for one in chosen if one is not None]),
        about=about,
        about_id=about_id,
        about_units=[(one.id, one.name) for one in visit.site.units.values()],
        citizens=await choices(visit),
        citizen=visit.request.query_params.get("citizen", ""),
        templates=texts,
        new_conversation=str(uuid7()),
        **_asked(visit),
        longest_title=LONGEST_TITLE,
        **draft,
    )


async def _asked_about(visit: Visit) -> tuple[str, str]:
    incident = visit.entry.raw("incident") or visit.request.query_params.get("incident", "")
    if incident:
        async with visit.reading() as tx:
            await incident_queries.one(tx, visit.hub.incidents.seals, visit.by, incident)
    chosen = "citizen" if visit.request.query_params.get("citizen") else "nothing"
    return ("incident" if incident else visit.entry.raw("about", chosen), incident)


async def send(visit: Visit) -> str:
    """Begins the conversation."""
    entry, now = visit.entry, visit.hub.clock.now()
    to = [one for one in map(words.address, entry.all("to")) if one is not None]
    if not to:
        entry.wrong("to", say("Choose who it is to."))
    about = (entry.choice("about", About) if entry.raw("about") else None) or About.NOTHING
    about = About.INCIDENT if entry.raw("incident") else about
    asked = {About.INCIDENT: "incident", About.UNIT: "unit", About.CITIZEN: "about-citizen"}
    about_id = entry.raw(asked.get(about, "")) or None
    if about is About.UNIT and about_id not in visit.site.units:
        entry.wrong("unit", say("Choose one from the list."))
    citizen = entry.text("citizen", LONGEST_TITLE) if about is About.CITIZEN else None
    if about is About.CITIZEN and citizen is None and about_id is None:
        entry.wrong("citizen", say("Write whom it is about, as the house calls them."))
    title = entry.text("title", LONGEST_TITLE)
    saying = _saying(entry)
    which = entry.raw("conversation") or str(uuid7())
    begun = Conversation(visit.by.institution, which, visit.by.name, now, about, about_id)
    async with visit.reading() as tx:
        await must_exist(tx, visit.hub, visit.by, begun)
        called = await called_in_register(tx, visit.hub, visit.by, begun)
    saying = replace(saying, files=await taken(visit.hub, visit.by, visit.files.get("files", ())))
    head = {"title": title or "", "citizen": citizen or called}
    await visit.hub.messages.open(visit.token, begun, to, head, saying)
    return f"{LIST}/{which}?done=1"


async def file(visit: Visit) -> Response:
    return await given(visit.hub, visit.by, visit.which, str(visit.request.path_params["attachment"]))


async def acknowledge(visit: Visit) -> str:
    await visit.hub.messages.acknowledge(visit.token, visit.by.institution, visit.which, _number(visit, "number"))
    return f"{LIST}/{visit.which}"


async def join(visit: Visit) -> str:
    to = words.address(visit.entry.raw("to"))
    if to is None:
        visit.entry.wrong("to", say("Choose who it is to."))
    visit.entry.refuse_if_faulty()
    beginning = bool(visit.entry.raw("from_beginning"))
    if to is not None:
        await visit.hub.messages.join(visit.token, visit.by.institution, visit.which, to, from_beginning=beginning)
    return f"{LIST}/{visit.which}"


async def leave(visit: Visit) -> str:
    await visit.hub.messages.leave(visit.token, visit.by.institution, visit.which, _number(visit, "party"))
    return f"{LIST}/{visit.which}"


async def destroy(visit: Visit) -> str:
    why = visit.entry.choice("why", Why)
    visit.entry.refuse_if_faulty()
    await visit.hub.messages.destroy(visit.token, visit.by.institution, visit.which, why or Why.OVER)
    return LIST


async def keep_draft(visit: Visit) -> Response:
    """What the page sends while somebody writes."""
    about = visit.entry.raw("about-draft")
    if not about or len(about) > 100:
        raise NotFound("about-draft: say which form the draft is of")
    fields = {name: values for name, values in visit.entry.fields.items() if name not in ("about-draft", "id", "cpr")}
    text = forms.as_draft(Entry(fields)) if visit.entry.raw("text").strip() else ""
    await drafts.keep(visit.hub.messages, visit.token, visit.by.institution, about, text)
    return Response(status_code=204)


async def _draft(visit: Visit, tx: Reader, about: str) -> dict[str, Any]:
    """The draft that this person left, put into the form unless it comes back with faults."""
    if visit.entry:
        return {"drafted": ""}
    kept = await draftstore.find(tx, visit.hub.messages.keyring.vault, visit.by.institution, visit.by.name, about)
    if kept is None:
        return {"drafted": ""}
    visit.entry = Entry(forms.from_draft(kept[1]))
    return {"drafted": visit.local(kept[0])}


async def templates(visit: Visit) -> Response:
    async with visit.reading() as tx:
        texts = await draftstore.templates(tx, visit.hub.messages.keyring.vault, visit.by.institution)
    return await visit.show("message_templates.html", templates=texts)


async def keep_templates(visit: Visit) -> str:
    entry, of = visit.entry, visit.by.institution
    if entry.raw("drop"):
        await drafts.drop_template(visit.hub.messages, visit.token, of, entry.raw("drop"))
    else:
        title = entry.needed("title", say("Write what the template is called."), LONGEST_TITLE)
        text = forms.words(entry, "text")
        if not text:
            entry.wrong("text", say("Write something first."))
        entry.refuse_if_faulty()
        await drafts.add_template(visit.hub.messages, visit.token, of, title, text)
    return f"{LIST}/templates?done=1"


def message_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of the pages and of their forms."""
    desks, here = Desks(pages), f"{LIST}/{{id}}"
    return [
        desks.page(LIST, page, may_enter),
        desks.look(LIST, page, may_enter),
        desks.page(f"{LIST}/new", new, may_enter),
        desks.form(f"{LIST}/new", send, new, may_enter),
        desks.look(f"{LIST}/draft", keep_draft, may_enter),
        desks.page(f"{LIST}/templates", templates, access.leads),
        desks.form(f"{LIST}/templates", keep_templates, templates, access.leads),
        desks.page(here, one, may_enter),
        desks.form(here, write, one, may_enter),
        desks.page(f"{here}/attachments/{{attachment}}", file, may_enter),
        desks.form(f"{here}/acknowledge", acknowledge, one, may_enter),
        desks.form(f"{here}/join", join, one, may_enter),
        desks.form(f"{here}/leave", leave, one, may_enter),
        desks.form(f"{here}/destroy", destroy, one, may_enter),
    ]
