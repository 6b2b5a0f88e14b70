"""Papers that somebody lays with a record, and takes out again."""

from asyncio import to_thread

from starlette.responses import Response

from hub.cases import papers
from hub.cases.practice import OF_PAPER, Sort
from hub.cases.recording import Record
from hub.incidents.tasks import subject
from hub.people.access import Principal
from hub.people.faults import Refused, say
from hub.web import incident_print, printing
from hub.web.admin import Visit
from hub.web.case_words import papers as named


def may_enter(by: Principal) -> bool:
    """Whoever has given their password; what each then finds is what they may read of the incident."""
    return by.person is not None and by.session is not None


def offered(visit: Visit, record: Record, reports: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The papers that can be laid with a record: of the incident, and the reports that it calls for."""
    own = [one for one in reports if papers.fits(one[0], record.sort)]
    return [(papers.INCIDENT, named(visit.texts)[papers.INCIDENT]), *own]


async def lay(visit: Visit) -> str:
    """Prints a paper as it is now and lays it with a record."""
    entry, seals = visit.entry, visit.hub.incidents.seals
    what, sort, record = entry.raw("what"), entry.choice("sort", Sort), entry.raw("record")
    entry.refuse_if_faulty()
    if sort is None or not papers.fits(what, sort):
        raise Refused(say("Choose one from the list."))
    if what == papers.INCIDENT:
        document = await incident_print.of_paper(visit, OF_PAPER[sort])
    else:
        document, _ = await incident_print.prepared_paper(visit, what)
    content = await to_thread(printing.printed, document)
    await visit.change(lambda change: papers.lay(change, seals, record, what, content), may_enter)
    return f"/cases/{visit.which}?done=1"


async def take(visit: Visit) -> Response:
    """A paper as it was laid there; that somebody took it along is written down first."""
    async with visit.reading() as tx:
        found, content = await papers.taken_out(tx, visit.hub.incidents.seals, visit.by, visit.which)
    facts = {"papers": [OF_PAPER[Sort(found.sort)].value], "as": "pdf"}
    await visit.hub.incidents.looked(visit.by, "incident_read", subject(found.incident), facts)
    headers = {"Content-Disposition": f'attachment; filename="{found.what}-{found.id[-6:]}.pdf"'}
    return Response(content, media_type=printing.PDF, headers={**headers, "Cache-Control": "no-store"})
