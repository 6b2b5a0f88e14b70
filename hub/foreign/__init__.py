"""Messages of other houses' standards, told apart by what is in them: what each holds, or all that is wrong with it."""

from collections.abc import Sequence

from hub.errors import FileProblem
from integrations.digitalpost import memoxml
from integrations.digitalpost.memo import NotMemo
from integrations.medcom import acknowledging, codes, envelope, reading, xdis91
from integrations.medcom.bundles import resources, text_at
from integrations.medcom.fhir import NotFhir, read_bundle
from integrations.medcom.reading import Refused

# In the first of these bytes a document says what it is.
_BEGINNING = 4096


def told(content: bytes, name: str) -> str:
    """What a document is and how much is in it, without a word of what it says. Raises FileProblem with every fault."""
    try:
        return _told(content)
    except (NotFhir, Refused) as refusal:
        raise FileProblem(name, _placed(name, [str(fault) for fault in refusal.faults])) from None
    except (NotMemo, xdis91.NotXdis91, envelope.NotAnEnvelope) as refusal:
        raise FileProblem(name, _placed(name, [str(refusal)])) from None


def _told(content: bytes) -> str:
    beginning = content[:_BEGINNING]
    if b"VANSEnvelope" in beginning:
        sent = envelope.from_xml(content)
        kind = sent.kind.name.lower() if sent.kind is not None else f"{sent.standard} {sent.name}"
        return f"VANS envelope ({kind} {sent.version}) around: {_told(sent.document)}"
    if memoxml.MEMO.encode() in beginning:
        memo = memoxml.from_xml(content)
        about = f", KLE {memo.kle.subject}" if memo.kle is not None else ""
        return f"Digital Post, {memo.kind}: {_count(len(memo.documents), 'document')}{about}"
    if xdis91.SPACE.encode() in beginning:
        mail = xdis91.read(content)
        return f"XDIS91: {_count(len(mail.text.splitlines()), 'line')}, {_count(len(mail.attached), 'attachment')}"
    return _fhir(content)


def _fhir(content: bytes) -> str:
    bundle = read_bundle(content)
    events = [text_at(one, "eventCoding.code") for one in resources(bundle, "MessageHeader")]
    if events == [codes.ACK_EVENT]:
        said = acknowledging.understand(bundle)
        return f"MedCom acknowledgement: {said.code}, {_count(len(said.issues), 'issue')}"
    message = reading.understand(bundle)
    texts = sum(len(turn.segments) for turn in message.turns)
    attached = sum(len(turn.attachments) for turn in message.turns)
    newest = message.newest.activity
    return f"MedCom care communication, {newest}: {_count(texts, 'text')}, {_count(attached, 'attachment')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _placed(name: str, faults: Sequence[str]) -> list[str]:
    return [f"{name}: {fault}" for fault in faults]
