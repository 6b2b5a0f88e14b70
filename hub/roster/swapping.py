"""Swaps step by step: each checked, written down, and in the live roster the moment that it holds."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from uuid_utils import uuid7

from hub.clock import Clock, micros
from hub.errors import Conflict, Invalid, NotFound
from hub.people import access, deskstore, tables
from hub.people.access import Principal
from hub.people.faults import FieldProblem, NotYours, Refused, say
from hub.people.site import Role, Site
from hub.people.store import principal
from hub.people.store import site as read_site
from hub.roster import handover, newsstore, resting, swap, swapstore
from hub.roster.actions import TRIES, Planned, changed, put
from hub.roster.handover import qualified
from hub.roster.news import Kind, News, span
from hub.roster.rest import Breach, RestBook
from hub.roster.swap import State, Swap
from hub.roster.wishes import wisher
from hub.storage import journal
from hub.storage.database import Database, Reader, Transaction

LONGEST_NOTE = 300
# So long what has become of a swap is shown to those in it.
RECENT = timedelta(days=14)
Rule = Callable[[Swap, str, datetime], Swap]


@dataclass(frozen=True, slots=True)
class Look:
    """A swap as whoever asks sees it now, and what it would do if they said yes."""

    by: Principal
    site: Site
    swap: Swap
    planned: Planned
    breaches: Sequence[Breach]
    book: RestBook

    @property
    def approval(self) -> bool:
        """Whether somebody who leads the unit must say yes too: where the unit wants it, or a rest rule is broken."""
        units = [self.site.units[part.unit] for part in self.swap.parts if part.unit in self.site.units]
        return bool(self.breaches) or any(unit.approves_swaps for unit in units)


class Swaps:
    """Offers, asks, answers and ends swaps."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def offer(
        self, token: str, shift: str, to: str | None = None, in_return: str | None = None, note: str | None = None
    ) -> Swap:
        """Offers a shift of one's own to a colleague, perhaps for one of theirs, or to everybody who is qualified."""
        if in_return is not None and to is None:
            raise Invalid("in_return: a shift in return is somebody's; say whose in to")
        by, site = await self._who(token)
        who = wisher(by)

        async def action(tx: Transaction) -> Swap:
            now = self._clock.now()
            gives = await handover.standing(tx, by.institution, who, shift)
            wants = None
            if to is not None:
                if to == who or not qualified(site, to, gives):
                    raise FieldProblem({"to": say("Ask a colleague who belongs to the shift's unit.")})
                if in_return is not None:
                    wants = await handover.standing(tx, by.institution, to, in_return)
                    if not qualified(site, who, wants):
                        raise FieldProblem({"in_return": say("This shift is in a unit that is not yours.")})
            made = Swap(str(uuid7()), by.institution, who, gives, now, now, to, wants, note or None)
            if made.begins <= now:
                raise Refused(say("The shift has begun: now only a shift lead can say who covers it."))
            if await swapstore.offered(tx, by.institution, shift):
                raise Refused(say("This shift is on offer already: withdraw that first."))
            await swapstore.add(tx, made)
            await self._note(tx, "swap_offered", made, by.name, now)
            await newsstore.add(tx, _offered(made, site, now))
            return made

        return await self._database.write(action, of=by.institution)

    async def accept(self, token: str, which: str) -> Swap:
        """Takes a shift that was offered: at once, or once somebody who leads the unit has said yes."""
        return await self._say_yes(token, which, None)

    async def approve(self, token: str, which: str, why: str | None = None) -> Swap:
        """Lets a swap hold that a unit wants to approve, or that breaks a rest rule for the reason given."""
        return await self._say_yes(token, which, why, approves=True)

    async def _say_yes(self, token: str, which: str, why: str | None, *, approves: bool = False) -> Swap:
        for _ in range(TRIES):
            # Found out beside the writer, as an import is: a change meanwhile has it found out again.
            seen = await self.look(token, which, approves=approves)
            now = self._clock.now()
            if approves:
                if seen.breaches and not why:
                    raise FieldProblem({"why": say("Write why, so that others can understand it afterwards.")})
                new = swap.approved(seen.swap, wisher(seen.by), now, why)
            else:
                new = swap.accepted(seen.swap, wisher(seen.by), now, approval=seen.approval)
            write = partial(self._holds, seen=seen, new=new, why=why, now=now)
            if await self._database.write(write, of=new.institution):
                return new
        raise Conflict("The roster changed again and again meanwhile: try once more.")

    async def _holds(self, tx: Transaction, seen: Look, new: Swap, why: str | None, now: datetime) -> bool:
        if new.state is State.DONE and not await put(tx, new.institution, seen.planned, now):
            return False
        if not await swapstore.change(tx, seen.swap.version, new):
            raise Conflict("Somebody has answered this swap this very moment: look at it again.")
        if new.state is State.DONE:
            for breach in seen.breaches:
                await resting.accept(tx, seen.site, seen.by, breach, why or "", now)
            await changed(tx, new.institution, now, "swap_done", f"swap:{new.id}", seen.by.name, _facts(new))
        else:
            await self._note(tx, "swap_agreed", new, seen.by.name, now)
        await newsstore.add(tx, _said_yes(new, seen, now))
        return True

    async def decline(self, token: str, which: str) -> Swap:
        """Says no to what one was asked, or takes a yes back that nobody has approved."""
        return await self._step(token, which, swap.declined, "swap_declined")

    async def withdraw(self, token: str, which: str) -> Swap:
        """Keeps the shift that one has offered."""
        return await self._step(token, which, swap.withdrawn, "swap_withdrawn")

    async def refuse(self, token: str, which: str, why: str) -> Swap:
        """Says no to a swap that waits for approval."""

        def rule(seen: Swap, who: str, now: datetime) -> Swap:
            return swap.refused(seen, who, now, why)

        return await self._step(token, which, rule, "swap_refused", leading=True)

    async def expire(self, institution: str, which: str) -> None:
        """Ends a swap whose shift has begun."""

        async def action(tx: Transaction) -> None:
            now = self._clock.now()
            seen = await swapstore.find(tx, institution, which)
            new = swap.expired(seen, now) if seen is not None else None
            if seen is not None and new is not None and await swapstore.change(tx, seen.version, new):
                await self._note(tx, "swap_expired", new, None, now)
                await newsstore.add(tx, [News.of(institution, new.giver, Kind.EXPIRED, new.gives, now)])

        await self._database.write(action, of=institution)

    async def look(self, token: str, which: str, *, approves: bool = False) -> Look:
        """What a swap would do to the roster and to the rest of those in it."""
        async with self._database.read() as tx:
            by = await principal(tx, token, self._clock.now())
            site = await read_site(tx, by.institution)
            found = await _seen(tx, by, site, which)
            taker = found.taker if approves or found.taker is not None else wisher(by)
            if approves:
                _refuse_unless_leading(by, found)
            if taker is None:
                raise Refused(say("Nobody has said yes to this yet."))
            await _refuse_if_unfit(tx, site, found, taker)
            planned = await handover.planned(tx, found, taker)
            people = [taker, found.giver] if found.wants is not None else [taker]
            ends = max(part.ends for part in found.parts)
            known = await resting.known(tx, by.institution, found.begins, ends, people)
        breaches = await asyncio.to_thread(known.broken_by, planned)
        return Look(by, site, found, planned, breaches, known.book)

    async def _step(self, token: str, which: str, rule: Rule, event: str, *, leading: bool = False) -> Swap:
        by, site = await self._who(token)

        async def action(tx: Transaction) -> Swap:
            now = self._clock.now()
            seen = await _seen(tx, by, site, which)
            if leading:
                _refuse_unless_leading(by, seen)
            new = rule(seen, wisher(by), now)
            await swapstore.change(tx, seen.version, new)
            await self._note(tx, event, new, by.name, now)
            await newsstore.add(tx, _said_no(seen, new, by, now))
            return new

        return await self._database.write(action, of=by.institution)

    async def _who(self, token: str) -> tuple[Principal, Site]:
        async with self._database.read() as tx:
            by = await principal(tx, token, self._clock.now())
            return by, await read_site(tx, by.institution)

    async def _note(self, tx: Transaction, event: str, new: Swap, actor: str | None, now: datetime) -> None:
        await journal.append(tx, new.institution, now, event, f"swap:{new.id}", actor, _facts(new))


