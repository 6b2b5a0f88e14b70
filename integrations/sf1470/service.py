"""The index itself: a case is imported once, and updated by what has changed since."""

from dataclasses import dataclass
from datetime import datetime

from hub.ports import Answer, CaseRecord, Handed, Never, NotNow, Trouble
from integrations import soap
from integrations.caserecords import named
from integrations.credentials import Service
from integrations.replies import plain
from integrations.sf1470 import NAMESPACES, Sender, importing, updating
from integrations.strangexml import Element
from integrations.xmltree import Node, branch, leaf

NAME = "Sags- og Dokumentindekset"
ACTION = "http://kombit.dk/sts/sagdokumentindeks/"
HEADER = "http://kombit.dk/xml/schemas/RequestHeader/1/"
# As the standards' own answers have it: all went well, or nothing was found.
FINE, NOTHING = ("20", "44")
SHOWN = ("egenskaber", "fremdrift", "sagsklasse", "sagsaktoer", "sagspart", "sagsrelation", "itsystem")
_PREFIXES = {space: prefix for prefix, space in NAMESPACES.items()}


@dataclass(frozen=True, slots=True)
class Index:
    """Tells the shared index of cases for one municipality."""

    service: Service
    sender: Sender
    municipality: str

    async def take(self, record: CaseRecord, version: int) -> Handed:
        name = named(record, version, self.municipality)
        known = await self._known(record.id)
        now = self.service.now()
        if known is None:
            await self._told("importer", importing(record, self.sender, now, name), name)
        elif known.says("sd:NoteTekst") != name:
            await self._told("opdater", _update(record, self.sender, now, known, name), name)
        return Handed(Answer.ACCEPTED, NAME, record.number)

    async def _known(self, which: str) -> Node | None:
        """The newest registration of a case, if the index has it."""
        shown = tuple(branch("sdi:SagVis", leaf("sdi:Vis", one)) for one in SHOWN)
        asked = branch("sdi:FremsoegSagDokumentIndeksInput", leaf("sdi:SagUuid", which), branch("sdi:Filter", *shown))
        found = await self._told("fremsoeg", asked, which)
        told = [one for case in found.all("SagFiltreretOejebliksbillede") for one in case.all("Registrering")]
        return _node(told[-1]) if told else None

    async def _told(self, operation: str, document: Node, name: str) -> Element:
        head = branch("rh:RequestHeader", leaf("rh:TransactionUUID", name))
        content = soap.enveloped(document, {**NAMESPACES, "rh": HEADER}, head)
        headers = {"Content-Type": soap.TYPE, "SOAPAction": f'"{ACTION}{operation}"'}
        reply = await self.service.call(content, headers)
        answer = soap.answered(reply.body, reply.host)
        for one in (*answer.all("UnikRetur"), *answer.all("StandardRetur")):
            code, why = one.text("StatusKode"), one.text("FejlbeskedTekst")
            if code in (FINE, NOTHING):
                continue
            if code.startswith("5"):
                raise NotNow(f"{reply.host} failed at it ({plain(code, 10)})", trouble=Trouble.STRANGE)
            raise Never(plain(f"{code} {why}") or f"{reply.host} refused it and did not say why.")
        if not answer.name.endswith("Output"):
            raise NotNow(f"{reply.host} answered something else: look at the address", trouble=Trouble.STRANGE)
        return answer

    async def close(self) -> None:
        await self.service.close()


def _update(record: CaseRecord, sender: Sender, now: datetime, known: Node, name: str) -> Node:
    seen = known.says("sd:Tidspunkt")
    try:
        at = datetime.fromisoformat(seen or "")
    except ValueError:
        why = "The index did not say when it had registered the case."
        raise NotNow(why, trouble=Trouble.STRANGE) from None
    return updating(record, sender, now, at, known.one("sag:RelationListe"), name)


def _node(found: Element) -> Node:
    """What a stranger's document says, under our own prefixes."""
    name = f"{_PREFIXES.get(found.space, found.space)}:{found.name}"
    text = "".join(one for one in found.content if isinstance(one, str)).strip()
    return Node(name, text, tuple(_node(one) for one in found))
