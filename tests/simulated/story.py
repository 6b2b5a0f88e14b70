"""One alarm's life by its journal rows, held against the unit's rule as a person would work it out by hand."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from hub.storage.journal import Entry
from tests.simulated.almanac import Rosters
from tests.simulated.ward import PEOPLE, Ward

WAITS = (20, 30, 40)
LAST_WAIT = 60
REOPENS = timedelta(seconds=120)


class Teller:
    """Follows the rows of one alarm and names whatever came early, late, to the wrong people, or not at all."""

    def __init__(self, ward: Ward, rosters: Rosters, entries: Sequence[Entry]) -> None:
        self._ward = ward
        self._rosters = rosters
        self._entries = entries
        self.steps = 0
        self.late: list[float] = []
        """Seconds from when something was due, or the hub was there again, until it was done."""
        self.told: set[str] = set()
        self._step = 0
        self._told_at = entries[0].at if entries else ward.clock.now()
        self._answers: dict[str, tuple[str, datetime]] = {}

    def faults(self) -> Iterator[str]:
        """Everything that is wrong with it."""
        if not self._entries or self._entries[0].event != "raised":
            yield "has no beginning"
            return
        yield from self._takes(self._entries[0], 0)
        for entry in self._entries[1:]:
            due = self._due()
            if entry.event in ("escalated", "reopened"):
                yield from self._comes(entry, due)
            elif entry.event == "answered":
                self._hears(entry)
            if due is not None and entry.at > self._ward.latest(due):
                yield f"{entry.event} at {entry.at}, but something was due at {due} and was skipped"
        if self._entries[-1].event != "resolved" and not any(one.event == "resolved" for one in self._entries):
            yield "has no end"

    def _due(self) -> datetime | None:
        """When the hub must act by itself."""
        coming = [at for said, at in self._answers.values() if said == "coming"]
        if any(said == "arrived" for said, _ in self._answers.values()):
            return None
        if coming:
            return max(coming) + REOPENS
        wait = WAITS[self._step] if self._step < len(WAITS) else LAST_WAIT
        return self._told_at + timedelta(seconds=wait)

    def _comes(self, entry: Entry, due: datetime | None) -> Iterator[str]:
        hurried = entry.event == "escalated" and self._refused and self._step < len(WAITS)
        if not hurried and (due is None or entry.at < due):
            yield f"{entry.event} at {entry.at}, before it was due at {due}"
        if not hurried and due is not None:
            self.late.append((entry.at - self._ward.possible(due)).total_seconds())
        if entry.event == "reopened":
            self._answers = {who: one for who, one in self._answers.items() if one[0] == "cannot"}
            yield from self._takes(entry, self._step)
        else:
            yield from self._takes(entry, self._step + 1)

    def _hears(self, entry: Entry) -> None:
        if entry.actor is not None:
            self._answers[entry.actor] = (entry.facts["said"], entry.at)
            if entry.facts["said"] != "cannot":
                self.told.add(entry.actor)

    @property
    def _refused(self) -> bool:
        """Whether everybody who was told has said that they cannot come: then nothing is waited for."""
        cannot = {who for who, (said, _) in self._answers.items() if said == "cannot"}
        return bool(self.told) and self.told <= cannot

    def _takes(self, entry: Entry, step: int) -> Iterator[str]:
        """A step is taken: the first from `step` on that has somebody, and it tells just them."""
        passed = []
        while step < len(WAITS) and not self._people(step, entry.at):
            passed.append(step)
            step += 1
        told, right = set(entry.facts.get("told", ())), self._people(step, entry.at)
        if entry.facts["step"] != step or entry.facts.get("passed", []) != passed:
            yield f"took step {entry.facts['step']} past {entry.facts.get('passed', [])}, not {step} past {passed}"
        if told != right:
            yield f"step {step} told {sorted(told)}, not {sorted(right)}"
        self.steps += 1
        self.told |= told
        self._step, self._told_at = entry.facts["step"], entry.at

    def _people(self, step: int, at: datetime) -> set[str]:
        origin = self._entries[0]
        raiser, drill = self._raiser(), origin.facts["drill"]
        now = self._rosters.on_duty(at)
        if step < 2:
            unit = "nord" if step == 0 else "syd"
            awake, asleep = (
                {who for who, here, duty in now if here == unit and duty == state} - {raiser}
                for state in ("active", "sleeping")
            )
            return awake or asleep
        if step == 2:
            return {"lone"} - {raiser} | (set() if drill else {"contact:guard"})
        return {who for who, _, _ in now} - {raiser} or self._staff(raiser) if drill else {"leif"}

    def _staff(self, raiser: str) -> set[str]:
        return {who for who, (role, _) in PEOPLE.items() if role not in ("manager", "admin")} - {raiser}

    def _raiser(self) -> str:
        (row,) = self._ward.database.asked("SELECT raised_by FROM alarm WHERE id = ?", self._entries[0].subject)
        return str(row["raised_by"])
