"""Swaps, wishes and what people are told of their shifts, over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from hub.clock import rfc3339
from hub.errors import Forbidden, Invalid
from hub.people import access
from hub.people.access import Principal
from hub.people.site import Site
from hub.roster import newsstore, swapstore, telling, wishes, wishstore
from hub.roster.news import Wants
from hub.roster.resting import spoken
from hub.roster.swap import Part, Swap
from hub.roster.swapping import LONGEST_NOTE, RECENT, Swaps, may_see
from hub.roster.wishstore import Want
from hub.web.api import PROBLEMS, Caller, Hub, Token
from hub.web.frames import Flag, Moment, Name, Sent
from hub.web.language import words
from hub.web.services import Services

router = APIRouter(prefix="/api", responses=PROBLEMS)

Which = Annotated[str, Path(max_length=200)]
Why = Annotated[str, Field(min_length=1, max_length=500)]


class Offer(Sent):
    """A shift that the caller wants to be rid of."""

    shift: Name
    to: Name | None = Field(default=None, description="A colleague; left out, everybody who is qualified.")
    in_return: Name | None = Field(default=None, description="The shift of theirs that the caller wants for it.")
    note: str | None = Field(default=None, max_length=LONGEST_NOTE)


class Approval(Sent):
    """A yes of somebody who leads the unit."""

    why: Why | None = Field(default=None, description="Needed where a rest rule is broken; it is kept.")


class Refusal(Sent):
    """A no of somebody who leads the unit."""

    why: Why


class NewWish(Sent):
    """When the caller would like to work, or would rather not."""

    starts: Moment
    ends: Moment
    want: Want
    strength: int = Field(ge=1, le=3, strict=True, description="From 1, if it fits, to 3, it matters much.")
    note: str | None = Field(default=None, max_length=wishes.LONGEST_NOTE)


class ToldOf(Sent):
    """What the caller wants to be told of their own shifts."""

    minutes: Annotated[int, Field(ge=telling.SHORTEST, le=telling.LONGEST, strict=True)] | None = Field(
        description="So long before each shift; null is not at all."
    )
    changes: Flag = Field(description="When somebody else has changed them.")


@router.get("/swaps")
async def list_swaps(hub: Hub, by: Caller) -> dict[str, Any]:
    """The swaps that concern the caller: those that wait, and what became of the latest."""
    async with hub.database.read() as tx:
        site = await hub.sites.get(tx, by.institution)
        found = await swapstore.current(tx, by.institution, hub.clock.now() - RECENT)
    return {"swaps": [swap_json(one, site) for one in found if may_see(by, site, one)]}


@router.post("/swaps", status_code=201)
async def offer(hub: Hub, token: Token, by: Caller, body: Offer) -> dict[str, Any]:
    """Offer one of your shifts to a colleague, perhaps for one of theirs, or to everybody who is qualified."""
    return await _shown(hub, by, await _swaps(hub).offer(token, body.shift, body.to, body.in_return, body.note))


@router.get("/swaps/{swap}/breaches")
async def breaches(hub: Hub, token: Token, swap: Which, request: Request) -> dict[str, Any]:
    """What a swap would break of the rest rules, if you said yes to it, and whether it then waits for approval."""
    seen, say = await _swaps(hub).look(token, swap), words(request)
    said = [spoken(one, seen.site, seen.book, say) for one in seen.breaches]
    return {"swap": swap, "breaches": said, "approval": seen.approval}


@router.post("/swaps/{swap}/accept")
async def accept(hub: Hub, token: Token, by: Caller, swap: Which) -> dict[str, Any]:
    """Take a shift that was offered; it is in the roster at once, unless it waits for approval."""
    return await _shown(hub, by, await _swaps(hub).accept(token, swap))


@router.post("/swaps/{swap}/decline")
async def decline(hub: Hub, token: Token, by: Caller, swap: Which) -> dict[str, Any]:
    """Say no, or take back a yes that nobody has approved yet."""
    return await _shown(hub, by, await _swaps(hub).decline(token, swap))


@router.post("/swaps/{swap}/withdraw")
async def withdraw(hub: Hub, token: Token, by: Caller, swap: Which) -> dict[str, Any]:
    """Keep the shift that you have offered."""
    return await _shown(hub, by, await _swaps(hub).withdraw(token, swap))


@router.post("/swaps/{swap}/approve")
async def approve(hub: Hub, token: Token, by: Caller, swap: Which, body: Approval) -> dict[str, Any]:
    """Let a swap hold that waits for you, with the reason where it breaks a rest rule."""
    return await _shown(hub, by, await _swaps(hub).approve(token, swap, body.why))


@router.post("/swaps/{swap}/refuse")
async def refuse(hub: Hub, token: Token, by: Caller, swap: Which, body: Refusal) -> dict[str, Any]:
    """Say no to a swap that waits for you."""
    return await _shown(hub, by, await _swaps(hub).refuse(token, swap, body.why))


@router.get("/wishes")
async def list_wishes(
    hub: Hub, by: Caller, unit: Annotated[str | None, Query(max_length=200)] = None
) -> dict[str, Any]:
    """Your own wishes; with a unit that you lead, those of everybody in it."""
    now = hub.clock.now()
    async with hub.database.read() as tx:
        site = await hub.sites.get(tx, by.institution)
        found = await wishstore.wishes(tx, by.institution, now, now + wishes.AHEAD)
    if unit is None:
        return {"wishes": [wishes.wish_json(one, site) for one in found if one.person == by.person]}
    if unit not in site.units:
        raise Invalid(f"unit: there is no unit {unit!r} here; it has {', '.join(site.units)}")
    if not access.leads(by, unit):
        raise Forbidden("The wishes of others are for those who lead the unit to see.")
    theirs = {one.id for one in site.people.values() if not one.units or unit in one.units}
    return {"wishes": [wishes.wish_json(one, site) for one in found if one.person in theirs]}


@router.post("/wishes", status_code=201)
async def make_wish(hub: Hub, token: Token, by: Caller, body: NewWish) -> dict[str, Any]:
    """Say when you would like to work, or would rather not; whoever plans reads it."""
    made = await hub.desk.change(
        by.institution,
        token,
        lambda change: wishes.make(change, body.starts, body.ends, body.want, body.strength, body.note),
        _anybody,
    )
    async with hub.database.read() as tx:
        return wishes.wish_json(made, await hub.sites.get(tx, by.institution))


@router.delete("/wishes/{wish}")
async def take_wish_back(hub: Hub, token: Token, by: Caller, wish: Which) -> dict[str, Any]:
    """Take one of your wishes back."""
    await hub.desk.change(by.institution, token, lambda change: wishes.take_back(change, wish), _anybody)
    return {"id": wish}


@router.get("/shift-telling")
async def told_of(hub: Hub, by: Caller) -> dict[str, Any]:
    """What you are told of your own shifts, by the first of your own channels that the hub has."""
    async with hub.database.read() as tx:
        wants = (await newsstore.chosen(tx, by.institution)).get(by.person or "", Wants())
    return {"minutes": wants.minutes, "changes": wants.changes}


@router.put("/shift-telling")
async def tell_of(hub: Hub, token: Token, by: Caller, body: ToldOf) -> dict[str, Any]:
    """Choose what you are told of your own shifts."""
    wants = Wants(body.minutes, body.changes)
    await hub.desk.change(by.institution, token, lambda change: telling.choose(change, wants), _anybody)
    return {"minutes": wants.minutes, "changes": wants.changes}


def _anybody(by: Principal) -> bool:
    return by.person is not None


def _swaps(hub: Services) -> Swaps:
    return Swaps(hub.database, hub.clock)


async def _shown(hub: Services, by: Principal, one: Swap) -> dict[str, Any]:
    async with hub.database.read() as tx:
        return swap_json(one, await hub.sites.get(tx, by.institution))


def swap_json(one: Swap, site: Site) -> dict[str, Any]:
    """A swap as it is shown."""

    def named(who: str | None) -> str | None:
        return site.people[who].name if who is not None and who in site.people else who

    return {
        "id": one.id,
        "state": one.state.value,
        "giver": one.giver,
        "giver_name": named(one.giver),
        "gives": _part(one.gives),
        "asked": one.asked,
        "asked_name": named(one.asked),
        "in_return": _part(one.wants) if one.wants is not None else None,
        "taker": one.taker,
        "taker_name": named(one.taker),
        "note": one.note,
        "why": one.why,
        "made_at": rfc3339(one.made_at),
        "version": one.version,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "shift": part.shift,
        "unit": part.unit,
        "duty": part.duty.value,
        "from": rfc3339(part.starts),
        "to": rfc3339(part.ends),
    }
