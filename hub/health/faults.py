"""What keeps the hub from doing its job, and what to do about it: pure, from what was measured."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

Say = Callable[..., str]

SLOW_WRITE = timedelta(seconds=2)
OLD_UNSENT = timedelta(seconds=30)
CERTIFICATE_ENDS = timedelta(days=14)
LEAST_FREE = 256 * 1024 * 1024
MIB = 1024 * 1024


class BoxFault(StrEnum):
    """What can be wrong with a mailbox."""

    UNREACHABLE = "unreachable"
    SILENT = "silent"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class BoxTrouble:
    """Something wrong with a mailbox: for how many hours or minutes, or how many messages it is about."""

    name: str
    fault: BoxFault
    number: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured of the hub at one moment."""

    refused: str | None = None
    """Why the disk did not take the last write."""
    unreachable: bool = False
    """The database could not even be read."""
    commit: timedelta = timedelta()
    """How long the last write took, or the one that is under way has waited."""
    oldest_unsent: timedelta = timedelta()
    unsent: int = 0
    journal_lag: int = 0
    dead_chores: tuple[str, ...] = ()
    workerless: bool = False
    """Workers should do the sending, and none is there."""
    unserved: tuple[str, ...] = ()
    """Channels that this hub has not, and that something waited for not long ago."""
    old_rosters: tuple[tuple[str, int | None], ...] = ()
    """Where rosters come from that have not been heard as often as they should, and the minutes since they were."""
    lost_checkpoints: tuple[tuple[str, str, int, str], ...] = ()
    """Ways out that take no checkpoints: institution, way, for how many minutes, and why."""
    unsigned: tuple[tuple[str, int, str], ...] = ()
    """Journals that no checkpoint can be signed of: institution, for how many minutes, and why."""
    mailboxes: tuple[BoxTrouble, ...] = ()
    disk_free: int | None = None
    certificate_left: timedelta | None = None


def faults(reading: Reading, say: Say) -> tuple[str, ...]:
    """Each thing that is wrong, in a sentence with what to do."""
    found: list[str] = []
    if reading.unreachable:
        found.append(say("The database cannot be reached: look at the server that HUB_DATABASE_URL names."))
    elif reading.refused is not None:
        found.append(
            say("The disk takes no writes: make room under HUB_DATA, where the file ballast may be deleted first.")
        )
    elif reading.commit > SLOW_WRITE:
        seconds = round(reading.commit.total_seconds())
        found.append(say("Writing takes {n} seconds: look at the disk under HUB_DATA.", n=seconds))
    if reading.oldest_unsent > OLD_UNSENT:
        seconds = round(reading.oldest_unsent.total_seconds())
        found.append(
            say("A notice has waited {n} seconds to be sent: look at the network and the services outside.", n=seconds)
        )
    if reading.journal_lag:
        found.append(say("{n} rows are missing at the journal's end: run hub verify-journal.", n=reading.journal_lag))
    found += [
        say("The hub's own work {name} has stopped: look in its log, and start the hub anew.", name=name)
        for name in reading.dead_chores
    ]
    found += [
        say("A notice was to go by {name}, which this hub has not: set it up, or take it out of the rule.", name=name)
        for name in reading.unserved
    ]
    if reading.disk_free is not None and reading.disk_free < LEAST_FREE:
        free = reading.disk_free // MIB
        found.append(
            say("Only {n} MiB are free on the disk: make room, and delete the file ballast in HUB_DATA first.", n=free)
        )
    left = reading.certificate_left
    if left is not None and left < CERTIFICATE_ENDS:
        found.append(say("The certificate ends in {n} days: renew it.", n=max(0, left.days)))
    return tuple(found)


def lesser(reading: Reading, say: Say) -> tuple[str, ...]:
    """What is wrong although the hub does its job: no reason to send anybody to another hub."""
    found = [_old_roster(name, minutes, say) for name, minutes in reading.old_rosters]
    found += [
        say(
            "Checkpoints of {institution} have not come to {way} for {n} minutes: {why}. The hub tries again.",
            institution=institution,
            way=way,
            n=minutes,
            why=why,
        )
        for institution, way, minutes, why in reading.lost_checkpoints
    ]
    found += [
        say(
            "The journal of {institution} has not been signed for {n} minutes: {why} The hub tries again.",
            institution=institution,
            n=minutes,
            why=why,
        )
        for institution, minutes, why in reading.unsigned
    ]
    found += [_box(one, say) for one in reading.mailboxes]
    if reading.workerless:
        found.append(
            say("No hub work is heard of: start one, or see to Redis. Till then the hub sends by itself, 2 s later.")
        )
    return tuple(found)


def _old_roster(name: str, minutes: int | None, say: Say) -> str:
    if minutes is None:
        return say("The roster {name} has never been heard: see why with hub roster sources.", name=name)
    return say(
        "The roster {name} was last heard {n} minutes ago, and stands as it was then: see why with hub roster sources.",
        name=name,
        n=minutes,
    )


def _box(one: BoxTrouble, say: Say) -> str:
    if one.fault is BoxFault.UNREACHABLE:
        return say(
            "The mailbox {name} has not answered for {n} minutes: {why} What is to go waits, and goes by itself.",
            name=one.name,
            n=one.number,
            why=one.why,
        )
    if one.fault is BoxFault.SILENT:
        return say(
            "Nothing has come by {name} for {n} hours, far longer than usual: ask the provider what lies there.",
            name=one.name,
            n=one.number,
        )
    return say(
        "{n} messages by {name} went again, unacknowledged: call whom they are for, or ask the provider.",
        name=one.name,
        n=one.number,
    )
