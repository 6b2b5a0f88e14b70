"""Being reached with the page closed: a browser's subscription, and what a notification answers with."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from hub.alarms.alarm import Said
from hub.alarms.replies import Reply
from hub.clock import rfc3339
from hub.delivery.receipts import Stage
from hub.errors import Forbidden, Invalid, NotFound, Unavailable
from hub.lone.notice import OK, session_in
from hub.messaging import notice as message_notice
from hub.people.pushstore import prove
from hub.reach import notice as reach_notice
from hub.reach.notice import proof_in
from hub.roster import news as shift_news
from hub.storage import outbox
from hub.storage.database import Transaction
from hub.web.api import PROBLEMS, Caller, Hub
from hub.web.frames import Sent
from hub.web.services import Services

router = APIRouter(prefix="/api/push", responses=PROBLEMS)

# Only the browser's own service worker can read the token, which came inside the encrypted message.
_Token = Annotated[str, Field(min_length=8, max_length=2048)]


class PushKeys(Sent):
    p256dh: Annotated[str, Field(max_length=200)]
    auth: Annotated[str, Field(max_length=100)]


class Subscription(Sent):
    """What `PushSubscription.toJSON()` gives."""

    endpoint: Annotated[str, Field(max_length=2048)]
    expirationTime: float | None = None  # noqa: N815 - the browser's own name
    keys: PushKeys


class FromNotification(Sent):
    """What a notification says back: that it came, that it was shown, or its answer."""

    token: _Token
    stage: Literal["received", "shown"] | None = None
    answer: Said | Literal["ok"] | None = None
    subscription: Annotated[str, Field(max_length=64)] | None = None


@router.get("/key")
async def public_key(hub: Hub, _by: Caller) -> dict[str, Any]:
    """What a page subscribes with; null where this hub has no push."""
    return {"key": hub.push_key}


@router.post("/subscriptions", status_code=201)
async def subscribe(hub: Hub, by: Caller, request: Request, body: Subscription) -> dict[str, Any]:
    """Reach this person in this browser from now on, also with the page closed."""
    if by.person is None:
        raise Forbidden("Only a person can be reached by push: sign in first.")
    if hub.push_key is None:
        raise Unavailable("This hub sends no push: its operator must set HUB_PUSH_SUBJECT and run hub keys.")
    address = json.dumps({"endpoint": body.endpoint, "keys": body.keys.model_dump()})
    agent = request.headers.get("user-agent", "")
    return {"id": await hub.push.subscribe(by, by.person, body.endpoint, address, agent)}


@router.get("/subscriptions")
async def subscriptions(hub: Hub, by: Caller) -> dict[str, Any]:
    """The browsers that this person is reached in."""
    async with hub.database.read() as tx:
        found = await hub.push.alive(tx, by.institution, by.person or "")
    shown = [
        {
            "id": one.id,
            "agent": one.agent,
            "proven": one.proven_at is not None,
            "proven_at": rfc3339(one.proven_at) if one.proven_at is not None else None,
        }
        for one in found
    ]
    return {"subscriptions": shown}


@router.delete("/subscriptions/{which}", status_code=204)
async def unsubscribe(hub: Hub, by: Caller, which: str) -> Response:
    """Stop reaching this person in that browser."""
    if not await hub.push.bury(by.institution, by.person or "", which, "unsubscribed"):
        raise NotFound("subscription: you are reached in no such browser; see GET /api/push/subscriptions.")
    return Response(status_code=204)


@router.post("/replies")
async def reply(hub: Hub, body: FromNotification) -> dict[str, Any]:
    """A notification's receipt or answer; its token stands for one notice and one person, and for an hour."""
    if (body.stage is None) == (body.answer is None):
        raise Invalid("stage, answer: send one of the two")
    about = hub.replies.read(body.token, hub.clock.now())
    if body.stage is not None:
        return {"new": await _came(hub, about, Stage(body.stage), body.subscription)}
    session = session_in(about.alarm)
    if session is not None and body.answer == OK:
        return await hub.lone.check_in(about, session)
    urgent = message_notice.urgent_in(about.alarm)
    if urgent is not None and body.answer == OK:
        async with hub.database.read() as tx:
            by = await hub.alarms.asker(tx, about, hub.clock.now())
        return {"new": await hub.messages.acknowledge(by, by.institution, *urgent)}
    if session is not None or _no_alarm(about.alarm) or not isinstance(body.answer, Said):
        raise Invalid("answer: this notification has no such answer; open the hub and answer there")
    return await hub.alarms.answer(about, about.alarm, body.answer, 0)


def _no_alarm(subject: str) -> bool:
    """Whether it is about reach, somebody's shifts or a message."""
    return any(room.is_ours(subject) for room in (reach_notice, shift_news, message_notice))


async def _came(hub: Services, about: Reply, stage: Stage, which: str | None) -> bool:
    """The notification came through: that proves its browser, and stops what was still to say the same."""
    # Having seen a reminder is no sign of life, a test no tap, and an urgent message no answer: these go on.
    goes_on = proof_in(about.alarm) is not None or message_notice.urgent_in(about.alarm) is not None
    warning = _no_alarm(about.alarm) and not goes_on
    alarm = not _no_alarm(about.alarm) and session_in(about.alarm) is None
    new = not alarm or await hub.alarms.receipt(about, about.alarm, stage)
    now = hub.clock.now()

    async def action(tx: Transaction) -> None:
        if which is not None:
            await prove(tx, about.institution, about.person, which, now)
        if warning:
            await outbox.drop(tx, about.institution, about.alarm, now, about.person)

    await hub.database.write(action, of=about.institution)
    return new
