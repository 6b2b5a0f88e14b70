"""What is done with a document from the mailbox: shown once, answered alike in every copy, or refused. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from integrations.medcom import codes as c
from integrations.medcom import reading
from integrations.medcom.acknowledging import Acknowledgement, Heading, answer, heading
from integrations.medcom.acknowledging import understand as read_acknowledgement
from integrations.medcom.bundles import resources, text_at
from integrations.medcom.care import CareMessage, NewId, Unwritable
from integrations.medcom.fhir import NotFhir, Resource, read_bundle
from integrations.medcom.reading import Refused
from integrations.medcom.reliable import Known, Verdict, judge

Remembered = Callable[[str], Known | None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a document turned out to be, and what follows."""

    shown: CareMessage | None = None
    """The message, if it is to be shown: the first time, and only if it holds."""
    answers: Acknowledgement | None = None
    """What another house said of a message of ours."""
    reply: Acknowledgement | None = None
    """What we say of theirs; of an acknowledgement nothing is said, or there would be no end."""
    remember: Known | None = None
    """What to keep, so that a copy is answered alike."""
    faults: tuple[str, ...] = ()


def receive(document: bytes, by_bundle: Remembered, by_header: Remembered, *, now: datetime, new_id: NewId) -> Arrival:
    """What to do with a document, by what came before under its ids."""
    try:
        bundle = read_bundle(document)
        if is_acknowledgement(bundle):
            return Arrival(answers=read_acknowledgement(bundle))
        told = heading(bundle)
    except (NotFhir, Refused) as refusal:
        return Arrival(faults=tuple(map(str, refusal.faults)))
    except Unwritable as refusal:
        # Whoever sent it cannot be told: it says neither who they are nor what it is called.
        return Arrival(faults=(str(refusal),))
    return decide(bundle, told, by_bundle(told.bundle), by_header(told.header), now=now, new_id=new_id)


def decide(
    bundle: Resource,
    told: Heading,
    same_bundle: Known | None,
    same_header: Known | None,
    *,
    now: datetime,
    new_id: NewId,
) -> Arrival:
    """What to do with a message that can be answered, by what came before under its ids."""
    verdict = judge(told.bundle, told.header, same_bundle, same_header)
    if same_header is not None and verdict is Verdict.AGAIN:
        return Arrival(reply=answer(told, same_header.code, same_header.issues, now=now, new_id=new_id))
    if verdict is Verdict.CLASH:
        said = "Bundle.id: another message came under this id: give each one of its own (MSG_DUPLICATE_ID)"
        return _refused(told, (said,), now, new_id, keep=False)
    return _fresh(bundle, told, now, new_id)


def _fresh(bundle: Resource, told: Heading, now: datetime, new_id: NewId) -> Arrival:
    try:
        shown = reading.understand(bundle)
    except Refused as refusal:
        return _refused(told, tuple(map(str, refusal.faults)), now, new_id, keep=True)
    kept = Known(told.bundle, told.header, c.OK)
    return Arrival(shown=shown, reply=answer(told, c.OK, now=now, new_id=new_id), remember=kept)


def not_now(document: bytes, why: str, *, now: datetime, new_id: NewId) -> Acknowledgement | None:
    """What is said of a document that cannot be taken at the moment: it is not remembered, and may come again."""
    try:
        bundle = read_bundle(document)
        return (
            None if is_acknowledgement(bundle) else answer(heading(bundle), c.TRANSIENT, [why], now=now, new_id=new_id)
        )
    except (NotFhir, Unwritable):
        return None


def _refused(told: Heading, faults: tuple[str, ...], now: datetime, new_id: NewId, *, keep: bool) -> Arrival:
    reply = answer(told, c.FATAL, faults, now=now, new_id=new_id)
    kept = Known(told.bundle, told.header, c.FATAL, reply.issues) if keep else None
    return Arrival(reply=reply, remember=kept, faults=faults)


def is_acknowledgement(bundle: Resource) -> bool:
    """Whether it answers a message and is none itself."""
    return [text_at(one, "eventCoding.code") for one in resources(bundle, "MessageHeader")] == [c.ACK_EVENT]
