"""What can be asked of the register: who lives where, who has this number, and one citizen; each is written down."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub.citizens import store
from hub.citizens.citizen import Citizen, may_read, subject
from hub.citizens.number import read_number
from hub.citizens.sealing import Seals
from hub.clock import Clock
from hub.people.access import Principal
from hub.people.faults import Refused, say
from hub.storage import journal
from hub.storage.database import Database, Reader, Transaction


async def theirs(tx: Reader, seals: Seals, by: Principal) -> list[Citizen]:
    """The citizens whom somebody may read of."""
    return [one for one in await store.everybody(tx, await seals.to_read(tx, by.institution)) if may_read(by, one)]


async def asked_for(tx: Reader, seals: Seals, by: Principal, words: str) -> Sequence[Citizen]:
    """Whom somebody looks for: by a whole number, or by a part of the name."""
    number = read_number(words)
    mine = await theirs(tx, seals, by)
    if number is not None:
        return [one for one in mine if number in one.numbers]
    if any(sign.isdigit() for sign in words):
        raise Refused(say("Write the whole number, or a part of the name."))
    parts = words.casefold().split()
    return [one for one in mine if all(part in one.name.casefold() for part in parts)]


class Citizens:
    """The register as pages use it: what it is sealed with, and that somebody has read in it."""

    def __init__(self, database: Database, clock: Clock, seals: Seals) -> None:
        self._database = database
        self._clock = clock
        self.seals = seals

    async def looked(self, by: Principal, event: str, which: str | None, facts: Mapping[str, Any]) -> None:
        about = subject(which) if which is not None else "citizens"

        async def action(tx: Transaction) -> None:
            await journal.append(tx, by.institution, self._clock.now(), event, about, by.name, facts)

        await self._database.submit(action, by.institution, can_wait=True)
