"""What reach is said in: the advice for each reason, and the notices that leave the house."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from hub.alarms.parcels import WaysOut
from hub.alarms.setting import Setting
from hub.clock import instant, micros
from hub.delivery.reach import Reason
from hub.people.addresses import address, way
from hub.people.site import Role, Site
from hub.ports import Notice
from hub.reach.holes import Hole, spoken
from hub.storage.outbox import Parcel

Say = Callable[..., str]

BY = ("push", "sms")
# How long a screen that is there, or a channel, has before the next one is tried.
TURN = timedelta(seconds=20)
EXPIRES_IN = 900
_LOW, _PROOF = "reach:", "proof:"
# Nothing here is in a hurry: one way is enough, the one that disturbs least first.
HOLES = "holes:ahead"
HOLES_BY = ("email", "push", "sms")
HOLES_EXPIRE_IN = 43_200
PLANNERS = (Role.SHIFT_LEAD, Role.MANAGER)


def advice(reason: Reason, say: Say) -> str:
    """Why somebody counts as they do, and what to do about it."""
    said: Mapping[Reason, str] = {
        Reason.OK: say("Can hear an alarm."),
        Reason.MUTED: say("The sound is off: turn it on, on the device and in the page."),
        Reason.BATTERY: say("The battery is almost flat: charge the device."),
        Reason.NOT_PROVEN: say("Has not heard a test in this shift: answer the test on the page."),
        Reason.PUSH_ONLY: say("Is reached by notification only: open the page and keep it open."),
        Reason.PUSH_UNPROVEN: say("No notification has been seen to come through: open the page and answer the test."),
        Reason.SILENT: say("The device has fallen silent: look at its network and open the page."),
        Reason.NOT_CONNECTED: say("No device is connected: open the page on a phone or computer."),
    }
    return said[reason]


def low_subject(unit: str) -> str:
    return _LOW + unit


def proof_subject(which: str) -> str:
    return _PROOF + which


def proof_in(subject: str) -> str | None:
    """The test that a notification asked for; None if it was about something else."""
    return subject.removeprefix(_PROOF) if subject.startswith(_PROOF) else None


def is_ours(subject: str) -> bool:
    return subject.startswith((_LOW, _PROOF)) or subject == HOLES


def low_parcels(
    site: Site, unit: str, reachable: int, minimum: int, leads: tuple[str, ...], ways_out: WaysOut, now: datetime
) -> Iterator[Parcel]:
    """What calls those who lead the unit; it is cancelled when enough would hear again."""
    name = site.units[unit].name if unit in site.units else unit
    body = orjson.dumps({"unit": name, "reachable": reachable, "minimum": minimum}).decode()
    told = micros(now) // 1_000_000
    for lead in leads:
        due = now + TURN if ways_out.connected(site.institution.id, lead) else now
        for channel in BY:
            if channel in ways_out.channels and address(site, lead, channel) is not None:
                yield Parcel(site.institution.id, low_subject(unit), lead, channel, told, body, due)
                due += TURN


def hole_parcels(
    setting: Setting, new: Sequence[Hole], ways_out: WaysOut, now: datetime, due: datetime
) -> Iterator[Parcel]:
    """What tells those who plan for a unit of new holes in its roster."""
    site = setting.site
    for person in site.people.values():
        theirs = [one for one in new if not person.units or one.unit in person.units]
        channel = way(site, person.id, HOLES_BY, ways_out.channels)
        if person.role in PLANNERS and theirs and channel is not None:
            first = theirs[0]
            facts = {
                "n": len(theirs),
                "unit": site.units[first.unit].name,
                "hole": [micros(first.starts), micros(first.ends), first.told],
                "within": setting.limit(first.unit).within,
                "timezone": site.institution.timezone,
            }
            body = orjson.dumps(facts).decode()
            yield Parcel(site.institution.id, HOLES, person.id, channel, micros(now) // 1_000_000, body, due)


def _of_holes(facts: Mapping[str, Any], say: Say) -> str:
    starts, ends, told = facts["hole"]
    hole = Hole(facts["unit"], instant(starts), instant(ends), told)
    words = spoken(hole, ZoneInfo(facts["timezone"]), facts["within"], say)
    return say("New holes: {n}. The first is in {unit}. {hole}.", n=facts["n"], unit=facts["unit"], hole=words)


def notice(parcel: Parcel, say: Say, public_url: str | None) -> Notice:
    """The parcel's facts in the words of one catalogue."""
    url, expires_in = public_url, EXPIRES_IN
    if parcel.subject == HOLES:
        title, text = say("Holes in the coming roster"), _of_holes(orjson.loads(parcel.body), say)
        url, expires_in = f"{public_url}/holes" if public_url else None, HOLES_EXPIRE_IN
    elif proof_in(parcel.subject) is not None:
        title, text = say("Can you hear this?"), say("Open the page and answer the test: then we know that you can.")
    else:
        facts: Mapping[str, Any] = orjson.loads(parcel.body)
        title = say("Too few can hear an alarm")
        text = say(
            "{unit}: {reachable} can hear an alarm now; there must be {minimum}.",
            unit=facts["unit"],
            reachable=facts["reachable"],
            minimum=facts["minimum"],
        )
    return Notice(
        id=f"{parcel.subject}:{parcel.recipient}:{parcel.channel}:{parcel.round}",
        title=title,
        text=text,
        tag=parcel.subject,
        url=url,
        expires_in=expires_in,
    )
