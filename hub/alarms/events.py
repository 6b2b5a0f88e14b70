"""What the journal keeps of each change, and how a change looks to those who are told of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.alarms.alarm import WATCH, Alarm, Change, State, recipient
from hub.clock import instant, micros, rfc3339
from hub.delivery.receipts import Stage, counts
from hub.people.site import Site, Unit
from hub.storage.journal import Entry

# The journal's own words are finer than the protocol's five events.
FRAME_EVENTS = {
    "raised": "raised",
    "reopened": "raised",
    "rerouted": "escalated",
    "answered": "answered",
    "escalated": "escalated",
    "became_alarm": "escalated",
    "duress": "escalated",
    "withdrawn": "withdrawn",
    "resolved": "resolved",
}
_RESOLVED = ("resolved_at", "resolved_by", "resolved_note", "outcome")
CLOCK_TOLERANCE = timedelta(seconds=60)


def facts_of(change: Change) -> dict[str, Any]:
    """The journal's facts: all that moves in an alarm's life, as ids and numbers."""
    alarm = change.alarm
    facts: dict[str, Any] = {
        "kind": alarm.kind,
        "state": alarm.state.value,
        "version": alarm.version,
        "step": alarm.step,
        "escalates_at": micros(alarm.escalates_at) if alarm.escalates_at else None,
    }
    if alarm.answers:
        facts["answers"] = {who: [answer.said.value, micros(answer.at)] for who, answer in alarm.answers.items()}
    if change.tell:
        facts["told"] = [recipient(tell) for tell in change.tell]
    if change.passed:
        facts["passed"] = list(change.passed)
    if change.said:
        facts["said"] = change.said.value
    if alarm.outcome:
        facts["outcome"] = alarm.outcome.value
    if alarm.false_because:
        facts["false_because"] = alarm.false_because.value
    if alarm.under_duress:
        facts["under_duress"] = True
    if change.event == "raised":
        facts |= _origin(alarm)
    return facts


def texts_of(change: Change) -> dict[str, str]:
    """What somebody wrote, which the journal holds a hash of and no more."""
    alarm = change.alarm
    if change.event == "raised" and alarm.note:
        return {"note": alarm.note}
    return {"resolved_note": alarm.resolved_note} if change.event == "resolved" and alarm.resolved_note else {}


def _origin(alarm: Alarm) -> dict[str, Any]:
    origin: dict[str, Any] = {"unit": alarm.unit, "place": alarm.place, "drill": alarm.drill}
    if alarm.linked_to:
        origin["linked_to"] = alarm.linked_to
    if alarm.lone:
        origin["lone"] = alarm.lone
    if alarm.pressed_at:
        origin["pressed_at"] = micros(alarm.pressed_at)
    return origin


def clock_warning(alarm: Alarm) -> str | None:
    """A sentence for the person whose device tells the time wrongly; the alarm itself goes by the hub's clock."""
    if alarm.pressed_at is None:
        return None
    off = alarm.pressed_at - alarm.raised_at
    if abs(off) <= CLOCK_TOLERANCE:
        return None
    minutes = round(abs(off).total_seconds() / 60)
    if off > timedelta():
        return (
            f"pressed_at is {minutes} min ahead of the hub: set the device's clock. The alarm runs on the hub's time."
        )
    return (
        f"pressed_at is {minutes} min behind the hub: the press waited that long, or the device's clock is wrong. "
        "The alarm runs on the hub's time."
    )


