"""A stand-in for Sags- og Dokumentindekset (SF1470): cases are imported once, updated in turn, and found again."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from xml.etree import ElementTree as ET

from clients.standins.said import Answered, Asked, Object, Refused, enveloped, escaped, fault, opened, wants

SDI, SAG = "urn:oio:sts:sagdok:sagdokumentindeks:6", "urn:oio:sts:sagdok:sag:6"
SD, GD = "urn:oio:sagdok:3.0.0", "urn:oio:sts:generelledefinitioner:6"
HEADER = "http://kombit.dk/xml/schemas/RequestHeader/1/"
FINE, BAD, NOTHING, CLASH = "20", "40", "44", "49"
FIRST = "Opstaaet"


class _No(Exception):
    """What the index answers with a code of its own."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass
class Sagindeks:
    """Judges requests, and keeps the newest registration of each case with those before it."""

    authorities: Collection[str]
    token: str | None = None
    schema: Callable[[bytes], str | None] = lambda _document: None
    """What is wrong with a document by the published schema, where that is at hand."""
    rules: Callable[[ET.Element], list[str]] = lambda _case: []
    """Which field rules an imported case breaks."""
    takes: Callable[[str], bool] = lambda _transaction: True
    """Whether it takes what keeps every rule, by its name."""
    cases: dict[str, list[ET.Element]] = field(default_factory=dict)
    transactions: set[str] = field(default_factory=set)

    def judge(self, asked: Asked) -> tuple[Answered, Object | None]:
        """What is answered, and what was taken that was not here before."""
        new = None
        try:
            if self.token is not None and asked.headers.get("authorization") != f"Bearer {self.token}":
                return Answered(401), None
            wants(asked.method == "POST", "Only POST is taken.", 405)
            wants(asked.headers.get("content-type", "").startswith("text/xml"), "Content-Type: SOAP 1.1 is text/xml.")
            document = opened(asked.body)
            operation = asked.headers.get("soapaction", "").strip('"').rpartition("/")[2]
            does = {"importer": self._import, "opdater": self._update, "fremsoeg": self._find}
            wants(operation in does, "SOAPAction: another operation.")
            wrong = self.schema(ET.tostring(document))
            wants(wrong is None, wrong or "")
            transaction = _transaction(asked.body)
            wants(transaction, "RequestHeader: TransactionUUID is missing.")
            # A search changes nothing, and may be asked as often as one likes.
            if operation != "fremsoeg":
                wants(transaction not in self.transactions, "TransactionUUID: was used before.")
                self._will_take(transaction)
            answer = does[operation](document)
            if operation != "fremsoeg":
                self.transactions.add(transaction)
                new = _object(transaction, document)
        except Refused as refusal:
            return fault(refusal), None
        except _No as no:
            return _said(f"{operation.capitalize()}SagDokumentIndeksOutput", _code(no.code, no.reason)), None
        return answer, new

    def _will_take(self, transaction: str) -> None:
        if not self.takes(transaction):
            raise _No(BAD, "Sagen kan ikke optages <script>")

    def _import(self, document: ET.Element) -> Answered:
        case = document.find(f"{{{SDI}}}SagIndeks")
        if case is None:
            raise Refused("SagIndeks: is missing.")
        which, told = _uuid(case), case.find(f"{{{SAG}}}Registrering")
        if told is None:
            raise Refused("Registrering: is missing.")
        if which in self.cases:
            raise _No(CLASH, "Sagen findes allerede: opdater den.")
        if (told.findtext(f"{{{SD}}}LivscyklusKode") or "") != "Importeret":
            raise _No(BAD, "LivscyklusKode: skal være Importeret.")
        self._check(told)
        if faults := self.rules(case):
            raise _No(BAD, "; ".join(faults[:5]))
        self.cases[which] = [told]
        return _said("ImporterSagDokumentIndeksOutput", _code(FINE))

    def _update(self, document: ET.Element) -> Answered:
        change = document.find(f"{{{SDI}}}OpdaterSagIndeks")
        if change is None:
            raise Refused("OpdaterSagIndeks: is missing.")
        which = _uuid(change)
        if which not in self.cases:
            raise _No(NOTHING, "Sagen findes ikke.")
        newest = self.cases[which][-1]
        if change.findtext(f"{{{SDI}}}Tidspunkt") != newest.findtext(f"{{{SD}}}Tidspunkt"):
            raise _No(CLASH, "Tidspunkt: sagen er ændret siden.")
        now = ET.Element(f"{{{SAG}}}Registrering")
        note = change.find(f"{{{SD}}}NoteTekst")
        now.extend([note] if note is not None else [])
        ET.SubElement(now, f"{{{SD}}}Tidspunkt").text = datetime.now(UTC).isoformat()
        ET.SubElement(now, f"{{{SD}}}LivscyklusKode").text = "Rettet"
        for name in ("AttributListe", "TilstandListe", "RelationListe"):
            part = change.find(f"{{{SAG}}}{name}")
            part = part if part is not None else newest.find(f"{{{SAG}}}{name}")
            now.extend([part] if part is not None else [])
        self._check(now)
        self.cases[which].append(now)
        return _said("OpdaterSagDokumentIndeksOutput", _code(FINE))

    def _find(self, document: ET.Element) -> Answered:
        found = self.cases.get((document.findtext(f"{{{SDI}}}SagUuid") or "").lower())
        shown = document.find(f"{{{SDI}}}Filter")
        if found is None or shown is None:
            return _said("FremsoegSagDokumentIndeksOutput", _code(NOTHING, "Intet fundet."))
        newest = ET.tostring(found[-1], encoding="unicode")
        picture = f'<ObjektType xmlns="{SAG}">Sag</ObjektType>{newest}'
        case = f'<SagFiltreretOejebliksbillede xmlns="{SDI}">{picture}</SagFiltreretOejebliksbillede>'
        return _said("FremsoegSagDokumentIndeksOutput", _code(FINE) + case)

    def _check(self, told: ET.Element) -> None:
        """What a case may never be without, imported or updated."""
        states = [one.text for one in told.iter(f"{{{SAG}}}FremdriftStatusKode")]
        if FIRST not in states:
            raise _No(BAD, f"Tilstand: {FIRST} mangler.")
        owners = [one.text or "" for one in told.iter(f"{{{SD}}}URNIdentifikator")]
        mine = [one.rpartition(":")[2] for one in owners if one.startswith("urn:oio:cvr-nr:")]
        if not mine or mine[0] not in self.authorities:
            raise _No(BAD, "Ejer: myndigheden har ingen aftale her.")


