"""MedCom's care communications between conversations and the VANS mailbox."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from hub.messaging.mailbox import (
    Answer,
    Came,
    Opened,
    Place,
    Reply,
    Seen,
    Told,
    Unreadable,
    Written,
    derived,
    own_thread,
)
from hub.messaging.outside import OutsideRole, Way
from hub.people.faults import say
from hub.people.site import Role
from hub.ports import Attached, CaseParty, Correspondent, Letter, Never
from integrations.medcom import codes, reading, xdis91
from integrations.medcom.acknowledging import Acknowledgement, answer, heading
from integrations.medcom.acknowledging import to_bundle as acknowledgement
from integrations.medcom.acknowledging import understand as understand_answer
from integrations.medcom.care import (
    Attachment,
    Author,
    CareMessage,
    Citizen,
    House,
    Said,
    Turn,
    Unwritable,
    forward,
    from_us,
    new,
    reply,
)
from integrations.medcom.envelope import Envelope, Kind, NotAnEnvelope, from_xml, to_xml, wrap
from integrations.medcom.fhir import NotFhir, read_bundle
from integrations.medcom.receiving import decide, is_acknowledgement, not_now
from integrations.medcom.reliable import Known
from integrations.medcom.writing import to_bundle, to_json

_ROLES = {
    Role.STAFF.value: say("Staff"),
    Role.SHIFT_LEAD.value: say("Shift lead"),
    Role.MANAGER.value: say("Manager"),
    Role.ADMIN.value: say("Administrator"),
}
CPR_URN = "urn:oio:cpr-nr:"
# The clinical e-mail names local times, and is Danish.
_ZONE = ZoneInfo("Europe/Copenhagen")
Say = Callable[..., str]


class MedCom:
    """Writes version 5.0, and reads that and the clinical e-mail that it replaces."""

    way = Way.MEDCOM
    acknowledges = True

    def __init__(self, say: Say) -> None:
        self.say = say

    def write(self, letter: Letter, place: Place, before: bytes | None, now: datetime) -> Written:
        return _in_words(lambda: _written(self._next(letter, place, before), now))

    def forwarded(self, letter: Letter, place: Place, what: bytes, now: datetime) -> Written:
        def made() -> Written:
            told = reading.read(what)
            # What is sent on says itself what it is; the turn that we add says only who sends it.
            author = Author("", place.name, self.say("Institution"), place.phone)
            to, said = _house(letter.to), Said(author, self.say("Sent on by {who}.", who=place.name))
            sent = forward(said, told, sender=_own(place), receiver=to, now=letter.at, new_id=_new_id)
            return _written(sent, now)

        return _in_words(made)

    def _next(self, letter: Letter, place: Place, before: bytes | None) -> CareMessage:
        said, us = _said(letter, place, self._role(letter)), _own(place)
        if before is not None:
            newest = from_us(reading.read(before), us)
            answered = reply(said, [newest], now=letter.at, new_id=_new_id)
            return replace(answered, priority=_priority(answered.category, letter))
        to, citizen = _house(letter.to), self._citizen(letter)
        category = letter.category or codes.OUR_CATEGORY
        made = new(
            said, sender=us, receiver=to, citizen=citizen, now=letter.at, new_id=_new_id, category=category,
            topic=letter.subject or self._topic(category, letter), priority=_priority(category, letter),
            from_whom=letter.unit_name,
        )  # fmt: skip
        return replace(made, thread=own_thread(letter.conversation) or made.thread)

    def _topic(self, category: str, letter: Letter) -> str:
        """What the profile wants said of what is sorted under nothing."""
        return self.say("Message from {who}", who=letter.unit_name) if category == codes.WITH_TOPIC else ""

    def _role(self, letter: Letter) -> str:
        return self.say(_ROLES[letter.author_role].msgid) if letter.author_role in _ROLES else ""

    def _citizen(self, letter: Letter) -> Citizen:
        number = letter.citizen.urn.removeprefix(CPR_URN) if letter.citizen is not None else ""
        if letter.citizen is None or not number:
            raise Unwritable(self.say("MedCom's messages name the citizen: note the CPR number with the basis."))
        *given, family = letter.citizen.name.split() or [""]
        return Citizen(number, family, tuple(given), codes.CPR if number.isdecimal() else codes.ECPR)

    def envelope(self, document: bytes, place: Place, to: Correspondent, key: str, at: datetime) -> bytes:
        return to_xml(wrap(Kind.CARE, document, sender=place.number, receiver=to.gln, key=key, now=at))

    def notice(self, letter: Letter, place: Place, key: str) -> None:
        """Nothing goes beside a message: whoever receives it has a system that tells them."""

    def open(self, content: bytes) -> Opened:
        try:
            sent = from_xml(content)
            return self._old(sent) if sent.kind is Kind.OLD_MAIL else _opened(sent)
        except (NotAnEnvelope, xdis91.NotXdis91, Unwritable) as fault:
            raise Unreadable(str(fault)) from None
        except (NotFhir, reading.Refused) as refusal:
            raise Unreadable("; ".join(map(str, refusal.faults))) from None

    def _old(self, sent: Envelope) -> Opened:
        mail = xdis91.read(sent.document)
        name = ", ".join(filter(None, (mail.sender.name, mail.sender.department)))
        frm = Correspondent("", name or mail.sender.ean, OutsideRole.OTHER.value, gln=mail.sender.ean)
        header = derived("xdis91", mail.sender.ean, mail.letter)
        return Opened(header, header, mail.receiver.ean, frm, inside=mail)

    def judge(self, opened: Opened, same_bundle: Seen | None, same_header: Seen | None, now: datetime) -> Came:
        if isinstance(opened.inside, xdis91.OldMail):
            return Came() if same_header is not None else self._old_came(opened, opened.inside)
        bundle, told, sent = opened.inside
        came = decide(bundle, told, _known(same_bundle), _known(same_header), now=now, new_id=_new_id)
        said = _reply(sent, came.reply, told.activity, now) if came.reply is not None else None
        kept = came.remember
        seen = Seen(kept.bundle, kept.header, kept.code, kept.issues) if kept is not None else None
        if came.shown is None:
            return Came(reply=said, remember=seen, faults=came.faults)
        shown = came.shown
        return Came(
            told=tuple(_told(turn) for turn in shown.turns),
            thread=shown.thread,
            title=shown.topic,
            citizen=CaseParty(CPR_URN + shown.citizen.number, _name(*shown.citizen.given, shown.citizen.family)),
            reply=said,
            remember=seen,
            document=sent.document,
            urgent=shown.priority == "asap",
        )

    def refuse(self, opened: Opened, why: str, now: datetime) -> Came:
        if isinstance(opened.inside, xdis91.OldMail):
            return Came(faults=(why,))
        _, told, sent = opened.inside
        said = answer(told, codes.FATAL, [why], now=now, new_id=_new_id)
        return Came(reply=_reply(sent, said, told.activity, now), faults=(why,))

    def not_now(self, opened: Opened, why: str, now: datetime) -> Reply | None:
        if isinstance(opened.inside, xdis91.OldMail):
            return None
        _, told, sent = opened.inside
        said = not_now(sent.document, why, now=now, new_id=_new_id)
        return _reply(sent, said, told.activity, now) if said is not None else None

    def _old_came(self, opened: Opened, mail: xdis91.OldMail) -> Came:
        at = datetime.fromisoformat(mail.sent).replace(tzinfo=_ZONE).astimezone(UTC)
        others = [self.say("Attachment in a letter of its own: {name}", name=".".join(one)) for one in mail.attached]
        text = "\n\n".join((mail.text, *others))
        return Came(
            told=(Told(opened.header, at, text, opened.frm.name),),
            thread=opened.header,
            title=mail.subject,
            citizen=CaseParty(CPR_URN + mail.number, _name(mail.given, mail.family)),
            remember=Seen(opened.bundle, opened.header, codes.OK),
            urgent=mail.urgent,
        )


def _new_id() -> str:
    return str(uuid4())


def _in_words(make: Callable[[], Written]) -> Written:
    try:
        return make()
    except Unwritable as fault:
        raise Never(str(fault)) from None
    except (NotFhir, reading.Refused) as refusal:
        raise Never("; ".join(map(str, refusal.faults))) from None


def _written(message: CareMessage, now: datetime) -> Written:
    bundle = to_bundle(replace(message, at=now))
    reading.check(bundle)
    return Written(message.header, message.thread, to_json(bundle))


def _own(place: Place) -> House:
    return House(place.name, place.sor, place.number)


def _house(to: Correspondent) -> House:
    return House(to.name, to.sor, to.gln)


def _said(letter: Letter, place: Place, role: str) -> Said:
    # Whoever wrote from outside is signed with more than a name.
    name, _, rest = letter.author_name.partition(", ")
    *given, family = name.split() or [""]
    author = Author(" ".join(given), family, role or rest or letter.unit_name, place.phone)
    files = tuple(
        Attachment(_new_id(), one.title or one.name, one.mime, one.content, at=letter.at) for one in letter.attachments
    )
    return Said(author, letter.text, files)


def _priority(category: str, letter: Letter) -> str:
    """The one category that has a priority says it; elsewhere the profile leaves no room for any."""
    return ("asap" if letter.urgent else "routine") if category == codes.WITH_PRIORITY else ""


def _opened(sent: Envelope) -> Opened:
    bundle = read_bundle(sent.document)
    told = heading(bundle)
    frm = Correspondent(
        "", told.sender.name or told.sender.gln, OutsideRole.OTHER.value, gln=told.sender.gln, sor=told.sender.sor
    )
    said = None
    if is_acknowledgement(bundle):
        one = understand_answer(bundle)
        said = Answer(one.answers, one.code, one.issues)
    return Opened(told.header, told.bundle, told.receiver.gln, frm, said, inside=(bundle, told, sent))


def _known(seen: Seen | None) -> Known | None:
    return Known(seen.bundle, seen.header, seen.code, seen.issues) if seen is not None else None


def _reply(sent: Envelope, said: Acknowledgement, activity: str, now: datetime) -> Reply:
    key = _new_id()
    document = to_json(acknowledgement(said, activity))
    wrapped = wrap(Kind.ACKNOWLEDGEMENT, document, sender=sent.receiver, receiver=sent.sender, key=key, now=now)
    return Reply(key, sent.sender, to_xml(wrapped))


def _told(turn: Turn) -> Told:
    texts = [one.text for one in turn.segments]
    names = [one.title for one in turn.attachments if one.content is None and not one.url]
    links = [f"{one.title}: {one.url}" for one in turn.attachments if one.url]
    files = tuple(_file(one) for one in turn.attachments if one.content is not None)
    text = "\n\n".join((*texts, *links)) or ", ".join(names) or ", ".join(one.title for one in turn.attachments)
    return Told(turn.header, turn.at, text or "–", _signed(turn), files, turn.answers)


def _file(one: Attachment) -> Attached:
    return Attached(one.title, one.kind, one.content or b"", one.title)


def _signed(turn: Turn) -> str:
    if not turn.segments:
        return turn.by.name
    author = turn.segments[-1].author
    return ", ".join(filter(None, (_name(author.given, author.family), author.role, turn.by.name, author.phone)))


def _name(*parts: str) -> str:
    return " ".join(filter(None, parts))
