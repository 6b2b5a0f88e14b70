"""What clients that come back are told of alarms, read once for all who come back at the same moment."""

from asyncio import Lock
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.alarms import events, store
from hub.alarms.actions import Alarms
from hub.alarms.alarm import Alarm
from hub.alarms.audience import encode, may_follow, seen_by, shown_to
from hub.alarms.setting import Setting
from hub.clock import Clock
from hub.delivery.sockets import text_frame
from hub.people.access import Principal
from hub.people.cache import with_newest
from hub.storage import journal
from hub.storage.database import Reader
from hub.storage.journal import Entry

# A client further behind than this is quicker served with a snapshot.
LONGEST_REPLAY = 1_000
# Receipts and positions change an alarm without a row that is framed; what is shown of them may be this old.
KEPT_FOR = timedelta(seconds=1)
LARGEST = 64
_TOLD = frozenset(events.FRAME_EVENTS)


@dataclass(frozen=True, slots=True)
class _Row:
    """A journal row with its frame, ready for all but the one who may not see it whole."""

    entry: Entry
    alarm: Alarm
    frame: dict[str, Any]
    ready: bytes


@dataclass(frozen=True, slots=True)
class Past:
    """An institution's alarms as of the row `newest` of its journal, and the frames of its rows after `since`."""

    setting: Setting
    read_at: datetime
    newest: int
    since: int
    alarms: Mapping[str, Alarm]
    shown: Mapping[str, dict[str, Any]]
    rows: Sequence[_Row]

    def resumes(self, cursor: int) -> bool:
        """Whether a client with this cursor can be told what it missed; else it starts over."""
        return 0 <= self.newest - cursor <= LONGEST_REPLAY

    def open(self, by: Principal) -> list[dict[str, Any]]:
        """The open alarms that this client follows, as it may see them, oldest first."""
        theirs = [one for one in self.alarms.values() if one.open and may_follow(by, one, self.setting)]
        return [seen_by(by, one, self.shown[one.id]) for one in sorted(theirs, key=lambda one: one.raised_at)]

    def missed(self, by: Principal, cursor: int) -> Iterator[tuple[int, bytes]]:
        """The frames that this client would have had since `cursor`, in order, each with its own cursor."""
        for row in self.rows[bisect_right(self.rows, cursor, key=lambda row: row.entry.seq) :]:
            shown = shown_to(by, row.entry, row.alarm, row.frame, self.setting)
            if shown is not None:
                yield row.entry.seq, row.ready if shown is row.frame else text_frame(encode(shown))


class Pasts:
    """The newest `Past` of each institution, moved on by whoever asks next."""

    def __init__(self, clock: Clock, alarms: Alarms) -> None:
        self._clock = clock
        self._alarms = alarms
        self._kept: dict[str, Past] = {}
        self._turns: dict[str, Lock] = {}

    async def get(self, tx: Reader, institution: str, cursor: int | None) -> Past:
        """The institution's past as `tx` sees it, from `cursor` on if it is near; to be read first of all in `tx`."""
        # A transaction sees the database as of its first question: asked within the turn, none is behind what is kept.
        async with self._turns.setdefault(institution, Lock()):
            newest = await journal.cursor(tx, institution)
            setting = await self._alarms.setting(tx, institution)
            kept = self._kept.get(institution)
            since = newest if kept is None else kept.since
            if cursor is not None:
                since = min(since, cursor)
            since = min(newest, max(since, newest - LONGEST_REPLAY))
            if kept is None or since < kept.since or not self._stands(kept, setting, newest):
                kept = await self._read(tx, setting, newest, since)
            elif kept.newest < newest:
                kept = await self._moved(tx, kept, newest, since)
            self._kept = with_newest(self._kept, institution, kept, LARGEST)
            return kept

    def _stands(self, kept: Past, setting: Setting, newest: int) -> bool:
        young = self._clock.now() - kept.read_at < KEPT_FOR
        return young and kept.setting is setting and 0 <= newest - kept.newest <= LONGEST_REPLAY

    async def _read(self, tx: Reader, setting: Setting, newest: int, since: int) -> Past:
        institution = setting.site.institution.id
        alarms = {one.id: one for one in await store.open_alarms(tx, institution)}
        entries = await journal.after_of(tx, institution, since, LONGEST_REPLAY, _TOLD)
        alarms |= await _alarms_of(tx, institution, {entry.subject for entry in entries} - set(alarms))
        return _past(setting, self._clock.now(), newest, since, alarms, entries)

    async def _moved(self, tx: Reader, kept: Past, newest: int, since: int) -> Past:
        institution = kept.setting.site.institution.id
        new = await journal.after_of(tx, institution, kept.newest, LONGEST_REPLAY, _TOLD)
        alarms = dict(kept.alarms) | await _alarms_of(tx, institution, {entry.subject for entry in new})
        entries = [row.entry for row in kept.rows if row.entry.seq > since] + new
        return _past(kept.setting, kept.read_at, newest, since, alarms, entries)


async def _alarms_of(tx: Reader, institution: str, which: set[str | None]) -> dict[str, Alarm]:
    found = [await store.find(tx, institution, one) for one in which if one is not None]
    return {one.id: one for one in found if one is not None}


def _past(
    setting: Setting, read_at: datetime, newest: int, since: int, found: Mapping[str, Alarm], entries: Sequence[Entry]
) -> Past:
    told = {entry.subject for entry in entries}
    alarms = {one.id: one for one in found.values() if one.open or one.id in told}
    shown = {one.id: events.alarm_json(one, setting.site) for one in alarms.values()}
    rows = []
    for entry in entries:
        if (alarm := alarms.get(entry.subject or "")) is not None:
            frame = events.frame(entry, shown[alarm.id], setting.site)
            if frame is not None:
                rows.append(_Row(entry, alarm, frame, text_frame(encode(frame))))
    return Past(setting, read_at, newest, since, alarms, shown, rows)
