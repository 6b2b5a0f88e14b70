"""The pages of those outside the house: who is registered, and on what a conversation is shared with them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute
from uuid_utils import uuid7

from hub.citizens.number import read_number
from hub.messaging import outsideactions, queries
from hub.messaging.category import OURS, Category
from hub.messaging.conversation import Conversation
from hub.messaging.groundfile import Ground, GroundBook
from hub.messaging.groundstore import choices, grounds
from hub.messaging.here import Here
from hub.messaging.outside import LONGEST_NAME, Outside, OutsideRole, Way
from hub.messaging.outsideactions import Earlier
from hub.messaging.sharing import CONSENT, LONGEST_COVERS, NEEDS_BASIS, Basis
from hub.people.entry import Entry
from hub.people.faults import Text, say
from hub.people.localtime import midnight
from hub.ports import Correspondent
from hub.web import message_words, outside_words
from hub.web.admin import Desks, Visit
from hub.web.messages import LIST, may_enter
from hub.web.pages import Pages

OUTSIDE = f"{LIST}/outside"


class Lasts(StrEnum):
    """How long something may be shared, as people say it."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_LASTS: dict[Lasts, tuple[timedelta, Text]] = {
    Lasts.WEEK: (timedelta(days=7), say("A week")),
    Lasts.MONTH: (timedelta(days=31), say("A month")),
    Lasts.QUARTER: (timedelta(days=92), say("Three months")),
    Lasts.YEAR: (timedelta(days=365), say("A year")),
}


async def registered(visit: Visit) -> Response:
    """Those who may be written to outside, and the form for one more."""
    texts = visit.texts
    async with visit.reading() as tx:
        here = await outside_words.knowing(visit, tx, await visit.hub.messages.here(tx, visit.by))
    some = sorted(here.outside.values(), key=lambda one: (not one.there(here.now), one.name.casefold()))
    return await visit.show(
        "outside.html",
        parties=[
            {
                "id": one.id,
                "name": one.name,
                "role": texts(outside_words.ROLES[one.role].msgid),
                "way": texts(outside_words.WAYS[one.way].msgid),
                "address": outside_words.reached(one),
                "until": visit.local(one.ends_at),
                "there": one.there(here.now),
            }
            for one in some
        ],
        roles=[(role.value, texts(text.msgid)) for role, text in outside_words.ROLES.items()],
        ways=[(way.value, texts(text.msgid)) for way, text in outside_words.WAYS.items()],
    )


async def register(visit: Visit) -> str:
    """Registers somebody, with the address that has been checked."""
    entry, now = visit.entry, visit.hub.clock.now()
    name = entry.needed("name", say("Write who it is."), LONGEST_NAME)
    role = entry.choice("role", OutsideRole) or OutsideRole.OTHER
    way = entry.choice("way", Way) or Way.LINK
    phone, email = entry.phone("phone"), entry.email("email")
    gln, sor = _digits(entry, "gln", (13,)), _digits(entry, "sor", (15, 16, 17, 18))
    number = _digits(entry, "number", (8, 10))
    if way is Way.LINK and not (phone or email):
        entry.wrong(
            "phone", say("Write the phone number or the e-mail address that the link and the code are sent to.")
        )
    if way is Way.MEDCOM and not gln:
        entry.wrong("gln", say("MedCom needs both the GLN and the SOR number of the receiver."))
    if way is Way.MEDCOM and not sor:
        entry.wrong("sor", say("MedCom needs both the GLN and the SOR number of the receiver."))
    if way is Way.POST and not number:
        entry.wrong("number", say("Digital Post needs the receiver's CPR or CVR number."))
    ends = _day(visit, "ends")
    entry.refuse_if_faulty()
    numbers = {"cvr" if len(number) == 8 else "cpr": number} if number else {}
    to = Correspondent(
        str(uuid7()), name, role.value, phone=phone or "", email=email or "", gln=gln, sor=sor, **numbers
    )
    new = Outside(visit.by.institution, role, way, to, visit.by.name, now, ends)
    await outsideactions.register(visit.hub.messages, visit.token, new)
    return f"{OUTSIDE}?done=1"


async def remove(visit: Visit) -> str:
    await outsideactions.remove(visit.hub.messages, visit.token, visit.by.institution, visit.which)
    return f"{OUTSIDE}?done=1"


def _digits(entry: Entry, key: str, lengths: tuple[int, ...]) -> str:
    written = (entry.text(key) or "").replace(" ", "").replace("-", "")
    if written and not (written.isascii() and written.isdigit() and len(written) in lengths):
        entry.wrong(key, say("This has the wrong number of digits."))
    return written


def _day(visit: Visit, key: str) -> datetime | None:
    """The end of the day that was written, or None where none was."""
    day = visit.entry.day(key)
    if day is None:
        return None
    end = midnight(day + timedelta(days=1), ZoneInfo(visit.site.institution.timezone))
    if end <= visit.hub.clock.now():
        visit.entry.wrong(key, say("This day is over: choose a later one."))
    return end


