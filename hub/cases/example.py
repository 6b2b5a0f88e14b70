"""A made-up incident, for whoever wants to see what a practice makes of one. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.cases.practice import Area
from hub.cases.recording import IncidentFacts, Say
from hub.incidents.paper import Fact, Kind, Paper
from hub.ports import CaseParty

AGO = timedelta(days=7)
CASE = "3f1c9f52-6c1b-4f7e-9a83-5d0c2b7a9e10"


def example(
    happened_at: datetime, municipality: str, house: str, zone: ZoneInfo, say: Say, *, cases: bool = True
) -> IncidentFacts:
    """An alarm after which somebody was away from work and an adult was held; its case is known, or is not."""
    return IncidentFacts(
        id="0199a0de-0000-7000-8000-00000000c0de",
        institution="example",
        municipality=municipality,
        house=house,
        unit="nord",
        unit_name=say("Unit North"),
        zone=zone,
        happened_at=happened_at,
        opened_at=happened_at + timedelta(minutes=9),
        noted_at=happened_at + timedelta(hours=1),
        signed_at=happened_at + timedelta(days=2),
        kinds=(Kind.PHYSICAL, Kind.THREAT),
        facts=(Fact.ABSENCE, Fact.ADULT_PERMITTED),
        papers=tuple(Paper),
        summaries=dict.fromkeys(Paper, say("A made-up summary of what happened.")),
        cases={area: CASE for area in Area if area is not Area.WORK} if cases else {},
        resident=CaseParty("urn:oio:cpr-nr:0101010000", say("A made-up resident")),
        employee=CaseParty("urn:oio:tryghedshub:medarbejder:example", say("A made-up employee")),
    )