def may_see(by: Principal, site: Site, one: Swap) -> bool:
    """Those in it, those who could take it, and those who lead a unit of it."""
    if one.involves(by.person) or any(access.leads(by, part.unit) for part in one.parts):
        return True
    return one.asked is None and one.state is State.OPEN and qualified(site, by.person or "", one.gives)


async def _seen(tx: Reader, by: Principal, site: Site, which: str) -> Swap:
    found = await swapstore.find(tx, by.institution, which)
    if found is None or not may_see(by, site, found):
        raise NotFound("There is no such swap here.")
    return found


def _refuse_unless_leading(by: Principal, one: Swap) -> None:
    if not all(access.leads(by, part.unit) for part in one.parts):
        raise NotYours(say("A swap is for those who lead the unit to approve: ask a shift lead."))


async def _refuse_if_unfit(tx: Reader, site: Site, one: Swap, taker: str) -> None:
    parts = [(one.gives, taker), *([(one.wants, one.giver)] if one.wants is not None else [])]
    rows = await deskstore.present(tx, tables.PEOPLE, one.institution)
    for part, who in parts:
        if not qualified(site, who, part):
            raise Refused(say("This shift is in a unit that is not yours."))
        leaves = rows[who]["leaves_at"]
        if leaves is not None and leaves < micros(part.ends):
            raise Refused(say("A substitute's time here ends before this shift does."))


