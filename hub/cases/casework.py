"""What a leader does with cases: opens one, says what is so of it from a day on, and takes back what is not."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from uuid_utils import uuid4

from hub.cases import actions, caseliststore, casestore, placestore
from hub.cases.case import ORDER, Case, Fact, What, ended, may_see, more, refuse_move, subject
from hub.cases.handover import HandOver
from hub.cases.practice import Area
from hub.citizens import citizen as rights_to
from hub.citizens import store as citizens
from hub.citizens.sealing import Seals as CitizenSeals
from hub.clock import micros
from hub.errors import NotFound
from hub.incidents.sealing import Seals
from hub.kle import klestore
from hub.people.access import may_see_unit
from hub.people.desk import Change
from hub.people.entry import Entry
from hub.people.faults import say
from hub.people.localtime import midnight
from hub.ports import Progress
from hub.storage import journal

LONGEST_NOTE = 4000
LONGEST = 200
# What a leader writes in words, and what is said where it is left empty.
IN_WORDS = {
    What.TITLE: say("Write what the case is called."),
    What.PARTY: say("Write who takes part, and as what."),
    What.BASIS: say("Write the rule, such as SEL § 108."),
    What.NOTE: say("Write the note."),
    What.GRANT: say("Write the number that the grant has."),
    What.HELD: say("Write why, so that others can understand it afterwards."),
    What.ARCHIVED: say("Write what the archive has confirmed it by."),
}
NOBODYS = say("A case of the work environment is the employer's own, and about no citizen.")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def open_case(change: Change, seals: Seals, form: Entry, citizen: str | None = None) -> str:
    """Opens a case of the register, or notes down one that is held elsewhere; its id."""
    area, since = form.choice("area", Area), _since(change, form)
    unit = form.one_of("unit", [one for one in change.site.units if may_see_unit(change.by, one)])
    if change.by.units and unit is None:
        form.wrong("unit", say("Choose one from the list."))
    if area is Area.WORK and citizen is not None:
        form.wrong("area", NOBODYS)
    title = form.needed("title", IN_WORDS[What.TITLE], LONGEST)
    elsewhere, which = _elsewhere(form, needed=False), form.raw("uuid").strip().lower()
    if which and not _UUID.fullmatch(which):
        form.wrong("uuid", say("Write its 36 characters, or leave it empty."))
    classed = await _classed(change, form, since) if form.raw("kle").strip() else None
    basis = form.text("basis", LONGEST)
    form.refuse_if_faulty()
    made = which or str(uuid4())
    if await casestore.find(change.tx, await seals.to_read(change.tx), change.of, made) is not None:
        form.wrong("uuid", say("This case is in the register already."))
        form.refuse_if_faulty()
    number = f"TH-S-{since:%Y}-{made.replace('-', '')[-12:]}"
    case = Case(change.of, made, number, area or Area.ADULTS, unit, None)
    await casestore.open_case(change.tx, case, since)
    await journal.append(
        change.tx, change.of, change.now, "case_opened", subject(made), change.by.name, {"area": case.area.value}
    )
    told = [(What.TITLE, "", title), (What.STATE, Progress.ARISEN.value, "")]
    told += [(What.CITIZEN, citizen, "")] if citizen is not None else []
    told += [(What.CLASSED, classed, "")] if classed is not None else []
    told += [(What.BASIS, "", basis)] if basis is not None else []
    told += [(What.ELSEWHERE, "", elsewhere)] if elsewhere is not None else []
    for what, about, words in told:
        case = await _add(change, seals, case, Fact(0, what, since, change.by.name, change.now, about, words))
    return made


async def add(change: Change, seals: Seals, form: Entry, way: HandOver, which: str) -> None:
    """Says one more thing of a case, from a day on."""
    case, what = await known(change, seals, which), form.choice("what", What)
    last = case.now(What.STATE) if what is What.STATE else None
    since = _since(change, form, last.since if last is not None else None)
    about, words = await _said(change, seals, form, case, what, since)
    form.refuse_if_faulty()
    if what is None:
        return
    if what is What.STATE:
        refuse_move(case, Progress(about), since, change.now)
    await _add(change, seals, case, Fact(0, what, since, change.by.name, change.now, about, words))
    if what is What.STATE:
        await _told_incidents(change, way, which)


async def end(change: Change, seals: Seals, way: HandOver, which: str, number: int) -> None:
    """Something is so no more; that it was stays in the history."""
    case = await known(change, seals, which)
    over = ended(case, number)
    await _add(change, seals, case, Fact(0, What.OVER, change.now, change.by.name, change.now, str(number)))
    if over.what is What.STATE:
        await _told_incidents(change, way, which)


async def known(change: Change, seals: Seals, which: str) -> Case:
    """A case that is whoever asks's to see to."""
    found = await casestore.find(change.tx, await seals.to_read(change.tx), change.of, which)
    if found is None or not may_see(change.by, found):
        raise NotFound("No such case here.")
    return found


