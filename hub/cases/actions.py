"""What can be decided about cases: how a municipality keeps them, and what a record is about."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from uuid_utils import uuid7

from hub.cases import practicestore
from hub.cases.choices import from_values, typed
from hub.cases.practice import FACET, OF_PAPER, Area, CaseLink, Contradiction, Dated, Missing, Practice, Sort
from hub.cases.recording import Tag
from hub.clock import micros
from hub.errors import NotFound
from hub.incidents import rights
from hub.incidents import store as incidents
from hub.incidents.tasks import subject
from hub.kle import klestore
from hub.kle.kle import FACET as FACET_FORM
from hub.kle.kle import NUMBER, SUBJECT, Doubt, Kle, Level, resolve
from hub.people import access
from hub.people.access import Principal
from hub.people.desk import Change
from hub.people.entry import Entry
from hub.people.faults import NotYours, say
from hub.people.localtime import midnight
from hub.people.site import Institution
from hub.storage import journal
from hub.storage.database import Database

_NUMBER = say("Write six digits with dots between them, such as 87.15.00.")
_FOR_NOTHING = say("The staff's records belong to no citizen's case and would wait for ever: choose something else.")
# What to do where two choices cannot both hold, by the one to change.
_MENDS = {
    "record_as": say("Single cases have no long case to write on: choose something else here."),
    "case_link": say("This does not fit what an incident becomes: choose something else here."),
    "target": say("The shared index holds cases only: choose another place, or let it become a case."),
    "common_kle": _NUMBER,
    "default_kle": _NUMBER,
    "detail_level": say("Choose one from the list."),
    "detail_overview": say("Choose one from the list."),
}


def read(entry: Entry, before: Practice) -> Practice:
    """The practice that a form says, over the one before; its faults stand in the entry."""
    try:
        return from_values(typed(entry.raw, entry.all, before))
    except Contradiction as clash:
        entry.wrong(clash.key, _MENDS[clash.key])
    except ValueError:
        entry.wrong("retention_edition", say("Choose one from the list."))
    return before


def may_decide(by: Principal, keeper: str | None) -> bool:
    """Those who manage a whole institution: the municipality's only one here, or the one that an operator has named."""
    return access.administers(by) and not by.units and by.institution == keeper


async def put_in_force(change: Change, entry: Entry, area: Area, before: Practice) -> dict[str, Any]:
    """Makes a practice hold from a day on, for what is recorded from then on; no earlier record changes."""
    if not may_decide(change.by, await practicestore.keeper(change.tx, change.site.institution.municipality)):
        raise NotYours(say("The municipality's case practice is decided in another of its institutions."))
    practice, since = read(entry, before), _since(change, entry)
    if area is Area.WORK and (practice.case_link, practice.when_missing) == (CaseLink.REQUIRED, Missing.HOLD):
        entry.wrong("when_missing", _FOR_NOTHING)
    change.why = entry.why()
    entry.refuse_if_faulty()
    which, house = str(uuid7()), change.site.institution
    new = Dated(area, since, practice, change.by.name, change.now, house.id)
    await practicestore.add_version(change.tx, which, house.municipality, house.id, new)
    facts = {"area": area.value, "version": which, "since": micros(since)}
    await change.note("case_practice_changed", f"practice:{area.value}", facts, in_file=False)
    return facts


async def tell_houses(database: Database, now: datetime, house: Institution, facts: Mapping[str, Any]) -> None:
    """Writes into the journals of the municipality's other institutions what was decided for them too."""
    async with database.read() as tx:
        others = [one for one in await practicestore.houses(tx, house.municipality) if one != house.id]
    told, about = {**facts, "house": house.id}, f"practice:{facts['area']}"
    for one in others:
        noting = partial(
            journal.append,
            institution=one,
            at=now,
            event="case_practice_changed",
            subject=about,
            actor=None,
            facts=told,
        )
        await database.write(noting, of=one)


def _since(change: Change, entry: Entry) -> datetime:
    """From the beginning of the day, but never from before now: what is recorded already stays as it is."""
    zone, day = ZoneInfo(change.site.institution.timezone), entry.day("since")
    if day is None:
        return change.now
    if day < change.now.astimezone(zone).date():
        entry.wrong("since", say("This day is over: what is recorded already stays as it is."))
    return max(change.now, midnight(day, zone))


async def choose_area(change: Change, entry: Entry) -> None:
    """Says which of the municipality's areas the institution's residents belong to; of the whole institution's."""
    if change.by.units:
        raise NotYours(say("This is for those who manage the whole institution: ask one of them."))
    area = entry.choice("area", Area)
    if area is Area.WORK:
        entry.wrong("area", say("Choose one from the list."))
    entry.refuse_if_faulty()
    if area is not None:
        await practicestore.choose_area(change.tx, change.of, area)
        await change.note("case_area_chosen", f"practice:{area.value}", {"area": area.value}, in_file=False)


async def retag(change: Change, entry: Entry, which: str) -> None:
    """Gives one of an incident's records another number from now on; what it had before is kept."""
    found = await incidents.find(change.tx, change.of, which)
    if found is None or not rights.may_know(change.by, found):
        raise NotFound("No such incident here.")
    sort, number = entry.choice("sort", Sort), entry.raw("kle").strip()
    safety = await incidents.safety(change.tx, change.of)
    if sort is not None and not rights.may_read(change.by, OF_PAPER[sort], found, safety):
        raise NotYours(say("This paper is not yours to write in."))
    day = found.happened_at.astimezone(ZoneInfo(change.site.institution.timezone)).date()
    check_number(entry, await klestore.kle(change.tx), number, day)
    facet = check_facet(entry)
    entry.refuse_if_faulty()
    if sort is None:
        return
    new = Tag(sort, number, change.now, facet)
    place = await practicestore.tag(change.tx, change.of, which, new, change.by.name, change.now)
    facts = {"sort": sort.value, "kle": number, "facet": facet, "number": place}
    await journal.append(change.tx, change.of, change.now, "case_tagged", subject(which), change.by.name, facts)


def check_facet(entry: Entry) -> str:
    """The action facet that a form says; the one for cases in general where it says none."""
    facet = entry.raw("facet").strip().upper() or FACET
    if not FACET_FORM.fullmatch(facet):
        entry.wrong("facet", say("Write a letter and two digits, such as G01."))
    return facet


def check_number(entry: Entry, kle: Kle, number: str, day: date) -> None:
    """Refuses a number that was not in use on a day, and says which to take instead."""
    if len(number) != SUBJECT or not NUMBER.fullmatch(number):
        entry.wrong("kle", _NUMBER)
        return
    found = resolve(kle, number, Level.SUBJECT, day)
    if found.doubt in {Doubt.UNKNOWN, Doubt.RETIRED}:
        others = ", ".join(found.proposals)
        entry.wrong(
            "kle", say("{number} is not in use on that day. Use instead: {others}.", number=number, others=others)
        )
