"""Takes the hub's pulse, tells the screens when it cannot do its job, and a service outside while it can."""

import asyncio
import shutil
from asyncio import Future
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import structlog

from hub.chores import Chores
from hub.clock import Clock
from hub.delivery.post import Unserved
from hub.delivery.sockets import Envelope, Sockets, text_frame
from hub.errors import HubError, Unavailable
from hub.health.faults import BoxTrouble, Reading, Say, faults
from hub.settings import Settings
from hub.storage import journal, outbox, pulse
from hub.storage.database import Database, Reader

LOOK_EVERY = timedelta(seconds=5)
BEAT_EVERY = timedelta(minutes=1)
# A writer that has not answered by then is reported as it is, not waited for.
PATIENCE = timedelta(seconds=3)
# How long the operator is told of a notice that could not go by its channel.
REMEMBERED = timedelta(hours=1)

_log = structlog.get_logger("hub.health")

Beat = Callable[[], Awaitable[None]]
# Where rosters come from: institution, name, how often they should be heard, and when they last were.
Rosters = Callable[[Reader], Awaitable[Sequence[tuple[str, str, timedelta, datetime | None]]]]
# Where checkpoints of the journals do not arrive: institution, way, for how many minutes, and why.
Troubles = Callable[[Reader, datetime], Awaitable[Sequence[tuple[str, str, int, str]]]]
# Journals that cannot be signed: institution, since when, and why.
Unsigned = Callable[[], Sequence[tuple[str, datetime, str]]]
# What is wrong with the mailboxes of other houses' messages.
Boxes = Callable[[Reader, datetime], Awaitable[Sequence[BoxTrouble]]]
# A source may miss two looks, and any of them some minutes, before somebody is told.
LOOKS_MISSED = 3
SHORTEST_SILENCE = timedelta(minutes=5)


async def _no_rosters(_tx: Reader) -> Sequence[tuple[str, str, timedelta, datetime | None]]:
    return ()


async def _no_troubles(_tx: Reader, _now: datetime) -> Sequence[tuple[str, str, int, str]]:
    return ()


async def _no_boxes(_tx: Reader, _now: datetime) -> Sequence[BoxTrouble]:
    return ()


class Vigil:
    """Knows whether this hub can do its job."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        chores: Chores,
        sockets: Sockets,
        say: Say,
        workerless: Callable[[], bool] = lambda: False,
        rosters: Rosters = _no_rosters,
        troubles: Troubles = _no_troubles,
        unsigned: Unsigned = lambda: (),
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._chores = chores
        self._sockets = sockets
        self._say = say
        self._workerless = workerless
        self._rosters = rosters
        self._troubles = troubles
        self._unsigned = unsigned
        self.mailboxes: Boxes = _no_boxes
        """Joined in when the mailboxes are open."""
        self._writing: tuple[datetime, Future[None]] | None = None
        self._said: tuple[str, ...] = ()
        self._unserved: dict[str, datetime] = {}
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        self._unserved |= {fact.channel: self._clock.now() for fact in facts if isinstance(fact, Unserved)}

    @property
    def standing(self) -> list[dict[str, Any]]:
        """What a screen that connects now must be told."""
        return [unwell_frame(self._said)] if self._said else []

    async def run(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)

    async def beat(self, beat: Beat) -> None:
        """Calls the outside heartbeat every minute, as long as the hub is ready."""
        while True:
            if not faults(await self.reading(), self._say):
                try:
                    await beat()
                except HubError as refusal:
                    _log.warning("the heartbeat was not taken", why=refusal.detail)
            await self._clock.sleep_until(self._clock.now() + BEAT_EVERY)

    async def look(self) -> None:
        """Measures, and tells every connected screen if what is wrong has changed in kind."""
        now_wrong = faults(await self.reading(), self._say)
        # The same fault with another number is no news.
        if [_kind(fault) for fault in now_wrong] != [_kind(fault) for fault in self._said]:
            frame = text_frame(orjson.dumps(unwell_frame(now_wrong)))
            for of in {one.institution for one in self._sockets}:
                here = [one for one in self._sockets if one.institution == of]
                people = {one.person for one in here if one.person is not None}
                devices = {one.device for one in here if one.device is not None}
                self._sockets.fan_out([Envelope(of, None, people, devices, frame)])
        self._said = now_wrong

    async def reading(self) -> Reading:
        """Measures everything once."""
        refused, commit = await self._pulse()
        now = self._clock.now()
        due, unsent, lag, unreachable = None, 0, 0, False
        old: tuple[tuple[str, int | None], ...] = ()
        lost: tuple[tuple[str, str, int, str], ...] = ()
        boxes: tuple[BoxTrouble, ...] = ()
        try:
            async with self._database.read() as tx:
                due = await outbox.next_due(tx)
                unsent = await outbox.waiting(tx, now)
                lag = await journal.lag(tx)
                old = tuple(_old(await self._rosters(tx), now))
                lost = tuple(await self._troubles(tx, now))
                boxes = tuple(await self.mailboxes(tx, now))
        except Unavailable:  # then this is what is wrong, and it must still be told
            unreachable = True
        return Reading(
            refused=refused,
            unreachable=unreachable,
            commit=commit,
            oldest_unsent=max(timedelta(), now - due) if due is not None else timedelta(),
            unsent=unsent,
            journal_lag=lag,
            dead_chores=tuple(self._chores.fallen),
            workerless=self._workerless(),
            unserved=tuple(name for name, at in self._unserved.items() if now - at < REMEMBERED),
            old_rosters=old,
            lost_checkpoints=lost,
            unsigned=tuple((of, (now - since) // timedelta(minutes=1), why) for of, since, why in self._unsigned()),
            mailboxes=boxes,
            disk_free=_free(self._settings.data),
            certificate_left=_left(self._settings.certificate, now),
        )

    async def _pulse(self) -> tuple[str | None, timedelta]:
        began = self._clock.now()
        if self._writing is None:
            self._writing = began, self._database.submit(lambda tx: pulse.beat(tx, began))
        began, writing = self._writing
        patience = asyncio.ensure_future(self._clock.sleep_until(self._clock.now() + PATIENCE))
        await asyncio.wait((writing, patience), return_when=asyncio.FIRST_COMPLETED)
        patience.cancel()
        commit = self._clock.now() - began
        if not writing.done():
            return None, commit
        self._writing = None
        refusal = writing.exception()
        return (str(refusal) if refusal is not None else None), commit


def unwell_frame(wrong: tuple[str, ...]) -> dict[str, Any]:
    """What every screen is told; an empty list says that the hub can do its job again."""
    return {"type": "warning", "code": "hub_unwell", "faults": list(wrong)}


def _kind(fault: str) -> str:
    return "".join(sign for sign in fault if not sign.isdigit())


def _old(
    rosters: Sequence[tuple[str, str, timedelta, datetime | None]], now: datetime
) -> Iterator[tuple[str, int | None]]:
    for of, name, every, told_at in rosters:
        if told_at is None:
            yield f"{of}/{name}", None
        elif now - told_at > max(LOOKS_MISSED * every, SHORTEST_SILENCE):
            yield f"{of}/{name}", (now - told_at) // timedelta(minutes=1)


def _free(folder: Path) -> int | None:
    return shutil.disk_usage(folder).free if folder.exists() else None


def _left(certificate: Path | None, now: datetime) -> timedelta | None:
    if certificate is None:
        return None
    # Imported only where a certificate is set: a start need not wait for it.
    from cryptography import x509  # noqa: PLC0415

    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc - now
    except (OSError, ValueError):
        # One that cannot be read is as good as ended.
        return timedelta()
