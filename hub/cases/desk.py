"""What a person can do with records: write one down now, tick one off that they copied, send one again."""

from hub.cases import register, registerstore
from hub.cases.handover import HandOver
from hub.cases.practice import OF_PAPER
from hub.cases.register import Entry
from hub.errors import NotFound
from hub.incidents import rights
from hub.incidents import store as incidents
from hub.incidents.sealing import Seals
from hub.incidents.tasks import subject
from hub.people.desk import Change
from hub.people.entry import Entry as Form
from hub.people.faults import NotYours, say
from hub.storage import journal, outbox

LONGEST = 100


async def record(change: Change, way: HandOver, which: str) -> None:
    """Records an incident at once, before it is signed."""
    found = await incidents.find(change.tx, change.of, which)
    if found is None or not rights.may_know(change.by, found):
        raise NotFound("No such incident here.")
    safety = await incidents.safety(change.tx, change.of)
    if not any(rights.may_read(change.by, paper, found, safety) for paper in set(OF_PAPER.values())):
        raise NotYours(say("This paper is not yours to write in."))
    await way.record(change.tx, change.of, which, change.by.name)


async def place(change: Change, seals: Seals, form: Form, which: str) -> None:
    """Ticks a record off that somebody has copied into the case system."""
    entry = await _known(change, seals, which)
    system = form.needed("system", say("Write what the case system is called."), LONGEST)
    reference = form.needed("reference", say("Write the number that it has there."), LONGEST)
    form.refuse_if_faulty()
    await outbox.drop(change.tx, change.of, f"{outbox.CASES}{which}", change.now)
    await _keep(change, seals, register.placed(entry, system, reference, change.now), "case_placed")


async def again(change: Change, seals: Seals, way: HandOver, which: str) -> None:
    """Sends a record once more, as it would be made now: what kept it may have been mended meanwhile."""
    before = await _known(change, seals, which)
    await way.record(change.tx, change.of, before.incident, change.by.name, signed=False)
    newest = await _known(change, seals, which)
    if newest.version != before.version:
        return
    entry = register.again(newest, change.now)
    await outbox.drop(change.tx, change.of, f"{outbox.CASES}{which}", change.now)
    await _keep(change, seals, entry, "case_sent_again")
    await way.post(change.tx, entry, change.now)


async def _known(change: Change, seals: Seals, which: str) -> Entry:
    entry = await registerstore.find(change.tx, await seals.to_write(change.tx), change.of, which)
    found = await incidents.find(change.tx, change.of, entry.incident) if entry is not None else None
    if entry is None or found is None:
        raise NotFound("No such record here.")
    if not rights.may_read(change.by, OF_PAPER[entry.sort], found, await incidents.safety(change.tx, change.of)):
        raise NotFound("No such record here.")
    return entry


async def _keep(change: Change, seals: Seals, entry: Entry, event: str) -> None:
    await registerstore.keep(change.tx, await seals.to_write(change.tx), entry)
    facts = {"record": entry.record.id, "version": entry.version}
    await journal.append(change.tx, change.of, change.now, event, subject(entry.incident), change.by.name, facts)
