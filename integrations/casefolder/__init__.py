"""A folder that any case system can fetch from: each record as XML, and as a PDF that people can read."""

from asyncio import to_thread
from pathlib import Path

from hub.ports import Answer, CaseRecord, CaseStep, Handed, NotNow, Trouble
from integrations import paper
from integrations.wholefile import write_whole
from integrations.xmltree import Node, branch, leaf, moment, written

NAMESPACE = "urn:tryghedshub:case-record:1"


class CaseFolder:
    """Writes records into a folder; both files are there whole, or neither is seen."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def take(self, record: CaseRecord, version: int) -> Handed:
        name = f"{record.number}-v{version}"
        try:
            await to_thread(self._write, name, record, version)
        except OSError as fault:
            why = f"The folder for case records cannot be written ({fault.strerror}): see to it."
            raise NotNow(why, trouble=Trouble.CLOSED) from None
        return Handed(Answer.ACCEPTED, str(self._folder.name), f"{name}.xml")

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _write(self, name: str, record: CaseRecord, version: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # The XML last: whoever waits for it finds the paper beside it.
        write_whole(self._folder / f"{name}.pdf", paper.typeset(record))
        write_whole(self._folder / f"{name}.xml", told(record, version))


def told(record: CaseRecord, version: int) -> bytes:
    """The record in XML."""
    party = (branch("party", leaf("id", record.party.urn), leaf("name", record.party.name)),) if record.party else ()
    root = branch(
        "caseRecord",
        leaf("id", record.id),
        leaf("number", record.number),
        leaf("version", str(version)),
        leaf("form", record.form.value),
        leaf("authority", record.authority),
        leaf("unit", record.unit_name),
        _classed("kle", record.kle.number, record.kle.title),
        _classed("facet", record.facet.number, record.facet.title),
        tuple(_classed("related", one.number, one.title) for one in record.related),
        leaf("title", record.title),
        leaf("note", record.note),
        tuple(_step(one) for one in record.steps),
        leaf("status", record.status),
        leaf("sensitivity", record.sensitivity.value),
        leaf("hiddenFromCitizen", "true" if record.hidden else "false"),
        party,
        leaf("case", record.case),
        leaf("keep", record.keep),
        leaf("happenedAt", moment(record.happened_at)),
        leaf("registeredAt", moment(record.registered_at)),
    )
    return written(root, {"": NAMESPACE})


def _step(one: CaseStep) -> Node:
    return branch("step", leaf("progress", one.progress.value), leaf("since", moment(one.since)))


def _classed(name: str, number: str, title: str) -> Node:
    return branch(name, leaf("number", number), leaf("title", title or None))
