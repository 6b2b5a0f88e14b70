"""What keeps an incident longer than its time, and what lets it go: holds, and the word that the archive has it."""

from datetime import datetime

from hub.errors import NotFound
from hub.incidents import retentionstore, rights, store
from hub.incidents.incident import Incident, Signer
from hub.incidents.paper import Paper
from hub.incidents.retaining import reckoned
from hub.incidents.retention import Ground, Rules, Stage
from hub.incidents.retentionstore import Hold
from hub.incidents.sealing import Seals
from hub.incidents.tasks import subject
from hub.people.access import Principal
from hub.people.faults import NotYours, Refused, say
from hub.storage import journal
from hub.storage.database import Transaction


def may_keep(by: Principal, incident: Incident) -> bool:
    """The leaders of its unit."""
    return rights.signs_as(by, incident, ()) is Signer.LEADER


async def hold(
    tx: Transaction, by: Principal, now: datetime, seals: Seals, which: str, ground: Ground, why: str
) -> None:
    """Keeps all of an incident until somebody lifts it; the reason lies sealed beside its row in the journal."""
    found = await _found(tx, by, which)
    of, facts = found.institution, {"ground": ground.value}
    entry = await journal.append(tx, of, now, "incident_held", subject(which), by.name, facts)
    await retentionstore.hold(tx, of, Hold(which, entry.seq, ground, by.name, now))
    await store.remark(tx, await seals.to_write(tx), of, entry.seq, why)


async def lift(tx: Transaction, by: Principal, now: datetime, seals: Seals, which: str, seq: int, why: str) -> None:
    """Lets an incident go again, as far as this hold kept it."""
    of = (await _found(tx, by, which)).institution
    entry = await journal.append(tx, of, now, "incident_hold_lifted", subject(which), by.name, {"hold": seq})
    if not await retentionstore.lift(tx, of, which, seq, entry.seq):
        raise NotFound("No such hold here, or it is lifted already.")
    await store.remark(tx, await seals.to_write(tx), of, entry.seq, why)


async def hand_over(
    tx: Transaction, by: Principal, now: datetime, seals: Seals, which: str, paper: Paper, receipt: str, rules: Rules
) -> None:
    """Confirms that the archive has a paper, with what the archive called it: now it may be deleted here."""
    found = await _found(tx, by, which)
    record = await reckoned(tx, seals, found.institution, which, rules)
    if record is None or record.of(paper).stage(now) is not Stage.ARCHIVE:
        raise Refused(say("This paper does not wait for the archive: look at it again."))
    facts = {"paper": paper.value}
    entry = await journal.append(tx, found.institution, now, "incident_archived", subject(which), by.name, facts)
    await retentionstore.hand(tx, found.institution, which, paper, entry.seq)
    await store.remark(tx, await seals.to_write(tx), found.institution, entry.seq, receipt)


async def _found(tx: Transaction, by: Principal, which: str) -> Incident:
    found = await store.find(tx, by.institution, which)
    if found is None or not rights.may_know(by, found):
        raise NotFound("No such incident here.")
    if not may_keep(by, found):
        raise NotYours(say("This is for the unit's leader: ask one of them."))
    return found
