"""Scripts that go on each at its moment, while time stops at everything that falls due on the way."""

import heapq
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from datetime import datetime
from itertools import count

from tests.simulated.ward import A_LOOK, A_MOMENT, Ward

Script = AsyncIterator[datetime]


class Course(ABC):
    """What happens over one hub, and who looks at it."""

    def __init__(self, ward: Ward, end: datetime) -> None:
        self.ward = ward
        self.end = end
        self._scripts: list[tuple[datetime, int, Script]] = []
        self._order = count()

    @abstractmethod
    async def looks(self) -> None:
        """Everything that can be seen at one stop."""

    @abstractmethod
    def breach(self, what: str) -> None:
        """Something is not as it should be."""

    @property
    def now(self) -> datetime:
        return self.ward.clock.now()

    def begins(self, script: Script, at: datetime | None = None) -> None:
        heapq.heappush(self._scripts, (at or self.now, next(self._order), script))

    async def goes_on(self) -> None:
        """Everything that happens until the end, each at its moment."""
        while self._scripts and self._scripts[0][0] < self.end:
            at, _, script = heapq.heappop(self._scripts)
            await self.reaches(at)
            following = await anext(script, None)
            if following is not None:
                self.begins(script, following)
            await self.ward.settle()
            await self.looks()
        await self.reaches(self.end)

    async def reaches(self, at: datetime) -> None:
        """Time goes there, and stops right before, at, and if need be a look after all that falls due on the way.

        Who asks for it looks when they have done what they came for.
        """
        while (due := self.ward.due()) is not None and due <= at:
            if self.now < due - A_MOMENT:
                await self._stops(due - A_MOMENT)
            if self.now < due:
                await self._stops(due)
            else:
                await self._stops(self.now + A_LOOK)
                if (still := self.ward.due()) is not None and still <= due:
                    self.breach(f"what was due at {due} is not done a second later")
                    return
        if self.now < at:
            await self.ward.stands_at(at)

    async def _stops(self, at: datetime) -> None:
        await self.ward.stands_at(at)
        await self.looks()