async def sharing(visit: Visit) -> Response:
    """On what a conversation is shared, with whom, and what has been; and the form to share it."""
    async with visit.reading() as tx:
        here = await outside_words.knowing(visit, tx, await visit.hub.messages.here(tx, visit.by))
        seen = await queries.one(tx, visit.hub.messages, here, visit.which)
        bases = await outside_words.bases(visit, tx, here, seen.conversation)
        passages = await outside_words.passages(visit, tx, here, seen.conversation)
        book, chosen = await grounds(tx, here.of), await choices(tx, here.site, here.now)
    one, texts = seen.conversation, visit.texts
    return await visit.show(
        "sharing.html",
        which=visit.which,
        title=message_words.titled(visit, one, seen.head, here),
        about=message_words.about(visit, one, seen.head),
        needs=one.about in NEEDS_BASIS,
        writes=one.may_write(here.me, here.duties),
        inside=[outside_words.called(texts, here, party.to.who) for party in one.outside],
        lacking=outside_words.lacking(here, one, bases),
        bases=[outside_words.basis(visit, here, book, basis) for basis in reversed(bases)],
        passed=[
            outside_words.state(visit, here, passage)
            | {"number": passage.number, "ground": _ground(visit, book, bases, passage.basis)}
            for passage in reversed(passages)
        ],
        people=[(known.id, outside_words.called(texts, here, known.id)) for known in _there(here)],
        grounds=[(known.id, known.name, known.paragraph) for known in chosen.values()],
        lasts=[(key.value, texts(text.msgid)) for key, (_, text) in _LASTS.items()],
        earlier=[("", texts(say("From now on").msgid))]
        + [(key.value, texts(text.msgid)) for key, text in outside_words.EARLIER.items()],
        categories=[(key.value, texts(text.msgid)) for key, text in outside_words.CATEGORIES.items()]
        if any(known.way is Way.MEDCOM for known in _there(here))
        else [],
        numbered=any(known.way is not Way.LINK for known in _there(here)),
    )


def _ground(visit: Visit, book: GroundBook, bases: list[Basis], which: str | None) -> str:
    found = next((basis for basis in bases if basis.id == which), None)
    return outside_words.ground(visit.texts, book, found) if found is not None else ""


def _there(here: Here) -> list[Outside]:
    return sorted((one for one in here.outside.values() if one.there(here.now)), key=lambda one: one.name.casefold())


async def share(visit: Visit) -> str:
    """Lets somebody outside in, and notes why they may read it."""
    entry, which = visit.entry, visit.which
    async with visit.reading() as tx:
        here = await outside_words.knowing(visit, tx, await visit.hub.messages.here(tx, visit.by))
        one = await visit.hub.messages.known(tx, here, which)
        known_grounds = await choices(tx, here.site, here.now)
    outside = entry.one_of("outside", [known.id for known in _there(here)])
    if outside is None:
        entry.wrong("outside", say("Choose who it is to."))
    earlier = entry.choice("earlier", Earlier) if entry.raw("earlier") else None
    basis = _basis(visit, one, outside or "", known_grounds)
    entry.refuse_if_faulty()
    hub, of = visit.hub.messages, visit.by.institution
    await outsideactions.invite(hub, visit.token, of, which, outside or "", basis, earlier)
    return f"{LIST}/{which}/sharing?done=1"


def _basis(visit: Visit, one: Conversation, outside: str, grounds: Mapping[str, Ground]) -> Basis | None:
    """The basis that was chosen; None where the conversation needs none."""
    entry, now = visit.entry, visit.hub.clock.now()
    if one.about not in NEEDS_BASIS:
        return None
    ground = entry.one_of("ground", [CONSENT, *grounds])
    if ground is None:
        entry.wrong("ground", say("Choose why it may be shared."))
    given_by = entry.text("given_by", LONGEST_NAME) or ""
    if ground == CONSENT and not given_by:
        entry.wrong("given_by", say("Write who gave the consent."))
    covers = entry.needed("covers", say("Write what may be shared."), LONGEST_COVERS)
    lasts = entry.choice("lasts", Lasts) or Lasts.MONTH
    category = (entry.choice("category", Category) if entry.raw("category") else None) or OURS
    number = read_number(entry.raw("citizen"))
    if number is None and entry.raw("citizen").strip():
        entry.wrong("citizen", say("This is no CPR number or eCPR: write six digits that are a day, and four signs."))
    entry.refuse_if_faulty()
    urn = number.urn if number is not None else ""
    return Basis(
        str(uuid7()), ground or "", (outside,), now, now + _LASTS[lasts][0], visit.by.name, now,
        covers, given_by if ground == CONSENT else "", urn, category=category,
    )  # fmt: skip


async def withdraw(visit: Visit) -> str:
    """Stops sharing on a basis at once."""
    await outsideactions.withdraw(
        visit.hub.messages, visit.token, visit.by.institution, visit.which, visit.entry.raw("basis")
    )
    return f"{LIST}/{visit.which}/sharing?done=1"


def outside_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of both pages and of their forms; before those of single conversations."""
    desks, here = Desks(pages), f"{LIST}/{{id}}/sharing"
    return [
        desks.page(OUTSIDE, registered),
        desks.form(OUTSIDE, register, registered),
        desks.form(f"{OUTSIDE}/{{id}}/remove", remove, registered),
        desks.page(here, sharing, may_enter),
        desks.form(here, share, sharing, may_enter),
        desks.form(f"{here}/withdraw", withdraw, sharing, may_enter),
    ]
