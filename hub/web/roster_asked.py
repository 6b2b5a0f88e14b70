"""What somebody asks the roster page to show, as its address says it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from hub.people.localtime import read_day
from hub.people.site import DutyState
from hub.roster.sheet import By, View, turned

PATH = "/roster"
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A week or a month, by unit or by person, and what of it."""

    day: date
    today: date
    view: View = View.WEEK
    by: By = By.UNIT
    unit: str = ""
    duty: str = ""
    search: str = ""

    @classmethod
    def of(cls, asked: QueryParams, today: date) -> "Asked":
        """What cannot be understood is as if it had not been asked."""
        return cls(
            day=_day(asked.get("day", ""), today),
            today=today,
            view=View.MONTH if asked.get("view") == View.MONTH else View.WEEK,
            by=By.PERSON if asked.get("by") == By.PERSON else By.UNIT,
            unit=asked.get("unit", "")[:LONGEST_SEARCH],
            duty=asked["duty"] if asked.get("duty") in list(DutyState) else "",
            search=asked.get("q", "").strip()[:LONGEST_SEARCH],
        )

    @property
    def query(self) -> str:
        """What stands behind the question mark; what is as always is left out."""
        words = {
            "view": self.view.value if self.view is not View.WEEK else "",
            "by": self.by.value if self.by is not By.UNIT else "",
            "day": self.day.isoformat() if self.day != self.today else "",
            "unit": self.unit,
            "duty": self.duty,
            "q": self.search,
        }
        return urlencode({name: word for name, word in words.items() if word})

    def at(self, path: str = PATH, **other: Any) -> str:
        """The address of the same with something else."""
        query = replace(self, **other).query
        return f"{path}?{query}" if query else path

    def turn(self, way: int) -> str:
        """The address of the week or the month before, or after."""
        return self.at(day=turned(self.view, self.day, way))


def _day(written: str, today: date) -> date:
    try:
        return read_day(written)
    except ValueError:
        return today