def alarm_json(alarm: Alarm, site: Site) -> dict[str, Any]:
    """The alarm as the protocol shows it."""
    unit = site.units.get(alarm.unit or "")
    shown: dict[str, Any] = {
        "id": alarm.id,
        "institution": alarm.institution,
        "unit": alarm.unit,
        "unit_name": unit.name if unit is not None else alarm.unit,
        "kind": alarm.kind,
        "drill": alarm.drill,
        "state": alarm.state.value,
        "version": alarm.version,
        "step": alarm.step,
        **_of_unit(unit, alarm.kind),
        "raised_by": alarm.raised_by,
        "raised_by_name": name_of(site, alarm.raised_by),
        "raised_at": rfc3339(alarm.raised_at),
        "answers": _answers(site, [(answer.at, who, answer.said) for who, answer in alarm.answers.items()]),
        "told": len(alarm.told),
        "deliveries": counts(alarm.told.values()),
    }
    if alarm.place is not None:
        shown["place"] = alarm.place
        shown["place_name"] = site.places[alarm.place].name if alarm.place in site.places else alarm.place
    moments = {
        "pressed_at": alarm.pressed_at,
        "escalates_at": alarm.escalates_at,
        "resolved_at": alarm.resolved_at,
    }
    shown |= {name: rfc3339(moment) for name, moment in moments.items() if moment is not None}
    rest = {
        "note": alarm.note,
        "linked_to": alarm.linked_to,
        "lone": alarm.lone,
        "outcome": alarm.outcome and alarm.outcome.value,
        "false_because": alarm.false_because and alarm.false_because.value,
        "resolved_by": alarm.resolved_by,
        "resolved_note": alarm.resolved_note,
    }
    shown |= {name: value for name, value in rest.items() if value is not None}
    if alarm.position is not None and alarm.open:
        where = alarm.position
        shown["position"] = {"lat": where.lat, "lon": where.lon, "accuracy_m": where.accuracy_m}
    return shown


def _of_unit(unit: Unit | None, kind: str) -> dict[str, Any]:
    """What the unit wants those who are told to know and to do."""
    if unit is None:
        return {}
    card = unit.cards.get(kind)
    said: dict[str, Any] = {"card": {"version": card.version, "text": card.text}} if card is not None else {}
    return said | {"quiet": True} if unit.quiet else said


def in_force(alarm: Alarm, site: Site) -> dict[str, int]:
    """For the record: which version of the unit's instruction card those who are told now are shown."""
    unit = site.units.get(alarm.unit or "")
    card = unit.cards.get(alarm.kind) if unit is not None else None
    return {"card": card.version} if card is not None else {}


def for_forced_raiser(alarm: Alarm, shown: Mapping[str, Any]) -> dict[str, Any]:
    """What the one who was forced to withdraw may see: that it is gone, and nothing of what goes on."""
    kept = {key: value for key, value in shown.items() if key not in ("escalates_at", "card", *_RESOLVED)}
    kind = alarm.kind if alarm.watch_until is None else WATCH
    return kept | {"kind": kind, "state": State.WITHDRAWN.value, "answers": []}


def frame(entry: Entry, shown: Mapping[str, Any], site: Site) -> dict[str, Any] | None:
    """The live frame for a journal row, with the alarm as it was then; None for a row that no screen is told of.

    How many were told and have heard is as it is now: that is of use, what it was is not.
    """
    event = FRAME_EVENTS.get(entry.event)
    if event is None:
        return None
    facts = entry.facts
    then = {key: facts[key] for key in ("kind", "state", "version", "step")}
    escalates_at = facts["escalates_at"]
    later = ("escalates_at",) if facts["state"] == State.RESOLVED else ("escalates_at", *_RESOLVED)
    alarm = {key: value for key, value in shown.items() if key not in ("card", *later)} | then
    alarm |= _of_unit(site.units.get(shown["unit"]), facts["kind"])
    if escalates_at is not None:
        alarm["escalates_at"] = rfc3339(instant(escalates_at))
    answers = facts.get("answers", {}).items()
    alarm["answers"] = _answers(site, [(instant(at), who, said) for who, (said, at) in answers])
    return {"type": "alarm", "cursor": entry.seq, "event": event, "alarm": alarm}


def name_of(site: Site, who: str | None) -> str | None:
    """The name of a person, contact, or of the place where a device without a person hangs."""
    if who is None:
        return None
    if who in site.people:
        return site.people[who].name
    if who.startswith("contact:") and who[8:] in site.contacts:
        return site.contacts[who[8:]].name
    device = site.devices.get(who)
    place = site.places.get(device.place or "") if device is not None else None
    return place.name if place is not None else who


def heard_by(site: Site, told: Mapping[str, Stage]) -> list[dict[str, str | None]]:
    """Those whose own device has confirmed it, by name."""
    return [
        {"person": who, "name": name_of(site, who), "stage": stage.value}
        for who, stage in told.items()
        if stage in (Stage.RECEIVED, Stage.SHOWN)
    ]


def _answers(site: Site, answers: list[tuple[datetime, str, str]]) -> list[dict[str, str | None]]:
    """What each has said, the oldest answer first."""
    return [
        {"person": who, "name": name_of(site, who), "answer": str(said), "at": rfc3339(at)}
        for at, who, said in sorted(answers)
    ]
