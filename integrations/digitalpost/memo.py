"""A letter or a short message of Digital Post (MeMo): what it holds, and to which unit an answer belongs. Pure."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

LETTER, SHORT = "DIGITALPOST", "NEMSMS"
LONGEST_TEXT: Final = 256
LONGEST_SHORT: Final = 160
_UUID = re.compile(r"[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-4[a-fA-F0-9]{3}-[aAbB89][a-fA-F0-9]{3}-[a-fA-F0-9]{12}")
_SUBJECT = re.compile(r"\d\d\.\d\d\.\d\d")
_FACET = re.compile(r"[A-ZÆØÅ]\d\d")
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NotMemo(ValueError):
    """What no message of Digital Post may be; the text names the field and the mend."""


def text(value: str, where: str, *, most: int = LONGEST_TEXT, needed: bool = True) -> None:
    """Raises NotMemo unless MeMo can carry the text there."""
    if needed and not value.strip():
        raise NotMemo(f"{where}: is missing: fill it")
    if len(value) > most:
        raise NotMemo(f"{where}: has {len(value)} signs: write {most} at most")
    if _NO_XML.search(value):
        raise NotMemo(f"{where}: holds a sign that no letter can carry: write it anew")


def identifier(value: str, where: str) -> None:
    """Raises NotMemo unless it is a UUID of version 4."""
    if not _UUID.fullmatch(value):
        raise NotMemo(f"{where}: write a UUID of version 4")


@dataclass(frozen=True, slots=True)
class End:
    """Who sends or receives: a person number or a company's, and the contact point inside it."""

    id: str
    kind: str
    label: str = ""
    contact_point: str = ""

    def __post_init__(self) -> None:
        text(self.id, "senderID or recipientID")
        text(self.kind, "idType")
        text(self.label, "label", needed=False)
        text(self.contact_point, "contactPointID", needed=False)

    def check(self) -> None:
        """Raises NotMemo unless Digital Post can deliver to it: what comes in says what it likes."""
        digits = {"CPR": 10, "CVR": 8}.get(self.kind)
        if digits is None or not (self.id.isascii() and self.id.isdecimal() and len(self.id) == digits):
            raise NotMemo("recipientID: write a person number (CPR) or a company's (CVR), digits only")


@dataclass(frozen=True, slots=True)
class Kle:
    """What a message is about, by the municipalities' plan; the version is the edition's date."""

    subject: str
    version: str
    label: str
    facet: str = ""

    def __post_init__(self) -> None:
        if not _SUBJECT.fullmatch(self.subject):
            raise NotMemo("KLEdata.subjectKey: write a subject such as 27.66.08")
        if self.facet and not _FACET.fullmatch(self.facet):
            raise NotMemo("KLEdata.activityFacet: write a facet such as G01")
        text(self.version, "KLEdata.version")
        text(self.label, "KLEdata.label")


@dataclass(frozen=True, slots=True)
class Document:
    """One file of a letter."""

    kind: str
    name: str
    content: bytes = field(repr=False)
    language: str = "da"

    def __post_init__(self) -> None:
        text(self.kind, "encodingFormat")
        text(self.name, "filename")
        if not (len(self.language) == 2 and self.language.isascii() and self.language.isalpha()):
            raise NotMemo("language: write two letters, as da")


@dataclass(frozen=True, slots=True)
class Answered:
    """Which message this one answers, and what the answered one said of itself."""

    message: str
    case: str = ""
    contact_point: str = ""

    def __post_init__(self) -> None:
        identifier(self.message, "ReplyData.messageUUID")


@dataclass(frozen=True, slots=True)
class Memo:
    """One message of Digital Post."""

    uuid: str
    kind: str
    label: str
    sender: End
    recipient: End
    created: datetime | None = None
    documents: tuple[Document, ...] = ()
    """The first of them is the letter itself."""
    notification: str = ""
    reply: bool = False
    reply_by: datetime | None = None
    not_before: date | None = None
    mandatory: bool = False
    legal: bool = False
    case: str = ""
    """The conversation, as the answer will name it."""
    case_system: str = ""
    kle: Kle | None = None
    answers: tuple[Answered, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in {LETTER, SHORT}:
            raise NotMemo(f"messageType: write {LETTER} or {SHORT}")
        identifier(self.uuid, "messageUUID")
        text(self.label, "label")
        text(self.sender.label, "Sender.label")
        text(self.notification, "notification", most=LONGEST_SHORT, needed=self.kind == SHORT)
        text(self.case, "CaseID.caseID", needed=bool(self.case_system))
        text(self.case_system, "CaseID.caseSystem", needed=bool(self.case))
        if bool(self.documents) != (self.created is not None):
            raise NotMemo("MessageBody.createdDateTime: a letter has documents and a time, or neither")
        if self.kind == LETTER and not self.documents:
            raise NotMemo("MessageBody.MainDocument: is missing: a letter holds one")


def short(uuid: str, sender: End, recipient: End, label: str, said: str) -> Memo:
    """A NemSMS: 160 signs at most, and never anything about anybody."""
    return Memo(uuid, SHORT, label, sender, recipient, notification=said)
