"""What is said outside the house of risks and opened cards: that something is to be looked at. Never whose, or what."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import orjson

from hub.citizens.glass import Opening
from hub.citizens.risk import Risk
from hub.clock import instant, micros
from hub.people.addresses import leaders, way
from hub.people.localtime import shown
from hub.people.site import Site
from hub.ports import Notice
from hub.storage.outbox import Parcel

Say = Callable[..., str]

RISK, GLASS = "risk:", "glass:"
# Nothing here is in a hurry: one way is enough, the one that disturbs least first.
BY = ("email", "push", "sms")
EXPIRES_IN = 43_200


def is_ours(subject: str) -> bool:
    return subject.startswith((RISK, GLASS))


def to_renew(site: Site, risk: Risk, unit: str | None, channels: frozenset[str], now: datetime) -> Iterator[Parcel]:
    """Tells the author and the unit's leaders that a risk expires."""
    facts = {"until": micros(risk.until), "timezone": site.institution.timezone}
    author = [risk.author] if risk.author in site.people else []
    yield from _parcels(site, f"{RISK}{risk.id}", [*author, *leaders(site, unit)], facts, channels, now)


def to_review(site: Site, opening: Opening, channels: frozenset[str], now: datetime) -> Iterator[Parcel]:
    """Tells the unit's leaders that somebody has opened a card."""
    facts = {"by": site.people[opening.person].name if opening.person in site.people else opening.person}
    people = [one for one in leaders(site, opening.unit) if one != opening.person]
    yield from _parcels(site, f"{GLASS}{opening.id}", people, facts, channels, now)


def _parcels(
    site: Site, subject: str, people: list[str], facts: Mapping[str, object], channels: frozenset[str], now: datetime
) -> Iterator[Parcel]:
    body = orjson.dumps(facts).decode()
    for who in dict.fromkeys(people):
        channel = way(site, who, BY, channels)
        if channel is not None:
            yield Parcel(site.institution.id, subject, who, channel, int(now.timestamp()), body, now)


def notice(parcel: Parcel, say: Say, public_url: str | None) -> Notice:
    """The parcel's facts in the words of one catalogue."""
    facts = orjson.loads(parcel.body)
    if parcel.subject.startswith(RISK):
        title, path = say("A noted risk expires"), "/citizens/risks"
        until = shown(instant(facts["until"]), facts["timezone"])
        text = say("It is shown in alarms until {time}. Renew it if it is still there.", time=until)
    else:
        title, path = say("A card was opened in an alarm"), "/citizens/reviews"
        text = say("{who} has opened it: say whether it was in order.", who=facts["by"])
    return Notice(
        id=f"{parcel.subject}:{parcel.recipient}:{parcel.channel}:{parcel.round}",
        title=title,
        text=text,
        tag=parcel.subject,
        url=f"{public_url}{path}" if public_url else None,
        expires_in=EXPIRES_IN,
    )
