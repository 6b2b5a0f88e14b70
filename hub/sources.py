"""Which outside rosters this hub can read: the adapters, made from what an operator has said of each source."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.clock import Clock
from hub.errors import FileProblem, Invalid
from hub.people.site import Site
from hub.ports import PeopleTold, RosterSource, RosterTold
from hub.roster.chores import asked_about
from hub.roster.sourcefile import Kind
from hub.roster.sourcestore import Source
from integrations import csvfile, ical, kmdopus, planday
from integrations.csvfile import CsvSettings
from integrations.endpoints import OutboundRules
from integrations.ical import IcalSettings, Span
from integrations.ical.subscription import IcalSubscription
from integrations.outbound import Courier
from integrations.planday import LEAVE, Planday, PlandaySettings, Spelt

SUFFIXES: Mapping[str, Kind] = {".csv": Kind.CSV, ".ics": Kind.ICAL, ".json": Kind.PLANDAY}
PATIENCE, LARGEST = 20.0, 32 * 1024 * 1024


def read(kind: Kind, content: bytes, name: str, settings: Mapping[str, Any], site: Site, now: datetime) -> RosterTold:
    """A file from one of these sources; FileProblem if nothing of it can be used."""
    try:
        if kind is Kind.CSV:
            return csvfile.read(content, name, CsvSettings(settings.get("columns", {}), settings.get("fixed", {})))
        if kind is Kind.ICAL:
            zone = ZoneInfo(site.institution.timezone)
            return ical.read(content, name, Span(*asked_about(now, zone), zone), _of_calendar(settings))
        return planday.read(content, name, _spelt(settings))
    except ValueError as fault:
        raise Invalid(f"columns, fixed: {fault}") from fault


def people(content: bytes, name: str, now: datetime, zone: ZoneInfo) -> PeopleTold:
    """A file from the municipality's system of people and units."""
    return kmdopus.read(content, name, now.astimezone(zone).date())


def kind_of(suffix: str, name: str) -> Kind:
    """The form of a file, by the end of its name."""
    kind = SUFFIXES.get(suffix.lower())
    if kind is None:
        taken, columns = ", ".join(SUFFIXES), ", ".join(csvfile.NEEDED)
        raise FileProblem(name, [f"{name}: only {taken} are taken; export the roster as CSV with columns {columns}"])
    return kind


def source(one: Source, site: Site, clock: Clock, *, allow_loopback: bool) -> RosterSource:
    """A source that is looked at by itself."""
    rules = OutboundRules(PATIENCE, allow_loopback=allow_loopback, longest_answer=LARGEST, for_rosters=True)
    courier = Courier(rules)
    settings = one.settings
    if one.kind == Kind.ICAL:
        zone = ZoneInfo(site.institution.timezone)
        return IcalSubscription(one.id, settings["url"], zone, _of_calendar(settings), courier, clock)
    if one.kind == Kind.PLANDAY:
        return Planday(one.id, _of_planday(settings), courier, clock)
    raise Invalid(f"{one.id}: a source of kind {one.kind} is imported by hand, with hub roster import.")


def check(kind: Kind, settings: Mapping[str, Any]) -> None:
    """Raises Invalid if no adapter can be made of these settings."""
    try:
        if kind is Kind.CSV:
            CsvSettings(settings.get("columns", {}), settings.get("fixed", {}))
        elif kind is Kind.ICAL:
            _of_calendar(settings)
        else:
            _of_planday(settings)
    except ValueError as fault:
        raise Invalid(f"The source cannot be used: {fault}.") from fault


def _of_calendar(settings: Mapping[str, Any]) -> IcalSettings:
    return IcalSettings(settings.get("columns", {}), settings.get("fixed", {}))


def _of_planday(settings: Mapping[str, Any]) -> PlandaySettings:
    addresses = {key: settings[key] for key in ("api", "sign_in") if key in settings}
    return PlandaySettings(
        settings["client_id"],
        settings["refresh_token"],
        settings.get("departments", ()),
        settings.get("duties", {}),
        settings.get("absent", ""),
        settings.get("absences", {}),
        **addresses,
    )


def _spelt(settings: Mapping[str, Any]) -> Spelt:
    return Spelt(settings.get("duties", {}), settings.get("absences", {}), settings.get("absent", LEAVE))
