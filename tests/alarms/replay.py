"""An alarm's life as the journal alone tells it, to be held against what the tables and the live frames say."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hub.alarms import events
from hub.alarms.alarm import Alarm
from hub.alarms.audience import shown_to
from hub.alarms.setting import Setting
from hub.clock import micros
from hub.people.access import Principal
from hub.storage.journal import Entry

OF_AN_ALARM = {
    "raised",
    "answered",
    "escalated",
    "became_alarm",
    "reopened",
    "rerouted",
    "withdrawn",
    "duress",
    "resolved",
}


@dataclass(frozen=True)
class Story:
    """All that moves in an alarm's life."""

    kind: str
    state: str
    version: int
    step: int
    escalates_at: int | None
    answers: dict[str, tuple[str, int]]
    told: frozenset[str]
    under_duress: bool
    outcome: str | None
    unit: str | None
    place: str | None
    drill: bool
    linked_to: str | None


def retold(entries: Iterable[Entry]) -> dict[str, Story]:
    """What became of each alarm by the journal; fails where a row does not follow from the one before it."""
    origins: dict[str, dict[str, Any]] = {}
    stories: dict[str, Story] = {}
    for entry in entries:
        if entry.event not in OF_AN_ALARM or entry.subject is None:
            continue
        which, facts = entry.subject, entry.facts
        before = stories.get(which)
        assert (before is None) == (entry.event == "raised"), f"{entry.event} of {which} is out of its place"
        if before is None:
            origins[which] = {key: facts.get(key) for key in ("unit", "place", "drill", "linked_to")}
        assert facts["version"] == (before.version + 1 if before else 1), f"{entry} skips a version"
        answers = {who: (said, at) for who, (said, at) in facts.get("answers", {}).items()}
        told = (before.told if before else frozenset()) | set(facts.get("told", ()))
        stories[which] = Story(
            **origins[which],
            kind=facts["kind"],
            state=facts["state"],
            version=facts["version"],
            step=facts["step"],
            escalates_at=facts["escalates_at"],
            answers=answers,
            told=told | {who for who, (said, _) in answers.items() if said != "cannot"},
            under_duress=entry.event == "duress" or (before is not None and before.under_duress),
            outcome=facts.get("outcome"),
        )
    return stories


def told_by_the_tables(alarm: Alarm) -> Story:
    """The same, from the alarm as it is kept."""
    return Story(
        kind=alarm.kind,
        state=alarm.state.value,
        version=alarm.version,
        step=alarm.step,
        escalates_at=micros(alarm.escalates_at) if alarm.escalates_at else None,
        answers={who: (answer.said.value, micros(answer.at)) for who, answer in alarm.answers.items()},
        told=frozenset(alarm.told),
        under_duress=alarm.under_duress,
        outcome=alarm.outcome.value if alarm.outcome else None,
        unit=alarm.unit,
        place=alarm.place,
        drill=alarm.drill,
        linked_to=alarm.linked_to,
    )


def replayed(by: Principal, entry: Entry, alarm: Alarm, setting: Setting) -> dict[str, Any] | None:
    """The frame of a row that this client missed, or None if it is none of theirs."""
    frame = events.frame(entry, events.alarm_json(alarm, setting.site), setting.site)
    return shown_to(by, entry, alarm, frame, setting) if frame is not None else None
