"""How long an incident is kept, in words: each of its papers, and what holds it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.incidents import holding, retentionstore, store
from hub.incidents.paper import Paper
from hub.incidents.retaining import reckoned, rules_of
from hub.incidents.retention import Due, Ground, Keep, Other, Stage
from hub.incidents.retentionstore import Hold
from hub.web import incident_words as words
from hub.web.admin import Visit
from hub.web.render import Texts


def grounds(say: Texts) -> dict[str, str]:
    return {Ground.COMPLAINT.value: say("A complaint"), Ground.CLAIM.value: say("A claim for an injury")}


def keeps(say: Texts) -> dict[str, str]:
    return {
        Keep.ARCHIVE.value: say("B: to the archive, then deleted"),
        Keep.DISCARD.value: say("K: deleted"),
    }


def _stages(say: Texts) -> dict[str, str]:
    return {
        Stage.KEPT.value: say("kept until then"),
        Stage.HELD.value: say("held"),
        Stage.ARCHIVE.value: say("waits for the archive"),
        Stage.DUE.value: say("is deleted within a day"),
    }


def titled(say: Texts, due: Due[Paper]) -> str:
    return words.papers(say)[due.paper.value] if due.written else say("What was written about the alarm")


def paper_line(visit: Visit, due: Due[Paper] | Due[Other], now: datetime, title: str) -> dict[str, Any]:
    say = visit.texts
    return {
        "paper": due.paper.value,
        "title": title,
        "at": visit.local(due.at)[:10],
        "keep": keeps(say)[due.term.keep.value],
        "stage": due.stage(now).value,
        "says": _stages(say)[due.stage(now).value],
        "numbers": ", ".join(f"{record.number} {record.name}".strip() for record, _ in due.term.grounds),
    }


def hold_line(visit: Visit, held: Hold, reason: str | None = None) -> dict[str, Any]:
    return {
        "id": held.incident,
        "number": held.seq,
        "ground": grounds(visit.texts)[held.ground.value],
        "at": visit.local(held.at)[:10],
        "who": words.who(visit.site, held.by),
        "why": reason,
    }


async def keeping(visit: Visit, which: str) -> Mapping[str, Any] | None:
    """What an incident's own page says of this, to those who may change it."""
    of, now, seals = visit.by.institution, visit.hub.clock.now(), visit.hub.incidents.seals
    async with visit.reading() as tx:
        found = await store.find(tx, of, which)
        if found is None or not holding.may_keep(visit.by, found):
            return None
        record, seal = await reckoned(tx, seals, of, which, await rules_of(tx, of)), await seals.to_read(tx)
        held = [
            hold_line(visit, one, await store.remarked(tx, seal, of, one.seq))
            for one in await retentionstore.holds(tx, of, which)
        ]
    say, due = visit.texts, record.written if record is not None else ()
    return {
        "address": f"/incidents/{which}",
        "begins": say("Its time begins when it is signed."),
        "papers": [paper_line(visit, one, now, titled(say, one)) for one in due],
        "holds": held,
        "grounds": list(grounds(say).items()),
    }
