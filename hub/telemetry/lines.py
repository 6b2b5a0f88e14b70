"""A log line for each step of an alarm's course: which alarm and what, and nothing that anybody is called or wrote."""

import structlog

from hub.alarms.events import FRAME_EVENTS
from hub.storage.journal import Entry

_OUTSIDE = {"sent", "delayed", "not_sent"}

_log = structlog.get_logger("hub.alarms")


def line(entry: Entry) -> None:
    """Logs what was written of an alarm; receipts are too many, and counted instead."""
    about = {"alarm": entry.subject, "institution": entry.institution, "row": entry.seq}
    facts = entry.facts
    if entry.event in FRAME_EVENTS:
        told = len(facts.get("told", ()))
        _log.info(
            f"alarm {FRAME_EVENTS[entry.event]}", **about, version=facts["version"], step=facts["step"], told=told
        )
    elif entry.event in _OUTSIDE:
        _log.info(f"notice {entry.event}", **about, channel=facts["channel"], attempt=facts["attempt"])
