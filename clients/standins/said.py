"""What a stand-in is asked, what it answers, and how it says no."""

from dataclasses import dataclass, field
from typing import Protocol
from xml.etree import ElementTree as ET


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    """By their names in small letters."""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answered:
    """What is said to it."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Object:
    """One thing that was taken, under the name that it came with."""

    transaction: str
    authority: str
    id: str
    kind: str
    title: str
    digest: str


class Service(Protocol):
    """A stand-in, whatever it stands in for."""

    token: str | None

    def judge(self, asked: Asked) -> tuple[Answered, Object | None]:
        """What is answered, and what was taken that was not here before."""


class Refused(Exception):
    """What the real service would not take, in its own words."""

    def __init__(self, reason: str, status: int = 500, code: str = "Client") -> None:
        super().__init__(reason)
        self.reason, self.status, self.code = reason, status, code


def wants(condition: object, reason: str, status: int = 500) -> None:
    """Refuses where it is not so."""
    if not condition:
        raise Refused(reason, status)


SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def opened(content: bytes) -> ET.Element:
    """The document inside an envelope."""
    try:
        root = ET.fromstring(content)  # noqa: S314 - it is spoken to by our own hub
    except ET.ParseError:
        raise Refused("The message is no XML.") from None
    body = root.find(f"{{{SOAP}}}Body") if root.tag == f"{{{SOAP}}}Envelope" else None
    if body is None or len(body) != 1:
        raise Refused("The message is no SOAP 1.1.")
    return body[0]


def enveloped(document: str) -> bytes:
    """The document inside an envelope."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="{SOAP}">'
        f"<soap:Body>{document}</soap:Body></soap:Envelope>"
    ).encode()


def fault(refusal: Refused) -> Answered:
    """A refusal as SOAP says it."""
    words = f"<faultcode>soap:{refusal.code}</faultcode><faultstring>{escaped(refusal.reason)}</faultstring>"
    return Answered(refusal.status, enveloped(f"<soap:Fault>{words}</soap:Fault>"), (("Content-Type", "text/xml"),))


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