def _facts(one: Swap) -> dict[str, Any]:
    facts: dict[str, Any] = {"giver": one.giver, "shift": one.gives.shift, "unit": one.gives.unit}
    facts |= {"asked": one.asked} if one.asked is not None else {}
    facts |= {"taker": one.taker} if one.taker is not None else {}
    return facts | ({"in_return": one.wants.shift} if one.wants is not None else {})


def _offered(one: Swap, site: Site, now: datetime) -> list[News]:
    back = span(one.wants) if one.wants is not None else None
    if one.asked is not None:
        return [News.of(one.institution, one.asked, Kind.ASKED, one.gives, now, who=one.giver, back=back)]
    others = [who for who in site.people if who != one.giver and qualified(site, who, one.gives)]
    able = [who for who in others if site.people[who].units]
    return [News.of(one.institution, who, Kind.OFFERED, one.gives, now, who=one.giver) for who in able]


def _said_yes(new: Swap, seen: Look, now: datetime) -> list[News]:
    by, taker = seen.by.person, new.taker or ""
    if new.state is State.DONE:
        parties = [(new.giver, new.gives), (taker, new.wants or new.gives)]
        return [News.of(new.institution, who, Kind.DONE, part, now) for who, part in parties if who != by]
    told = [News.of(new.institution, new.giver, Kind.AGREED, new.gives, now, who=taker)]
    leads = approvers(seen.site, new)
    return told + [News.of(new.institution, who, Kind.TO_APPROVE, new.gives, now) for who in leads]


def approvers(site: Site, one: Swap) -> Collection[str]:
    """Who is asked to approve a swap: those who lead the shift's unit day by day, or else its managers."""
    here = [
        person
        for person in site.people.values()
        if not one.involves(person.id) and all(not person.units or part.unit in person.units for part in one.parts)
    ]
    leads = [person.id for person in here if person.role is Role.SHIFT_LEAD]
    return leads or [person.id for person in here if person.role in access.MANAGING]


def _said_no(seen: Swap, new: Swap, by: Principal, now: datetime) -> list[News]:
    of, who = new.institution, by.name
    if new.state is State.WITHDRAWN:
        other = seen.taker or seen.asked
        return [News.of(of, other, Kind.WITHDRAWN, new.gives, now, who=new.giver)] if other is not None else []
    if new.state is State.REFUSED:
        return [News.of(of, one, Kind.REFUSED, new.gives, now) for one in (new.giver, new.taker or "")]
    if new.state is State.DECLINED or seen.state is State.AGREED:
        return [News.of(of, new.giver, Kind.DECLINED, new.gives, now, who=who)]
    return []
