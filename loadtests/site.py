"""A site of any size as a `site.toml`: R on duty where the alarms are, the rest elsewhere and idle."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

RULES = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True, slots=True)
class BigSite:
    """How many devices press, respond and only listen."""

    responders: int
    idle: int
    raisers: int = 1
    rules: Path = RULES
    institution: str = "maaling"

    def __post_init__(self) -> None:
        if self.responders < 1 or self.raisers < 1 or self.idle < 0:
            raise ValueError("a site to measure needs at least one raiser and one responder")

    @property
    def raising(self) -> list[str]:
        return [f"knap-{number}" for number in range(self.raisers)]

    @property
    def responding(self) -> list[str]:
        return [f"telefon-r{number}" for number in range(self.responders)]

    @property
    def idling(self) -> list[str]:
        return [f"telefon-i{number}" for number in range(self.idle)]

    def toml(self, now: datetime) -> str:
        """The site file, with everyone who responds on duty around `now`."""
        return "\n".join(self._tables(now.astimezone(timezone.utc)))  # noqa: UP017 (TOML wants the offset)

    def write(self, folder: Path, now: datetime) -> Path:
        """Writes the site file into the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.institution}.toml"
        file.write_text(self.toml(now), encoding="utf-8")
        return file

    def _tables(self, now: datetime) -> Iterator[str]:
        yield f'[institution]\nid = "{self.institution}"\nname = "Måling"\nmunicipality = "29189999"'
        yield f'timezone = "Europe/Copenhagen"\nrules = "{self.rules}"'
        yield '[[unit]]\nid = "her"\nname = "Her"\nneighbours = ["andre"]'
        yield '[[unit]]\nid = "andre"\nname = "Andre steder"'
        yield '[[person]]\nid = "leder"\nname = "Leder"\nrole = "manager"\nunits = []'
        for device in self.raising:
            yield f'[[place]]\nid = "rum-{device}"\nunit = "her"\nname = "Rum {device}"'
            yield f'[[device]]\nid = "{device}"\nkind = "button"\nplace = "rum-{device}"'
        starts, ends = (now - timedelta(hours=1)).isoformat("T", "seconds"), now + timedelta(hours=12)
        for unit, devices in (("her", self.responding), ("andre", self.idling)):
            for device in devices:
                person = device.removeprefix("telefon-")
                yield f'[[person]]\nid = "{person}"\nname = "Kollega {person}"\nrole = "staff"\nunits = ["{unit}"]'
                yield f'[[device]]\nid = "{device}"\nkind = "phone"\nperson = "{person}"'
        for device in self.responding:
            yield f'[[shift]]\nperson = "{device.removeprefix("telefon-")}"\nunit = "her"\nduty = "active"'
            yield f"from = {starts}\nto = {ends.isoformat('T', 'seconds')}"
