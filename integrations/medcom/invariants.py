"""The sixteen rules of CareCommunication 5.0 that no single element shows, and those of an acknowledgement."""

import re
from collections.abc import Callable, Iterator

from integrations.medcom import codes as c
from integrations.medcom.bundles import at, extension, many, one_at, resolve, resources, text_at
from integrations.medcom.elements import Fault
from integrations.medcom.fhir import Resource

UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
DEFINED = re.compile(re.escape(c.DEFINITION.split("|", maxsplit=1)[0]) + r"\|5\.[0-9]{1,2}")
_PHONE = re.compile(r"\+?[-0-9]")


def care_faults(bundle: Resource) -> Iterator[Fault]:
    """Every rule of a CareCommunication message that the bundle breaks."""
    for key, where, mend, holds in BUNDLE:
        if not holds(bundle):
            yield Fault(where, mend, key)
    for communication in resources(bundle, "Communication"):
        for key, where, mend, kept in COMMUNICATION:
            if not kept(bundle, communication):
                yield Fault(where, mend, key)


def acknowledgement_faults(bundle: Resource) -> Iterator[Fault]:
    """Every rule of an acknowledgement that the bundle breaks."""
    if not resources(bundle, "Provenance"):
        yield Fault("Provenance", "is missing: say who sent the message", "medcom-messaging-2")
    if not _all_are(bundle, "Provenance", f"{c.MESSAGING}-provenance"):
        yield Fault("Provenance.meta.profile", f"name {c.MESSAGING}-provenance", "medcom-messaging-3")
    if not _all_are(bundle, "MessageHeader", f"{c.ACKNOWLEDGEMENT}-messaging-acknowledgementHeader"):
        mend = "name medcom-messaging-acknowledgementHeader"
        yield Fault("MessageHeader.meta.profile", mend, "medcom-acknowledgement-2")
    answers = [code for one in resources(bundle, "MessageHeader") for code in at(one, "response.code")]
    if answers != [c.OK] and not resources(bundle, "OperationOutcome"):
        mend = "is missing: say what was wrong, since the answer is not ok"
        yield Fault("OperationOutcome", mend, "medcom-acknowledgement-1")


def _all_are(bundle: Resource, kind: str, profile: str) -> bool:
    return all(
        any(str(one).startswith(profile) for one in at(found, "meta.profile")) for found in resources(bundle, kind)
    )


def _first_is_header(bundle: Resource) -> bool:
    first = one_at(bundle, "entry")
    header = first.get("resource") if isinstance(first, dict) else None
    return (
        isinstance(header, dict)
        and header.get("resourceType") == "MessageHeader"
        and _all_are({"entry": [first]}, "MessageHeader", f"{c.CARE}-messageHeader")
    )


def _definition(bundle: Resource) -> bool:
    said = [text_at(header, "definition") for header in resources(bundle, "MessageHeader")]
    return all(DEFINED.fullmatch(one) for one in said)


def _ids(bundle: Resource) -> bool:
    threads = [one for found in resources(bundle, "Communication") for one in at(found, "identifier.value")]
    said = [
        payload_id for _, payload in _payloads(bundle) for payload_id in at(payload, "extension.valueIdentifier.value")
    ]
    return all(isinstance(one, str) and UUID.fullmatch(one) for one in (*threads, *said))


def _says_something(bundle: Resource) -> bool:
    return all("contentString" in payload or "contentAttachment" in payload for _, payload in _payloads(bundle))


def _phones(bundle: Resource) -> bool:
    said = [one for _, payload in _payloads(bundle) for one in at(payload, "extension.valueContactPoint.value")]
    return all(isinstance(one, str) and _PHONE.search(one) for one in said)


def _payloads(bundle: Resource) -> Iterator[tuple[Resource, Resource]]:
    for communication in resources(bundle, "Communication"):
        for payload in at(communication, "payload"):
            if isinstance(payload, dict):
                yield communication, payload


def _belongs(bundle: Resource, person: object, house: object) -> bool:
    """Whether a team or a role is the organisation's own."""
    who = resolve(bundle, person)
    where = resolve(bundle, house)
    if who is None or where is None:
        return False
    homes = (*at(who, "managingOrganization"), *at(who, "organization"))
    return any(resolve(bundle, one) is where for one in homes)


def _receivers(bundle: Resource) -> bool:
    named = [one for found in resources(bundle, "Communication") for one in many(found.get("recipient"))]
    houses = [one for header in resources(bundle, "MessageHeader") for one in at(header, "destination.receiver")]
    return not named or any(_belongs(bundle, one, house) for one in named for house in houses)


