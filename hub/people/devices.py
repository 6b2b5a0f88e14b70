"""What a person carries and what hangs on a wall, taken out of use by hand."""

from enum import StrEnum

from hub.errors import NotFound
from hub.people import access, pushstore, store, tables
from hub.people.access import Principal
from hub.people.desk import Change
from hub.people.events import SessionEnded
from hub.people.faults import NotYours, say
from hub.people.site import Device, DeviceKind, Site


class Reason(StrEnum):
    """Why a device is taken out of use: chosen, for a lost phone waits for no essay."""

    LOST = "lost"
    REPLACED = "replaced"
    LEFT = "left"
    SIGNED_OUT = "signed_out"


async def revoke(change: Change, which: str, why: Reason) -> None:
    """The device is nobody's from now on: it hears nothing, and its token opens nothing."""
    row = (await change.present(tables.DEVICES)).get(which)
    if row is None:
        raise NotFound(f"There is no device {which!r} here.")
    if not may_revoke(change.by, change.site, change.site.devices[which]):
        raise NotYours(say("This phone is for the person's own leaders to revoke: ask one of them."))
    if row["revoked_at"] is not None:
        return
    await change.end(tables.DEVICES, which)
    await pushstore.bury_of(change.tx, change.of, which, why.value, change.now)
    facts = {"why": why.value, "person": row["person"], "place": row["place"]}
    # A device that came by a code is in no file, and so is its end.
    await change.note("device_revoked", f"device:{which}", facts, in_file=row["enrolled"] is None)


async def sign_out(change: Change, person: str, session: str) -> None:
    """Ends a browser in which somebody has signed in; what was lost may have been signed in with a password."""
    if person not in change.site.people or not may_revoke(change.by, change.site, _held_by(person)):
        raise NotYours(say("This phone is for the person's own leaders to revoke: ask one of them."))
    if not await store.end_session(change.tx, change.of, person, session, change.now):
        return
    await pushstore.bury_of(change.tx, change.of, session, Reason.LOST.value, change.now)
    await change.note("session_ended", f"person:{person}", {"why": Reason.LOST.value}, in_file=False)
    change.tx.announce(SessionEnded(change.of, person, session))


def may_revoke(by: Principal, site: Site, device: Device) -> bool:
    """Its own person, those who manage, and the leads of a unit that it belongs to: at night there is nobody else."""
    if access.manages(by) or (by.device == device.id and by.device is not None):
        return True
    person, place = site.people.get(device.person or ""), site.places.get(device.place or "")
    units = person.units if person is not None else (place.unit,) if place is not None else ()
    led = any(access.leads(by, unit) for unit in units)
    return led and (person is None or person.role not in access.MANAGING)


def _held_by(person: str) -> Device:
    return Device("", DeviceKind.SERVICE, person)
