"""Who is shown an alarm, live and afterwards, and what the one who was forced to withdraw it sees instead."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from hub.alarms import events
from hub.alarms.alarm import Alarm
from hub.alarms.setting import Setting
from hub.delivery.sockets import Envelope, text_frame
from hub.people.access import Principal
from hub.storage.journal import Entry


def envelopes(entry: Entry, alarm: Alarm, shown: dict[str, Any], setting: Setting) -> list[Envelope]:
    """The frames of one journal row: one for everybody concerned, and a silent one for a raiser under duress."""
    event = events.FRAME_EVENTS.get(entry.event)
    if event is None:
        return []
    # The row has just been written from this very alarm: what `events.frame` would put together again is here already.
    frame = {"type": "alarm", "cursor": entry.seq, "event": event, "alarm": shown}
    return _addressed(entry, alarm, frame, setting, alarm.under_duress)


def followed(entry: Entry, alarm: Alarm, setting: Setting) -> list[Envelope]:
    """The frames of a journal row that another hub wrote, when the alarm may have moved on since."""
    frame = events.frame(entry, events.alarm_json(alarm, setting.site), setting.site)
    if frame is None:
        return []
    return _addressed(entry, alarm, frame, setting, bool(entry.facts.get("under_duress")))


def _addressed(
    entry: Entry, alarm: Alarm, frame: dict[str, Any], setting: Setting, under_duress: bool
) -> list[Envelope]:
    people = list(alarm.told)
    screens = setting.screens_in(alarm.unit)
    sent: list[Envelope] = []
    if not under_duress:
        people.append(alarm.raised_by)
        screens = (*screens, alarm.raised_by)
    elif (quiet := _quiet(entry, alarm, frame)) is not None:
        sent.append(_envelope(alarm, entry, (alarm.raised_by,), (alarm.raised_by,), quiet))
    sent.append(_envelope(alarm, entry, people, screens, frame))
    return sent


def shown_to(
    by: Principal, entry: Entry, alarm: Alarm, frame: dict[str, Any], setting: Setting
) -> dict[str, Any] | None:
    """What this client sees of a row's frame: the frame itself, less of it, or nothing."""
    if not may_follow(by, alarm, setting):
        return None
    if by.name != alarm.raised_by or not entry.facts.get("under_duress"):
        return frame
    return _quiet(entry, alarm, frame)


def _quiet(entry: Entry, alarm: Alarm, frame: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a forced raiser's screens are told: that it was withdrawn, and of what came after nothing."""
    if entry.event != "duress":
        return None
    return {**frame, "event": "withdrawn", "alarm": events.for_forced_raiser(alarm, frame["alarm"])}


def _envelope(
    alarm: Alarm, entry: Entry, people: Sequence[str], devices: Sequence[str], frame: dict[str, Any]
) -> Envelope:
    return Envelope(alarm.institution, entry.seq, people, devices, text_frame(encode(frame)))


def encode(frame: dict[str, Any]) -> bytes:
    return orjson.dumps(frame)


def may_follow(by: Principal, alarm: Alarm, setting: Setting) -> bool:
    """Those who get the alarm's live frames: told, raiser, and the screens that hang in its unit."""
    who = by.name
    if who == alarm.raised_by or who in alarm.told:
        return True
    return by.device in setting.screens_in(alarm.unit)


def seen_by(by: Principal, alarm: Alarm, shown: dict[str, Any]) -> dict[str, Any]:
    """The alarm as this person may see it."""
    if alarm.under_duress and by.name == alarm.raised_by:
        return events.for_forced_raiser(alarm, shown)
    return shown
