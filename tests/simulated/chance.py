"""Institutions by chance: units, people, rules, devices and channels as a seed throws them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from hub.escalation.rules import CHANNELS, DUTIES, ROLES

UNITS = ("nord", "syd", "vest", "oest")
NAMES = ("anna", "bo", "carl", "dina", "erik", "freja", "gitte", "hans", "ida")
CONTACTS = ("vagt", "central")
OUTSIDE = tuple(channel for channel in CHANNELS if channel != "live")
PRESSED = datetime(2026, 3, 10, 13, 0, 7, tzinfo=UTC)
WORKING, SILENT, OFF = "working", "silent", "off"


@dataclass(frozen=True)
class Situation:
    """Everything that decides who hears an alarm."""

    site: str
    rules: str
    channels: frozenset[str]
    phones: Mapping[str, str]
    """Each person's phone: working, silent on an open line, or off."""
    subscribed: frozenset[str]
    confirm: frozenset[str]
    """Whose phones confirm what they show."""
    proven: frozenset[str]
    """Who taps the test of their shift."""
    pressed_on: str
    kind: str
    place: str | None
    drill: bool


def situation(seed: int) -> Situation:
    return _Throw(Random(seed)).situation()


class _Throw:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.units = rng.sample(UNITS, rng.randint(1, 4))
        self.people = rng.sample(NAMES, rng.randint(2, len(NAMES)))
        self.contacts = rng.sample(CONTACTS, rng.randint(0, 2))

    def some(self, of: Iterable[str], share: float) -> list[str]:
        return [one for one in of if self.rng.random() < share]

    def situation(self) -> Situation:
        rng = self.rng
        phones = {one: rng.choices((WORKING, SILENT, OFF), (6, 1, 3))[0] for one in self.people}
        pressed_on = f"phone-{rng.choice(self.people)}" if rng.random() < 0.8 else f"button-{rng.choice(self.units)}"
        phones |= {one: WORKING for one in self.people if pressed_on == f"phone-{one}"}
        places = [None, None, "bag-skuret", *(f"room-{unit}" for unit in self.units)]
        return Situation(
            site=self.site(),
            rules=self.rules(),
            channels=frozenset(self.some(OUTSIDE, 0.6)),
            phones=phones,
            subscribed=frozenset(self.some(self.people, 0.3)),
            confirm=frozenset(self.some(self.people, 0.4)),
            proven=frozenset(self.some(self.people, 0.7)),
            pressed_on=pressed_on,
            kind=rng.choice(("alarm", "alarm", "assist", "silent", "watch")),
            place=rng.choice(places),
            drill=rng.random() < 0.25,
        )

    def site(self) -> str:
        rng = self.rng
        lines = ['[institution]\nid = "house"\nname = "Huset"\nmunicipality = "29189999"']
        lines.append('timezone = "Europe/Copenhagen"\nrules = "here"')
        for unit in self.units:
            neighbours = self.some((one for one in self.units if one != unit), 0.5)
            lines.append(f'[[unit]]\nid = "{unit}"\nname = "{unit.title()}"\nneighbours = {neighbours}')
            lines.append(f'[[place]]\nid = "room-{unit}"\nunit = "{unit}"\nname = "Rum i {unit}"')
            for kind in ("wallboard", "button"):
                name = "board" if kind == "wallboard" else kind
                lines.append(f'[[device]]\nid = "{name}-{unit}"\nkind = "{kind}"\nplace = "room-{unit}"')
        for n, name in enumerate(self.people):
            role = rng.choices(ROLES, (6, 2, 1, 1))[0]
            units = rng.sample(self.units, min(len(self.units), rng.choice((0, 1, 1, 1, 2))))
            lines.append(f'[[person]]\nid = "{name}"\nname = "{name.title()}"\nrole = "{role}"\nunits = {units}')
            lines += self._reached(name, n)
            lines.append(f'[[device]]\nid = "phone-{name}"\nkind = "phone"\nperson = "{name}"')
        for n, name in enumerate(self.contacts):
            lines.append(f'[[contact]]\nid = "{name}"\nname = "{name.title()}"')
            lines += self._reached(name, 50 + n) or [f'phone = "+45401000{50 + n}"']
            lines += [f'webhook = "https://{name}.example/alarm"'] if rng.random() < 0.3 else []
        return "\n".join([*lines, *self._shifts()])

    def _reached(self, name: str, n: int) -> list[str]:
        phone = [f'phone = "+45401000{n:02}"'] if self.rng.random() < 0.7 else []
        return phone + ([f'email = "{name}@example.dk"'] if self.rng.random() < 0.4 else [])

    def _shifts(self) -> list[str]:
        """Nobody, one or two shifts each; some begin or end while the alarm runs."""
        rng, lines = self.rng, []
        for name in self.people:
            for unit in rng.sample(self.units, min(len(self.units), rng.choice((0, 1, 1, 1, 2)))):
                begins = rng.choice((-18000, -18000, -18000, rng.randint(1, 150)))
                ends = max(begins, 0) + rng.choice((18000, 18000, 18000, rng.randint(1, 150)))
                duty = rng.choices(DUTIES, (6, 2, 1, 1))[0]
                starts, over = (PRESSED + timedelta(seconds=n) for n in (begins, ends))
                lines.append(f'[[shift]]\nperson = "{name}"\nunit = "{unit}"\nduty = "{duty}"')
                lines.append(f"from = {starts.isoformat()}\nto = {over.isoformat()}")
        return lines

    # The rules.

    def rules(self) -> str:
        rng = self.rng
        lines = ['name = "By chance"', "minimum_reach = 0"]
        # A house goes by push or it does not; reach does not ask which step tells whom.
        self.by = [channel for channel in CHANNELS if channel != "push"]
        self.push = ["push"] if rng.random() < 0.6 else []
        kinds = ["alarm", *self.some(("assist", "silent", "watch"), 0.4)]
        for kind in kinds:
            lines.append(f"[kinds.{kind}]")
            if kind == "watch":
                lines.append(f"becomes_alarm_after = {rng.randint(5, 60)}")
            for _ in range(rng.randint(1, 4)):
                lines += [f"[[kinds.{kind}.steps]]", *self._step(3, 40)]
        return "\n".join([*lines, "[last_resort]", *self._step(10, 60)])

    def _step(self, shortest: int, longest: int) -> list[str]:
        rng = self.rng
        tell = [self._target() for _ in range(rng.randint(1, 3))]
        by = [*rng.sample(self.by, rng.randint(1, 3)), *self.push]
        rng.shuffle(by)
        if rng.random() < 0.7:
            by = ["live", *(channel for channel in by if channel != "live")]
        words = f"tell = {_listed(tell)}", f"by = {_listed(by)}", f"receipt_within = {rng.randint(1, 10)}"
        return [*words, f"next_after = {rng.randint(shortest, longest)}"]

    def _target(self) -> str:
        rng = self.rng
        states = ("", "", "", ":any", *(f":{duty}" for duty in DUTIES))
        kinds = [f"on_duty{rng.choice(states)}"] * 3 + [f"neighbours{rng.choice(states)}", f"role:{rng.choice(ROLES)}"]
        kinds.append(f"person:{rng.choice(self.people)}")
        kinds += [f"contact:{one}" for one in self.contacts]
        return rng.choice(kinds)


def _listed(words: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in dict.fromkeys(words)) + "]"
