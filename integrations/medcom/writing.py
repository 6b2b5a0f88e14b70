"""A care communication as a FHIR bundle; its resources' ids follow from the message, so a resend is the same bundle."""

import base64
from collections.abc import Iterator
from datetime import datetime
from html import escape
from uuid import NAMESPACE_URL, uuid5

import orjson

from hub.clock import rfc3339
from integrations.medcom import codes as c
from integrations.medcom.care import Attachment, Author, CareMessage, House, Segment, Turn
from integrations.medcom.fhir import Resource

_XHTML = "http://www.w3.org/1999/xhtml"


def to_json(bundle: Resource) -> bytes:
    """The bundle as its sender's signature would see it."""
    return orjson.dumps(bundle)


def to_bundle(message: CareMessage) -> Resource:
    """The whole message: header first, then whom and what it is about, then who says so."""
    return bundle_of(message.bundle, message.at, f"{c.CARE}-message", list(_Writing(message).resources()))


def bundle_of(key: str, at: datetime, profile: str, resources: list[Resource]) -> Resource:
    """A bundle of the message type."""
    return {
        "resourceType": "Bundle",
        "id": key,
        "meta": {"profile": [profile]},
        "type": "message",
        "timestamp": rfc3339(at),
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources],
    }


def resource(kind: str, key: str, profile: str, says: str, **fields: object) -> Resource:
    """A resource with a narrative, which every profile of MedCom's wants."""
    said = escape(says, quote=False).replace("\n", "<br/>")
    narrative = {"status": "generated", "div": f'<div xmlns="{_XHTML}">{said}</div>'}
    return {"resourceType": kind, "id": key, "meta": {"profile": [profile]}, "text": narrative, **fields}


def organization(house: House, key: str) -> Resource:
    """A house that messages go to."""
    numbers = [{"system": c.GLN, "value": house.gln}, {"system": c.SOR, "value": house.sor}]
    named = {"name": house.name} if house.name else {}
    return resource("Organization", key, f"{c.MESSAGING}-organization", house.name, identifier=numbers, **named)


def header(key: str, profile: str, event: str, sender: House, receiver: House, **fields: object) -> Resource:
    """The envelope inside a bundle: from whom, to whom, of which kind."""
    return resource(
        "MessageHeader",
        key,
        profile,
        f"{event}: {sender.name} – {receiver.name}",
        eventCoding={"system": c.EVENTS, "code": event},
        destination=[
            {
                "extension": [{"url": c.USE, "valueCoding": {"system": c.USES, "code": "primary"}}],
                "endpoint": _endpoint(receiver),
                "receiver": refer("Organization", house_id(receiver)),
            }
        ],
        sender=refer("Organization", house_id(sender)),
        source={"endpoint": _endpoint(sender)},
        **fields,
    )


def provenance(
    key: str, profile: str, target: str, activity: str, at: datetime, by: House, **fields: object
) -> Resource:
    """Who did what with which message, and when."""
    return resource(
        "Provenance",
        key,
        profile,
        f"{activity}: {by.name}",
        target=[refer("MessageHeader", target)],
        occurredDateTime=rfc3339(at),
        recorded=rfc3339(at),
        activity={"coding": [{"system": c.ACTIVITIES, "code": activity}]},
        agent=[{"who": refer("Organization", house_id(by))}],
        **fields,
    )


def refer(kind: str, key: str) -> Resource:
    return {"reference": f"{kind}/{key}"}


def house_id(house: House) -> str:
    """The same for the same house, in every message."""
    return str(uuid5(NAMESPACE_URL, f"{house.sor}/{house.gln}"))


def _endpoint(house: House) -> str:
    return f"https://sor2.sum.dsdn.dk/#id={house.sor}"


