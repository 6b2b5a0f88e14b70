"""What happens to the people of the unit: alarms, outings alone, drills, and a hub that is away."""

from datetime import datetime, timedelta
from typing import Any

from tests.simulated.almanac import DAY, HOUR
from tests.simulated.course import Script
from tests.simulated.judge import Outing
from tests.simulated.life import MINUTE, SECOND, Life
from tests.simulated.ward import A_LOOK, A_MOMENT

# Every step, and the last resort twice.
NOBODY_COMES = timedelta(seconds=20 + 30 + 40 + 60 + 60)
FORGOTTEN_TWICE = timedelta(seconds=2 * 120 + 20)


class Troubles:
    """The scripts of everything that goes wrong."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.ward = life.ward
        self.rng = life.rng

    def fall_on(self, first: datetime, last: datetime) -> None:
        """Spreads them over the time, by the seed."""
        days = (last - first) / DAY
        for script, a_day in ((self.press, 0.4), (self.outing, 0.9), (self.away, 0.05)):
            for _ in range(max(1, round(days * a_day))):
                at = first + self.rng.random() * (last - first - HOUR)
                self.life.begins(script(), at)
        for n in range(round(days / 10)):
            self.life.begins(self.drill(), first + (10 * n + 4) * DAY + self.rng.uniform(10, 22) * HOUR)

    # Alarms.

    async def press(self) -> Script:
        """Somebody presses, and what comes of it."""
        awake = self.life.awake()
        if not awake:
            return
        who = self.rng.choice(awake)
        kind = self.rng.choice(("alarm", "alarm", "assist", "silent"))
        which = self.life.new_id()
        body = {"id": which, "kind": kind}
        answer = await self.ward.asks(who, "POST", "/api/alarms", body)
        assert answer.status_code == 201, answer.text
        self.ward.counted["alarms pressed"] += 1
        async for at in self.followed(which):
            yield at

    async def followed(self, which: str) -> Script:
        """Somebody comes, or nobody, or they forget; in the end the manager gives the all clear."""
        ending = self.rng.choice(("comes", "arrives", "nobody", "nobody", "cannot", "forgets"))
        self.ward.counted[f"alarms that end with: {ending}"] += 1
        if ending == "nobody":
            yield self.life.now + NOBODY_COMES + A_LOOK
        elif ending == "cannot":
            yield self.life.now + 4 * SECOND
            for who in await self._told(which):
                await self._says(who, which, "cannot")
            yield self.life.now + self.rng.uniform(1, 120) * SECOND
        else:
            yield self.life.now + self.rng.uniform(2, 75) * SECOND
            told = await self._told(which)
            if told:
                who = self.rng.choice(told)
                await self._says(who, which, "coming")
                if ending == "forgets":
                    yield self.life.now + FORGOTTEN_TWICE
                yield self.life.now + self.rng.uniform(5, 100) * SECOND
                if ending == "arrives":
                    await self._says(who, which, "arrived")
                    yield self.life.now + self.rng.uniform(60, 1200) * SECOND
        await self.is_cleared(which)

    async def _told(self, which: str) -> list[str]:
        """Those who were told and whose phone works."""
        alarm = await self.ward.alarm(which)
        people = [who for who in alarm.told if f"phone-{who}" in self.ward.phones]
        return [who for who in people if self.ward.phone(who).works]

    async def _says(self, who: str, which: str, said: str) -> None:
        body = {"answer": said, "as_of": 1}
        answer = await self.ward.asks(who, "POST", f"/api/alarms/{which}/answers", body)
        assert answer.is_success, answer.text

    async def is_cleared(self, which: str) -> None:
        """The manager gives the all clear, and the story is read from its beginning."""
        alarm = await self.ward.alarm(which)
        body: dict[str, Any] = {"as_of": alarm.version, "outcome": "false"}
        answer = await self.ward.asks("leif", "POST", f"/api/alarms/{which}/resolve", body)
        assert answer.is_success, answer.text
        await self.life.judge.hears_the_story(which)

    # Alone.

    async def outing(self) -> Script:
        """Somebody goes out alone; the device and the hub may both be dead when the time is out."""
        life, rng = self.life, self.rng
        free = [who for who in life.awake() if who not in life.alone]
        if not free:
            return
        who, minutes, grace = rng.choice(free), rng.choice((5, 20, 45, 90)), rng.choice((0, 60, 120, 300))
        outing = Outing(life.new_id(), who, minutes * MINUTE, grace * SECOND, life.now + minutes * MINUTE)
        body = {"id": outing.id, "minutes": minutes, "grace": grace, "place": "Elmevej 4"}
        answer = await self.ward.asks(who, "POST", "/api/lone", body)
        assert answer.status_code == 201, answer.text
        life.alone.add(who)
        life.judge.outings.append(outing)
        self.ward.counted["sessions alone"] += 1
        endings = ("safe", "extends", "checks in", "in the grace", "phone dead", "hub away", "both")
        ending = rng.choices(endings, (4, 2, 2, 2, 3, 1, 1))[0]
        self.ward.counted[f"sessions that end with: {ending}"] += 1
        async for at in self._out(outing, ending):
            yield at
        life.alone.discard(who)
        rows = self.ward.database.asked("SELECT id FROM alarm WHERE lone = ?", outing.id)
        for row in rows:
            async for at in self.followed(row["id"]):
                yield at

    async def _out(self, outing: Outing, ending: str) -> Script:
        life, rng = self.life, self.rng
        if ending in ("extends", "checks in"):
            for _ in range(rng.randint(1, 3)):
                yield life.now + rng.uniform(0.3, 0.95) * (outing.ends - life.now)
                await self._lives(outing, ending)
        if ending in ("safe", "extends", "checks in"):
            yield life.now + rng.uniform(0.3, 0.95) * (outing.ends - life.now)
            await self._home(outing)
        elif ending == "in the grace":
            yield outing.ends + 0.9 * outing.grace
            await self._home(outing)
        else:
            if ending in ("phone dead", "both"):
                yield life.now + rng.uniform(0.1, 0.9) * (outing.ends - life.now)
                phone = self.ward.phone(outing.person)
                phone.drops() if rng.random() < 0.5 else phone.falls_silent()
            if ending in ("hub away", "both"):
                yield outing.due - rng.uniform(1, 30) * SECOND
                await self.ward.is_away(rng.uniform(0.5, 300))
            yield max(outing.due, life.now) - A_MOMENT
            yield max(outing.due, life.now)
            yield life.now + A_LOOK

    async def _lives(self, outing: Outing, ending: str) -> None:
        """A sign of life, by whichever device they still have."""
        if self.life.now >= outing.due:
            return
        more = self.rng.choice((10, 30)) * MINUTE
        verb, body = ("extend", {"minutes": more / MINUTE}) if ending == "extends" else ("check-in", {})
        answer = await self.ward.asks(outing.person, "POST", f"/api/lone/{outing.id}/{verb}", body)
        assert answer.is_success, answer.text
        if ending == "extends":
            outing.ends = max(outing.ends, self.life.now) + more
        else:
            outing.ends = max(outing.ends, self.life.now + outing.length)

    async def _home(self, outing: Outing) -> None:
        """Safe: no alarm may come any more. Who is too late is told so, and the alarm stands."""
        too_late = self.life.now >= outing.due
        answer = await self.ward.asks(outing.person, "POST", f"/api/lone/{outing.id}/end", {})
        assert answer.status_code == (409 if too_late else 200), answer.text
        outing.over = outing.over or not too_late

    # Drills, and a hub that is away.

    async def drill(self) -> Script:
        """Planned an hour ahead or held now; it ends by itself and never leaves the building."""
        ward, life = self.ward, self.life
        planned = self.rng.random() < 0.7
        at = life.now + self.rng.uniform(60, 3600) * SECOND if planned else life.now
        body = {"unit": "nord", "kind": "alarm"} | ({"at": at.isoformat()} if planned else {})
        answer = await ward.asks("lone", "POST", "/api/drills", body)
        assert answer.status_code == 201, answer.text
        which = answer.json()["id"]
        yield at + A_LOOK
        drill = (await ward.asks("lone", "GET", f"/api/drills/{which}")).json()
        if drill["state"] != "running":
            life.judge.breach(f"a drill was due at {at} and is {drill['state']}")
            return
        alarm = await ward.alarm(drill["alarm"])
        if not at <= alarm.raised_at <= ward.latest(at):
            life.judge.breach(f"a drill was due at {at} and began at {alarm.raised_at}")
        ward.counted["drills"] += 1
        over = alarm.raised_at + 90 * SECOND
        yield over - A_MOMENT
        if not (await ward.alarm(alarm.id)).open:
            life.judge.breach(f"drill {which} ended early")
        yield over + A_LOOK
        if (await ward.alarm(alarm.id)).open:
            life.judge.breach(f"drill {which} did not end at {over}")
        await life.judge.hears_the_story(alarm.id)

    async def away(self) -> Script:
        """The hub is killed, and comes back some seconds or minutes later."""
        await self.ward.is_away(self.rng.choice((1, 20, 400)) * self.rng.uniform(0.5, 1.5))
        yield self.life.now + A_LOOK
