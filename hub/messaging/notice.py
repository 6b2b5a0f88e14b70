"""What a message says outside the house: that there is one, and from whom. Never what it is about, nor a word of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import orjson

from hub.delivery.ways import Ways
from hub.messaging.here import Here
from hub.messaging.message import Message, name_of
from hub.messaging.urgency import BY, TURN, Call
from hub.people.site import Site
from hub.ports import Notice
from hub.storage.outbox import Parcel

Say = Callable[..., str]

PREFIX = "message:"
EXPIRES_IN = 43_200
# A tap on the notification of an urgent message takes it upon oneself.
OK = "ok"
NEWS_BY = ("push",)


def is_ours(subject: str) -> bool:
    return subject.startswith(PREFIX)


def about(conversation: str, number: int | None = None) -> str:
    """The conversation, or one message of it that somebody is called to by itself."""
    return f"{PREFIX}{conversation}" if number is None else f"{PREFIX}{conversation}:{number}"


def urgent_in(subject: str) -> tuple[str, int] | None:
    """The urgent message that a notification calls to; None if it only tells that something is new."""
    parts = subject.split(":")
    return (parts[1], int(parts[2])) if len(parts) == 3 and parts[0] + ":" == PREFIX else None


def told(
    ways: Ways, here: Here, which: str, message: Message, readers: Iterable[str], reached: Mapping[str, int]
) -> Iterator[Parcel]:
    """Tells of a new message whoever is to read it and has no screen there."""
    for who in readers:
        if who != here.me and who in message.mentions:
            yield from mention(ways, here.site, which, message.number, who, here.me, here.now)
        elif who != here.me:
            yield from news(ways, here.site, which, who, here.me, reached.get(who, 0), here.now)


def news(ways: Ways, site: Site, which: str, to: str, author: str, read: int, now: datetime) -> Iterator[Parcel]:
    """Tells somebody whose screens are all away, once until they have read what was new then."""
    if not ways.connected(site.institution.id, to):
        yield from _parcels(ways, site, about(which), to, author, read, now, urgent=False)


def mention(ways: Ways, site: Site, which: str, number: int, to: str, author: str, now: datetime) -> Iterator[Parcel]:
    """Tells somebody who was named, though they have more to read already."""
    if not ways.connected(site.institution.id, to):
        yield from _parcels(ways, site, about(which), to, author, -number, now, urgent=False)


def held(ways: Ways, site: Site, which: str, number: int, to: str, now: datetime) -> Iterator[Parcel]:
    """Tells whoever wrote it that a message did not leave the house."""
    if not ways.connected(site.institution.id, to):
        body, of = orjson.dumps({"held": True, "urgent": False}).decode(), site.institution.id
        for channel, after in ways.turns(site, to, NEWS_BY, timedelta()):
            yield Parcel(of, about(which), to, channel, -number, body, now + after)


def calls(ways: Ways, site: Site, which: str, number: int, call: Call, author: str, now: datetime) -> Iterator[Parcel]:
    """Calls somebody to an urgent message, over one channel after the other until it is answered."""
    yield from _parcels(ways, site, about(which, number), call.person, author, call.round, now, urgent=True)


def _parcels(
    ways: Ways, site: Site, subject: str, to: str, author: str, number: int, now: datetime, *, urgent: bool
) -> Iterator[Parcel]:
    facts = {"by": name_of(site, author), "urgent": urgent}
    body, of = orjson.dumps(facts).decode(), site.institution.id
    for channel, after in ways.turns(site, to, BY if urgent else NEWS_BY, TURN if urgent else timedelta()):
        yield Parcel(of, subject, to, channel, number, body, now + after)


def notice(parcel: Parcel, say: Say, public_url: str | None) -> Notice:
    """The parcel's facts in the words of one catalogue."""
    facts = orjson.loads(parcel.body)
    which = parcel.subject.split(":")[1]
    if "held" in facts:
        title, text = (
            say("Message not sent"),
            say("What you wrote to somebody outside did not leave: open it to see why."),
        )
    elif facts["urgent"]:
        title, text = say("URGENT MESSAGE"), say("From {who}. Open it and say that you have it.", who=facts["by"])
    else:
        title, text = say("New message"), say("From {who}.", who=facts["by"])
    return Notice(
        id=f"{parcel.subject}:{parcel.recipient}:{parcel.channel}:{parcel.round}",
        title=title,
        text=text,
        tag=parcel.subject,
        url=f"{public_url}/messages/{which}" if public_url else None,
        expires_in=EXPIRES_IN,
        answers=((OK, say("I have it")),) if facts["urgent"] else (),
        unsent=say("Your answer did NOT arrive: open the hub and answer there."),
    )
