"""Conversations over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field, model_validator

from hub.citizens import actions as citizens
from hub.clock import rfc3339
from hub.errors import Invalid, NotFound
from hub.incidents import queries as incident_queries
from hub.messaging import queries
from hub.messaging.actions import Why
from hub.messaging.conversation import LONGEST_TITLE, About, Address, Conversation, Kind, Party, named_right
from hub.messaging.frames import subject
from hub.messaging.here import Here
from hub.messaging.message import message_json, name_of
from hub.messaging.queries import EVERYTHING, Further, Seen
from hub.people.access import Principal
from hub.storage.database import Reader
from hub.web.api import PROBLEMS, Caller, Hub, Token
from hub.web.frames import Flag, Moment, Name, Say, Sent, Version
from hub.web.services import Services

router = APIRouter(prefix="/api/conversations", responses=PROBLEMS)

Which = Annotated[str, Path(max_length=200)]
Title = Annotated[str, Field(max_length=LONGEST_TITLE)]


class To(Sent):
    """Somebody by name, or whoever is on duty in a unit: one of the two."""

    person: Name | None = None
    duty: Name | None = Field(default=None, description="A unit: whoever is on duty there, at any time.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.person is None) == (self.duty is None):
            raise ValueError("name a person, or the unit whose duty it is to")
        return self

    def address(self) -> Address:
        if self.person is not None:
            return Address(Kind.PERSON, self.person)
        return Address(Kind.DUTY, self.duty or "")


class NewConversation(Say):
    """A conversation with its first message."""

    conversation: Name = Field(description="A UUID that the device makes.")
    to: Annotated[list[To], Field(min_length=1, max_length=60)]
    about: About = About.NOTHING
    about_id: Name | None = Field(default=None, description="The unit, the incident or the citizen that it is about.")
    citizen: Title = Field(default="", description="What the house calls the citizen that it is about; sealed.")
    title: Title = ""


class Joining(To):
    """Somebody who is let in."""

    from_beginning: Flag = Field(
        default=False, description="They read all that you may; else what is written from now."
    )


class UpTo(Sent):
    number: Version


class Destroying(Sent):
    why: Why


class Words(Sent):
    words: Annotated[str, Field(min_length=1, max_length=200)]
    at: Moment | None = Field(default=None, description="Where a search that was cut goes on: what it said of that.")
    number: Annotated[int, Field(ge=1, lt=2**31)] = EVERYTHING


@router.get("")
async def list_conversations(hub: Hub, by: Caller, before: Annotated[Moment | None, Query()] = None) -> dict[str, Any]:
    """The conversations that the caller takes part in, by name or because they are on duty now; the newest first."""
    async with hub.database.read() as tx:
        here = await hub.messages.here(tx, by)
        lines = await queries.lines(tx, hub.messages, here, before)
    return {
        "conversations": [
            _told(one.conversation, one.head)
            | {"newest_at": rfc3339(one.newest_at), "unread": one.unread, "waiting": one.waiting}
            for one in lines
        ]
    }


@router.post("", status_code=201)
async def begin(hub: Hub, token: Token, by: Caller, body: NewConversation) -> dict[str, Any]:
    """Begin a conversation with its first message."""
    if not named_right(body.about, body.about_id):
        raise Invalid("about_id: name the unit, the incident or the citizen that it is about, and nothing else")
    new = Conversation(by.institution, body.conversation, by.name, hub.clock.now(), body.about, body.about_id)
    async with hub.database.read() as tx:
        await must_exist(tx, hub, by, new)
        called = await called_in_register(tx, hub, by, new)
    head = {"title": body.title, "citizen": (body.citizen or called) if body.about is About.CITIZEN else ""}
    return await hub.messages.open(token, new, [one.address() for one in body.to], head, body.saying())


@router.post("/search")
async def search(hub: Hub, by: Caller, body: Words) -> dict[str, Any]:
    """The messages that the caller may read and that hold every word; that they searched is written down."""
    async with hub.database.read() as tx:
        here = await hub.messages.here(tx, by)
        further = Further(body.at, body.number) if body.at is not None else None
        found = await queries.search(hub.messages, tx, here, body.words, further)
    await hub.messages.looked(by, "messages_searched", "messages", {"found": len(found.messages)})
    return {
        "messages": [
            {"conversation": line.conversation.id, "message": message_json(one, (), here.site)}
            for line, one in found.messages
        ],
        "cut": found.further is not None,
        "further": {"at": found.further.at.isoformat(), "number": found.further.number} if found.further else None,
    }


@router.get("/{conversation}")
async def one(
    hub: Hub, by: Caller, conversation: Which, before: Annotated[int, Query(ge=1)] = EVERYTHING
) -> dict[str, Any]:
    """One conversation with the newest messages that the caller may read; that they looked is written down."""
    async with hub.database.read() as tx:
        here = await hub.messages.here(tx, by)
        seen = await queries.one(tx, hub.messages, here, conversation, before)
    await looked(hub, by, seen)
    return {
        **_told(seen.conversation, seen.head),
        "parties": [_party(one, here) for one in seen.conversation.parties],
        "readers": [_person(who, here) for who in seen.conversation.readers(here.duties)],
        "messages": [message_json(one, seen.answered.get(one.number, ()), here.site) for one in seen.messages],
        "more": seen.more,
        "read": [
            {**_person(who, here), "number": mark.number, "at": rfc3339(mark.at)}
            for who, mark in seen.marks.items()
            if who in here.site.people
        ],
        "waiting": sorted(seen.waiting),
    }


@router.post("/{conversation}/messages", status_code=201)
async def say(hub: Hub, token: Token, by: Caller, conversation: Which, body: Say) -> dict[str, Any]:
    """Say something in a conversation, or add to a message of your own."""
    return await hub.messages.say(token, by.institution, conversation, body.saying())


@router.post("/{conversation}/read")
async def read(hub: Hub, token: Token, by: Caller, conversation: Which, body: UpTo) -> dict[str, Any]:
    """Say that you have read up to a message."""
    return {"new": await hub.messages.read(token, by.institution, conversation, body.number)}


@router.post("/{conversation}/acknowledgements")
async def acknowledge(hub: Hub, token: Token, by: Caller, conversation: Which, body: UpTo) -> dict[str, Any]:
    """Say that you have an urgent message; for a duty that you are on, one word is enough for all."""
    return {"new": await hub.messages.acknowledge(token, by.institution, conversation, body.number)}


@router.post("/{conversation}/parties", status_code=204)
async def join(hub: Hub, token: Token, by: Caller, conversation: Which, body: Joining) -> Response:
    """Let somebody in."""
    beginning = body.from_beginning
    await hub.messages.join(token, by.institution, conversation, body.address(), from_beginning=beginning)
    return Response(status_code=204)


@router.delete("/{conversation}/parties/{party}", status_code=204)
async def leave(hub: Hub, token: Token, by: Caller, conversation: Which, party: int) -> Response:
    """Leave, or take somebody out: what was written until now stays theirs to read."""
    await hub.messages.leave(token, by.institution, conversation, party)
    return Response(status_code=204)


@router.post("/{conversation}/destroy", status_code=204)
async def destroy(hub: Hub, token: Token, by: Caller, conversation: Which, body: Destroying) -> Response:
    """Destroy the conversation's key: nobody reads it ever again. For those who manage the institution."""
    await hub.messages.destroy(token, by.institution, conversation, body.why)
    return Response(status_code=204)


