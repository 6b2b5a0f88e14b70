"""Panic: everybody on duty presses within a few seconds, and everybody must hear of every press."""

import random
import sys

from .locusts import PersonUser, StopUser, task
from .scenario import Budget, Scenario


class Frightened(PersonUser):
    """Presses once, and is done when all colleagues know."""

    within: float

    @task
    def presses(self) -> None:
        self.pauses(random.uniform(0, self.within))
        self.raises()
        raise StopUser


SCENARIO = Scenario(
    "panic_storm", __doc__, Frightened, people=100, seconds=120,
    budgets=(Budget("press → accepted", 500), Budget("press → last told", 2000)),
    own=(("within", 5, "seconds in which everybody presses"),),
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(SCENARIO.run())
