"""Digital Post between conversations and the mailbox of the municipality's print and mail service."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import uuid4

from hub.messaging.mailbox import Came, Opened, Place, Seen, Told, Unreadable, Written, derived, own_thread
from hub.messaging.outside import OutsideRole, Way
from hub.ports import Attached, CaseParty, Correspondent, Letter, Never
from integrations.digitalpost.memo import (
    LETTER,
    LONGEST_SHORT,
    LONGEST_TEXT,
    Answered,
    Document,
    End,
    Kle,
    Memo,
    NotMemo,
    short,
)
from integrations.digitalpost.memoxml import from_xml, to_xml

CPR_URN = "urn:oio:cpr-nr:"
SYSTEM = "Tryghedshub"
PLAIN = "text/plain"
OK = "ok"
Say = Callable[..., str]


class DigitalPost:
    """Writes MeMo 1.2, and reads that and 1.1. Nobody acknowledges a letter: what the service takes is on its way."""

    way = Way.POST
    acknowledges = False

    def __init__(self, say: Say) -> None:
        self.say = say

    def write(self, letter: Letter, place: Place, before: bytes | None, now: datetime) -> Written:
        try:
            answered = _answered(from_xml(before)) if before is not None else ()
            memo = self._letter(letter, place, answered, now)
            return Written(memo.uuid, memo.case, to_xml(memo))
        except NotMemo as fault:
            raise Never(str(fault)) from None

    def forwarded(self, letter: Letter, place: Place, what: bytes, now: datetime) -> Written:
        del what  # A letter to somebody else says what it says; nothing is sent on whole.
        return self.write(letter, place, None, now)

    def envelope(self, document: bytes, place: Place, to: Correspondent, key: str, at: datetime) -> bytes:
        del place, to, key, at
        return document

    def notice(self, letter: Letter, place: Place, key: str) -> bytes | None:
        """An urgent letter is announced on the receiver's phone, without a word of what it is about."""
        if not letter.urgent:
            return None
        said = self.say("There is a letter for you in Digital Post from {who}.", who=place.name)[:LONGEST_SHORT]
        return to_xml(short(key, _us(place), _them(letter.to), self.say("New letter"), said))

    def open(self, content: bytes) -> Opened:
        try:
            memo = from_xml(content)
        except NotMemo as fault:
            raise Unreadable(str(fault)) from None
        header, sender = memo.uuid.lower(), memo.sender
        cpr, cvr = (sender.id if sender.kind == kind else "" for kind in ("CPR", "CVR"))
        role = OutsideRole.CITIZEN if cpr else OutsideRole.OTHER
        frm = Correspondent("", sender.label or sender.kind, role.value, cpr=cpr, cvr=cvr)
        keys = tuple(filter(None, _keys(memo)))
        subject = memo.kle.subject if memo.kle is not None else ""
        return Opened(header, header, memo.recipient.id, frm, None, keys, subject, (memo, content))

    def judge(self, opened: Opened, same_bundle: Seen | None, same_header: Seen | None, now: datetime) -> Came:
        if same_header is not None or same_bundle is not None:
            return Came()
        memo, content = opened.inside
        texts = [one for one in memo.documents if one.kind == PLAIN]
        files = tuple(Attached(one.name, one.kind, one.content, one.name) for one in memo.documents if one not in texts)
        text = "\n\n".join(one.content.decode("utf-8", "replace").strip() for one in texts) or memo.notification
        told = Told(opened.header, memo.created or now, text or memo.label, opened.frm.name, files)
        cpr = opened.frm.cpr
        return Came(
            told=(told,),
            thread=next(filter(None, (*(one.case for one in memo.answers), memo.case)), opened.header),
            title=memo.label,
            citizen=CaseParty(CPR_URN + cpr, opened.frm.name) if cpr else None,
            remember=Seen(opened.bundle, opened.header, OK),
            document=content,
        )

    def refuse(self, opened: Opened, why: str, now: datetime) -> Came:
        del opened, now
        return Came(faults=(why,))

    def not_now(self, opened: Opened, why: str, now: datetime) -> None:
        """Nobody is told: what lies there is taken when it can be."""

    def _letter(self, letter: Letter, place: Place, answered: tuple[Answered, ...], now: datetime) -> Memo:
        files = [Document(one.mime, one.name, one.content) for one in letter.attachments]
        signed = f"{letter.text}\n\n{letter.author_name}\n{letter.unit_name}\n"
        label = letter.subject or self.say("Letter from {who}", who=place.name)
        return Memo(
            uuid=str(uuid4()),
            kind=LETTER,
            label=label[:LONGEST_TEXT],
            sender=_us(place),
            recipient=_them(letter.to),
            created=now,
            documents=(Document(PLAIN, self.say("letter.txt"), signed.encode()), *files),
            reply=True,
            case=own_thread(letter.conversation) or derived(letter.conversation),
            case_system=SYSTEM,
            kle=Kle(place.kle, place.kle_version, place.kle_label) if place.kle else None,
            answers=answered,
        )


def _us(place: Place) -> End:
    return End(place.number, "CVR", place.name, place.id)


def _them(to: Correspondent) -> End:
    return End(to.cpr, "CPR", to.name) if to.cpr else End(to.cvr, "CVR", to.name)


def _answered(before: Memo) -> tuple[Answered, ...]:
    return (Answered(before.uuid, before.case, before.sender.contact_point),)


def _keys(memo: Memo) -> Iterator[str]:
    for one in memo.answers:
        yield from (one.message.lower(), one.case, one.contact_point)
    yield from (memo.recipient.contact_point, memo.case)
