"""A stand-in for Fordelingskomponenten (SF2900) and the case system behind it.

It holds every request against what the published schema and rules say, takes each transaction once, and says of each in
receipts how far it has come. What becomes of one can be told beforehand, or is drawn from its own name and a seed.
"""

import base64
import binascii
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from xml.etree import ElementTree as ET

from clients.standins.said import Answered, Asked, Object, Refused, enveloped, escaped, fault, opened, wants

V2 = "http://serviceplatformen.dk/xml/wsdl/soap11/DistributionService/2/types"
V3 = "http://serviceplatformen.dk/xml/wsdl/soap11/DistributionService/3/types"
ACTION = "DistributionService/3/def#FordelingsobjektAfsend"
_UUID = re.compile(r"[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}")
_KLE = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}", re.ASCII)
_FACET = re.compile(r"[A-ZÆØÅ][0-9]{2}")
RECEIVED, DELIVERED, ACCEPTED, REFUSED, FAILED = "MODTAGET", "AFLEVERET", "ACCEPTERET", "AFVIST", "FEJLET"
KNOWN = ("00.01.10", "27.00.00", "27.66.00", "27.66.04", "27.66.08", "81.29.01", "81.29.08", "87.15.00")


class Fate(Enum):
    """What becomes of a transaction."""

    TAKEN = "taken"
    UNKNOWN = "refused at once"
    REFUSED = "refused by the case system"
    FAILED = "failed in the case system"
    SILENT = "received, and nothing ever said of it"
    UNTOLD = "taken, and its receipts lost: told only to whoever asks"

    @property
    def receipts(self) -> tuple[str, ...]:
        """What is said of it afterwards, in order."""
        return {
            Fate.TAKEN: (DELIVERED, ACCEPTED),
            Fate.REFUSED: (DELIVERED, REFUSED),
            Fate.FAILED: (FAILED,),
        }.get(self, ())

    @property
    def accepted(self) -> bool:
        """Whether it ends in the case system."""
        return self in (Fate.TAKEN, Fate.UNTOLD)

    @property
    def stands(self) -> str:
        """What is said to whoever hands it over once more."""
        return ACCEPTED if self is Fate.UNTOLD else RECEIVED


@dataclass
class Fordeling:
    """Judges requests, and knows what it has taken."""

    authorities: Collection[str]
    token: str | None = None
    known: Collection[str] = KNOWN
    fate: Callable[[str], Fate] = lambda _transaction: Fate.TAKEN
    schema: Callable[[bytes], str | None] = lambda _document: None
    """What is wrong with a document by the published schema, where that is at hand."""
    taken: dict[str, Object] = field(default_factory=dict)

    def judge(self, asked: Asked) -> tuple[Answered, Object | None]:
        """What is answered, and what was taken that was not here before."""
        try:
            if self.token is not None and asked.headers.get("authorization") != f"Bearer {self.token}":
                return Answered(401), None
            wants(asked.method == "POST", "Only POST is taken.", 405)
            wants(ACTION in asked.headers.get("soapaction", ""), "SOAPAction: another operation.")
            wants(asked.headers.get("content-type", "").startswith("text/xml"), "Content-Type: SOAP 1.1 is text/xml.")
            return self._taken(opened(asked.body))
        except Refused as refusal:
            return fault(refusal), None

    def _taken(self, root: ET.Element) -> tuple[Answered, Object | None]:
        wants(root.tag == f"{{{V3}}}FordelingsobjektAfsendRequest", "Another document than FordelingsobjektAfsend.")
        document = ET.tostring(root)
        if (wrong := self.schema(document)) is not None:
            raise Refused(wrong)
        one = self._checked(root)
        before = self.taken.get(one.transaction)
        if before is not None:
            wants(before.digest == one.digest, "AnvenderTransaktionsID: was used for something else.")
            return self._receipt(one, self.fate(one.transaction).stands), None
        if self.fate(one.transaction) is Fate.UNKNOWN:
            raise Refused("RoutingKLEEmne: ingen modtager er sat op til emnet.")
        self.taken[one.transaction] = one
        return self._receipt(one, RECEIVED), one

    def _checked(self, root: ET.Element) -> Object:
        context = root.find(f"{{{V3}}}anmodning/{{{V2}}}DistributionContext")
        whole = root.find(f"{{{V3}}}anmodning/{{{V2}}}DistributionObject")
        if context is None or whole is None:
            raise Refused("anmodning: DistributionContext or DistributionObject is missing.")
        transaction = _text(context, "AnvenderTransaktionsID")
        wants(_UUID.fullmatch(transaction), "AnvenderTransaktionsID: is no UUID.")
        sender, routed = _text(context, "AfsendendeMyndighed"), _text(context, "RoutingMyndighed")
        wants(sender in self.authorities and routed in self.authorities, "Myndighed: has no agreement here.")
        by = context.find(f"{{{V2}}}RoutingValg")
        number = _text(by, "RoutingKLEEmneHandling", "RoutingKLEEmne") if by is not None else ""
        named = _text(by, "RoutingModtagerAktoer") if by is not None else ""
        wants(bool(number) != bool(named), "RoutingValg: a number or a receiver, and not both.")
        wants(named or number in self.known, "RoutingKLEEmne: ingen modtager er sat op til emnet.")
        kind = _text(whole, "ObjektType")
        names = {"JOURNALPOST": "DistributionJournalPost", "DOKUMENT": "DistributionDokument"}
        wants(kind in names, "ObjektType: is not known.")
        made = whole.find(f"{{{V2}}}ObjektIndhold/{{{V2}}}{names[kind]}")
        if made is None:
            raise Refused("ObjektIndhold: is another than ObjektType says.")
        wants(_UUID.fullmatch(_text(made, "ID")), "ID: is no UUID.")
        wants(_KLE.fullmatch(_text(made, "KLEEmneForslag")), "KLEEmneForslag: is no number of six digits.")
        facet = _text(made, "HandlingFacetForslag")
        wants(not facet or _FACET.fullmatch(facet), "HandlingFacetForslag: is no action facet.")
        wants(_text(made, "Registrering", "LivscyklusKode") == "Oprettet", "LivscyklusKode: only Oprettet is taken.")
        title = _title(made, kind)
        wants(title, "Titel: is missing.")
        if kind == "DOKUMENT":
            _check_paper(made, _text(context, "DokumentFilNavn"))
        # When it was sent is no part of what was sent.
        digest = sha256(ET.tostring(made)).hexdigest()
        return Object(transaction.lower(), sender, _text(made, "ID"), kind, title, digest)

    def _receipt(self, one: Object, code: str) -> Answered:
        inside = (
            f"<ForretningsKvittering>{_code(code)}</ForretningsKvittering>"
            f"<DistributionContext>{_context(one)}</DistributionContext>"
        )
        document = f'<FordelingsobjektAfsendResponse xmlns="{V3}">{inside}</FordelingsobjektAfsendResponse>'
        return Answered(200, enveloped(document), (("Content-Type", "text/xml; charset=utf-8"),))