class _Writing:
    def __init__(self, message: CareMessage) -> None:
        self.message = message

    def _id(self, *what: object) -> str:
        return str(uuid5(NAMESPACE_URL, "/".join((self.message.header, *map(str, what)))))

    def resources(self) -> Iterator[Resource]:
        message = self.message
        yield header(
            message.header,
            f"{c.CARE}-messageHeader",
            c.CARE_EVENT,
            message.sender,
            message.receiver,
            focus=[refer("Communication", self._id("communication"))],
            definition=c.DEFINITION,
        )
        yield self._patient()
        yield self._communication()
        yield from self._people()
        yield from self._teams()
        houses = dict.fromkeys((message.receiver, message.sender, *(turn.by for turn in message.turns)))
        yield from (organization(house, key) for key, house in {house_id(one): one for one in houses}.items())
        yield from (self._provenance(turn) for turn in message.turns)

    def _patient(self) -> Resource:
        citizen = self.message.citizen
        name = {
            "use": "official",
            "family": citizen.family,
            **({"given": list(citizen.given)} if citizen.given else {}),
        }
        return resource(
            "Patient",
            self._id("patient"),
            f"{c.CORE}-patient",
            " ".join((*citizen.given, citizen.family)),
            identifier=[{"system": citizen.system, "value": citizen.number}],
            name=[name],
        )

    def _communication(self) -> Resource:
        message = self.message
        fields: Resource = {
            "identifier": [{"value": f"urn:uuid:{message.thread}"}],
            "status": "unknown",
            "category": [{"coding": [{"system": c.CATEGORIES, "code": message.category}]}],
            "subject": refer("Patient", self._id("patient")),
            "payload": [one for turn in message.turns for one in self._payloads(turn)],
        }
        if message.from_whom:
            team = refer("CareTeam", self._id("team", "sender"))
            fields["extension"] = [{"url": c.SENDER, "valueReference": team}]
        if message.priority:
            fields["priority"] = message.priority
        if message.topic:
            fields["topic"] = {"text": message.topic}
        if message.for_whom:
            fields["recipient"] = [refer("CareTeam", self._id("team", "recipient"))]
        texts = "\n".join(segment.text for turn in message.turns for segment in turn.segments)
        return resource("Communication", self._id("communication"), f"{c.CARE}-communication", texts, **fields)

    def _payloads(self, turn: Turn) -> Iterator[Resource]:
        for segment in turn.segments:
            extensions = [*self._named(segment.id, segment.at, turn.by), *self._by(segment.author)]
            yield {"extension": extensions, "contentString": segment.text}
        for one in turn.attachments:
            yield {
                "extension": self._named(one.id, one.at or turn.at, turn.by),
                "contentAttachment": _attached(one, turn.at),
            }

    def _named(self, key: str, at: datetime, by: House) -> list[Resource]:
        identifier = {"value": f"urn:uuid:{key}", "assigner": refer("Organization", house_id(by))}
        return [{"url": c.DATE, "valueDateTime": rfc3339(at)}, {"url": c.PAYLOAD_ID, "valueIdentifier": identifier}]

    def _by(self, author: Author) -> list[Resource]:
        role = refer("PractitionerRole", self._id("role", author.given, author.family, author.role))
        phone = {"system": "phone", "value": author.phone}
        return [{"url": c.AUTHOR, "valueReference": role}, {"url": c.CONTACT, "valueContactPoint": phone}]

    def _people(self) -> Iterator[Resource]:
        segments: list[Segment] = [segment for turn in self.message.turns for segment in turn.segments]
        known = {(one.author.given, one.author.family, one.author.role): one.author for one in segments}
        for key, author in known.items():
            person = self._id("person", *key)
            code = {"coding": [{"system": c.ROLES, "code": author.role}]} if author.coded else {"text": author.role}
            yield resource(
                "PractitionerRole",
                self._id("role", *key),
                f"{c.CORE}-practitionerrole",
                author.role,
                practitioner=refer("Practitioner", person),
                code=[code],
            )
            given = {"given": [author.given]} if author.given else {}
            name = f"{author.given} {author.family}".strip()
            yield resource(
                "Practitioner", person, f"{c.CORE}-practitioner", name, name=[{"family": author.family, **given}]
            )

    def _teams(self) -> Iterator[Resource]:
        message = self.message
        ends = (("recipient", message.for_whom, message.receiver), ("sender", message.from_whom, message.sender))
        for end, name, house in ends:
            if name:
                yield resource(
                    "CareTeam",
                    self._id("team", end),
                    f"{c.CORE}-careteam",
                    name,
                    name=name,
                    managingOrganization=[refer("Organization", house_id(house))],
                )

    def _provenance(self, turn: Turn) -> Resource:
        sources = [*(one.id for one in turn.segments), *(one.id for one in turn.attachments)]
        entity: list[Resource] = [
            {"role": "source", "what": {"identifier": {"value": f"urn:uuid:{one}"}}} for one in sources
        ]
        if turn.answers:
            entity.append({"role": "revision", "what": refer("MessageHeader", turn.answers)})
        key = self._id("provenance", turn.header)
        profile = f"{c.CARE}-provenance"
        return provenance(key, profile, turn.header, turn.activity, turn.at, turn.by, entity=entity)


def _attached(one: Attachment, at: datetime) -> Resource:
    said: Resource = {"title": one.title, "creation": rfc3339(one.at or at)}
    if one.kind:
        said["contentType"] = one.kind
    if one.content is not None:
        said["data"] = base64.b64encode(one.content).decode()
    if one.url:
        said["url"] = one.url
    return said
