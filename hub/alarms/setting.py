"""Where an alarm happens: the site, who is on duty in it now, and which screens hang in its units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from hub.alarms.trigger import Trigger
from hub.errors import FileProblem
from hub.escalation.plan import People, Scene
from hub.escalation.rules import EMERGENCY, RuleBook, load
from hub.people.access import Principal
from hub.people.site import DeviceKind, Site
from hub.roster.shift import Duty

SCREENS = (DeviceKind.WALLBOARD, DeviceKind.PANEL)
# Under this hang the screens that are shown what happens nobody knows where.
NOWHERE = ""


@lru_cache(maxsize=256)
def rule_book(text: str, institution: str) -> RuleBook:
    """The institution's rules; broken ones are replaced by telling everybody, never by silence."""
    try:
        return load(text, institution)
    except FileProblem:
        return EMERGENCY


@dataclass(frozen=True, slots=True)
class Limit:
    """How many of those on duty must be told of an alarm in a unit, and within how many seconds."""

    people: int
    within: int


@dataclass(frozen=True, slots=True)
class Setting:
    """A site with what every alarm in it looks up, made once per version of the site."""

    site: Site
    book: RuleBook
    people: People
    screens: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, site: Site) -> "Setting":
        screens: dict[str, list[str]] = {}
        for device in site.devices.values():
            place = site.places.get(device.place or "")
            if device.kind in SCREENS and not device.revoked:
                # One that hangs nowhere in particular is the whole institution's.
                for unit in (place.unit,) if place is not None else (NOWHERE, *site.units):
                    screens.setdefault(unit, []).append(device.id)
        return cls(
            site,
            rule_book(site.rules, site.institution.id),
            People(site.people),
            {unit: tuple(devices) for unit, devices in screens.items()},
        )

    def screens_in(self, unit: str | None) -> Sequence[str]:
        """The screens that are shown what happens in the unit."""
        return self.screens.get(unit or NOWHERE, ())

    def limit(self, unit: str) -> Limit:
        """The unit's own limit, or what the rules say where it has none."""
        here = self.site.units.get(unit)
        people, within = (here.minimum_reach, here.minimum_within) if here is not None else (None, None)
        return Limit(
            self.book.minimum_reach if people is None else people,
            self.book.minimum_within if within is None else within,
        )

    def scene(self, unit: str | None, duty: Duty, raiser: str, drill: bool) -> Scene:
        """What the escalation rules may know."""
        here = self.site.units.get(unit or "")
        return Scene(
            unit=unit,
            neighbours=here.neighbours if here is not None else (),
            on_duty=duty.on_duty,
            people=self.people,
            contacts=self.site.contacts,
            raiser=raiser,
            drill=drill,
        )

    def whereabouts(self, trigger: Trigger, by: Principal, duty: Duty) -> tuple[str | None, str | None]:
        """The place and unit of a press: what was said, else the device's, else where the raiser is on duty or belongs.

        A place that nobody knows is kept as it was said: a wrong sign on a button must never silence it.
        """
        if trigger.unit is not None:
            return trigger.place, trigger.unit
        place = trigger.place
        if place is None and (device := self.site.devices.get(by.device or "")) is not None:
            place = device.place
        if (known := self.site.places.get(place or "")) is not None:
            return place, known.unit
        for shift in duty.on_duty:
            if shift.person == by.person:
                return place, shift.unit
        return place, by.units[0] if by.units else None
