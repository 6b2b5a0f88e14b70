"""What the pages say of parties outside: who they are, how far a message has come to them, and why it may be shared."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hub.messaging import linkstore, outsidestore
from hub.messaging.category import OURS, Category
from hub.messaging.conversation import HUB, Conversation
from hub.messaging.groundfile import GroundBook
from hub.messaging.here import Here
from hub.messaging.outside import Outside, OutsideRole, Way
from hub.messaging.outsideactions import Earlier
from hub.messaging.passing import NO_PLACE, UNANSWERED, UNSERVED
from hub.messaging.sharing import CONSENT, NEEDS_BASIS, Basis, Passage, Passing, Withheld, basis_for
from hub.people.faults import Text, say
from hub.storage.database import Reader
from hub.web.admin import Visit
from hub.web.render import Texts

ROLES: Mapping[OutsideRole, Text] = {
    OutsideRole.MUNICIPALITY: say("Municipality"),
    OutsideRole.GP: say("General practitioner"),
    OutsideRole.REGION: say("Region or hospital"),
    OutsideRole.PROVIDER: say("Provider"),
    OutsideRole.CITIZEN: say("The citizen"),
    OutsideRole.GUARDIAN: say("Guardian or parent"),
    OutsideRole.OTHER: say("Somebody else"),
}
WAYS: Mapping[Way, Text] = {
    Way.LINK: say("A secure link by text message or e-mail"),
    Way.MEDCOM: say("MedCom message"),
    Way.POST: say("Digital Post"),
}
CATEGORIES: Mapping[Category, Text] = {
    Category.PSYCHIATRY_SOCIAL_DISABILITY: say("Psychiatry, social, disability"),
    Category.MEDICINE: say("Medicine"),
    Category.NURSING: say("Nursing"),
    Category.CARE_COORDINATION: say("Care coordination"),
    Category.DISCHARGE: say("Discharge"),
    Category.ALCOHOL_AND_DRUGS: say("Alcohol and drug treatment"),
    Category.HOME_CARE_ASSESSMENT: say("Home care assessment"),
    Category.REGARDING_REFERRAL: say("About a referral (an urgent message goes as such)"),
    Category.EXAMINATION_RESULTS: say("Examination results"),
    Category.OUTPATIENT: say("Outpatient"),
    Category.ACUTE_AMBULANT: say("Acute outpatient"),
    Category.EXTENDED_CARE: say("Extended responsibility for treatment"),
    Category.HEALTHCARE: say("Healthcare"),
    Category.ASSISTIVE_DEVICES: say("Assistive devices"),
    Category.TRAINING: say("Training"),
    Category.TELEMEDICINE: say("Telemedicine"),
    Category.DECEASE: say("Death"),
    Category.OTHER: say("Something else"),
}
EARLIER: Mapping[Earlier, Text] = {
    Earlier.ABOUT_IT: say("From the beginning: what was written before is what they must know"),
    Earlier.ASKED: say("From the beginning: they have asked for it and may have it"),
    Earlier.HANDED_ON: say("From the beginning: they take over from somebody"),
}
_WHY: Mapping[Withheld, Text] = {
    Withheld.NO_BASIS: say("nobody has noted why it may be shared"),
    Withheld.NOT_YET: say("the basis for sharing does not hold yet"),
    Withheld.OVER: say("the basis for sharing is over"),
    Withheld.WITHDRAWN: say("the basis for sharing was withdrawn"),
    Withheld.LEFT: say("they take part no more"),
    Withheld.ENDED: say("they are not registered any more"),
    Withheld.CPR: say("it looks as if it held a CPR number"),
    Withheld.DESTROYED: say("the conversation is destroyed"),
}
_STATES: Mapping[Passing, Text] = {
    Passing.WAITING: say("Waits to be sent to {who} since {time}"),
    Passing.SENT: say("Sent to {who} {time}"),
    Passing.DELIVERED: say("Has reached {who} {time}"),
    Passing.WITHHELD: say("NOT sent to {who}: {why}"),
    Passing.REFUSED: say("Refused by {who}: {why}"),
}
_SOMEBODY, _UNVERIFIED = say("Somebody outside the house"), say("not verified")
_CALLED = say("{who} ({role}, outside the house)")
_TROUBLED = say("Sent to {who} {time}, but not taken there yet: {why}")
_DETAILS: Mapping[str, Text] = {
    UNSERVED: say("this hub has no way to them"),
    NO_PLACE: say("there is no address of ours to write from: a manager adds one under Mailboxes"),
    "contentType": say("they cannot take a file of this sort: send a PDF or a picture"),
    "sor": say("their SOR number is missing: a manager registers them with it"),
    UNANSWERED: say("three attempts have not been answered: call them"),
}
# Behind a link a message arrives by being read.
_READ = say("Read by {who} {time}")
_SIGNS: Mapping[Passing, str] = {
    Passing.WAITING: "waiting",
    Passing.SENT: "check",
    Passing.DELIVERED: "check",
    Passing.WITHHELD: "warning",
    Passing.REFUSED: "warning",
}


async def knowing(visit: Visit, tx: Reader, here: Here) -> Here:
    """The institution with those outside whom it has registered."""
    return replace(here, outside=await outsidestore.everybody(tx, visit.hub.messages.keyring.vault, here.of))


def called(texts: Texts, here: Here, which: str) -> str:
    """Somebody outside, so that nobody takes them for a colleague."""
    one = here.outside.get(which)
    if one is None:
        return texts(_SOMEBODY.msgid)
    # Whom nobody of the house has registered has only written from an address that the mailbox names.
    role = texts(_UNVERIFIED.msgid) if one.registered_by == HUB else texts(ROLES[one.role].msgid)
    return texts(_CALLED.msgid, who=one.name, role=role)


def ground(texts: Texts, book: GroundBook, one: Basis) -> str:
    """Why something is shared, in the words of the day on which it was noted."""
    if one.ground == CONSENT:
        return texts("Consent")
    known = book.worded(one.ground, one.noted_at.date())
    return f"{known.name} ({known.paragraph})" if known is not None else one.ground


def outward(visit: Visit, here: Here, known: Sequence[Passage]) -> Mapping[int, list[dict[str, str]]]:
    """How far each message has come to those outside."""
    found: dict[int, list[dict[str, str]]] = {}
    for passage in known:
        found.setdefault(passage.number, []).append(state(visit, here, passage))
    return found


async def passages(visit: Visit, tx: Reader, here: Here, one: Conversation) -> list[Passage]:
    key = await visit.hub.messages.keyring.find(tx, here.of, one.id)
    return await outsidestore.passages(tx, key, here.of, one.id) if key is not None else []


def state(visit: Visit, here: Here, one: Passage) -> dict[str, str]:
    """One message to one party outside."""
    texts, known = visit.texts, here.outside.get(one.outside)
    who = known.name if known is not None else texts(_SOMEBODY.msgid)
    why = texts(_WHY[one.why].msgid) if one.why is not None else one.detail
    if (known_fault := _DETAILS.get(one.detail.partition(":")[0])) is not None:
        why = texts(known_fault.msgid)
    said = _TROUBLED if one.state is Passing.SENT and one.detail else _STATES[one.state]
    if one.state is Passing.DELIVERED and known is not None and known.way is Way.LINK:
        said = _READ
    words = texts(said.msgid, who=who, time=visit.local(one.at), why=why)
    held = one.state in (Passing.WITHHELD, Passing.REFUSED)
    return {"words": words, "sign": _SIGNS[one.state], "held": "1" if held else ""}


async def bases(visit: Visit, tx: Reader, here: Here, one: Conversation) -> list[Basis]:
    key = await visit.hub.messages.keyring.find(tx, here.of, one.id)
    return await outsidestore.bases(tx, key, here.of, one.id) if key is not None else []


def lacking(here: Here, one: Conversation, known: Sequence[Basis]) -> list[str]:
    """Those outside to whom nothing leaves now, for want of a basis."""
    if one.about not in NEEDS_BASIS:
        return []
    gone = [party.to.who for party in one.outside if basis_for(known, party.to.who, here.now) is None]
    return [here.outside[which].name for which in gone if which in here.outside]


async def shut(tx: Reader, here: Here, one: Conversation, known: Sequence[Passage]) -> list[str]:
    """Those outside whose link was shut after it had brought them something."""
    told = {passage.outside for passage in known if passage.left}
    theirs = [here.outside[party.to.who] for party in one.outside if party.to.who in told & here.outside.keys()]
    linked = [who for who in theirs if who.way is Way.LINK]
    return [who.name for who in linked if await linkstore.theirs(tx, here.of, one.id, who.id) is None]


def reached(one: Outside) -> str:
    """By which address somebody is reached."""
    to = one.to
    return " · ".join(part for part in (to.phone, to.email, to.gln, to.sor, to.cvr, to.cpr[:6]) if part)


def basis(visit: Visit, here: Here, book: GroundBook, one: Basis) -> dict[str, Any]:
    """A basis as the page shows it."""
    names = [here.outside[which].name for which in one.to if which in here.outside]
    return {
        "id": one.id,
        "ground": ground(visit.texts, book, one),
        "covers": one.covers,
        "given_by": one.given_by,
        "to": ", ".join(names),
        "until": visit.local(one.until),
        "noted": (here.site.people[one.noted_by].name if one.noted_by in here.site.people else one.noted_by),
        "noted_at": visit.local(one.noted_at),
        "withdrawn_at": visit.local(one.withdrawn_at),
        "holds": one.holds(here.now),
        # Said only where it is another than nearly always.
        "category": visit.texts(CATEGORIES[one.category].msgid) if one.category is not OURS else "",
    }
