"""What must hold at every stop of the clock, reckoned from what happened and not from what the hub believes."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.clock import instant
from hub.storage import journal
from tests.simulated.almanac import Rosters
from tests.simulated.story import Teller
from tests.simulated.ward import A_LOOK, Handset, Ward

ALIVE = timedelta(seconds=30)
SILENT = timedelta(seconds=45)
FLAT = 0.1
STAYS_INSIDE = {"leif", "ada", "contact:guard"}


@dataclass
class Outing:
    """A lone worker's session as its worker knows it."""

    id: str
    person: str
    length: timedelta
    grace: timedelta
    ends: datetime
    over: bool = False
    ran_out: bool = False

    @property
    def due(self) -> datetime:
        return self.ends + self.grace


@dataclass
class Judge:
    """Looks at every stop, and keeps every breach that it finds."""

    ward: Ward
    rosters: Rosters
    breaches: list[str] = field(default_factory=list)
    claims: Counter[str] = field(default_factory=Counter)
    outings: list[Outing] = field(default_factory=list)
    alarms: set[str] = field(default_factory=set)
    _pushed: set[str] = field(default_factory=set)
    _lost_at: dict[str, datetime] = field(default_factory=dict)

    def breach(self, what: str) -> None:
        self.breaches.append(f"{self.ward.clock.now():%Y-%m-%d %H:%M:%S.%f} {what}")

    async def looks(self) -> None:
        """Everything that can be seen at one stop."""
        self._nothing_is_overdue()
        self._subscriptions()
        await self._duty_is_right()
        for outing in self.outings:
            self._outing(outing)
        self.outings = [outing for outing in self.outings if not outing.over]

    def _subscriptions(self) -> None:
        """A browser was found to be gone: the wallboard says so at the hub's next look."""
        now = self.ward.clock.now()
        self._lost_at |= dict.fromkeys(self._pushed - set(self.ward.push.subscribed), now)
        self._lost_at = {person: at for person, at in self._lost_at.items() if now <= at + A_LOOK}
        self._pushed = set(self.ward.push.subscribed)

    def _nothing_is_overdue(self) -> None:
        due = self.ward.due()
        if due is not None and self.ward.clock.now() > self.ward.latest(due):
            self.breach(f"something was due at {due} and is not done")

    async def _duty_is_right(self) -> None:
        ward, now = self.ward, self.ward.clock.now()
        async with ward.database.read() as tx:
            _, duty, reaches = await ward.services.reach.units(tx, "house")
        found = {(one.person, one.unit, str(one.duty)) for one in duty.on_duty}
        if found != (right := self.rosters.on_duty(now)):
            self.breach(f"on duty are {sorted(found ^ right)} wrongly or not")
        for reach in reaches:
            here = {person for person, unit, _ in right if unit == reach.unit}
            if {one.person for one in reach.people} != here:
                self.breach(f"reach of {reach.unit} is of {[one.person for one in reach.people]}, not of {here}")
            for one in reach.people:
                self._claim(one.person, one.level.value, one.reason.value, now)
            self._screens(reach.unit, now)

    def _claim(self, person: str, level: str, reason: str, now: datetime) -> None:
        """What is said of one person, against what their device really did."""
        phone = self.ward.phone(person)
        self.claims[f"{level}, {reason}"] += 1
        allowed = self._allowed(person, phone, now)
        if level not in allowed:
            silent = now - phone.beaten_at if phone.connected else "off"
            self.breach(f"reach says {level} ({reason}) of {person}, whose device was silent for {silent}: {allowed}")

    def _allowed(self, person: str, phone: Handset, now: datetime) -> set[str]:
        by_notification = "partly" if person in self.ward.push.subscribed else "not"
        if not phone.connected or now - phone.beaten_at > SILENT:
            return {by_notification}
        since = self.rosters.since(person, now)
        tapped = self.ward.tapped.get(person)
        proven = since is not None and tapped is not None and tapped >= since
        good = phone.state["sound"] != "muted" and phone.state["battery"] >= FLAT and proven
        heard = {"full"} if good else {"partly"}
        return heard if now - phone.beaten_at <= ALIVE else heard | {by_notification}

    def _screens(self, unit: str, now: datetime) -> None:
        """The wallboard's newest word claims nobody whose device has been silent."""
        board = self.ward.phones[f"board-{unit}"]
        if not board.reach:
            return
        for person in board.reach[-1]["people"]:
            phone = self.ward.phone(person)
            silent = not phone.connected or now - phone.beaten_at > SILENT
            if silent and not {person} & (self._pushed | set(self._lost_at)) and (person, unit) in self._here(now):
                self.breach(f"the wallboard of {unit} still counts {person}")

    def _here(self, now: datetime) -> set[tuple[str, str]]:
        return {(person, unit) for person, unit, _ in self.rosters.on_duty(now)}

    def _outing(self, outing: Outing) -> None:
        """Exactly one alarm from the moment that the grace is over, and none before."""
        rows = self.ward.database.asked("SELECT id, raised_at FROM alarm WHERE lone = ?", outing.id)
        now = self.ward.clock.now()
        if not rows:
            if now >= self.ward.latest(outing.due):
                self.breach(f"{outing.person}'s time alone ran out at {outing.due} and there is no alarm")
                outing.over = True
            return
        outing.over = outing.ran_out = True
        self.ward.counted["sessions that ran out, each with its alarm"] += 1
        raised_at = instant(rows[0]["raised_at"])
        if len(rows) != 1 or not outing.due <= raised_at <= self.ward.latest(outing.due):
            self.breach(f"{outing.person} was due at {outing.due}; alarms came at {[instant(r[1]) for r in rows]}")

    async def hears_the_story(self, alarm: str) -> None:
        """An alarm that is over, told by its journal rows alone."""
        async with self.ward.database.read() as tx:
            entries = await journal.about(tx, "house", alarm)
        teller = Teller(self.ward, self.rosters, entries)
        for fault in teller.faults():
            self.breach(f"alarm {alarm}: {fault}")
        self.ward.counted["steps of alarms"] += teller.steps
        self.alarms.add(alarm)
        if entries and entries[0].facts["drill"]:
            self._stayed_inside(alarm, teller.told)

    def _stayed_inside(self, alarm: str, told: set[str]) -> None:
        sent = self.ward.database.asked("SELECT recipient FROM outbox WHERE subject = ?", alarm)
        if outside := STAYS_INSIDE & (told | {row["recipient"] for row in sent}):
            self.breach(f"drill {alarm} told {outside}")

    async def ends(self) -> None:
        """The whole year once more, from the tables and the journal."""
        ward = self.ward
        twice = ward.database.asked("SELECT lone FROM alarm WHERE lone IS NOT NULL GROUP BY lone HAVING count(*) > 1")
        if twice:
            self.breach(f"sessions with more than one alarm: {[row['lone'] for row in twice]}")
        rows = ward.database.asked("SELECT id, state, alarm FROM lone")
        silent = [row["id"] for row in rows if (row["state"] == "alarmed") != (row["alarm"] is not None)]
        if silent:
            self.breach(f"sessions that ran out without an alarm: {silent}")
        unheard = {row["id"] for row in ward.database.asked("SELECT id FROM alarm")} - self.alarms
        if unheard:
            self.breach(f"alarms whose story nobody has followed: {sorted(unheard)}")
        async with ward.database.read() as tx:
            verdict = await journal.verify(tx, "house")
        if not verdict.whole:
            self.breach(f"the journal: {verdict.fault}")
        ward.counted["journal rows, verified"] = verdict.rows
        ward.counted["alarms"] = len(self.alarms)
