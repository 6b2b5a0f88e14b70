"""What an incident takes over from its alarm: who had a part in it, and what came of it. Pure."""

from hub.alarms.alarm import Alarm, Said
from hub.alarms.outcome import Outcome as AllClear
from hub.incidents.incident import Outcome, Part
from hub.people.site import Site

_OUTCOMES = {AllClear.REAL: Outcome.REAL, AllClear.FALSE: Outcome.FALSE, AllClear.TEST: Outcome.TEST}
_CAME = (Said.COMING, Said.ARRIVED)


def parts_in(alarm: Alarm, site: Site) -> dict[str, Part]:
    """Who had what to do with an alarm: the one it was about, and those who came or gave the all clear."""
    came = {who for who, answer in alarm.answers.items() if answer.said in _CAME} | {alarm.resolved_by or ""}
    parts = dict.fromkeys(sorted(came), Part.HELPER) | {alarm.raised_by: Part.OWN}
    return {who: part for who, part in parts.items() if who in site.people}


def outcome_of(alarm: Alarm) -> Outcome | None:
    """What came of it, as the all clear said."""
    return _OUTCOMES.get(alarm.outcome) if alarm.outcome is not None else None
