"""The page of our addresses in other houses' directories, and of who has what comes there."""

from collections.abc import Mapping

from starlette.responses import Response
from starlette.routing import BaseRoute
from uuid_utils import uuid7

from hub.errors import Invalid
from hub.messaging import places, placestore
from hub.messaging.conversation import Kind
from hub.messaging.mailbox import LONGEST_NAME, WAYS, Place
from hub.messaging.outside import Way
from hub.people.faults import Text, say
from hub.web import message_words as words
from hub.web.admin import Desks, Visit
from hub.web.pages import Pages

PATH = "/admin/mailboxes"
NAMES: Mapping[Way, Text] = {Way.MEDCOM: say("MedCom (VANS)"), Way.POST: say("Digital Post")}
_MENDS: Mapping[str, Text] = {
    "number": say("Write the location number with 13 digits; for Digital Post the CVR number with 8."),
    "sor": say("Write the SOR number, digits only: MedCom's messages need it."),
    "phone": say("Write where whoever writes can be called: MedCom's messages need it."),
    "name": say("Write what the place is called, as others know it."),
    "kle": say("Write a subject of KLE, such as 27.66.08, and what it is called."),
}


async def page(visit: Visit) -> Response:
    async with visit.reading() as tx:
        here = await visit.hub.messages.here(tx, visit.by)
        found = await placestore.places(tx, here.of)
    open_now = visit.hub.messages.passings.carriers
    return await visit.show(
        "mailboxes.html",
        places=[(one, visit.texts(NAMES[one.way].msgid), words.name(visit, here, one.to)) for one in found],
        ways=[(way.value, visit.texts(NAMES[way].msgid)) for way in WAYS],
        closed=[visit.texts(NAMES[way].msgid) for way in WAYS if way not in open_now],
        choices=[one for _, some in words.choices(visit, here, ()) for one in some],
    )


async def add(visit: Visit) -> str:
    place = _place(visit)
    visit.entry.refuse_if_faulty()
    if place is not None:
        await places.add(visit.hub.messages, visit.token, place)
    return f"{PATH}?done=1"


def _place(visit: Visit) -> Place | None:
    entry, to = visit.entry, words.address(visit.entry.raw("to"))
    way = entry.choice("way", Way)
    if way not in WAYS:
        entry.wrong("way", say("Choose one from the list."))
    known = to is not None and to.who in (visit.site.people if to.kind is Kind.PERSON else visit.site.units)
    if to is None or not known:
        entry.wrong("to", say("Choose who it is to."))
    kle, label = entry.text("kle") or "", entry.text("kle_label") or ""
    version = entry.text("kle_version") or visit.hub.clock.now().date().isoformat()
    fields = {name: (entry.text(name, LONGEST_NAME) or "").replace(" ", "") for name in ("number", "sor")}
    name, phone = entry.text("name", LONGEST_NAME) or "", entry.text("phone", LONGEST_NAME) or ""
    if way is None or to is None or entry.faults:
        return None
    try:
        return Place(
            visit.by.institution, str(uuid7()), way, fields["number"], name, to, fields["sor"], phone, kle,
            label, version if kle else "",
        )  # fmt: skip
    except Invalid as fault:
        field = fault.detail.partition(":")[0]
        entry.wrong(field, _MENDS[field])
        return None


async def drop(visit: Visit) -> str:
    await places.drop(visit.hub.messages, visit.token, visit.by.institution, visit.which)
    return f"{PATH}?done=1"


def mailbox_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of the page and of its forms."""
    desks = Desks(pages)
    return [
        desks.page(PATH, page),
        desks.form(PATH, add, page),
        desks.form(f"{PATH}/{{id}}/drop", drop, page),
    ]
