"""A reminder to somebody who works alone and whose screen is not there: over which channels, and in which words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson

from hub.alarms.notice import Say
from hub.alarms.parcels import WaysOut
from hub.lone.events import PREFIX, subject
from hub.lone.session import Change, Event
from hub.people.addresses import address
from hub.people.site import Site
from hub.ports import Notice
from hub.storage.outbox import Parcel

BY = ("push", "sms")
# How long a screen that is there, or a channel, has before the next one is tried.
TURN = timedelta(seconds=20)


# The notification's one button: a sign of life. Having seen the notification is none.
OK = "ok"


def is_ours(subject: str) -> bool:
    return session_in(subject) is not None


def session_in(subject: str) -> str | None:
    """The session that a notification is about; None if it is about something else."""
    return subject.removeprefix(PREFIX) if subject.startswith(PREFIX) else None


def parcels(change: Change, ways_out: WaysOut, site: Site, now: datetime) -> list[Parcel]:
    """What calls the person over the world outside; a sign of life cancels it."""
    session = change.session
    if change.event not in (Event.REMINDER, Event.GRACE):
        return []
    due = now
    if ways_out.connected(session.institution, session.person):
        if change.event is Event.REMINDER:
            return []
        due += TURN
    facts = {
        "event": change.event.value,
        "ends_at": session.ends_at.timestamp(),
        "alarms_at": session.alarms_at.timestamp(),
        "timezone": site.institution.timezone,
    }
    body = orjson.dumps(facts).decode()
    called: list[Parcel] = []
    for channel in BY:
        if channel in ways_out.channels and address(site, session.person, channel) is not None:
            called.append(
                Parcel(session.institution, subject(session), session.person, channel, session.version, body, due)
            )
            due += TURN
    return called


def notice(parcel: Parcel, say: Say, public_url: str | None) -> Notice:
    """The parcel's facts in the words of one catalogue: when, and never where or with whom."""
    facts = orjson.loads(parcel.body)
    zone = ZoneInfo(facts["timezone"])
    ends, alarms = (
        f"{datetime.fromtimestamp(facts[name], UTC).astimezone(zone):%H.%M}" for name in ("ends_at", "alarms_at")
    )
    if facts["event"] == Event.GRACE:
        text = say("Your time alone has run out. Without a sign of life the alarm is raised at {time}.", time=alarms)
    else:
        text = say("Your time alone ends at {time}. Say that you are OK, or extend it.", time=ends)
    return Notice(
        id=f"{parcel.subject}:{parcel.recipient}:{parcel.channel}:{parcel.round}",
        title=say("Are you OK?"),
        text=text,
        tag=parcel.subject,
        url=public_url,
        expires_in=max(1, round(facts["alarms_at"] - parcel.due_at.timestamp())),
        answers=((OK, say("I am OK")),),
        unsent=say("Your answer did NOT arrive: open the hub and answer there."),
    )
