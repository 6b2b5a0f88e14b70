"""How often a password or a PIN may be guessed: a moving window for each key, in memory."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

MOST_KEYS = 20_000


@dataclass(slots=True)
class Attempts:
    """At most `most` wrong guesses within any `window` for each key.

    A guess counts from the moment it is made, so that many at once gain nothing, and is taken back if it was right.
    """

    most: int
    window: timedelta = timedelta(minutes=1)
    _made: dict[Hashable, deque[datetime]] = field(default_factory=dict)

    def wait(self, key: Hashable, now: datetime) -> int:
        """Seconds until `key` may guess again; 0 if it may now."""
        made = self._within(key, now)
        return ceil((made[0] + self.window - now).total_seconds()) if len(made) >= self.most else 0

    def count(self, key: Hashable, now: datetime) -> None:
        made = self._within(key, now)
        self._made.pop(key, None)
        made.append(now)
        self._made[key] = made
        while len(self._made) > MOST_KEYS:  # the one that has been still the longest
            self._made.pop(next(iter(self._made)))

    def take_back(self, key: Hashable, when: datetime) -> None:
        made = self._made.get(key)
        if made is not None and when in made:
            made.remove(when)

    def _within(self, key: Hashable, now: datetime) -> deque[datetime]:
        made = self._made.get(key, deque())
        while made and made[0] + self.window <= now:
            made.popleft()
        if not made:
            self._made.pop(key, None)
        return made
