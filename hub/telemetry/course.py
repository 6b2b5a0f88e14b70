"""How long each leg of an alarm's way took: from the rows of its journal, once they are on disk. Pure."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from hub.alarms.events import CLOCK_TOLERANCE
from hub.clock import instant
from hub.delivery.ways import LIVE
from hub.storage.journal import Entry

PUSH = "push"
# Told over the sockets of another hub than the one that stored it.
ELSEWHERE = "live_elsewhere"
BY_DEVICE, BY_HUB = "device", "hub"
# Alarms and rows further back than these are no longer followed: they were told long ago.
MOST_ALARMS, MOST_ROWS = 1_000, 10_000

K = TypeVar("K")
V = TypeVar("V")


class Leg(StrEnum):
    """A part of an alarm's way."""

    RAISED = "raised"
    PRESSED_TO_STORED = "pressed_to_stored"
    STORED_TO_TOLD = "stored_to_told"
    TOLD_TO_SHOWN = "told_to_shown"
    SHOWN_TO_ANSWERED = "shown_to_answered"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class Lap:
    """One leg that was gone; `way` is the channel, or for a press whose clock told when it was."""

    leg: Leg
    way: str
    institution: str
    alarm: str
    began: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        """Never less than nothing: two machines' clocks may differ by more than a leg takes."""
        return max(0.0, (self.ended - self.began).total_seconds())


@dataclass(slots=True)
class _Told:
    """When one row's people were told, and whether it was this hub that wrote so."""

    stored: datetime
    live: datetime
    own: bool


@dataclass(slots=True)
class _Known:
    told: dict[str, _Told] = field(default_factory=dict)
    by_row: dict[int, _Told] = field(default_factory=dict)
    sent: dict[tuple[str, str], datetime] = field(default_factory=dict)
    shown: dict[str, tuple[datetime, str]] = field(default_factory=dict)


def pressed(entry: Entry) -> datetime | None:
    """When the device says that the button was pressed, unless its clock cannot be right."""
    if (said := entry.facts.get("pressed_at")) is None:
        return None
    waited = entry.at - instant(said)
    return instant(said) if timedelta() <= waited <= CLOCK_TOLERANCE else None


class Course:
    """What is remembered of the alarms that are under way; however many hubs hear of a lap, one tells it."""

    def __init__(self) -> None:
        self._alarms: OrderedDict[tuple[str, str], _Known] = OrderedDict()
        self._own: OrderedDict[tuple[str, int], datetime] = OrderedDict()

    def wrote(self, entry: Entry, now: datetime) -> list[Lap]:
        """A row that this hub wrote is on disk."""
        _keep(self._own, (entry.institution, entry.seq), now, MOST_ROWS)
        laps = []
        if entry.event == "raised":
            at = pressed(entry)
            laps.append(_lap(Leg.RAISED, BY_HUB, entry, at or entry.at, now))
            laps.append(_lap(Leg.PRESSED_TO_STORED, BY_HUB, entry, entry.at, now))
            if at is not None:
                laps.append(_lap(Leg.PRESSED_TO_STORED, BY_DEVICE, entry, at, now))
        return laps + self._happened(entry, now, own=True)

    def followed(self, entry: Entry) -> list[Lap]:
        """A row has been read, which another hub wrote unless it is known already."""
        if (entry.institution, entry.seq) in self._own:
            return []
        return self._happened(entry, entry.at, own=False)

    def delivered(self, entries: Sequence[Entry], now: datetime) -> list[Lap]:
        """The frames of these rows have been written to this hub's sockets."""
        laps = []
        for entry in entries:
            known = self._known(entry)
            if known is None or (told := known.by_row.get(entry.seq)) is None:
                continue
            told.live = now
            stored = self._own.get((entry.institution, entry.seq))
            way, began = (LIVE, stored) if stored is not None else (ELSEWHERE, entry.at)
            laps.append(_lap(Leg.STORED_TO_TOLD, way, entry, began, now))
        return laps

    def _happened(self, entry: Entry, now: datetime, own: bool) -> list[Lap]:
        if (people := entry.facts.get("told")) and entry.subject is not None:
            begun = self._known(entry) or _Known()
            begun.by_row[entry.seq] = told = _Told(now, now, own)
            begun.told |= dict.fromkeys(people, told)
            _keep(self._alarms, (entry.institution, entry.subject), begun, MOST_ALARMS)
        known = self._known(entry)
        if known is None:
            return []
        match entry.event:
            case "sent":
                return _sent(known, entry, now)
            case "shown":
                return _shown(known, entry, now) if own else _remember(known, entry, now)
            case "answered" if entry.actor in known.shown:
                shown, channel = known.shown.pop(entry.actor)
                return [_lap(Leg.SHOWN_TO_ANSWERED, channel, entry, shown, now)] if own else []
            case "resolved":
                self._alarms.pop((entry.institution, entry.subject or ""), None)
        return []

    def _known(self, entry: Entry) -> _Known | None:
        return self._alarms.get((entry.institution, entry.subject or ""))


def _sent(known: _Known, entry: Entry, now: datetime) -> list[Lap]:
    who, channel = entry.facts["to"], entry.facts["channel"]
    told = known.told.get(who)
    if told is None:
        return []
    known.sent[who, channel] = now
    return [_lap(Leg.STORED_TO_TOLD, channel, entry, told.stored, now)] if told.own else []


def _shown(known: _Known, entry: Entry, now: datetime) -> list[Lap]:
    who, channel = entry.actor or "", entry.facts.get("channel", LIVE)
    told = known.told.get(who)
    _remember(known, entry, now)
    if told is None:
        return []
    # A phone may have shown it before the push service has said that it took it.
    began = told.live if channel == LIVE else known.sent.get((who, channel), told.stored)
    return [_lap(Leg.TOLD_TO_SHOWN, channel, entry, began, now)]


def _remember(known: _Known, entry: Entry, now: datetime) -> list[Lap]:
    known.shown.setdefault(entry.actor or "", (now, entry.facts.get("channel", LIVE)))
    return []


def _lap(leg: Leg, way: str, entry: Entry, began: datetime, ended: datetime) -> Lap:
    return Lap(leg, way, entry.institution, entry.subject or "", began, ended)


def _keep(kept: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)
