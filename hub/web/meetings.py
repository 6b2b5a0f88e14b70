"""The form that invites those in a conversation to a video meeting."""

import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.routing import BaseRoute
from uuid_utils import uuid7

from hub.messaging import store
from hub.messaging.meeting import Meeting, is_address, names_somebody
from hub.messaging.message import Saying
from hub.people.faults import say
from hub.web.admin import Desks, Visit
from hub.web.messages import LIST, may_enter, one
from hub.web.pages import Pages

ROOM, ROOM_BYTES = "{room}", 16


async def invite(visit: Visit) -> str:
    """Says when and where it is, in words too: by whichever way somebody reads it, they can come."""
    of, which, service = visit.by.institution, visit.which, visit.hub.settings.outside.video_url
    async with visit.reading() as tx:
        here = await visit.hub.messages.here(tx, visit.by)
        talk = await visit.hub.messages.writing(tx, here, which)
        head = await store.head(tx, await visit.hub.messages.key(tx, talk), talk)
    at = _moment(visit)
    room = secrets.token_urlsafe(ROOM_BYTES)
    url = service.replace(ROOM, room) if service is not None else _address(visit, head.get("citizen", ""))
    visit.entry.refuse_if_faulty()
    if at is not None:
        say = visit.texts
        text = say("Video meeting {time}: {address}", time=visit.local(at), address=url)
        saying = Saying(visit.entry.raw("id") or str(uuid7()), text, meeting=Meeting(at, url))
        await visit.hub.messages.say(visit.token, of, which, saying)
    return f"{LIST}/{which}?done=1#newest"


def _moment(visit: Visit) -> datetime | None:
    at = visit.entry.moment("meets", ZoneInfo(visit.site.institution.timezone))
    if at is not None and at <= visit.hub.clock.now():
        visit.entry.wrong("meets", say("This moment is over: choose a later one."))
    return at


def _address(visit: Visit, citizen: str) -> str:
    url = visit.entry.raw("address").strip()
    if not is_address(url):
        visit.entry.wrong("address", say("Write the meeting's address; it begins with https://."))
    elif names_somebody(url, [citizen]):
        visit.entry.wrong("address", say("The address tells of the citizen: make the meeting without their name."))
    return url


def meeting_routes(pages: Pages) -> list[BaseRoute]:
    """The route of the form."""
    return [Desks(pages).form(f"{LIST}/{{id}}/meeting", invite, one, may_enter)]
