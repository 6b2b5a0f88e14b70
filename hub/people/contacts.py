"""Those outside whom a rule can tell, such as an alarm centre, changed by hand."""

from hub.errors import NotFound
from hub.people import tables
from hub.people.desk import Change
from hub.people.entry import Entry
from hub.people.faults import say
from hub.people.setup import WEBHOOK

LONGEST_NAME = 80


async def add(change: Change, entry: Entry) -> str:
    """Makes a contact known; gives its id, which a rule names it by."""
    values = _values(entry)
    entry.refuse_if_faulty()
    which = await change.new_id(tables.CONTACTS, values["name"] or "")
    await change.add(tables.CONTACTS, id=which, **values)
    await change.note("contact_added", f"contact:{which}", {})
    return which


async def alter(change: Change, which: str, entry: Entry) -> None:
    """Gives the contact the details in the form."""
    row = (await change.present(tables.CONTACTS)).get(which)
    if row is None or which not in change.site.contacts:
        raise NotFound(f"There is no contact {which!r} here any more.")
    values = _values(entry)
    change.why = entry.why(needed=False)
    entry.refuse_if_faulty()
    await change.change(tables.CONTACTS, row, **values)
    await change.note("contact_changed", f"contact:{which}", {})


async def retire(change: Change, which: str, entry: Entry) -> None:
    """Nobody outside of this name is told any more; a rule that names it says so when it is next read."""
    if which not in change.site.contacts:
        raise NotFound(f"There is no contact {which!r} here any more.")
    change.why = entry.why()
    entry.refuse_if_faulty()
    await change.end(tables.CONTACTS, which)
    await change.note("contact_retired", f"contact:{which}", {})


def _values(entry: Entry) -> dict[str, str | None]:
    name = entry.needed("name", say("Write who it is, such as Vagtcentralen."), LONGEST_NAME)
    phone, email, webhook = entry.phone("phone"), entry.email("email"), entry.text("webhook")
    if webhook is not None and not WEBHOOK.fullmatch(webhook):
        entry.wrong("webhook", say("Write an address that begins with https://"))
    if not (phone or email or webhook or entry.faults):
        entry.wrong("phone", say("Write a number, an e-mail address or a webhook: else nobody could be reached."))
    return {"name": name, "phone": phone, "email": email, "webhook": webhook}
