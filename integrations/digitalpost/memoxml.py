"""MeMo as XML: version 1.2 is written, 1.1 and 1.2 are read."""

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

from integrations.digitalpost.memo import Answered, Document, End, Kle, Memo, NotMemo
from integrations.strangexml import Element, NoXml, parse

LARGEST = 110 * 1024 * 1024
MEMO, KLE = "https://DigitalPost.dk/MeMo-1", "http://kle-online.dk/"
WRITTEN = "1.2"
READ = frozenset({"1.1", "1.2"})

ET.register_namespace("memo", MEMO)
ET.register_namespace("kle", KLE)


def to_xml(memo: Memo) -> bytes:
    """The message as Digital Post takes it. Raises NotMemo if it could not be delivered."""
    memo.recipient.check()
    root = ET.Element(f"{{{MEMO}}}Message", {"memoVersion": WRITTEN})
    header = _branch(root, "MessageHeader")
    _leaf(header, "messageType", memo.kind)
    _leaf(header, "messageUUID", memo.uuid)
    _leaf(header, "label", memo.label)
    _leaf(header, "notification", memo.notification)
    _leaf(header, "reply", "true" if memo.reply else "")
    _leaf(header, "replyByDateTime", _moment(memo.reply_by))
    _leaf(header, "doNotDeliverUntilDate", memo.not_before.isoformat() if memo.not_before else "")
    _leaf(header, "mandatory", "true" if memo.mandatory else "")
    _leaf(header, "legalNotification", "true" if memo.legal else "")
    _end(header, "Sender", "senderID", memo.sender)
    _end(header, "Recipient", "recipientID", memo.recipient)
    _about(header, memo)
    for one in memo.answers:
        answered = _branch(header, "ReplyData")
        _leaf(answered, "messageUUID", one.message)
        _leaf(answered, "caseID", one.case)
        _leaf(answered, "contactPointID", one.contact_point)
    if memo.documents:
        body = _branch(root, "MessageBody")
        _leaf(body, "createdDateTime", _moment(memo.created))
        for count, document in enumerate(memo.documents):
            _document(_branch(body, "AdditionalDocument" if count else "MainDocument"), document)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _about(header: ET.Element, memo: Memo) -> None:
    if not memo.case and memo.kle is None:
        return
    about = _branch(header, "ContentData")
    if memo.case:
        case = _branch(about, "CaseID")
        _leaf(case, "caseID", memo.case)
        _leaf(case, "caseSystem", memo.case_system)
    if memo.kle is not None:
        kle = ET.SubElement(about, f"{{{KLE}}}KLEdata")
        said = memo.kle
        for name, value in (
            ("subjectKey", said.subject),
            ("version", said.version),
            ("activityFacet", said.facet),
            ("label", said.label),
        ):
            _leaf(kle, name, value, KLE)


def _end(header: ET.Element, name: str, id_name: str, end: End) -> None:
    element = _branch(header, name)
    _leaf(element, id_name, end.id)
    _leaf(element, "idType", end.kind)
    _leaf(element, "label", end.label)
    if end.contact_point:
        _leaf(_branch(element, "ContactPoint"), "contactPointID", end.contact_point)


def _document(parent: ET.Element, document: Document) -> None:
    file = _branch(parent, "File")
    _leaf(file, "encodingFormat", document.kind)
    _leaf(file, "filename", document.name)
    _leaf(file, "language", document.language)
    ET.SubElement(file, f"{{{MEMO}}}content").text = base64.b64encode(document.content).decode()


def _branch(parent: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{MEMO}}}{name}")


def _leaf(parent: ET.Element, name: str, value: str, space: str = MEMO) -> None:
    if value:
        ET.SubElement(parent, f"{{{space}}}{name}").text = value


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at is not None else ""


def from_xml(content: bytes) -> Memo:
    """The message in a document. Raises NotMemo."""
    try:
        root = parse(content, LARGEST)
    except NoXml as fault:
        raise NotMemo(str(fault)) from None
    header = root.at("MessageHeader")
    if root.name != "Message" or root.space != MEMO or header is None:
        raise NotMemo("Message.MessageHeader: is missing: send a MeMo")
    if root.attributes.get("memoVersion") not in READ:
        raise NotMemo(f"memoVersion: is none that is read: send {' or '.join(sorted(READ))}")
    body = root.at("MessageBody")
    return Memo(
        uuid=header.text("messageUUID"),
        kind=header.text("messageType"),
        label=header.text("label"),
        sender=_read_end(header, "Sender", "senderID"),
        recipient=_read_end(header, "Recipient", "recipientID"),
        created=_read_moment(body.text("createdDateTime"), "createdDateTime") if body is not None else None,
        documents=tuple(_read_documents(body)) if body is not None else (),
        notification=header.text("notification"),
        reply=_yes(header, "reply"),
        reply_by=_read_moment(said, "replyByDateTime") if (said := header.text("replyByDateTime")) else None,
        not_before=_read_date(header.text("doNotDeliverUntilDate")),
        mandatory=_yes(header, "mandatory"),
        legal=_yes(header, "legalNotification"),
        case=header.text("ContentData", "CaseID", "caseID"),
        case_system=header.text("ContentData", "CaseID", "caseSystem"),
        kle=_read_kle(header),
        answers=tuple(
            Answered(one.text("messageUUID"), one.text("caseID"), one.text("contactPointID"))
            for one in header.all("ReplyData")
        ),
    )


def _read_end(header: Element, name: str, id_name: str) -> End:
    return End(
        header.text(name, id_name),
        header.text(name, "idType"),
        header.text(name, "label"),
        header.text(name, "ContactPoint", "contactPointID"),
    )


def _read_kle(header: Element) -> Kle | None:
    found = header.at("ContentData", "KLEdata")
    if found is None:
        return None
    return Kle(found.text("subjectKey"), found.text("version"), found.text("label"), found.text("activityFacet"))


def _read_documents(body: Element) -> Iterator[Document]:
    if not body.all("MainDocument"):
        raise NotMemo("MessageBody.MainDocument: is missing: a letter holds one")
    for parent in (*body.all("MainDocument"), *body.all("AdditionalDocument")):
        for file in parent.all("File"):
            try:
                content = base64.b64decode("".join(file.text("content").split()), validate=True)
            except (binascii.Error, ValueError):
                raise NotMemo("File.content: write the document in base64") from None
            yield Document(file.text("encodingFormat"), file.text("filename"), content, file.text("language"))


def _yes(header: Element, name: str) -> bool:
    said = header.text(name)
    if said not in {"", "true", "false", "1", "0"}:
        raise NotMemo(f"{name}: write true or false")
    return said in {"true", "1"}


def _read_moment(written: str, where: str) -> datetime:
    try:
        found = datetime.fromisoformat(written).astimezone(UTC) if written.endswith("Z") else None
    except (OverflowError, ValueError):
        found = None
    if found is None:
        raise NotMemo(f"{where}: write a time that ends in Z, as 2026-05-04T12:00:00Z")
    return found


def _read_date(written: str) -> date | None:
    try:
        return date.fromisoformat(written[:10]) if written else None
    except ValueError:
        raise NotMemo("doNotDeliverUntilDate: write a date, as 2026-05-04") from None
