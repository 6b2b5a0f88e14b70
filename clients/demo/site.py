"""Botilbud Solgården: a made-up institution with a roster around this hour, as a `site.toml`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Copenhagen")
INSTITUTION = "solgaarden"
NAME = "Botilbud Solgården"


@dataclass(frozen=True, slots=True)
class Player:
    """One person of the demonstration; `behaviour` is empty for those that a human plays."""

    id: str
    name: str
    role: str
    units: tuple[str, ...]
    signs_in: bool = False
    behaviour: str = ""
    phone: str = field(default="", kw_only=True)

    @property
    def device(self) -> str:
        return f"telefon-{self.id}"

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]


UNITS = (("nord", "Nordfløjen"), ("have", "Havefløjen"))
RAISER = "freja"
PLAYERS = (
    Player("freja", "Freja Lund", "staff", ("nord",), signs_in=True, phone="+45 20 00 00 01"),
    Player("mette", "Mette Holm", "staff", ("nord",), behaviour="quick", phone="+45 20 00 00 02"),
    Player("jonas", "Jonas Krogh", "staff", ("nord",), behaviour="slow", phone="+45 20 00 00 03"),
    Player("amina", "Amina Yusuf", "staff", ("nord",), behaviour="cannot", phone="+45 20 00 00 04"),
    Player("soeren", "Søren Dahl", "staff", ("have",), behaviour="quick", phone="+45 20 00 00 05"),
    Player("kirsten", "Kirsten Bak", "shift_lead", ("nord", "have"), signs_in=True, phone="+45 20 00 00 06"),
    Player("henrik", "Henrik Voss", "manager", (), signs_in=True, phone="+45 20 00 00 07"),
    Player("ida", "Ida Toft", "staff", ("have",), phone="+45 20 00 00 08"),
    Player("lars", "Lars Friis", "staff", ("nord",), phone="+45 20 00 00 09"),
)
PLACES = (
    ("stue-nord", "nord", "Fællesstuen", "Stuen", 0.42, 0.35),
    ("koekken-nord", "nord", "Køkkenet", "Stuen", 0.68, 0.30),
    ("vaerelse-1", "nord", "Værelse 1", "Stuen", 0.12, 0.72),
    ("vaerelse-2", "nord", "Værelse 2", "Stuen", 0.30, 0.72),
    ("vaerelse-3", "nord", "Værelse 3", "1. sal", 0.22, 0.48),
    ("kontor-nord", "nord", "Vagtkontoret", "Stuen", 0.88, 0.18),
    ("stue-have", "have", "Havestuen", "Stuen", 0.50, 0.40),
    ("vaerelse-11", "have", "Værelse 11", "Stuen", 0.15, 0.65),
    ("vaerelse-12", "have", "Værelse 12", "Stuen", 0.35, 0.65),
    ("vaerksted", "have", "Værkstedet", "Kælderen", 0.70, 0.55),
)
FIXED_DEVICES = (
    ("pc-vagtkontor", "pc", "kontor-nord"),
    ("tavle-nord", "wallboard", "stue-nord"),
    ("tavle-have", "wallboard", "stue-have"),
    ("knap-vaerelse-3", "button", "vaerelse-3"),
    ("knap-vaerksted", "button", "vaerksted"),
)


def player(who: str) -> Player:
    """The person with this id or first name."""
    for one in PLAYERS:
        if who.casefold() in {one.id, one.name.casefold(), one.first_name.casefold()}:
            return one
    raise KeyError(who)


def colleagues() -> tuple[Player, ...]:
    """Those that the demonstration plays itself."""
    return tuple(one for one in PLAYERS if one.behaviour)


def roster_ends(now: datetime) -> datetime:
    """Until when the made-up roster has somebody on duty."""
    return _hour(now) + timedelta(hours=10)


def site_toml(now: datetime, password: str, rules: str = "botilbud") -> str:
    """The whole institution as a site file, with shifts around `now`."""
    institution = {"id": INSTITUTION, "name": NAME, "municipality": "29189999"}
    parts = ["[institution]", _lines(institution | {"timezone": ZONE.key, "rules": rules})]
    for table, row in (*_places(), *_people(password), *_devices(), *_shifts(now)):
        parts += ["", f"[[{table}]]", _lines(row)]
    contact = {"id": "vagtcentral", "name": "Vagtcentralen", "phone": "+45 70 00 00 00"}
    return "\n".join([*parts, "", "[[contact]]", _lines(contact), ""])


Row = tuple[str, dict[str, object]]


def _places() -> Iterator[Row]:
    (nord, _), (have, _) = UNITS
    for unit, name in UNITS:
        yield "unit", {"id": unit, "name": name, "neighbours": [have if unit == nord else nord]}
    for place, unit, name, floor, x, y in PLACES:
        yield "place", {"id": place, "unit": unit, "name": name, "floor": floor, "x": x, "y": y}


def _people(password: str) -> Iterator[Row]:
    for one in PLAYERS:
        row: dict[str, object] = {"id": one.id, "name": one.name, "role": one.role, "units": list(one.units)}
        yield "person", row | {"phone": one.phone} | ({"password": password} if one.signs_in else {})


def _devices() -> Iterator[Row]:
    for one in PLAYERS:
        yield "device", {"id": one.device, "kind": "phone", "person": one.id}
    for device, kind, place in FIXED_DEVICES:
        yield "device", {"id": device, "kind": kind, "place": place}


def _shifts(now: datetime) -> Iterator[Row]:
    hour = _hour(now)
    around = (hour - timedelta(hours=2), roster_ends(now))
    for who, unit in (
        ("freja", "nord"),
        ("mette", "nord"),
        ("jonas", "nord"),
        ("amina", "nord"),
        ("soeren", "have"),
        ("kirsten", "have"),
    ):
        yield _shift(who, unit, *around, "active")
    yield _shift("lars", "nord", hour - timedelta(hours=8), now.replace(second=0, microsecond=0), "active")
    soon = now.replace(second=0, microsecond=0) + timedelta(minutes=45)
    yield _shift("ida", "have", soon, soon + timedelta(hours=8), "active")
    tonight = now.astimezone(ZONE).replace(hour=23, minute=0, second=0, microsecond=0, fold=0)
    if tonight <= now:
        tonight += timedelta(days=1)
    yield _shift("lars", "nord", tonight, (tonight + timedelta(days=1)).replace(hour=7), "sleeping")


def _shift(who: str, unit: str, starts: datetime, ends: datetime, duty: str) -> Row:
    return "shift", {"person": who, "unit": unit, "from": starts, "to": ends, "duty": duty}


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _lines(row: Mapping[str, object]) -> str:
    return "\n".join(f"{key} = {_value(value)}" for key, value in row.items())


def _value(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(ZONE).isoformat(timespec="seconds")
    return json.dumps(value, ensure_ascii=False)  # a JSON string, number or list of strings is TOML as it is
