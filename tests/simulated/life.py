"""What people and devices do in a unit, by the seed: each thing is a script that says when it goes on."""

from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from uuid import UUID

from tests.simulated.almanac import DAY, HOUR, NORD, Rosters, Turn, moment, week
from tests.simulated.course import Course, Script
from tests.simulated.judge import Judge
from tests.simulated.rosterdesk import imports
from tests.simulated.ward import A_LOOK, A_MOMENT, Handset, Ward

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
BELLS = (7, 15, 23)
# People come, and go home, so long before and after their shift.
AROUND = 5 * MINUTE


class Life(Course):
    """One unit's days and nights."""

    def __init__(self, ward: Ward, rosters: Rosters, judge: Judge, rng: Random, end: datetime) -> None:
        super().__init__(ward, end)
        self.rosters = rosters
        self.judge = judge
        self.rng = rng
        self.ids = count(1)
        self.alone: set[str] = set()

    async def looks(self) -> None:
        await self.judge.looks()

    def breach(self, what: str) -> None:
        self.judge.breach(what)

    # The year.

    async def weeks(self, monday: date) -> Script:
        """Each week's roster is imported before it begins, and changed once or twice while it runs."""
        rng = self.rng
        while True:
            turns = week(rng, monday)
            self.rosters.writes(monday, turns)
            await imports(self.ward, turns)
            for turn in turns:
                self.begins(self.shift(turn), max(self.now, turn.starts - AROUND))
            for _ in range(rng.randint(0, 2)):
                self.begins(self.swap(monday), self.now + rng.uniform(1, 6) * DAY)
            monday += timedelta(days=7)
            before = moment(datetime.combine(monday, datetime.min.time())) - 12 * HOUR
            yield max(before, self.now + A_MOMENT)

    async def bells(self, day: date) -> Script:
        """Every change of shift is looked at right before, at, and a second after."""
        while True:
            for hour in BELLS:
                change = moment(datetime.combine(day, datetime.min.time()) + hour * HOUR)
                yield change - A_MOMENT
                yield change
                yield change + A_LOOK
                self._all_have_proven(change)
                self.ward.counted["changes of shift"] += 1
            day += timedelta(days=1)

    def _all_have_proven(self, change: datetime) -> None:
        for turn in self.rosters.running(self.now):
            phone = self.ward.phone(turn.person)
            tapped = self.ward.tapped.get(turn.person)
            if turn.starts == change and phone.works and phone.taps and (tapped is None or tapped < change):
                self.judge.breach(f"{turn.person} was not asked for a proof when the shift began")

    async def shift(self, turn: Turn) -> Script:
        """Somebody comes with a phone that works, mostly, and goes home some minutes after the shift."""
        if turn not in self.rosters.of(turn.starts):
            return
        phone, rng = self.ward.phone(turn.person), self.rng
        if not phone.connected and rng.random() < 0.97:
            await phone.connects(phone.cursor)
            phone.taps = rng.random() < 0.9
        if rng.random() < 0.2:
            yield self.between(turn.starts, turn.ends)
            await self._mishap(phone)
        yield max(turn.ends + AROUND, self.now)
        if phone.connected and not any(one.person == turn.person for one in self.rosters.running(self.now)):
            phone.drops()
        phone.forgets()

    async def swap(self, monday: date) -> Script:
        """Somebody takes a colleague's turn, often while it runs: alarms are theirs from that second on."""
        turns = [turn for turn in self.rosters.weeks[monday] if turn.person in NORD and turn.ends > self.now]
        if not turns:
            return
        running = [turn for turn in turns if turn.starts <= self.now]
        turn = self.rng.choice(running if running and self.rng.random() < 0.5 else turns)
        busy = {one.person for one in self.rosters.of(turn.starts) if one.begins.date() == turn.begins.date()}
        free = [one for one in NORD if one not in busy]
        if not free:
            return
        new = self.rosters.swaps(turn, self.rng.choice(free))
        await imports(self.ward, self.rosters.weeks[monday])
        self.ward.counted["swaps"] += 1
        self.begins(self.shift(new), max(self.now, new.starts - MINUTE))
        yield self.now + A_LOOK

    def between(self, first: datetime, last: datetime) -> datetime:
        first = max(first, self.now)
        return first + self.rng.random() * max(last - first, timedelta())

    # Devices.

    async def _mishap(self, phone: Handset) -> None:
        kinds = (
            "falls silent",
            "loses its line",
            "dies",
            "is muted",
            "goes flat",
            "is subscribed",
            "loses its browser",
        )
        kind = self.rng.choices(kinds, (6, 4, 3, 2, 2, 1, 1))[0]
        self.ward.counted[f"devices: {kind}"] += 1
        if kind in ("falls silent", "loses its line", "dies"):
            self.begins(self.quiet(phone, kind))
        elif kind in ("is muted", "goes flat"):
            self.begins(self.poor(phone, kind))
        elif kind == "is subscribed":
            await self._subscribes(phone.owner)
        else:
            self.ward.push.gone.add(phone.owner)  # which the hub learns when it next sends there

    async def quiet(self, phone: Handset, kind: str) -> Script:
        """A device is heard no more; after a while it is back, on its old line or a new one."""
        if not phone.works:
            return
        if kind == "falls silent":
            phone.falls_silent()
            for seconds in (30, 31.5, 45.001, 60):
                yield phone.beaten_at + timedelta(seconds=seconds)
        else:
            phone.drops()
        yield self.now + (self.rng.uniform(30, 900) if kind != "dies" else self.rng.uniform(3600, 14400)) * SECOND
        if phone.connected and self.rng.random() < 0.5:
            phone.beats = phone.taps = True
            phone.reports()
        elif self.rosters.since(phone.owner, self.now) is not None:
            phone.drops()
            await phone.connects(phone.cursor)

    async def poor(self, phone: Handset, kind: str) -> Script:
        """A device is heard badly: its sound is off, or its battery nearly flat."""
        worse = {"sound": "muted"} if kind == "is muted" else {"battery": 0.05}
        better = {"sound": "on"} if kind == "is muted" else {"battery": 0.9}
        for state in (worse, better):
            phone.state |= state
            if phone.works:
                phone.reports()
            yield self.now + self.rng.uniform(60, 7200) * SECOND

    async def _subscribes(self, person: str) -> None:
        endpoint = f"https://push.example/browser/{person}"
        body = {"endpoint": endpoint, "keys": {"p256dh": "a" * 20, "auth": "b" * 10}}
        answer = await self.ward.asks(person, "POST", "/api/push/subscriptions", body)
        assert answer.status_code == 201, answer.text
        self.ward.push.subscribed[person] = answer.json()["id"]
        self.ward.push.gone.discard(person)

    # Who can do something now.

    def awake(self) -> list[str]:
        """Those on duty in the unit whose phone works."""
        people = {turn.person for turn in self.rosters.running(self.now) if turn.person in NORD}
        return sorted(person for person in people if self.ward.phone(person).works)

    def new_id(self) -> str:
        return str(UUID(int=next(self.ids)))
