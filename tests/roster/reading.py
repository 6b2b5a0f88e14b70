"""Rosters from outside, read and understood as the hub does it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hub.people.site import Site
from hub.roster.actions import Said
from hub.roster.understood import Words, understood
from integrations import csvfile, ical
from integrations.csvfile import CsvSettings
from integrations.ical import IcalSettings, Span


def csv_said(text: str | bytes, site: Site, settings: CsvSettings | None = None, words: Words | None = None) -> Said:
    """What a file shifts.csv says of this site."""
    content = text.encode() if isinstance(text, str) else text
    return understood(csvfile.read(content, "shifts.csv", settings), "shifts.csv", "csv", site, words)


def ical_said(
    text: str,
    site: Site,
    first: datetime,
    end: datetime,
    settings: IcalSettings | None = None,
    words: Words | None = None,
) -> Said:
    """What a file roster.ics says of this site, from `first` and before `end`."""
    span = Span(first, end, ZoneInfo(site.institution.timezone))
    return understood(ical.read(text.encode(), "roster.ics", span, settings), "roster.ics", "ical", site, words)
