"""What a wallboard is shown beside the alarms, as types."""

from typing import Any

from pydantic import AwareDatetime

from hub.web.shown import OnDutyShown, Shown


class NextOnDuty(Shown):
    """Those who come on duty together next."""

    at: AwareDatetime
    people: list[OnDutyShown]


class UnitOnWall(Shown):
    """Who would hear an alarm in a unit now, person by person as in `/api/reach`, and who comes next."""

    unit: str
    unit_name: str
    reachable: int
    on_duty: int
    minimum: int
    people: list[dict[str, Any]]
    next: NextOnDuty | None


class RoomShown(Shown):
    """Where a room lies on its plan, as fractions of the plan's width and height."""

    place: str
    name: str
    x: float
    y: float


class PlanShown(Shown):
    """The floor plan of a unit, or of one floor of it."""

    unit: str
    unit_name: str
    floor: str
    picture: str
    width: int
    height: int
    rooms: list[RoomShown]


class WallShown(Shown):
    """What hangs on a wallboard beside the alarms."""

    at: AwareDatetime
    units: list[UnitOnWall]
    plans: list[PlanShown]
