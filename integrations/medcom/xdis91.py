"""The older clinical e-mail (XDIS91), read only: who wrote what about whom, with its line breaks."""

from dataclasses import dataclass
from datetime import datetime

from integrations.strangexml import Element, NoXml, parse

LARGEST = 32 * 1024 * 1024
SPACE = "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/"


class NotXdis91(Exception):
    """The document is no clinical e-mail; the text names the field and the mend."""


@dataclass(frozen=True, slots=True)
class Party:
    """A sender or a receiver, by its location number."""

    ean: str
    name: str
    department: str = ""

    def __post_init__(self) -> None:
        if not (self.ean.isascii() and self.ean.isdecimal() and len(self.ean) == 13):
            raise NotXdis91("EANIdentifier: write the location number, 13 digits")


@dataclass(frozen=True, slots=True)
class OldMail:
    """One clinical e-mail."""

    envelope: str
    letter: str
    sent: str
    """The local time that it names, without a zone, as 2026-05-04T13:55."""
    sender: Party
    receiver: Party
    number: str
    """The citizen's person number."""
    family: str
    given: str
    subject: str
    text: str
    urgent: bool = False
    attached: tuple[tuple[str, str], ...] = ()
    """The objects that another letter (XBIN01) brings: id and file ending."""

    def __post_init__(self) -> None:
        for value, where in ((self.envelope, "Envelope.Identifier"), (self.letter, "Letter.Identifier")):
            if not value:
                raise NotXdis91(f"{where}: is missing: fill it")
        if not (self.number.isascii() and self.number.isalnum() and len(self.number) == 10):
            raise NotXdis91("CivilRegistrationNumber: write ten signs without a dash")
        if not self.text.strip():
            raise NotXdis91("ClinicalInformation.Text01: is missing: write the text")


def read(content: bytes) -> OldMail:
    """The clinical e-mail in a document. Raises NotXdis91."""
    try:
        root = parse(content, LARGEST)
    except NoXml as fault:
        raise NotXdis91(str(fault)) from None
    mail = root.at("ClinicalEmail")
    if root.name != "Emessage" or not root.space.startswith(SPACE) or mail is None:
        raise NotXdis91("Emessage.ClinicalEmail: is missing: send a clinical e-mail")
    if mail.text("Letter", "TypeCode") != "XDIS91":
        raise NotXdis91("Letter.TypeCode: is not XDIS91: send a clinical e-mail")
    texts = [_lines(one) for part in mail.all("ClinicalInformation") for one in part if one.name.startswith("Text")]
    return OldMail(
        envelope=root.text("Envelope", "Identifier"),
        letter=mail.text("Letter", "Identifier"),
        sent=_sent(root, mail),
        sender=_party(mail, "Sender"),
        receiver=_party(mail, "Receiver"),
        number=mail.text("Patient", "CivilRegistrationNumber") or mail.text("Patient", "AlternativeIdentifier"),
        family=mail.text("Patient", "PersonSurnameName"),
        given=mail.text("Patient", "PersonGivenName"),
        subject=mail.text("AdditionalInformation", "Subject"),
        text="\n\n".join(texts).strip("\n"),
        urgent=mail.text("AdditionalInformation", "Priority") == "høj_prioritet",
        attached=tuple(_objects(mail)),
    )


def _party(mail: Element, which: str) -> Party:
    return Party(
        mail.text(which, "EANIdentifier"), mail.text(which, "OrganisationName"), mail.text(which, "DepartmentName")
    )


def _sent(root: Element, mail: Element) -> str:
    for where in (mail.at("Letter", "Authorisation"), root.at("Envelope", "Sent")):
        if where is not None:
            written = f"{where.text('Date')}T{where.text('Time')}"
            try:
                datetime.fromisoformat(written)
            except ValueError:
                raise NotXdis91("Authorisation: write Date and Time as 2026-05-04 and 13:55") from None
            return written
    raise NotXdis91("Envelope.Sent: is missing: write Date and Time")


def _lines(element: Element) -> str:
    """A text with its breaks; the line breaks of the file itself are only how it was written."""
    said = []
    for one in element.content:
        if isinstance(one, str):
            said.append(" ".join(one.splitlines()))
        else:
            said.append("\n" if one.name == "Break" else _lines(one))
    return "".join(said)


def _objects(mail: Element) -> list[tuple[str, str]]:
    found = [one for reference in mail.all("Reference") for one in reference.all("BIN")]
    return [(one.text("ObjectIdentifier"), one.text("ObjectExtensionCode")) for one in found]