def _since(change: Change, form: Entry, earliest: datetime | None = None) -> datetime:
    """The moment from which something is so: the beginning of the day that was written, or now."""
    zone, chosen = ZoneInfo(change.site.institution.timezone), form.day("since")
    if chosen is None:
        return change.now
    today = change.now.astimezone(zone).date()
    if chosen > today:
        form.wrong("since", say("This day has not come: choose one that has."))
    found = change.now if chosen == today else midnight(chosen, zone)
    # What began in the middle of that day is not moved on before it.
    return earliest if earliest is not None and earliest.astimezone(zone).date() == chosen else found


async def _said(
    change: Change, seals: Seals, form: Entry, case: Case, what: What | None, since: datetime
) -> tuple[str, str]:
    """What a form says of a case: an id or a code, and words."""
    about = words = ""
    match what:
        case What.STATE:
            about = form.one_of("state", [one.value for one in ORDER]) or ORDER[0].value
        case What.CLASSED:
            about = await _classed(change, form, since)
        case What.CASE:
            about = await _other(change, seals, form, case)
        case What.CITIZEN:
            about = await _citizen(change, seals, form, case)
        case What.ELSEWHERE:
            words = _elsewhere(form, needed=True) or ""
        case What.NOTE:
            words = _note(form)
        case What.TITLE | What.PARTY | What.BASIS | What.GRANT | What.HELD | What.ARCHIVED:
            words = form.needed("words", IN_WORDS[what], LONGEST)
        case _:
            form.wrong("what", say("Choose one from the list."))
    return about, words


def _note(form: Entry) -> str:
    text = form.raw("words").strip()
    if not text:
        form.wrong("words", IN_WORDS[What.NOTE])
    elif len(text) > LONGEST_NOTE:
        form.wrong("words", say("This is {n} characters too long: shorten it.", n=len(text) - LONGEST_NOTE))
    return text


def _elsewhere(form: Entry, *, needed: bool) -> str | None:
    """The system that holds it and its number there, which go together."""
    system, reference = form.text("system", LONGEST), form.text("reference", LONGEST)
    if system is None and reference is None and not needed:
        return None
    if system is None:
        form.wrong("system", say("Write what the case system is called."))
    if reference is None:
        form.wrong("reference", say("Write the number that it has there."))
    return f"{system}\n{reference}"


async def _classed(change: Change, form: Entry, since: datetime) -> str:
    number = form.raw("kle").strip()
    on = since.astimezone(ZoneInfo(change.site.institution.timezone)).date()
    actions.check_number(form, await klestore.kle(change.tx), number, on)
    return f"{number} {actions.check_facet(form)}"


async def _other(change: Change, seals: Seals, form: Entry, case: Case) -> str:
    """The one other case that has the number that was written, here or where it is held."""
    seal = await seals.to_read(change.tx)
    ids = await caseliststore.numbered(change.tx, seal, change.of, form.raw("other"))
    found = [one for one in await casestore.some(change.tx, seal, change.of, ids) if may_see(change.by, one)]
    if len(found) != 1 or found[0].id == case.id:
        form.wrong("other", say("No one other case of yours has this number: write it as it stands on the case."))
        return ""
    return found[0].id


async def _citizen(change: Change, seals: Seals, form: Entry, case: Case) -> str:
    if case.area is Area.WORK:
        form.wrong("citizen", NOBODYS)
    own = await CitizenSeals((await seals.to_read(change.tx)).vault).to_read(change.tx, change.of)
    found = await citizens.find(change.tx, own, form.raw("citizen"))
    if found is None or not rights_to.may_read(change.by, found):
        form.wrong("citizen", say("Choose one from the list."))
    return form.raw("citizen")


async def _add(change: Change, seals: Seals, case: Case, new: Fact) -> Case:
    after = more(case, new)
    added = after.facts[-1]
    await casestore.add(change.tx, await seals.to_write(change.tx), after)
    facts = {"number": added.number, "what": new.what.value, "since": micros(new.since)}
    facts |= {"about": new.about} if new.about else {}
    await journal.append(change.tx, change.of, change.now, "case_fact", subject(case.id), change.by.name, facts)
    return after


async def _told_incidents(change: Change, way: HandOver, which: str) -> None:
    """Where a case ends with the service, what was recorded on it ends with the case."""
    for incident in await placestore.on(change.tx, change.of, which):
        await way.record(change.tx, change.of, incident, change.by.name, signed=False)
