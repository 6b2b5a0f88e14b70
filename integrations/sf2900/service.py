"""The service itself: a record is handed over under one name, and receipts say how far it has come."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from hub.errors import Invalid
from hub.ports import Answer, CaseRecord, Handed, NotNow, Trouble
from integrations import paper, soap
from integrations.caserecords import named
from integrations.credentials import Service
from integrations.sf2900 import SPACES, Attached, Sender, document, journal_post, receipt_in
from integrations.strangexml import NoXml
from integrations.xmltree import Node, written

NAME = "Fordelingskomponenten"
ACTION = '"http://serviceplatformen.dk/wsdl/soap11/DistributionService/3/def#FordelingsobjektAfsend"'


class Kind(StrEnum):
    """What a record becomes on its way."""

    JOURNAL_POST = "journalpost"
    DOCUMENT = "dokument"


@dataclass(frozen=True, slots=True)
class Distribution:
    """Hands records over to Fordelingskomponenten for one municipality."""

    service: Service
    sender: Sender
    kind: Kind = Kind.JOURNAL_POST

    async def take(self, record: CaseRecord, version: int) -> Handed:
        name = named(record, version, self.sender.authority)
        content = soap.enveloped(await self._request(record, version, name), SPACES)
        reply = await self.service.call(content, {"Content-Type": soap.TYPE, "SOAPAction": ACTION})
        answer = soap.answered(reply.body, reply.host)
        try:
            found = receipt_in(answer)
        except Invalid:
            why = f"{reply.host} answered without a receipt: it is asked again"
            raise NotNow(why, trouble=Trouble.STRANGE) from None
        if found.transaction is not None and found.transaction.lower() != name:
            why = f"{reply.host} answered for another transaction: it is asked again"
            raise NotNow(why, trouble=Trouble.STRANGE)
        # It may have come far already: a name that was handed over before gets the answer of where it is now.
        return Handed(found.answered, NAME, name if found.answered is Answer.ACCEPTED else "", found.reason)

    async def _request(self, record: CaseRecord, version: int, name: str) -> Node:
        now = self.service.now()
        if self.kind is Kind.JOURNAL_POST:
            return journal_post(record, self.sender, name, now)
        file = Attached(f"{record.number}-v{version}.pdf", "application/pdf", await paper.printed(record))
        return document(record, self.sender, name, now, file)

    async def close(self) -> None:
        await self.service.close()


def read(content: bytes) -> tuple[str, Handed]:
    """A receipt that Fordelingskomponenten brings; Invalid if it is none."""
    try:
        found = receipt_in(soap.body(content))
    except NoXml as fault:
        raise Invalid(f"The receipt cannot be read: {fault}.") from None
    try:
        name = str(UUID(found.transaction or ""))
    except ValueError:
        raise Invalid("AnvenderTransaktionsID: is missing or no UUID; say what the receipt is of.") from None
    reference = name if found.answered is Answer.ACCEPTED else ""
    return name, Handed(found.answered, NAME, reference, found.reason)


THANKS = written(
    Node("soap:Envelope", "", (Node("soap:Body", "", (Node("FordelingskvitteringModtagAnvenderResponse"),)),)),
    {"soap": soap.SPACE, **SPACES},
)
"""What is answered to a receipt."""
