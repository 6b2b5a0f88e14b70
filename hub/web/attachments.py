"""The files of conversations: sent one by one or with a form, and given as files that no browser shows or runs."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from hub.messaging import drafts, queries
from hub.messaging.attachment import Attachment, Offered, attachment_json
from hub.messaging.frames import subject
from hub.people.access import Principal
from hub.web.api import PROBLEMS, Caller, Hub, Token
from hub.web.edge import FILE
from hub.web.forms import SentFile
from hub.web.services import Services

router = APIRouter(prefix="/api/conversations", responses=PROBLEMS)

Part = Annotated[str, Path(max_length=200)]
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_SENT = {"requestBody": {"required": True, "content": {FILE: _BINARY}}}
_GIVEN: dict[int | str, dict[str, Any]] = {200: {"description": "The file", "content": {FILE: _BINARY}}}


@router.post("/{conversation}/attachments", status_code=201, openapi_extra=_SENT)
async def attach(
    hub: Hub,
    token: Token,
    by: Caller,
    conversation: Part,
    request: Request,
    name: Annotated[str, Query(max_length=400)] = "",
) -> dict[str, Any]:
    """Send a file for a message of yours that is to follow: a message names it by the id that comes back.

    It is told from its content and its name, both; what no message carries within a day is deleted.
    """
    async with hub.database.read() as tx:
        await hub.messages.writing(tx, await hub.messages.here(tx, by), conversation)
    (one,) = await hub.messages.attaching.take(by.institution, by.name, [Offered(name, await request.body())])
    await drafts.attach(hub.messages, token, by.institution, conversation, [one])
    return attachment_json(one.shown)


@router.get("/{conversation}/attachments/{attachment}", response_class=Response, responses=_GIVEN)
async def attachment(hub: Hub, by: Caller, conversation: Part, attachment: Part) -> Response:
    """One file of a message that the caller may read; that they took it is written down."""
    return await given(hub, by, conversation, attachment)


async def taken(hub: Services, by: Principal, sent: Sequence[SentFile]) -> tuple[Attachment, ...]:
    """The files of a form, kept for the message that it says."""
    return await hub.messages.attaching.take(by.institution, by.name, [Offered(one.name, one.content) for one in sent])


async def given(hub: Services, by: Principal, conversation: str, which: str) -> Response:
    """A file for whoever may read its message."""
    async with hub.database.read() as tx:
        here = await hub.messages.here(tx, by)
        one, number = await queries.attachment(tx, hub.messages, here, conversation, which)
    await hub.messages.looked(by, "attachment_read", subject(conversation), {"attachment": one.id, "number": number})
    return streamed(hub, by.institution, one)


def streamed(hub: Services, institution: str, one: Attachment) -> Response:
    """A file, piece by piece, for whoever has been found to have the right to it."""
    content = hub.messages.attaching.content(institution, one)
    return StreamingResponse(content, media_type=one.kind, headers=_headers(one))


def _headers(one: Attachment) -> Mapping[str, str]:
    """Whatever is in it, a browser keeps it as a file, and runs nothing of it."""
    plain = "".join(sign if sign.isascii() and sign not in '"\\%' else "_" for sign in one.name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(one.name, safe='')}",
        "Content-Length": str(one.size),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
