"""SOAP 1.1: an envelope around a document, and what is in one that came back."""

from collections.abc import Mapping

from hub.ports import Never, NotNow, Trouble
from integrations.replies import plain
from integrations.strangexml import Element, NoXml, parse
from integrations.xmltree import Node, branch, written

SPACE = "http://schemas.xmlsoap.org/soap/envelope/"
TYPE = "text/xml; charset=utf-8"
LARGEST = 1024 * 1024


def enveloped(document: Node, namespaces: Mapping[str, str], head: Node | None = None) -> bytes:
    """The document as the body of a message."""
    header = (branch("soap:Header", head),) if head is not None else ()
    return written(branch("soap:Envelope", header, branch("soap:Body", document)), {"soap": SPACE, **namespaces})


def body(content: bytes) -> Element:
    """What a message says. Raises NoXml if it is none."""
    root = parse(content, LARGEST)
    inside = root.at("Body") if (root.name, root.space) == ("Envelope", SPACE) else None
    first = next(iter(inside), None) if inside is not None else None
    if first is None:
        raise NoXml("holds no message in an envelope: send it as SOAP 1.1")
    return first


def answered(content: bytes, host: str) -> Element:
    """What a service answered; Never or NotNow where it is a fault, or none at all."""
    try:
        found = body(content)
    except NoXml:
        raise NotNow(f"{host} answered what is no SOAP: look at the address", trouble=Trouble.STRANGE) from None
    if (found.name, found.space) != ("Fault", SPACE):
        return found
    why = plain(" ".join(part for part in (_code(found), found.text("faultstring")) if part))
    if found.text("faultcode").rpartition(":")[2].partition(".")[0] == "Client":
        raise Never(why or f"{host} refused it and did not say why.")
    raise NotNow(f"{host} failed at it ({why})", trouble=Trouble.STRANGE)


def _code(fault: Element) -> str:
    """The service's own code and text, where it gives them."""
    error = fault.at("detail", "ServiceplatformFault", "ErrorList", "Error")
    return f"{error.text('ErrorCode')} {error.text('ErrorText')}" if error is not None else ""
