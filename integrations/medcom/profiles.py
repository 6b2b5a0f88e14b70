"""MedCom's profiles as rules: CareCommunication 5.0 with messaging 4.0 and core 3.0, and acknowledgements 2.0."""

from collections.abc import Iterator, Mapping

from integrations.medcom import codes as c
from integrations.medcom.bundles import resources
from integrations.medcom.elements import Fault, Rule, maybe, none, one, sliced, some
from integrations.medcom.fhir import Resource

NARRATIVE = maybe("text", one("status"), one("div"))


def _said(url: str, least: int, value: Rule) -> Rule:
    return sliced("extension", "url", url, least, 1, value, none("extension"))


_DATE = one("valueDateTime")
_PAYLOAD_ID = one("valueIdentifier", one("value"), one("assigner", leads_to="Organization"))
_AUTHOR = one("valueReference", leads_to="PractitionerRole")
_CONTACT = one("valueContactPoint", maybe("system", among="phone"), one("value"))
_RECEIVER = one("receiver", leads_to="Organization")
_USE = _said(c.USE, 1, one("valueCoding", one("system", among=c.USES), one("code", among="primary")))

_BUNDLE = (one("id"), one("type", among="message"), one("timestamp"), some("entry", one("resource")))
_HEADER = (
    one("id"),
    NARRATIVE,
    Rule("destination", 1, 1, inside=(_USE, one("endpoint"), _RECEIVER)),
    one("sender", leads_to="Organization"),
    one("source", one("endpoint")),
)
CARE_HEADER = (
    *_HEADER,
    one("eventCoding", one("system", among=c.EVENTS), one("code", among=c.CARE_EVENT)),
    one("focus", leads_to="Communication"),
    one("definition"),
)
ACK_HEADER = (
    *_HEADER,
    one("eventCoding", one("code", among=c.ACK_EVENT)),
    one("response", one("identifier"), one("code", among=c.ANSWERS), maybe("details", leads_to="OperationOutcome")),
)
_CATEGORY = one("coding", one("system", among=c.CATEGORIES), one("code", among=c.CATEGORY_CODES))
_TEXT = sliced(
    "payload",
    "contentString",
    None,
    1,
    None,
    _said(c.DATE, 1, _DATE),
    _said(c.AUTHOR, 1, _AUTHOR),
    _said(c.CONTACT, 1, _CONTACT),
    _said(c.PAYLOAD_ID, 1, _PAYLOAD_ID),
)
_ATTACHMENT = sliced(
    "payload",
    "contentAttachment",
    None,
    0,
    None,
    _said(c.DATE, 1, _DATE),
    _said(c.AUTHOR, 0, _AUTHOR),
    _said(c.CONTACT, 0, _CONTACT),
    _said(c.PAYLOAD_ID, 1, _PAYLOAD_ID),
    one("contentAttachment", maybe("contentType", among=c.MIME_TYPES), one("title")),
)
COMMUNICATION = (
    NARRATIVE,
    _said(c.SENDER, 0, one("valueReference", leads_to="PractitionerRole|CareTeam")),
    one("identifier", one("value")),
    one("status", among="unknown"),
    one("category", _CATEGORY),
    maybe("priority", among=c.PRIORITIES),
    one("subject", leads_to="Patient"),
    maybe("topic", one("text")),
    maybe("encounter", leads_to="Encounter"),
    maybe("recipient", leads_to="PractitionerRole|CareTeam"),
    _TEXT,
    _ATTACHMENT,
    some("payload"),
)
_PROVENANCE = (
    NARRATIVE,
    one("target", leads_to="MessageHeader", far=True),
    one("occurredDateTime"),
    none("occurredPeriod"),
    one("recorded"),
    some("agent", one("who", leads_to="Organization")),
)
CARE_PROVENANCE = (
    *_PROVENANCE,
    one("activity", one("coding", one("system"), one("code", among=c.CARE_ACTIVITIES))),
    some("entity", one("role", among=frozenset({"source", "revision"})), one("what")),
    sliced("entity", "role", "source", 1, None, one("what", one("identifier"))),
    sliced("entity", "role", "revision", 0, 1),
)
ACK_PROVENANCE = (
    *_PROVENANCE,
    one("activity", one("coding", one("system"), one("code"))),
    Rule("entity", inside=(one("role"), one("what"))),
)
ORGANIZATION = (
    NARRATIVE,
    some("identifier", least=2),
    sliced("identifier", "system", c.SOR, 1, 1, one("value")),
    sliced("identifier", "system", c.GLN, 1, 1, one("value")),
)
# Whom a team or a role belongs to need not be able to receive messages.
ORGANIZATION_NAMED = (NARRATIVE, some("identifier"), sliced("identifier", "system", c.SOR, 1, 1, one("value")))
PATIENT = (NARRATIVE, some("identifier"), some("name"), sliced("name", "use", "official", 1, 1, one("family")))
ENCOUNTER = (
    NARRATIVE,
    one("status"),
    one("class"),
    one("subject", leads_to="Patient"),
    none("account"),
    sliced("episodeOfCare", "identifier", None, 0, None, one("identifier", one("value"))),
)
CARE: Mapping[str, tuple[Rule, ...]] = {
    "MessageHeader": CARE_HEADER,
    "Communication": COMMUNICATION,
    "Provenance": CARE_PROVENANCE,
    "Organization": ORGANIZATION,
    "Patient": PATIENT,
    "Practitioner": (NARRATIVE,),
    "PractitionerRole": (NARRATIVE, maybe("practitioner", leads_to="Practitioner")),
    "CareTeam": (NARRATIVE, one("name"), maybe("managingOrganization", leads_to="Organization")),
    "Encounter": ENCOUNTER,
}
OUTCOME = some("issue", one("severity"), one("code"))
ACKNOWLEDGEMENT: Mapping[str, tuple[Rule, ...]] = {
    "MessageHeader": ACK_HEADER,
    "Provenance": ACK_PROVENANCE,
    "Organization": ORGANIZATION,
    "OperationOutcome": (OUTCOME,),
}


def breaches(bundle: Resource, profile: Mapping[str, tuple[Rule, ...]]) -> Iterator[Fault]:
    """Every element of the bundle that a profile would have otherwise."""
    for rule in _BUNDLE:
        yield from rule.faults(bundle, bundle, "Bundle")
    for resource in resources(bundle):
        kind = str(resource.get("resourceType"))
        rules = profile.get(kind, ())
        if kind == "Organization" and f"{c.CORE}-organization" in (resource.get("meta") or {}).get("profile", ()):
            rules = ORGANIZATION_NAMED
        for rule in rules:
            yield from rule.faults(bundle, resource, kind)
