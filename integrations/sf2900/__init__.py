"""Fordelingskomponenten (SF2900): a journal post or a document on its way to whichever system has its KLE number."""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.errors import Invalid
from hub.ports import Answer, CaseRecord
from integrations.caserecords import noted
from integrations.replies import plain
from integrations.strangexml import Element, NoXml, parse
from integrations.xmltree import Node, branch, leaf, moment, written

NAMESPACE = "http://serviceplatformen.dk/xml/wsdl/soap11/DistributionService/2/types"
SPACES = {
    "": NAMESPACE,
    "ds": "http://serviceplatformen.dk/xml/wsdl/soap11/DistributionService/3/types",
    "call": "http://serviceplatformen.dk/xml/schemas/CallContext/1/",
    "auth": "http://serviceplatformen.dk/xml/schemas/AuthorityContext/1/",
}
KLE = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}", re.ASCII)
FACET = re.compile(r"[A-ZÆØÅ][0-9]{2}")
CVR = re.compile(r"[0-9]{8}", re.ASCII)
UUID = re.compile(r"[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}")
LARGEST_ANSWER = 256 * 1024
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@dataclass(frozen=True, slots=True)
class Sender:
    """What the hub is called there, and by whom it sends."""

    authority: str
    system: str
    receiver: str | None = None
    """The UUID of one system, where it is not the number that decides."""

    def __post_init__(self) -> None:
        if not CVR.fullmatch(self.authority):
            raise Invalid(f'authority: "{self.authority}" is no CVR number; write eight digits.')
        for name, value in (("system", self.system), ("receiver", self.receiver)):
            if value is not None and not UUID.fullmatch(value):
                raise Invalid(f'{name}: "{value}" is no UUID; write its 36 characters.')


@dataclass(frozen=True, slots=True)
class Attached:
    """A document that is sent."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was answered of one transaction."""

    answered: Answer
    transaction: str | None = None
    reason: str = ""


def journal_post(record: CaseRecord, sender: Sender, transaction: str, at: datetime) -> Node:
    """The record as a note, for the case that it is thought to belong to."""
    post = branch(
        "DistributionJournalPost",
        *_proposed(record),
        *(_party(record, "PartAngivelse") if record.party is not None else ()),
        branch(
            "Registrering",
            *_registered(record, sender),
            branch(
                "RelationListe",
                branch(
                    "JournalPost",
                    _effect(record, sender),
                    leaf("Rolle", "Journalpost"),
                    leaf("Indeks", "1"),
                    branch("JournalnotatAttributter", leaf("Titel", record.title), leaf("Notat", noted(record))),
                ),
            ),
        ),
    )
    return _request(record, sender, transaction, at, "JOURNALPOST", post, None)


def document(record: CaseRecord, sender: Sender, transaction: str, at: datetime, file: Attached) -> Node:
    """The record as a document, final and with the file itself."""
    effect, content = _effect(record, sender), base64.b64encode(file.content).decode()
    parties = (branch("DokumentPartListe", _document_party(record, sender)),) if record.party is not None else ()
    variant = branch(
        "Variant",
        effect,
        leaf("Rolle", "Variant"),
        leaf("Indeks", "1"),
        branch("VariantAttributter", leaf("VariantType", file.name.rpartition(".")[2].upper())),
        branch(
            "DelAttributter",
            leaf("DelTekst", file.name),
            leaf("Indeks", "1"),
            leaf("Indhold", content),
            leaf("Filstoerrelse", str(len(file.content))),
            leaf("MimeType", file.mime),
        ),
    )
    attributes = branch(
        "Attributter",
        leaf("BrugervendtNoegleTekst", record.number),
        leaf("TitelTekst", record.title),
        leaf("BeskrivelseTekst", noted(record)),
        leaf("Dokumenttype", "Notat"),
        leaf("Retning", "Internt"),
        leaf("Brevdato", f"{record.happened_at.astimezone(COPENHAGEN):%Y-%m-%d}"),
        leaf("KassationskodeTekst", record.keep),
        effect,
    )
    made = branch(
        "DistributionDokument",
        *_proposed(record),
        branch(
            "Registrering",
            *_registered(record, sender),
            branch("RelationListe", branch("VariantListe", variant), *parties),
            branch("TilstandsListe", branch("Tilstand", leaf("Fremdrift", "Endeligt"), effect)),
            branch("AttributListe", attributes),
        ),
    )
    return _request(record, sender, transaction, at, "DOKUMENT", made, file.name)


def told(request: Node) -> bytes:
    """The request as a document of its own."""
    return written(request, SPACES)


