"""Alarms as this person sees them: those pressed at once are one event, and the gravest comes first."""

from collections.abc import Iterable
from dataclasses import dataclass

from clients.python import Alarm, AnswerWord, GivenAnswer

_WEIGHT = {"alarm": 0, "silent": 0, "assist": 1, "watch": 2}


@dataclass(frozen=True, slots=True)
class Group:
    """One event: the alarms that were pressed at once, the first first."""

    key: str
    alarms: tuple[Alarm, ...]

    @property
    def gravest(self) -> Alarm:
        """It gives the event its colour and its word."""
        return min(self.alarms, key=weight)

    @property
    def drill(self) -> bool:
        return all(alarm.get("drill", False) for alarm in self.alarms)

    @property
    def withdrawn(self) -> bool:
        return all(alarm["state"] == "withdrawn" for alarm in self.alarms)

    @property
    def calm(self) -> bool:
        """Whether each of them has somebody on the way, or was taken back."""
        return all(alarm["state"] != "raised" for alarm in self.alarms)

    def answers(self) -> list[GivenAnswer]:
        """What everybody has said last, one answer a person."""
        newest: dict[str, GivenAnswer] = {}
        for answer in (one for alarm in self.alarms for one in alarm["answers"]):
            before = newest.get(answer["person"])
            if before is None or before["at"] < answer["at"]:
                newest[answer["person"]] = answer
        return list(newest.values())

    def answered(self, person: str | None) -> AnswerWord | None:
        """What this person has said to all of it; an alarm that joined later has no answer yet."""
        said = [answer_of(alarm, person) for alarm in self.alarms]
        return said[-1] if all(said) else None


def weight(alarm: Alarm) -> int:
    """The smaller, the graver; a drill is less than anything real."""
    return _WEIGHT.get(alarm["kind"], 1) + (10 if alarm.get("drill") else 0)


def answer_of(alarm: Alarm, person: str | None) -> AnswerWord | None:
    """What `person` has answered to an alarm, if anything."""
    return next((answer["answer"] for answer in alarm["answers"] if answer["person"] == person), None)


def grouped(alarms: Iterable[Alarm]) -> list[Group]:
    """The alarms as events, the gravest and newest event first."""
    found: dict[str, list[Alarm]] = {}
    for alarm in sorted(alarms, key=lambda one: one["raised_at"]):
        found.setdefault(alarm.get("linked_to") or alarm["id"], []).append(alarm)
    groups = [Group(key, tuple(members)) for key, members in found.items()]
    groups.sort(key=lambda group: group.alarms[0]["raised_at"], reverse=True)
    return sorted(groups, key=lambda group: weight(group.gravest))


def in_trouble(alarms: Iterable[Alarm], me: str) -> bool:
    """Whether this person needs help: their screen must not be covered by another's alarm."""
    own = [alarm for alarm in alarms if alarm["raised_by"] == me and not alarm.get("drill")]
    return any(
        alarm["kind"] == "silent" or (alarm["kind"] == "alarm" and alarm["state"] != "withdrawn") for alarm in own
    )
