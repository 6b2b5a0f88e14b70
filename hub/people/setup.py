"""A `site.toml` as a value: one institution with everything in it, or every fault in the file at once."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.people.localtime import moment, read_moment
from hub.people.site import (
    LONGEST_WITHIN,
    MOST_TOLD,
    Contact,
    Device,
    DeviceKind,
    DutyState,
    Institution,
    Person,
    Place,
    Role,
    Unit,
)
from hub.people.tomlfile import Section, TomlFile

KEYS: Mapping[str, tuple[str, ...]] = {
    "institution": ("id", "name", "municipality", "timezone", "rules"),
    "unit": ("id", "name", "neighbours", "approves_swaps", "minimum_reach", "minimum_within"),
    "place": ("id", "unit", "name", "floor", "x", "y"),
    "person": ("id", "name", "role", "units", "phone", "email", "language", "password", "pin", "duress_pin"),
    "device": ("id", "kind", "person", "place"),
    "shift": ("person", "unit", "from", "to", "duty"),
    "contact": ("id", "name", "phone", "email", "webhook"),
}
LANGUAGES = ("da", "en")
SHORTEST_PASSWORD = 8
LONGEST_LIKELY_SHIFT = timedelta(hours=36)

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# No "/" and no "@": sign-in reads "institution/person" and e-mail addresses apart from ids.
_ID = re.compile(r"[\w.:-]{1,64}")
CVR = re.compile(r"\d{8}")
_PHONE = re.compile(r"\+?\d{3,15}")
EMAIL = re.compile(r"[^@\s/]+@[^@\s/]+")
WEBHOOK = re.compile(r"https://\S+|http://(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]\S*)?")
_PIN = re.compile(r"\d{4,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the file sets for a person to sign in and withdraw with; only hashes of it are ever stored."""

    password: str | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)
    duress_pin: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SiteShift:
    """One `[[shift]]`: a person is on duty in a unit from one moment to another."""

    person: str
    unit: str
    starts: datetime
    ends: datetime
    duty: DutyState


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A whole `site.toml` that has nothing wrong with it; `remarks` are what the writer may not have meant."""

    institution: Institution
    rules: str
    rules_line: int = 1
    units: tuple[Unit, ...] = ()
    places: tuple[Place, ...] = ()
    people: tuple[Person, ...] = ()
    devices: tuple[Device, ...] = ()
    shifts: tuple[SiteShift, ...] = ()
    contacts: tuple[Contact, ...] = ()
    secrets: Mapping[str, Secrets] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def parse(text: str, name: str = "site.toml") -> SiteFile:
    """Reads a site file; FileProblem names every fault in it by line and key, with the mend."""
    return _Reading(TomlFile(text, name)).whole()


class _Reading:
    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self.remarks: list[str] = []
        self.units, self.places, self.people = (self._ids(table) for table in ("unit", "place", "person"))

    def whole(self) -> SiteFile:
        file = self.file
        file.known_tables(tuple(KEYS))
        institution, rules = self._institution(file.one("institution", KEYS["institution"]))
        clocks = time_zone(institution.timezone) or ZoneInfo("UTC")
        people = list(self._people())
        site = SiteFile(
            institution=institution,
            rules=rules,
            rules_line=file.problems.line(("institution", "rules")),
            units=tuple(self._units()),
            places=tuple(self._places()),
            people=tuple(person for person, _, _ in people),
            devices=tuple(self._devices()),
            shifts=tuple(self._shifts(clocks)),
            contacts=tuple(self._contacts()),
            secrets={person.id: secrets for person, secrets, _ in people},
            languages={person.id: language for person, _, language in people if language},
            remarks=tuple(self.remarks),
        )
        file.problems.refuse_if_any()
        return site

    def _institution(self, section: Section) -> tuple[Institution, str]:
        slug = section.needed("id")
        if slug and not _SLUG.fullmatch(slug):
            section.wrong("id", f'"{slug}" is not a lower-case slug; write "{as_slug(slug)}"')
        municipality = section.needed("municipality")
        if municipality and not CVR.fullmatch(municipality):
            section.wrong("municipality", f'"{municipality}" is not a CVR number; write its 8 digits, like "29189999"')
        timezone = section.needed("timezone")
        if timezone and time_zone(timezone) is None:
            section.wrong("timezone", f'"{timezone}" is not a time zone; write one like "Europe/Copenhagen"')
        return Institution(slug, section.needed("name"), municipality, timezone), section.needed("rules")

    def _units(self) -> Iterator[Unit]:
        for section in self._unique("unit"):
            neighbours = section.references("neighbours", "unit", self.units)
            approves = section.flag("approves_swaps")
            limits = section.whole("minimum_reach", MOST_TOLD), section.whole("minimum_within", LONGEST_WITHIN)
            unit = Unit(_id(section), section.needed("name"), neighbours, False, {}, approves, *limits)
            if unit.id in unit.neighbours:
                section.wrong("neighbours", f'"{unit.id}" cannot be its own neighbour; take it out')
            yield unit

    def _places(self) -> Iterator[Place]:
        for section in self._unique("place"):
            section.needed("unit")
            unit = section.reference("unit", "unit", self.units) or ""
            x, y = section.fraction("x"), section.fraction("y")
            if ("x" in section.values) != ("y" in section.values):
                section.wrong("x" if "x" in section.values else "y", "stands alone; write both x and y, or neither")
            yield Place(_id(section), unit, section.needed("name"), section.text("floor"), x, y)

    def _people(self) -> Iterator[tuple[Person, Secrets, str | None]]:
        emails: dict[str, str] = {}
        for section in self._unique("person"):
            person = Person(
                id=_id(section),
                name=section.needed("name"),
                role=section.choice("role", Role) or Role.STAFF,
                units=section.references("units", "unit", self.units),
                phone=_phone(section),
                email=_email(section),
            )
            if person.email and emails.setdefault(person.email, person.id) != person.id:
                section.wrong(
                    "email",
                    f"{emails[person.email]} has the same; it is a name to sign in with, so give each their own",
                )
            language = section.text("language")
            if language is not None and language not in LANGUAGES:
                section.wrong("language", f'"{language}" is not spoken here; write "da" or "en"')
            yield person, _secrets(section), language

    def _devices(self) -> Iterator[Device]:
        for section in self._unique("device"):
            device = Device(
                id=_id(section),
                kind=section.choice("kind", DeviceKind) or DeviceKind.SERVICE,
                person=section.reference("person", "person", self.people),
                place=section.reference("place", "place", self.places),
            )
            if device.kind != DeviceKind.SERVICE and device.person is None and device.place is None:
                self._remark(
                    section, f"device {device.id} has neither person nor place: nobody will know where its alarms are"
                )
            yield device

    def _shifts(self, zone: ZoneInfo) -> Iterator[SiteShift]:
        seen: dict[tuple[str, str, datetime, datetime], int] = {}
        for section in self.file.many("shift", KEYS["shift"]):
            for key in ("person", "unit"):
                section.needed(key)
            person = section.reference("person", "person", self.people) or ""
            unit = section.reference("unit", "unit", self.units) or ""
            duty = section.choice("duty", DutyState) or DutyState.ACTIVE
            starts, ends = _moment(section, "from", zone), _moment(section, "to", zone)
            if starts is None or ends is None:
                continue
            if starts >= ends:
                section.wrong("to", "the shift ends before it begins; look at both dates (a night ends the day after)")
            elif ends - starts > LONGEST_LIKELY_SHIFT:
                hours = (ends - starts) // timedelta(hours=1)
                self._remark(section, f"{person} is on duty for {hours} hours without a break: is that meant?")
            first = seen.setdefault((person, unit, starts, ends), section.line)
            if first != section.line:
                section.wrong("from", f"this shift stands on line {first} already; remove one of the two")
            yield SiteShift(person, unit, starts, ends, duty)

    def _contacts(self) -> Iterator[Contact]:
        mend = 'write one that begins with "https://"'
        for section in self._unique("contact"):
            webhook = section.matching("webhook", WEBHOOK, mend)
            contact = Contact(_id(section), section.needed("name"), _phone(section), _email(section), webhook)
            if not {"phone", "email", "webhook"} & set(section.values):
                section.wrong("phone", "nobody could reach this contact; add phone, email or webhook")
            yield contact

    def _ids(self, table: str) -> Collection[str]:
        rows: Any = self.file.values.get(table)
        tables: Sequence[Any] = rows if isinstance(rows, list) else ()
        return {row["id"]: None for row in tables if isinstance(row, dict) and isinstance(row.get("id"), str)}.keys()

    def _unique(self, table: str) -> Iterator[Section]:
        first: dict[str, int] = {}
        for section in self.file.many(table, KEYS[table]):
            key = section.values.get("id")
            if isinstance(key, str) and first.setdefault(key, section.line) != section.line:
                section.wrong(
                    "id", f'"{key}" is the {table} on line {first[key]} already; give this one an id of its own'
                )
            yield section

    def _remark(self, section: Section, text: str) -> None:
        self.remarks.append(f"{self.file.problems.name}:{section.line}: {text}")


def _id(section: Section) -> str:
    section.needed("id")
    mend = "write up to 64 letters, digits, and - _ . : without spaces"
    return section.matching("id", _ID, mend) or "" if isinstance(section.values.get("id"), str) else ""


def _phone(section: Section) -> str | None:
    written = section.text("phone")
    if written is None:
        return None
    number = phone_number(written)
    if number is None:
        section.wrong("phone", f'"{written}" cannot be called; write it like "+45 12 34 56 78"')
    return number


def phone_number(written: str) -> str | None:
    """A number that can be called, however it was written; None if it is none."""
    digits = re.sub(r"[\s()-]", "", written)
    if not _PHONE.fullmatch(digits):
        return None
    # Eight digits without a country are Danish; fewer are a service number such as 112.
    return f"+45{digits}" if re.fullmatch(r"\d{8}", digits) else digits


def _email(section: Section) -> str | None:
    written = section.matching("email", EMAIL, 'write one address, like "jette@solgaarden.example"')
    return written.lower() if written else None


def _secrets(section: Section) -> Secrets:
    password = section.values.get("password")
    if password is not None and (not isinstance(password, str) or len(password) < SHORTEST_PASSWORD):
        section.wrong("password", f"is too short; write at least {SHORTEST_PASSWORD} characters in quotes")
    pins = {}
    for key in ("pin", "duress_pin"):
        pin = section.values.get(key)
        if pin is not None and not (isinstance(pin, str) and _PIN.fullmatch(pin)):
            section.wrong(key, 'must be 4 to 8 digits; write them in quotes, like "4711"')
        pins[key] = pin
    if pins["duress_pin"] is not None and pins["pin"] is None:
        section.wrong("duress_pin", "stands without a pin; add pin, which withdraws an alarm for real")
    if pins["pin"] is not None and pins["pin"] == pins["duress_pin"]:
        section.wrong(
            "duress_pin", "is the same as pin, so no withdrawal could be told from a forced one; write another"
        )
    return Secrets(password, pins["pin"], pins["duress_pin"])


def _moment(section: Section, key: str, zone: ZoneInfo) -> datetime | None:
    written = section.values.get(key)
    if written is None:
        section.wrong(key, f"is missing; add {key} = 2026-11-22T07:00:00")
        return None
    try:
        if isinstance(written, datetime):
            return moment(written, zone)
        if isinstance(written, str):
            return read_moment(written, zone)
    except ValueError as error:
        section.wrong(key, str(error))
        return None
    section.wrong(key, f"{written} is no date with a time; write it like 2026-11-22T07:00:00")
    return None


def time_zone(name: str) -> ZoneInfo | None:
    """The time zone of this name, if there is one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # an unknown name, a path, the name of a folder
        return None


def as_slug(name: str) -> str:
    """A name as an id: lower case, without letters that only Danes have."""
    plain = name.lower()
    for letter, spelled in (("æ", "ae"), ("ø", "oe"), ("å", "aa"), ("é", "e"), ("ä", "ae"), ("ö", "oe"), ("ü", "u")):
        plain = plain.replace(letter, spelled)
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].strip("-") or "solgaarden"
