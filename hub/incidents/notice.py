"""What a follow-up says outside the house: that something is due, where and by when. Never a name, never a story."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from hub.clock import instant, micros
from hub.incidents.followup import Task, Tell
from hub.people.addresses import leaders, way
from hub.people.localtime import shown
from hub.people.site import Site
from hub.ports import Notice
from hub.storage.outbox import Parcel

Say = Callable[..., str]

# Nothing here is in a hurry: one way is enough, the one that disturbs least first.
BY = ("email", "push", "sms")
EXPIRES_IN = 43_200
_OURS = "incident:"


def is_ours(subject: str) -> bool:
    return subject.startswith(_OURS)


def about(task: Task) -> str:
    return f"{_OURS}{task.incident}:{task.number}"


def parcels(
    site: Site, unit: str | None, task: Task, tell: Tell, channels: frozenset[str], now: datetime
) -> Iterator[Parcel]:
    """What tells the owner in time, and the leaders too once it is late."""
    found = site.units.get(unit or "")
    facts = {
        "unit": found.name if found is not None else "",
        "due": micros(task.due_at),
        "late": tell is Tell.LEADERS,
        "timezone": site.institution.timezone,
    }
    owner = [task.owner] if task.owner is not None and task.owner in site.people else []
    people: Sequence[str] = owner if tell is Tell.OWNER and owner else [*owner, *leaders(site, unit)]
    for who in dict.fromkeys(people):
        channel = way(site, who, BY, channels)
        if channel is not None:
            body = orjson.dumps(facts).decode()
            yield Parcel(site.institution.id, about(task), who, channel, task.told, body, now)


def notice(parcel: Parcel, say: Say, public_url: str | None) -> Notice:
    """The parcel's facts in the words of one catalogue."""
    facts: Mapping[str, Any] = orjson.loads(parcel.body)
    due = shown(instant(facts["due"]), facts["timezone"])
    title = say("Follow-up is LATE") if facts["late"] else say("Follow-up is due soon")
    which = parcel.subject.split(":")[1]
    return Notice(
        id=f"{parcel.subject}:{parcel.recipient}:{parcel.channel}:{parcel.round}",
        title=title,
        text=say("After an incident in {unit}: due {due}.", unit=facts["unit"], due=due),
        tag=parcel.subject,
        url=f"{public_url}/incidents/{which}" if public_url else None,
        expires_in=EXPIRES_IN,
    )