def _object(transaction: str, document: ET.Element) -> Object:
    case = document[0]
    owner = next(one.text or "" for one in case.iter(f"{{{SD}}}URNIdentifikator") if "cvr-nr" in (one.text or ""))
    title = next((one.text or "" for one in case.iter(f"{{{SAG}}}Titel")), "")
    digest = sha256(ET.tostring(document)).hexdigest()
    return Object(transaction.lower(), owner.rpartition(":")[2], _uuid(case), "SAG", title, digest)


def _uuid(node: ET.Element) -> str:
    return (node.findtext(f"{{{SD}}}UUIDIdentifikator") or "").lower()


def _transaction(body: bytes) -> str:
    root = ET.fromstring(body)  # noqa: S314 - it is spoken to by our own hub
    return next((one.text or "" for one in root.iter(f"{{{HEADER}}}TransactionUUID")), "")


def _code(code: str, reason: str = "") -> str:
    why = f"<FejlbeskedTekst>{escaped(reason)}</FejlbeskedTekst>" if reason else ""
    return f'<StandardRetur xmlns="{SD}"><StatusKode>{code}</StatusKode>{why}</StandardRetur>'


def _said(name: str, inside: str) -> Answered:
    content = enveloped(f'<{name} xmlns="{SDI}">{inside}</{name}>')
    return Answered(200, content, (("Content-Type", "text/xml; charset=utf-8"),))
