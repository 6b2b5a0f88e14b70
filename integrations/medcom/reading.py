"""A FHIR bundle as a care communication: checked against the profiles first, then taken apart."""

import base64
import binascii
from dataclasses import replace
from datetime import UTC, datetime

from integrations.medcom import codes as c
from integrations.medcom.bundles import at, extension, one_at, resolve, resources, text_at
from integrations.medcom.care import Attachment, Author, CareMessage, Citizen, House, Segment, Turn, Unwritable
from integrations.medcom.elements import Fault
from integrations.medcom.fhir import Resource, read_bundle
from integrations.medcom.invariants import care_faults
from integrations.medcom.profiles import CARE, breaches

MOST_FAULTS = 50


class Refused(Exception):
    """The bundle is no care communication of MedCom's; each fault names the field and the mend."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults[:MOST_FAULTS]


def check(bundle: Resource) -> None:
    """Raises Refused with every breach of MedCom's profiles and rules."""
    faults = [*breaches(bundle, CARE), *care_faults(bundle)]
    if faults:
        raise Refused(faults)


def read(content: bytes) -> CareMessage:
    """The message in a document, JSON or XML. Raises NotFhir or Refused."""
    return understand(read_bundle(content))


def understand(bundle: Resource) -> CareMessage:
    """The message that a bundle is. Raises Refused."""
    check(bundle)
    try:
        return _Reading(bundle).message()
    except Unwritable as fault:
        raise Refused([Fault("Bundle", str(fault), "value")]) from None


def house(organization: Resource | None) -> House:
    """The house that an Organization is."""
    if organization is None:
        raise Unwritable("Organization: put it into the message")
    numbers = {text_at(one, "system"): text_at(one, "value") for one in at(organization, "identifier")}
    return House(text_at(organization, "name"), numbers.get(c.SOR, ""), numbers.get(c.GLN, ""))


