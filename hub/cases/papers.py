"""Papers that lie with a record: sealed as they were when somebody laid them there, and gone with the record."""

from base64 import b64decode, b64encode
from hashlib import sha256

from uuid_utils import uuid7

from hub.cases import casestore, registerstore
from hub.cases.casestore import Document
from hub.cases.practice import OF_PAPER, Sort
from hub.errors import NotFound
from hub.incidents import rights
from hub.incidents import store as incidents
from hub.incidents.incident import Incident
from hub.incidents.prepared import RECIPES, Report
from hub.incidents.sealing import Seals
from hub.incidents.tasks import subject
from hub.people.access import Principal
from hub.people.desk import Change
from hub.storage import journal
from hub.storage.database import Reader

INCIDENT = "incident"


def fits(what: str, sort: Sort) -> bool:
    """Whether a paper says nothing but what the record's own paper does."""
    return what == INCIDENT or (what in set(Report) and RECIPES[Report(what)].paper is OF_PAPER[sort])


async def lay(change: Change, seals: Seals, record: str, what: str, content: bytes) -> None:
    """Lays a paper with a record."""
    entry = await registerstore.find(change.tx, await seals.to_read(change.tx), change.of, record)
    found = await incidents.find(change.tx, change.of, entry.incident) if entry is not None else None
    if entry is None or found is None or not await _reads(change.tx, change.by, entry.sort, found):
        raise NotFound("No such record here.")
    if not fits(what, entry.sort):
        raise NotFound("No such paper of this record.")
    which, digest = str(uuid7()), sha256(content).hexdigest()
    new = Document(which, record, entry.incident, entry.sort.value, what, digest, change.by.name, change.now)
    sealed = b64encode(content).decode()
    await casestore.keep_document(change.tx, await seals.to_write(change.tx), change.of, new, sealed)
    facts = {"record": record, "document": which, "what": what, "sha256": digest}
    about = subject(entry.incident)
    await journal.append(change.tx, change.of, change.now, "case_document", about, change.by.name, facts)


async def taken_out(tx: Reader, seals: Seals, by: Principal, which: str) -> tuple[Document, bytes]:
    """A paper as it was laid there, for those who may read what the record is of."""
    found = await casestore.document(tx, await seals.to_read(tx), by.institution, which)
    incident = await incidents.find(tx, by.institution, found[0].incident) if found is not None else None
    if found is None or incident is None or not await _reads(tx, by, Sort(found[0].sort), incident):
        raise NotFound("No such paper here.")
    return found[0], b64decode(found[1])


async def _reads(tx: Reader, by: Principal, sort: Sort, one: Incident) -> bool:
    return rights.may_read(by, OF_PAPER[sort], one, await incidents.safety(tx, by.institution))
