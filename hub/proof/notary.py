"""Makes checkpoints: beside the alarms, from the hashes of the rows that came since the one before."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import structlog

from hub.clock import Clock, woken
from hub.errors import Conflict, HubError
from hub.storage import checkpoints, journal, proofkeys
from hub.storage.checkpoints import Checkpoint
from hub.storage.database import Database
from hub.storage.journal import Entry
from hub.storage.merkle import Peaks
from hub.storage.proofkeys import Signer
from hub.storage.vault import Vault

EVERY = timedelta(hours=1)
# How soon a journal that could not be signed is tried again.
AGAIN = timedelta(minutes=1)
# So few that adding them to the tree holds the event loop for some 2 ms.
AT_A_TIME = 500
CLOSED = "resolved"

_log = structlog.get_logger("hub.proof")


class Notary:
    """Signs what each journal is: every hour, and when an alarm is over."""

    def __init__(self, database: Database, clock: Clock, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._sooner = asyncio.Event()
        self._closed: dict[str, list[str]] = {}
        self._failing: dict[str, tuple[datetime, str]] = {}
        database.listen(self._noticed)

    async def run(self) -> None:
        """Makes checkpoints for ever; after a restart it goes on where it was."""
        while True:
            await woken(self._sooner, self._clock, await self.look())

    def failing(self) -> Sequence[tuple[str, datetime, str]]:
        """The journals that are not signed: institution, since when, and why."""
        return [(of, since, why) for of, (since, why) in self._failing.items()]

    def _noticed(self, facts: Sequence[object]) -> None:
        for fact in facts:
            if isinstance(fact, Entry) and fact.event == CLOSED and fact.subject is not None:
                self._closed.setdefault(fact.institution, []).append(fact.subject)
                self._sooner.set()

    async def look(self) -> datetime:
        """Makes all that are due, and says when the next one is."""
        now = self._clock.now()
        closed, self._closed = self._closed, {}
        for institution, alarms in closed.items():
            # What closed while the last one was signed shares the next: a checkpoint holds all that came before it.
            await self._try(institution, f"closed alarm {', '.join(alarms)}")
        async with self._database.read() as tx:
            made = await checkpoints.newest_of_each(tx)
            known = await journal.institutions(tx)
        due = [of for of in known if of in self._failing or of not in made or made[of][1] + EVERY <= now]
        for institution in due:
            await self._try(institution, "the hour")
        again = [now + AGAIN] if self._failing else []
        return min([*again, *(made[of][1] + EVERY for of in known if of not in due)], default=now + EVERY)

    async def _try(self, institution: str, why: str) -> None:
        try:
            await self.checkpoint(institution, why)
        except HubError as refusal:
            since, _ = self._failing.get(institution, (self._clock.now(), ""))
            self._failing[institution] = since, refusal.detail
            _log.warning("no checkpoint was made", institution=institution, why=refusal.detail)
        else:
            self._failing.pop(institution, None)

    async def checkpoint(
        self, institution: str, why: str, lines: Sequence[str] = (), signers: Sequence[Signer] = ()
    ) -> Checkpoint:
        """Signs what the journal is now, with the newest key unless others are given."""
        signers = signers or [await self.signer()]
        while True:
            async with self._database.read() as tx:
                before = await checkpoints.newest(tx, institution)
                reached = await journal.cursor(tx, institution)
            tree, last = await self._grown(institution, before, reached)
            now = self._clock.now()
            number = before.number + 1 if before is not None else 1
            text = checkpoints.written(institution, number, tree, last, now, [f"for {why}", *lines])
            note = proofkeys.signed(text, signers)
            new = Checkpoint(institution, number, tree.size, last[0], now, tree.peaks, note)
            # False if another hub was quicker: then this one comes after it.
            if await self._database.write(partial(checkpoints.add, new=new)):
                return new

    async def rotate(self) -> Signer:
        """A new key, which a checkpoint of every journal names, signed with the old key and with the new one."""
        old = await self.signer()
        new = proofkeys.fresh(old.public.number + 1, self._clock.now())
        async with self._database.read() as tx:
            known = await journal.institutions(tx)
        # Named everywhere before it is used anywhere: a run that is broken off has named one that never comes.
        for institution in known:
            await self.checkpoint(institution, "a new key", [f"next {new.public.text}"], [old, new])
        if not await self._database.write(partial(proofkeys.add, vault=self._vault, new=new)):
            raise Conflict("Another hub changed the key at the same moment: its key is the one.")
        return new

    async def signer(self) -> Signer:
        """The key that is signed with now, made the first time."""
        async with self._database.read() as tx:
            found = await proofkeys.newest(tx, self._vault)
        if found is None:
            first = proofkeys.fresh(1, self._clock.now())
            await self._database.write(partial(proofkeys.add, vault=self._vault, new=first))
            return await self.signer()
        return found

    async def _grown(self, institution: str, before: Checkpoint | None, until: int) -> tuple[Peaks, tuple[int, str]]:
        """The tree up to that row, and the row with its hash."""
        tree, last = Peaks(), (0, "")
        if before is not None:
            tree, last = Peaks(before.size, before.peaks), (before.seq, before.chain)
        links = [last]
        while links and last[0] < until:
            async with self._database.read() as tx:
                links = await journal.links(tx, institution, last[0], until, AT_A_TIME)
            for seq, link in links:
                with _named(seq):
                    tree.add(bytes.fromhex(link))
                last = seq, link
        if last[0] != until:
            raise Conflict(
                f"The journal ends at row {until}, and row {last[0]} was once there: run hub verify-journal."
            )
        return tree, last


@contextmanager
def _named(seq: int) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError):
        raise Conflict(f"Row {seq} was altered: run hub verify-journal.") from None