def _senders(bundle: Resource) -> bool:
    said = [extension(found, c.SENDER) for found in resources(bundle, "Communication")]
    named = [one.get("valueReference") for one in said if one is not None]
    houses = [header.get("sender") for header in resources(bundle, "MessageHeader")]
    return not named or any(_belongs(bundle, one, house) for one in named for house in houses)


def _names(bundle: Resource) -> bool:
    return any(many(one.get("name")) for one in resources(bundle, "Practitioner"))


def _roles_lead_somewhere(bundle: Resource) -> bool:
    return all(text_at(one, "practitioner.reference") for one in resources(bundle, "PractitionerRole"))


def _category(communication: Resource) -> str:
    return text_at(communication, "category.coding.code")


def _authors(bundle: Resource, communication: Resource) -> Iterator[Resource]:
    for payload in at(communication, "payload"):
        said = extension(payload, c.AUTHOR) if isinstance(payload, dict) else None
        role = resolve(bundle, said.get("valueReference")) if said is not None else None
        if role is not None:
            yield role


def _each_role(bundle: Resource, communication: Resource) -> bool:
    return all(
        bool(at(role, "code.coding.code")) != bool(at(role, "code.text")) for role in _authors(bundle, communication)
    )


def _each_name(bundle: Resource, communication: Resource) -> bool:
    people = [resolve(bundle, role.get("practitioner")) for role in _authors(bundle, communication)]
    return all(person is not None and many(person.get("name")) for person in people)


def _episode(bundle: Resource, communication: Resource) -> bool:
    if "encounter" not in communication:
        return True
    found = resolve(bundle, communication["encounter"])
    return found is not None and bool(at(found, "episodeOfCare.identifier"))


def _encounter(bundle: Resource, communication: Resource) -> bool:
    named = bool(text_at(communication, "encounter.reference"))
    return bool(resources(bundle, "Encounter")) == named == ("encounter" in communication)


_CARE_PROVENANCE = f"{c.CARE}-provenance"
BUNDLE: tuple[tuple[str, str, str, Callable[[Resource], bool]], ...] = (
    (
        "medcom-messaging-2",
        "Provenance",
        "is missing: say who sent the message",
        lambda b: bool(resources(b, "Provenance")),
    ),
    (
        "medcom-careCommunication-1",
        "Bundle.entry[0]",
        "put the care communication's MessageHeader first",
        _first_is_header,
    ),
    (
        "medcom-careCommunication-2",
        "Patient",
        "put exactly one into the message",
        lambda b: len(resources(b, "Patient")) == 1,
    ),
    (
        "medcom-careCommunication-3",
        "Provenance.meta.profile",
        f"name {_CARE_PROVENANCE}",
        lambda b: _all_are(b, "Provenance", _CARE_PROVENANCE),
    ),
    ("medcom-careCommunication-4", "Practitioner.name", "is missing: name the author", _names),
    (
        "medcom-careCommunication-11",
        "Communication.extension[sender]",
        "name somebody of the organisation that MessageHeader.sender is",
        _senders,
    ),
    (
        "medcom-careCommunication-12",
        "Communication.recipient",
        "name somebody of the organisation that MessageHeader.destination.receiver is",
        _receivers,
    ),
    (
        "medcom-careCommunication-13",
        "PractitionerRole.practitioner",
        "is missing: refer to a Practitioner",
        _roles_lead_somewhere,
    ),
    ("medcom-uuidv4", "identifier.value", "write urn:uuid: and a UUID in small letters", _ids),
    ("medcom-carecommunication-definition-url", "MessageHeader.definition", f"write {c.DEFINITION}", _definition),
    ("content", "Communication.payload", "write contentString or contentAttachment", _says_something),
    ("medcom-core-contact", "payload.extension[contact]", "write a phone number", _phones),
)
COMMUNICATION: tuple[tuple[str, str, str, Callable[[Resource, Resource], bool]], ...] = (
    (
        "medcom-careCommunication-5",
        "Communication.priority",
        "leave it out: only regarding-referral has one",
        lambda _, one: "priority" not in one or _category(one) == c.WITH_PRIORITY,
    ),
    (
        "medcom-careCommunication-6",
        "Communication.topic",
        "is missing: the category other needs one",
        lambda _, one: _category(one) != c.WITH_TOPIC or "topic" in one,
    ),
    (
        "medcom-careCommunication-7",
        "PractitionerRole.code",
        "say the author's role, as a code or as a text",
        _each_role,
    ),
    ("medcom-careCommunication-8", "Practitioner.name", "is missing: name the author of each text", _each_name),
    ("medcom-careCommunication-9", "Encounter.episodeOfCare", "is missing: give its identifier", _episode),
    (
        "medcom-careCommunication-15",
        "Communication.encounter",
        "refer to the message's Encounter, if it has one",
        _encounter,
    ),
)
