"""What has happened to a roster."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RosterChanged:
    """Shifts came, changed or went: who is on duty must be looked up again."""

    institution: str
    version: int
