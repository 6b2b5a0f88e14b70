"""Who asks, and what they may do. Refusing a press would be silence, so anyone with a credential may raise."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from hub.people.site import DeviceKind, Role

_LEADING = frozenset({Role.SHIFT_LEAD, Role.MANAGER, Role.ADMIN})
MANAGING = frozenset({Role.MANAGER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Principal:
    """The person or device behind a credential; no units means the whole institution."""

    institution: str
    person: str | None = None
    role: Role | None = None
    units: tuple[str, ...] = ()
    device: str | None = None
    device_kind: DeviceKind | None = None
    session: str | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a principal is a person, a device, or a person's device")
        if (self.person is None) != (self.role is None):
            raise ValueError("a person has a role, and only a person has")

    @property
    def name(self) -> str:
        """The id that stands as actor in the journal and as raiser on an alarm."""
        return self.person or self.device or ""


def may_raise(principal: Principal) -> bool:
    """Every credential may raise, anywhere in its own institution, whatever its role or units."""
    return bool(principal.name)


def may_answer(principal: Principal) -> bool:
    """Only a person can be coming; a panel on a wall cannot."""
    return principal.person is not None


def may_see_unit(principal: Principal, unit: str | None) -> bool:
    """Their own units; an alarm from nobody knows where (no unit) concerns everyone."""
    return unit is None or not principal.units or unit in principal.units


def may_see_alarm(principal: Principal, unit: str | None, raised_by: str, told: Collection[str]) -> bool:
    """Those of the unit, those who were told, and whoever raised it."""
    return may_see_unit(principal, unit) or principal.name == raised_by or principal.name in told


def may_resolve(principal: Principal, unit: str | None, raised_by: str, told: Collection[str]) -> bool:
    """The raiser, anyone told, and those who lead the unit; never a bystander."""
    return principal.name == raised_by or principal.name in told or leads(principal, unit)


def may_withdraw(principal: Principal, raised_by: str) -> bool:
    """The raiser alone."""
    return principal.name == raised_by


def leads(principal: Principal, unit: str | None = None) -> bool:
    """Shift leads, managers and admins of the unit; without a unit, of any."""
    return principal.role in _LEADING and may_see_unit(principal, unit)


def administers(principal: Principal) -> bool:
    """Managers and admins who have given their password: a phone that is found in a bus changes no institution."""
    return manages(principal) and principal.session is not None


def manages(principal: Principal) -> bool:
    """Managers and admins: they may read the journal, and see the devices and sessions of others."""
    return principal.role in MANAGING


def administers_unit(principal: Principal, unit: str) -> bool:
    """Those of them whose unit it is."""
    return administers(principal) and may_see_unit(principal, unit)


def may_give(principal: Principal, role: Role) -> bool:
    """Nobody makes somebody more than they are themselves: only an admin makes an admin, or changes one."""
    return principal.role is Role.ADMIN or (manages(principal) and role is not Role.ADMIN)
