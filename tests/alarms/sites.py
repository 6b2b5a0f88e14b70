"""A small house as values, and an alarm in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.alarms.alarm import Alarm, Answer, Change, Said, State
from hub.alarms.events import facts_of
from hub.alarms.setting import Setting
from hub.delivery.receipts import Stage
from hub.people.access import Principal
from hub.people.site import Contact, Device, DeviceKind, Institution, Person, Place, Role, Site, Unit
from hub.storage.journal import Entry

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
ID = "00000000-0000-0000-0000-000000000001"
RULES = '[kinds.alarm]\n[[kinds.alarm.steps]]\ntell = ["on_duty"]\nnext_after = 20\n'
RULES += '[last_resort]\ntell = ["role:manager"]\nnext_after = 60\n'

SITE = Site(
    Institution("house", "Huset", "29189999", "Europe/Copenhagen"),
    units={one.id: one for one in (Unit("nord", "Nord", ("syd",)), Unit("syd", "Syd", ("nord",)))},
    places={one.id: one for one in (Place("room-4", "nord", "Værelse 4"), Place("hall", "syd", "Gangen"))},
    people={
        one.id: one
        for one in (
            Person("anna", "Anna", Role.STAFF, ("nord",)),
            Person("bo", "Bo", Role.STAFF, ("nord", "syd")),
            Person("dina", "Dina", Role.STAFF, ("syd",)),
            Person("lone", "Lone", Role.SHIFT_LEAD, ("nord",)),
            Person("sara", "Sara", Role.SHIFT_LEAD, ("syd",)),
            Person("leif", "Leif", Role.MANAGER),
            Person("vikar", "Vikar", Role.STAFF),
        )
    },
    devices={
        one.id: one
        for one in (
            Device("phone-anna", DeviceKind.PHONE, person="anna"),
            Device("pc-4", DeviceKind.PC, person="anna", place="room-4"),
            Device("button-4", DeviceKind.BUTTON, place="room-4"),
            Device("board-nord", DeviceKind.WALLBOARD, place="room-4"),
            Device("panel-syd", DeviceKind.PANEL, place="hall"),
            Device("old-board", DeviceKind.WALLBOARD, place="room-4", revoked=True),
            Device("alarm-system", DeviceKind.SERVICE),
        )
    },
    contacts={"guard": Contact("guard", "Vagtselskab", phone="+4570101010")},
    rules=RULES,
)
SETTING = Setting.of(SITE)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def person(name: str) -> Principal:
    """Somebody of the house, as a credential makes them."""
    here = SITE.people[name]
    return Principal("house", name, here.role, here.units)


def device(name: str) -> Principal:
    """A device, alone or in its person's hand."""
    here = SITE.devices[name]
    place = SITE.places.get(here.place or "")
    if here.person is not None:
        owner = SITE.people[here.person]
        return Principal("house", owner.id, owner.role, owner.units, here.id, here.kind)
    return Principal("house", units=(place.unit,) if place else (), device=here.id, device_kind=here.kind)


def an_alarm(**changes: Any) -> Alarm:
    """Anna pressed in room 4; Bo and the guard company were told, and Bo comes."""
    usual = Alarm(
        id=ID,
        institution="house",
        kind="alarm",
        raised_by="anna",
        raised_at=NOW,
        unit="nord",
        place="room-4",
        state=State.ACKNOWLEDGED,
        version=2,
        told_at=NOW,
        escalates_at=after(307),
        told={"bo": Stage.SHOWN, "contact:guard": Stage.SENT},
        answers={"bo": Answer(Said.COMING, after(7))},
    )
    return replace(usual, **changes)


def row(alarm: Alarm, event: str = "answered", seq: int = 7, at: datetime | None = None) -> Entry:
    """The journal's row of a change to this alarm."""
    facts = facts_of(Change(event, alarm, "bo"))
    return Entry("house", seq, at or after(7), event, alarm.id, "bo", facts)