def _check_paper(made: ET.Element, name: str) -> None:
    """The file itself: whole, as large as it is said to be, and called the same wherever it is named."""
    part = made.find(f".//{{{V2}}}DelAttributter")
    if part is None:
        raise Refused("DelAttributter: is missing.")
    try:
        content = base64.b64decode(_text(part, "Indhold"), validate=True)
    except binascii.Error:
        raise Refused("Indhold: is no base64.") from None
    wants(content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:], "Indhold: is no whole PDF.")
    wants(_text(part, "Filstoerrelse") == str(len(content)), "Filstoerrelse: is another than the file's.")
    wants(_text(part, "MimeType") == "application/pdf", "MimeType: is another than the file's.")
    wants(name and _text(part, "DelTekst") == name, "DokumentFilNavn: is another than the file's.")


def brought(one: Object, code: str) -> bytes:
    """A receipt as it is brought to whoever sent."""
    why = "Sagen er lukket for journalisering <script>" if code == REFUSED else "Fejl i modtagersystemet"
    reason = f"<Begrundelse>{escaped(why)}</Begrundelse>" if code in (REFUSED, FAILED) else ""
    inside = (
        f"<Forretningskvittering>{_code(code, reason)}</Forretningskvittering>"
        f"<DistributionContext>{_context(one)}</DistributionContext>"
    )
    name = "FordelingskvitteringModtagAnvenderRequest"
    return enveloped(f'<{name} xmlns="{V2}">{inside}</{name}>')


def _code(code: str, reason: str = "") -> str:
    says = f'<ForretningsValideringsKode xmlns="{V2}">{code}</ForretningsValideringsKode>'
    return f'{says}<Kvitteringstype xmlns="{V2}">Forretning</Kvitteringstype>{reason}'


def _context(one: Object) -> str:
    way = "<RoutingKLEEmneHandling><RoutingKLEEmne>00.01.10</RoutingKLEEmne></RoutingKLEEmneHandling>"
    parts = {"AnvenderTransaktionsID": one.transaction, "AfsendendeMyndighed": one.authority}
    parts |= {"RoutingMyndighed": one.authority}
    said = "".join(f'<{name} xmlns="{V2}">{value}</{name}>' for name, value in parts.items())
    return f'{said}<RoutingValg xmlns="{V2}">{way}</RoutingValg>'


def _title(made: ET.Element, kind: str) -> str:
    if kind == "JOURNALPOST":
        return _text(made, "Registrering", "RelationListe", "JournalPost", "JournalnotatAttributter", "Titel")
    return _text(made, "Registrering", "AttributListe", "Attributter", "TitelTekst")


def _text(node: ET.Element, *names: str) -> str:
    return (node.findtext("/".join(f"{{{V2}}}{name}" for name in names)) or "").strip()
