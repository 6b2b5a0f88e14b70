"""A message made a letter: with what its receiver outside must know of who wrote it, and about whom."""

from hub.messaging import store
from hub.messaging.actions import Messages
from hub.messaging.conversation import About, Conversation
from hub.messaging.here import Here
from hub.messaging.message import Message, author_name
from hub.messaging.outside import Outside
from hub.messaging.sharing import Basis
from hub.ports import CaseParty, Letter
from hub.storage.database import Reader


async def letter_of(
    tx: Reader, messages: Messages, here: Here, one: Conversation, message: Message, to: Outside, basis: Basis | None
) -> Letter:
    """The message as it leaves the house for somebody."""
    key = await messages.key(tx, one)
    head = await store.head(tx, key, one)
    rows = await store.rows(tx, here.of, one.id, message.number, message.number)
    theirs = next((row["id"] for row in rows if row["author"] == to.reader), None)
    person = here.site.people.get(message.author)
    units = [
        here.site.units[unit].name for unit in (person.units if person is not None else ()) if unit in here.site.units
    ]
    named = head.get("citizen", "") or (basis.citizen if basis is not None else "")
    return Letter(
        id=message.id,
        conversation=one.id,
        number=message.number,
        subject=head.get("title", ""),
        text=message.text,
        at=message.at,
        author_name=author_name(here.site, message),
        author_role=person.role.value if person is not None else "",
        unit_name=units[0] if units else here.site.institution.name,
        to=to.to,
        institution=here.of,
        replies_to=theirs,
        citizen=CaseParty(basis.citizen if basis is not None else "", head.get("citizen", ""))
        if one.about is About.CITIZEN and named
        else None,
        urgent=message.urgent,
        category=basis.category.value if basis is not None else "",
    )