async def must_exist(tx: Reader, hub: Services, by: Principal, new: Conversation) -> None:
    """What a conversation is about must be there, and be the caller's to know of."""
    if new.about is About.UNIT:
        site = await hub.sites.get(tx, by.institution)
        if new.about_id not in site.units:
            raise NotFound(f"about_id: there is no unit {new.about_id!r} here")
    elif new.about is About.INCIDENT:
        await incident_queries.one(tx, hub.incidents.seals, by, new.about_id or "")


async def called_in_register(tx: Reader, hub: Services, by: Principal, new: Conversation) -> str:
    """The name of the citizen that a conversation is about, where one was chosen who is the caller's to read of."""
    if new.about is not About.CITIZEN or new.about_id is None:
        return ""
    seal = await hub.citizens.seals.to_read(tx, by.institution)
    return (await citizens.known(tx, seal, by, new.about_id)).name


async def looked(hub: Services, by: Principal, seen: Seen) -> None:
    """Writes down that somebody has read these messages."""
    if seen.messages:
        facts = {"from": seen.messages[0].number, "to": seen.messages[-1].number}
        await hub.messages.looked(by, "conversation_read", subject(seen.conversation.id), facts)


def _told(one: Conversation, head: Any) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": head.get("title", ""),
        "about": one.about.value,
        "about_id": one.about_id,
        "citizen": head.get("citizen", ""),
        "opened_by": one.opened_by,
        "opened_at": rfc3339(one.opened_at),
        "destroyed": one.destroyed_at is not None,
    }


def _person(who: str, here: Here) -> dict[str, Any]:
    return {"person": who, "name": name_of(here.site, who)}


def _party(one: Party, here: Here) -> dict[str, Any]:
    now: Sequence[str] = () if one.to.kind is Kind.PERSON else sorted(here.duties.get(one.to.who, ()))
    return {
        "party": one.number,
        one.to.kind.value: one.to.who,
        "reads_from": one.first,
        "reads_to": one.last,
        "now": [_person(who, here) for who in now],
    }
