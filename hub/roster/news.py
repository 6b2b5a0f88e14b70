"""What people are told of their shifts outside the page: about what, over which channel, when and in which words."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from uuid_utils import uuid7

from hub.clock import instant, micros
from hub.people.addresses import way
from hub.people.localtime import period
from hub.people.site import Site
from hub.ports import Notice
from hub.roster.difference import Difference
from hub.roster.shift import Shift
from hub.roster.swap import Part
from hub.storage.outbox import Parcel

Say = Callable[..., str]

PREFIX = "shift:"
# One way is enough. What is about one's own time disturbs least where one reads it when one likes.
BY = ("push", "email", "sms")
# What goes to everybody at once costs nothing.
BY_WHEN_MANY = ("push", "email")
SOON = timedelta(hours=24)
# What lies further ahead is a plan, and not what somebody relies on already.
AHEAD = timedelta(days=14)
# What is not about the coming day and night waits for the morning, where it comes at night.
NIGHT, MORNING = time(21), time(8)
EXPIRES_IN = 43_200


class Kind(StrEnum):
    """What has happened to somebody's shifts, or is about to."""

    OFFERED = "offered"
    ASKED = "asked"
    AGREED = "agreed"
    TO_APPROVE = "to_approve"
    DONE = "done"
    DECLINED = "declined"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CHANGED = "changed"
    BEFORE = "before"


def span(about: Shift | Part) -> list[Any]:
    """Where and when a shift is."""
    return [about.unit, micros(about.starts), micros(about.ends)]


@dataclass(frozen=True, slots=True)
class Wants:
    """What somebody wants to be told of their own shifts."""

    minutes: int | None = None
    """So long before each of them; not at all where nothing is chosen."""
    changes: bool = True
    """When somebody else has changed them."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that one person is to be told; it holds ids, never names."""

    institution: str
    id: str
    person: str
    kind: Kind
    facts: Mapping[str, Any] = field(hash=False)
    at: datetime

    @classmethod
    def of(cls, institution: str, person: str, kind: Kind, about: Shift | Part, now: datetime, **more: Any) -> "News":
        return cls(institution, str(uuid7()), person, kind, {"shift": span(about)} | more, now)

    @property
    def starts(self) -> datetime:
        return instant(self.facts["shift"][1])


def changes(institution: str, found: Difference[Shift], now: datetime, by: str | None) -> list[News]:
    """What those are told whose coming shifts somebody else has changed: each the first, and how many there are."""
    told: dict[str, list[tuple[Shift, str]]] = {}
    moved = [pair for pair in found.changed if pair[0].person == pair[1].person]
    handed = [pair for pair in found.changed if pair[0].person != pair[1].person]
    for how, shifts in (
        ("moved", [after for _, after in moved]),
        ("new", [*found.new, *(after for _, after in handed)]),
        ("gone", [*found.gone, *(before for before, _ in handed)]),
    ):
        for shift in shifts:
            if now < shift.starts < now + AHEAD and shift.person != by:
                told.setdefault(shift.person, []).append((shift, how))
    news = []
    for person, theirs in told.items():
        first, how = min(theirs, key=lambda one: one[0].starts)
        news.append(News.of(institution, person, Kind.CHANGED, first, now, how=how, n=len(theirs)))
    return news


def is_ours(subject: str) -> bool:
    return subject.startswith(PREFIX)


def parcel(news: News, site: Site, channels: Collection[str], now: datetime) -> Parcel | None:
    """What tells the person, by the first of their own channels that the hub has; None if there is none."""
    channel = way(site, news.person, BY_WHEN_MANY if news.kind is Kind.OFFERED else BY, channels)
    if channel is None:
        return None
    body = dict(news.facts) | {
        "kind": news.kind.value,
        "shift": _named(site, news.facts["shift"]),
        "back": _named(site, news.facts.get("back")),
        "timezone": site.institution.timezone,
    }
    if "who" in news.facts:
        person = site.people.get(news.facts["who"])
        body["who"] = person.name if person is not None else news.facts["who"]
    due = now if news.starts <= now + SOON else by_day(now, ZoneInfo(site.institution.timezone))
    # A shift that is moved has another reminder: its number is when it begins.
    number = micros(news.starts) // 60_000_000 if news.kind is Kind.BEFORE else 1
    return Parcel(site.institution.id, PREFIX + news.id, news.person, channel, number, orjson.dumps(body).decode(), due)