def receipt(content: bytes) -> Receipt:
    """What an answer says; Invalid if it is none, or is made to harm whoever reads it."""
    try:
        root = parse(content, LARGEST_ANSWER)
    except NoXml as fault:
        raise Invalid(f"The receipt cannot be read: {fault}.") from None
    return receipt_in(root)


def receipt_in(root: Element) -> Receipt:
    """What is said in the element that a receipt stands in, with the transaction that it is of."""
    found = root.at("Forretningskvittering") or root.at("ForretningsKvittering")
    code = found.text("ForretningsValideringsKode") if found is not None else ""
    if found is None or code not in list(Answer):
        raise Invalid(f'The receipt says "{plain(code, 40)}", which is no answer of SF2900.')
    faults = found.at("FejlListe")
    words = [found.text("Begrundelse")]
    words += [f"{one.text('FejlKode')} {one.text('FejlTekst')}" for one in (faults.all("Fejl") if faults else [])]
    reason = plain(" ".join(word for word in words if word.strip()))
    return Receipt(Answer(code), root.text("DistributionContext", "AnvenderTransaktionsID") or None, reason)


def _request(
    record: CaseRecord,
    sender: Sender,
    transaction: str,
    at: datetime,
    sort: str,
    made: Node,
    file: str | None,
) -> Node:
    if not UUID.fullmatch(transaction):
        raise Invalid(f'transaction: "{transaction}" is no UUID; write its 36 characters.')
    if at.tzinfo is None:
        raise Invalid("at: says not in which time zone; give it one.")
    number = branch(
        "RoutingKLEEmneHandling",
        leaf("RoutingKLEEmne", record.kle.number),
        leaf("RoutingHandlingFacet", _facet(record)),
    )
    routing = leaf("RoutingModtagerAktoer", sender.receiver) if sender.receiver is not None else (number,)
    context = branch(
        "DistributionContext",
        leaf("AnvenderTransaktionsID", transaction),
        leaf("AfsendendeMyndighed", sender.authority),
        leaf("RoutingMyndighed", record.authority),
        branch("RoutingValg", *routing),
        leaf("DokumentFilNavn", file),
    )
    whole = branch("DistributionObject", leaf("ObjektType", sort), branch("ObjektIndhold", made))
    return branch(
        "ds:FordelingsobjektAfsendRequest",
        branch("call:CallContext", leaf("call:CallersServiceCallIdentifier", transaction)),
        branch("auth:AuthorityContext", leaf("auth:MunicipalityCVR", sender.authority)),
        branch("ds:anmodning", context, whole),
    )


def _proposed(record: CaseRecord) -> tuple[Node, ...]:
    """What the receiver may take, or decide better."""
    if not KLE.fullmatch(record.kle.number):
        raise Invalid(f'kle: "{record.kle.number}" has not six digits; resolve it to a number like 00.01.10.')
    if not CVR.fullmatch(record.authority):
        raise Invalid(f'authority: "{record.authority}" is no CVR number; mend the municipality of the site file.')
    return (
        *leaf("ID", record.id),
        *leaf("KLEEmneForslag", record.kle.number),
        *leaf("HandlingFacetForslag", _facet(record)),
        *leaf("SagForslag", record.case),
    )


def _facet(record: CaseRecord) -> str:
    if not FACET.fullmatch(record.facet.number):
        raise Invalid(f'facet: "{record.facet.number}" is no action facet; write one like G01.')
    return record.facet.number


def _registered(record: CaseRecord, sender: Sender) -> tuple[Node, ...]:
    return (
        *leaf("FraTidsPunkt", moment(record.registered_at)),
        *leaf("LivscyklusKode", "Oprettet"),
        branch("RegistreringItSystem", leaf("URN", _urn(sender))),
    )


def _effect(record: CaseRecord, sender: Sender) -> Node:
    return branch(
        "Virkning",
        leaf("FraTidspunkt", moment(record.happened_at)),
        branch("Aktoer", leaf("URN", _urn(sender))),
        leaf("AktoerType", "ItSystem"),
    )


def _urn(sender: Sender) -> str:
    return f"urn:oio:it-system-uuid:{sender.system}"


def _party(record: CaseRecord, name: str) -> tuple[Node, ...]:
    if record.party is None:
        return ()
    sort = "Bruger" if record.party.is_employee else "Person"
    return (branch(name, leaf("ObjektType", sort), branch("ReferenceID", leaf("URN", record.party.urn))),)


def _document_party(record: CaseRecord, sender: Sender) -> Node:
    return branch(
        "DokumentPart",
        _effect(record, sender),
        leaf("Rolle", "PrimaerPart"),
        leaf("Indeks", "1"),
        _party(record, "Part"),
    )