def moment(written: str, where: str) -> datetime:
    """A time with its zone."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Unwritable(f"{where}: write date, time and zone, as in 2026-05-04T13:55:00+02:00")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise Unwritable(f"{where}: write a year of our time") from None


def plain_id(written: str) -> str:
    """A UUID without its urn."""
    return written.rpartition(":")[2]


class _Reading:
    def __init__(self, bundle: Resource) -> None:
        self.bundle = bundle
        self.header = resources(bundle, "MessageHeader")[0]
        self.communication = resources(bundle, "Communication")[0]
        if resolve(bundle, one_at(self.header, "focus")) is not self.communication:
            raise Unwritable("MessageHeader.focus: send one Communication in a message")

    def message(self) -> CareMessage:
        said = self.communication
        return CareMessage(
            bundle=str(self.bundle["id"]),
            thread=plain_id(text_at(said, "identifier.value")),
            at=moment(str(self.bundle["timestamp"]), "Bundle.timestamp"),
            sender=house(resolve(self.bundle, self.header["sender"])),
            receiver=house(resolve(self.bundle, one_at(self.header, "destination.receiver"))),
            citizen=_citizen(resources(self.bundle, "Patient")[0]),
            category=text_at(said, "category.coding.code"),
            turns=self._turns(),
            topic=text_at(said, "topic.text"),
            priority=text_at(said, "priority"),
            for_whom=self._team(one_at(said, "recipient")),
            from_whom=self._team((extension(said, c.SENDER) or {}).get("valueReference")),
        )

    def _team(self, reference: object) -> str:
        found = resolve(self.bundle, reference)
        if found is None:
            return ""
        return text_at(found, "name") or _name(resolve(self.bundle, found.get("practitioner")))

    def _turns(self) -> tuple[Turn, ...]:
        segments = {one.id: one for one in map(self._segment, self._payloads("contentString"))}
        attachments = {one.id: one for one in map(self._attachment, self._payloads("contentAttachment"))}
        own = str(self.header["id"])
        turns = [self._turn(one, segments, attachments) for one in resources(self.bundle, "Provenance")]
        turns.sort(key=lambda turn: (turn.header == own, turn.at))
        if not turns or turns[-1].header != own or len({turn.header for turn in turns}) < len(turns):
            raise Unwritable("Provenance.target: give each message one, this one too")
        if not turns[-1].segments:
            raise Unwritable("Provenance.entity: name the text that this message adds")
        for segment in segments.values():
            count = _with(turns, segment.at)
            turns[count] = replace(turns[count], segments=(*turns[count].segments, segment))
        for attachment in attachments.values():
            count = _with(turns, attachment.at or turns[-1].at)
            turns[count] = replace(turns[count], attachments=(*turns[count].attachments, attachment))
        return tuple(turns)

    def _payloads(self, key: str) -> list[Resource]:
        return [one for one in at(self.communication, "payload") if key in one]

    def _turn(self, found: Resource, segments: dict[str, Segment], attachments: dict[str, Attachment]) -> Turn:
        entities = at(found, "entity")
        sources = [plain_id(text_at(one, "what.identifier.value")) for one in entities if one.get("role") == "source"]
        before = [text_at(one, "what.reference") for one in entities if one.get("role") == "revision"]
        return Turn(
            header=text_at(found, "target.reference").rpartition("/")[2],
            activity=text_at(found, "activity.coding.code"),
            at=moment(text_at(found, "occurredDateTime"), "Provenance.occurredDateTime"),
            by=house(resolve(self.bundle, one_at(found, "agent.who"))),
            segments=tuple(segments.pop(one) for one in sources if one in segments),
            attachments=tuple(attachments.pop(one) for one in sources if one in attachments),
            answers=before[0].rpartition("/")[2] if before else "",
        )

    def _segment(self, payload: Resource) -> Segment:
        role = resolve(self.bundle, _said(payload, c.AUTHOR, "valueReference"))
        person = resolve(self.bundle, (role or {}).get("practitioner"))
        coded = text_at(role, "code.coding.code")
        author = Author(
            given=" ".join(map(str, at(person, "name.given"))),
            family=text_at(person, "name.family") or text_at(person, "name.text"),
            role=coded or text_at(role, "code.text"),
            phone=text_at(_said(payload, c.CONTACT, "valueContactPoint"), "value"),
            coded=bool(coded),
        )
        at_ = moment(str(_said(payload, c.DATE, "valueDateTime")), "payload.extension[date]")
        return Segment(_payload_id(payload), at_, author, str(payload["contentString"]))

    def _attachment(self, payload: Resource) -> Attachment:
        said = payload["contentAttachment"]
        data = said.get("data")
        try:
            content = None if data is None else base64.b64decode(data, validate=False)
        except (binascii.Error, TypeError, ValueError):
            raise Unwritable("contentAttachment.data: write it in base64") from None
        when = moment(str(_said(payload, c.DATE, "valueDateTime")), "payload.extension[date]")
        kind, url = text_at(said, "contentType"), text_at(said, "url")
        return Attachment(_payload_id(payload), text_at(said, "title"), kind, content, url, when)


def _with(turns: list[Turn], at: datetime) -> int:
    """The turn that said what no Provenance names: the first that is not older, since nobody sends before writing."""
    return next((count for count, turn in enumerate(turns) if turn.at >= at), len(turns) - 1)


def _said(payload: Resource, url: str, field: str) -> object:
    return (extension(payload, url) or {}).get(field)


def _payload_id(payload: Resource) -> str:
    return plain_id(text_at(_said(payload, c.PAYLOAD_ID, "valueIdentifier"), "value"))


def _citizen(patient: Resource) -> Citizen:
    numbers = [one for one in at(patient, "identifier") if text_at(one, "value")]
    if not numbers:
        raise Unwritable("Patient.identifier: write the citizen's person number")
    number = next((one for one in numbers if one.get("system") == c.CPR), numbers[0])
    official = next(one for one in at(patient, "name") if one.get("use") == "official")
    given = tuple(map(str, at(official, "given")))
    return Citizen(text_at(number, "value"), text_at(official, "family"), given, text_at(number, "system"))


def _name(person: Resource | None) -> str:
    return " ".join([*map(str, at(person, "name.given")), text_at(person, "name.family")]).strip()