def _named(site: Site, part: Sequence[Any] | None) -> list[Any] | None:
    return [site.units[part[0]].name if part[0] in site.units else part[0], *part[1:]] if part else None


def by_day(now: datetime, zone: ZoneInfo) -> datetime:
    """Now, or in the night the coming morning."""
    local = now.astimezone(zone)
    if MORNING <= local.time() < NIGHT:
        return now
    tomorrow = local.date() + timedelta(days=int(local.time() >= NIGHT))
    return datetime.combine(tomorrow, MORNING, zone)


def notice(parcel: Parcel, say: Say, public_url: str | None) -> Notice:
    """The parcel's facts in the words of one catalogue."""
    facts: Mapping[str, Any] = orjson.loads(parcel.body)
    kind, zone = Kind(facts["kind"]), ZoneInfo(facts["timezone"])
    words = {
        "who": facts.get("who", ""),
        "n": facts.get("n", 1),
        "shift": _part(facts["shift"], zone, say),
        "back": _part(facts["back"], zone, say),
    }
    title = say("Your shift begins soon") if kind is Kind.BEFORE else say("Your shifts")
    return Notice(
        id=f"{parcel.subject}:{parcel.recipient}:{parcel.channel}:{parcel.round}",
        title=title,
        text=_text(kind, facts.get("how", ""), words, say),
        tag=parcel.subject,
        url=f"{public_url}/{'duty' if kind in (Kind.BEFORE, Kind.CHANGED) else 'swaps'}" if public_url else None,
        expires_in=_worth(kind, parcel, instant(facts["shift"][1])),
    )


def _part(part: Sequence[Any] | None, zone: ZoneInfo, say: Say) -> str:
    if part is None:
        return ""
    unit, starts, ends = part
    return f"{unit}, {period(instant(starts), instant(ends), zone, say)}"


def _text(kind: Kind, how: str, words: Mapping[str, Any], say: Say) -> str:
    if kind is Kind.CHANGED:
        return _changed(how, words, say)
    if kind is Kind.ASKED and words["back"]:
        return say("{who} offers you a shift, {shift}, for one of yours, {back}.", **words)
    said: Mapping[Kind, str] = {
        Kind.OFFERED: say("{who} wants to give a shift away, and you can take it: {shift}.", **words),
        Kind.ASKED: say("{who} asks whether you take this shift: {shift}.", **words),
        Kind.AGREED: say("{who} takes your shift if it is approved: {shift}.", **words),
        Kind.TO_APPROVE: say("A swap waits for your approval: {shift}.", **words),
        Kind.DONE: say("The swap holds, and the roster is changed: {shift}.", **words),
        Kind.DECLINED: say("{who} cannot take your shift: {shift}.", **words),
        Kind.REFUSED: say("The swap was not approved, nothing is changed: {shift}.", **words),
        Kind.WITHDRAWN: say("{who} keeps the shift after all: {shift}.", **words),
        Kind.EXPIRED: say("Nobody took your shift, it is still yours: {shift}.", **words),
        Kind.BEFORE: f"{words['shift']}.",
    }
    return said[kind]


def _changed(how: str, words: Mapping[str, Any], say: Say) -> str:
    if words["n"] > 1:
        return say("Somebody has changed {n} of your shifts. The first: {shift}.", **words)
    if how == "new":
        return say("Somebody has put you on a shift: {shift}.", **words)
    if how == "gone":
        return say("Somebody has taken you off a shift: {shift}.", **words)
    return say("Somebody has changed your shift: {shift}.", **words)


def _worth(kind: Kind, parcel: Parcel, starts: datetime) -> int:
    """How long it is worth hearing: a reminder until the shift begins."""
    left = round((starts - parcel.due_at).total_seconds())
    return max(60, left) if kind is Kind.BEFORE else EXPIRES_IN
