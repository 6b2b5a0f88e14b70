"""The VANS envelope around a document: from and to which location number, of which kind, with an id of its own."""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from xml.etree import ElementTree as ET

from hub.clock import rfc3339
from integrations.strangexml import NoXml, parse

LARGEST = 48 * 1024 * 1024
JSON, XML = "application/fhir+json", "application/fhir+xml"


class NotAnEnvelope(Exception):
    """The file is no VANS envelope; the text names the field and the mend."""


class Kind(Enum):
    """What lies in an envelope: standard, name and version as MedCom's directory has them."""

    CARE = ("HL7", "MCM:FDIS91", "5.0")
    ACKNOWLEDGEMENT = ("HL7", "MCM:FCTL", "2.0")
    OLD_MAIL = ("OIOXML", "XDIS91", "XD9134L")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One document on its way."""

    id: str
    sent_at: str
    sender: str
    receiver: str
    standard: str
    name: str
    version: str
    document: bytes = field(repr=False)
    mime: str = JSON

    def __post_init__(self) -> None:
        for number, where in ((self.sender, "SenderID"), (self.receiver, "ReceiverID")):
            if not (number.isascii() and number.isdecimal() and len(number) == 13):
                raise NotAnEnvelope(f"{where}: write the location number, 13 digits")
        if not self.id or len(self.id) > 200 or not self.id.isprintable():
            raise NotAnEnvelope("Identifier: give each envelope one of its own")

    @property
    def kind(self) -> Kind | None:
        """What lies in it; statistical variants of a kind carry a number sign and more."""
        plain = self.name.partition("#")[0]
        return next((one for one in Kind if one.value[:2] == (self.standard, plain)), None)


def wrap(kind: Kind, document: bytes, *, sender: str, receiver: str, key: str, now: datetime) -> Envelope:
    """The document in an envelope with this id and time."""
    standard, name, version = kind.value
    return Envelope(key, rfc3339(now), sender, receiver, standard, name, version, document)


def to_xml(envelope: Envelope) -> bytes:
    """The envelope as it lies in a mailbox."""
    root = ET.Element("VANSEnvelope")
    _leaf(root, "SenderID", envelope.sender)
    _leaf(root, "ReceiverID", envelope.receiver)
    message = ET.SubElement(root, "Message")
    about = ET.SubElement(message, "MetaInformation")
    _leaf(about, "Identifier", envelope.id)
    _leaf(about, "SentDateTime", envelope.sent_at)
    document = ET.SubElement(about, "Document")
    for name, text in (("Format", envelope.standard), ("Name", envelope.name), ("Version", envelope.version)):
        _leaf(document, name, text)
    transport = ET.SubElement(about, "Transport")
    _leaf(transport, "Type", "reliable")
    tag = ET.SubElement(transport, "ServiceTag", {"name": "MCM:MIME"})
    tag.text = envelope.mime
    _leaf(message, "Data", base64.b64encode(envelope.document).decode())
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def from_xml(content: bytes) -> Envelope:
    """The envelope in a file. Raises NotAnEnvelope."""
    try:
        root = parse(content, LARGEST)
    except NoXml as fault:
        raise NotAnEnvelope(str(fault)) from None
    about = root.at("Message", "MetaInformation")
    if root.name != "VANSEnvelope" or about is None:
        raise NotAnEnvelope("VANSEnvelope.Message.MetaInformation: is missing: send a VANS envelope")
    try:
        document = base64.b64decode("".join(root.text("Message", "Data").split()), validate=True)
    except (binascii.Error, ValueError):
        raise NotAnEnvelope("Message.Data: write the document in base64") from None
    transport = about.at("Transport")
    tags = [] if transport is None else transport.all("ServiceTag")
    mime = next((one.text() for one in tags if one.attributes.get("name") == "MCM:MIME"), "")
    return Envelope(
        id=about.text("Identifier"),
        sent_at=about.text("SentDateTime"),
        sender=root.text("SenderID"),
        receiver=root.text("ReceiverID"),
        standard=about.text("Document", "Format"),
        name=about.text("Document", "Name"),
        version=about.text("Document", "Version"),
        document=document,
        mime=mime,
    )


def _leaf(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
