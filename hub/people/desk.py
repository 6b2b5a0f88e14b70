"""Where an institution is changed by hand: one transaction, by somebody who may, in the journal with the reason."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from hub.clock import Clock
from hub.people import access, deskstore, tables
from hub.people.access import Principal
from hub.people.changes import changed
from hub.people.faults import NotYours, Overtaken, say
from hub.people.localtime import shown
from hub.people.setup import as_slug
from hub.people.site import Site
from hub.people.store import principal
from hub.people.store import site as read_site
from hub.storage import journal
from hub.storage.database import Database, Reader, Row, Transaction

T = TypeVar("T")

LONGEST_ID = 40
# More than anybody can have missed while a form stood open.
MOST_MISSED = 10_000
May = Callable[[Principal], bool]


@dataclass(slots=True)
class Change:
    """One change while it is made: who makes it, to what, and why."""

    tx: Transaction
    now: datetime
    by: Principal
    site: Site
    why: str | None = None
    missed: Sequence[journal.Entry] = ()
    """What was changed since whoever asks looked at it."""

    @property
    def of(self) -> str:
        return self.by.institution

    async def note(self, event: str, subject: str, facts: Mapping[str, Any], *, in_file: bool = True) -> None:
        """Writes down what was done; `in_file` is what a site file would tell too, and now tells wrongly."""
        self.refuse_if_overtaken(event, subject)
        entry = await changed(self.tx, self.by, self.now, event, subject, facts)
        if in_file:
            await deskstore.edited(self.tx, self.of, self.now)
        if self.why is not None:
            await deskstore.keep_reason(self.tx, self.of, entry.seq, self.why)

    def refuse_if_overtaken(self, event: str, subject: str | None = None) -> None:
        """Lets nobody undo what they have not seen: the same thing, changed meanwhile by somebody else."""
        for one in self.missed:
            if one.event == event and subject in (one.subject, None) and one.actor != self.by.name:
                person = self.site.people.get(one.actor or "")
                raise Overtaken(
                    say(
                        "{who} changed this meanwhile ({time}): see what it says now. Send again if yours is to stand.",
                        who=person.name if person is not None else one.actor,
                        time=shown(one.at, self.site.institution.timezone),
                    )
                )

    async def new_id(self, kept: tables.Kept, name: str) -> str:
        """An id made of the name that nobody in the list has or ever had."""
        taken = await self.present(kept)
        slug = as_slug(name)[:LONGEST_ID]
        tries = (slug if n == 1 else f"{slug}-{n}" for n in range(1, len(taken) + 2))
        return next(one for one in tries if one not in taken)

    async def present(self, kept: tables.Kept) -> dict[str, Row]:
        return await deskstore.present(self.tx, kept, self.of)

    async def add(self, kept: tables.Kept, **values: Any) -> None:
        await deskstore.add(self.tx, kept, self.of, **values)

    async def change(self, kept: tables.Kept, row: Row, **values: Any) -> None:
        await deskstore.change(self.tx, kept, self.of, row, **values)

    async def end(self, kept: tables.Kept, which: str) -> None:
        await deskstore.end(self.tx, kept, self.of, which, self.now)


Work = Callable[[Change], Awaitable[T]]


class Desk:
    """Changes institutions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def change(
        self, of: str, token: str, work: Work[T], may: May = access.administers, seen: int | None = None
    ) -> T:
        """Does the work whole or not at all, if whoever holds the token still may.

        `seen` is how far the journal had come when they looked at what they change; None does not ask.
        """

        async def action(tx: Transaction) -> T:
            now = self._clock.now()
            by = await principal(tx, token, now)
            if not may(by):
                raise NotYours(say("This is for those who manage the institution: ask one of them."))
            missed = [] if seen is None else await journal.after_of(tx, of, seen, MOST_MISSED, CHANGES)
            return await work(Change(tx, now, by, await read_site(tx, by.institution), missed=missed))

        return await self._database.write(action, of=of)

    async def exported(self, of: str, by: Principal, what: str) -> None:
        """Writes down that somebody took a list out of the hub."""

        async def action(tx: Transaction) -> None:
            await journal.append(tx, of, self._clock.now(), "exported", what, by.name)

        await self._database.write(action, of=of)


# What the pages show as the latest changes; whatever else stands in the journal has pages of its own.
CHANGES = frozenset(
    {"site_set_up", "institution_changed", "rules_changed", "code_made", "exported", "session_ended"}
    | {f"unit_{what}" for what in ("added", "changed", "retired", "quietened")}
    | {"plan_drawn", "plan_removed", "rooms_placed", "card_written"}
    | {f"person_{what}" for what in ("added", "changed", "retired", "first_sign_in")}
    | {f"device_{what}" for what in ("enrolled", "revoked")}
    | {f"contact_{what}" for what in ("added", "changed", "retired")}
    | {f"substitute_{what}" for what in ("came", "left")}
    | {"case_practice_changed", "case_area_chosen", "case_way_changed", "case_keeper_chosen"}
)


@dataclass(frozen=True, slots=True)
class Told:
    """One change as the journal has it, with its reason."""

    entry: journal.Entry
    why: str | None


async def latest(tx: Reader, of: str, most: int) -> list[Told]:
    """The newest changes, with why they were made."""
    whys = await deskstore.reasons(tx, of)
    return [Told(entry, whys.get(entry.seq)) for entry in await journal.newest_of(tx, of, most, CHANGES)]
