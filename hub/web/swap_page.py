"""The page of swaps and wishes: what one is asked, what one has asked, and what waits for a shift lead."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.alarms.events import name_of
from hub.errors import HubError, NotFound
from hub.people import access
from hub.people.access import Principal
from hub.people.entry import Entry
from hub.people.faults import Text, say
from hub.people.localtime import period
from hub.roster import absencestore, newsstore, store, swapstore, telling, wishes, wishstore
from hub.roster.handover import qualified, standing
from hub.roster.news import Wants
from hub.roster.resting import AHEAD, spoken
from hub.roster.shift import Shift
from hub.roster.shift import standing as still_worked
from hub.roster.swap import Part, State, Swap
from hub.roster.swapping import LONGEST_NOTE, RECENT, Swaps
from hub.roster.wishstore import Want, Wish
from hub.web.admin import Desks, Visit
from hub.web.pages import Pages

PATH, NEW = "/swaps", "/swaps/new"
# The page says of each what it would break; those that begin first come first.
MOST = 20
DONE = f"{PATH}?done=1"


def may_enter(by: Principal) -> bool:
    return by.person is not None


async def page(visit: Visit) -> Response:
    now, me = visit.hub.clock.now(), visit.by.person or ""
    async with visit.reading() as tx:
        found = await swapstore.current(tx, visit.by.institution, now - RECENT)
        shifts = await _coming(visit, me)
        wished = await wishstore.wishes(tx, visit.by.institution, now, now + wishes.AHEAD)
        wants = (await newsstore.chosen(tx, visit.by.institution)).get(me, Wants())
    asked = [one for one in found if _asks(visit, one)][:MOST]
    waiting = [one for one in found if one.state is State.AGREED and _approves(visit, one)][:MOST]
    on_offer = {one.gives.shift for one in found if one.live}
    return await visit.show(
        "swaps.html",
        none_entered=Entry(),
        asked=[await _weighed(visit, one, approves=False) for one in asked],
        waiting=[await _weighed(visit, one, approves=True) for one in waiting],
        mine=[_line(visit, one) for one in reversed(found) if me in (one.giver, one.taker)],
        shifts=[(one.id, _words(visit, one), one.id in on_offer) for one in shifts],
        wishes=[(one.id, _wish(visit, one)) for one in wished if one.person == me],
        others=[(name_of(visit.site, one.person), _wish(visit, one)) for one in wished if _reads(visit, one.person)],
        wants=wants,
        wants_choices=[(want.value, _said(visit, text)) for want, text in _WANTED.items()],
        strengths=[(str(number), _said(visit, text)) for number, text in _STRENGTHS.items()],
    )


async def act(visit: Visit) -> str:
    entry, swaps = visit.entry, Swaps(visit.hub.database, visit.hub.clock)
    does, which = entry.raw("do"), entry.raw("swap")
    if does == "accept":
        await swaps.accept(visit.token, which)
    elif does == "decline":
        await swaps.decline(visit.token, which)
    elif does == "withdraw":
        await swaps.withdraw(visit.token, which)
    elif does in ("approve", "refuse"):
        why = entry.why(needed=does == "refuse")
        entry.refuse_if_faulty()
        await (
            swaps.approve(visit.token, which, why)
            if why is None or does == "approve"
            else swaps.refuse(visit.token, which, why)
        )
    elif does == "wish":
        await _make_wish(visit)
    elif does == "take-back":
        await visit.change(lambda change: wishes.take_back(change, entry.raw("wish")), may_enter)
    elif does == "tell":
        await _choose(visit)
    else:
        raise NotFound("There is no such thing to do here.")
    return DONE


async def new(visit: Visit) -> Response:
    """Offering a shift, in two steps: to whom, and then what for."""
    me, asked = visit.by.person or "", visit.request.query_params
    async with visit.reading() as tx:
        part = await standing(tx, visit.by.institution, me, asked.get("shift", ""))
    colleagues = [
        (one.id, one.name) for one in visit.site.people.values() if one.id != me and qualified(visit.site, one.id, part)
    ]
    to = asked.get("to")
    theirs: Sequence[Shift] = ()
    if to in dict(colleagues):
        theirs = [one for one in await _coming(visit, to) if qualified(visit.site, me, Part.of(one))]
    return await visit.show(
        "swap_new.html",
        part=part,
        words=_words(visit, part),
        colleagues=colleagues,
        to=to,
        to_name=dict(colleagues).get(to or "", ""),
        theirs=[(one.id, _words(visit, one)) for one in theirs],
        longest=LONGEST_NOTE,
    )


async def send(visit: Visit) -> str:
    entry = visit.entry
    note, back = entry.text("note", LONGEST_NOTE), entry.raw("in_return") or None
    entry.refuse_if_faulty()
    swaps = Swaps(visit.hub.database, visit.hub.clock)
    await swaps.offer(visit.token, entry.raw("shift"), entry.raw("to") or None, back, note)
    return DONE


async def _coming(visit: Visit, who: str) -> list[Shift]:
    now, of = visit.hub.clock.now(), visit.by.institution
    async with visit.reading() as tx:
        shifts = await store.shifts_of(tx, of, who, now, now + AHEAD)
        away = await absencestore.absences_of(tx, of, who, now, now + AHEAD)
    return [one for one in still_worked(shifts, away) if one.starts > now]


def _asks(visit: Visit, one: Swap) -> bool:
    """Whether it waits for a word of whoever looks."""
    me = visit.by.person or ""
    if one.state is not State.OPEN or one.giver == me or me in one.declined:
        return False
    return one.asked == me or (one.asked is None and qualified(visit.site, me, one.gives))


def _approves(visit: Visit, one: Swap) -> bool:
    return not one.involves(visit.by.person) and all(access.leads(visit.by, part.unit) for part in one.parts)


def _reads(visit: Visit, who: str) -> bool:
    """Whether somebody else's wishes are for whoever looks to read."""
    person = visit.site.people.get(who)
    if person is None or who == visit.by.person:
        return False
    return any(access.leads(visit.by, unit) for unit in person.units or (None,))


async def _weighed(visit: Visit, one: Swap, *, approves: bool) -> Mapping[str, Any]:
    """A swap with what it would break, or with what keeps it from being done."""
    line, swaps = _line(visit, one), Swaps(visit.hub.database, visit.hub.clock)
    try:
        seen = await swaps.look(visit.token, one.id, approves=approves)
    except HubError as refusal:
        text = getattr(refusal, "text", Text(refusal.detail))
        return line | {"obstacle": _said(visit, text), "breaches": [], "approval": False}
    said = [spoken(breach, seen.site, seen.book, visit.texts) for breach in seen.breaches]
    return line | {"obstacle": "", "breaches": said, "approval": seen.approval}


def _line(visit: Visit, one: Swap) -> dict[str, Any]:
    me = visit.by.person
    return {
        "id": one.id,
        "giver": name_of(visit.site, one.giver),
        "taker": name_of(visit.site, one.taker) if one.taker is not None else "",
        "asked": name_of(visit.site, one.asked) if one.asked is not None else "",
        "by_name": one.asked == me,
        "gives": _words(visit, one.gives),
        "wants": _words(visit, one.wants) if one.wants is not None else "",
        "note": one.note or "",
        "why": one.why or "",
        "state": _said(visit, _STATES[one.state]),
        "live": one.live,
        "done": one.state is State.DONE,
        "own": one.giver == me,
        "noes": len(one.declined),
    }


_WANTED: Mapping[Want, Text] = {Want.FREE: say("I would rather be off"), Want.WORK: say("I would like to work")}
_STRENGTHS: Mapping[int, Text] = {1: say("If it fits"), 2: say("It matters"), 3: say("It matters much")}
_STATES: Mapping[State, Text] = {
    State.OPEN: say("Waits for an answer"),
    State.AGREED: say("Waits for approval"),
    State.DONE: say("Swapped"),
    State.DECLINED: say("Said no to"),
    State.REFUSED: say("Not approved"),
    State.WITHDRAWN: say("Withdrawn"),
    State.EXPIRED: say("Nobody took it"),
}


def _said(visit: Visit, text: Text) -> str:
    return visit.texts(text.msgid, **text.values)


def _words(visit: Visit, one: Part | Shift) -> str:
    unit = visit.site.units.get(one.unit)
    when = period(one.starts, one.ends, _zone(visit), visit.texts)
    return f"{when} · {unit.name if unit is not None else one.unit}"


def _zone(visit: Visit) -> ZoneInfo:
    return ZoneInfo(visit.site.institution.timezone)


def _wish(visit: Visit, one: Wish) -> str:
    when = period(one.starts, one.ends, _zone(visit), visit.texts)
    said = f"{when}: {_said(visit, _WANTED[one.want])} · {_said(visit, _STRENGTHS[one.strength])}"
    return f"{said} · {one.note}" if one.note else said


async def _make_wish(visit: Visit) -> None:
    entry = visit.entry
    starts, ends = visit.entry.moment("starts", _zone(visit)), visit.entry.moment("ends", _zone(visit))
    want, note = entry.choice("want", Want), entry.text("wish-note", wishes.LONGEST_NOTE)
    strength = entry.one_of("strength", [str(one) for one in wishes.STRENGTHS])
    entry.refuse_if_faulty()
    if starts is not None and ends is not None and want is not None:
        number = int(strength or "1")
        await visit.change(lambda change: wishes.make(change, starts, ends, want, number, note), may_enter)


async def _choose(visit: Visit) -> None:
    written = visit.entry.raw("minutes").strip()
    if written and not (written.isascii() and written.isdigit() and len(written) <= 4):
        shortest, longest = telling.SHORTEST, telling.LONGEST
        visit.entry.wrong(
            "minutes", say("Write a number of minutes from {first} to {last}.", first=shortest, last=longest)
        )
        visit.entry.refuse_if_faulty()
    wants = Wants(int(written) if written else None, bool(visit.entry.raw("changes")))
    await visit.change(lambda change: telling.choose(change, wants), may_enter)


def swap_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of the page and of its forms."""
    desks = Desks(pages)
    return [
        desks.page(PATH, page, may_enter),
        desks.form(PATH, act, page, may_enter),
        desks.page(NEW, new, may_enter),
        desks.form(NEW, send, new, may_enter),
    ]
