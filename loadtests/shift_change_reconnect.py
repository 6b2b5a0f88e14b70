"""Shift change: all devices hang up at once and come back at once, and must then know what was raised meanwhile."""

import sys

from .locusts import PersonUser, StopUser, task
from .scenario import Budget, Scenario


class Changing(PersonUser):
    """Goes and comes back with everybody else; one of them presses the button on the wall while nobody is there."""

    changes: float
    alarms: float

    @task
    def changes_shift(self) -> None:
        for _ in range(round(self.changes)):
            self.waits_for(self.person.drops())
            if self.meets():
                self.waits_for(self.crowd.button_presses(round(self.alarms)))
            self.meets()
            self.does("reconnect → caught up", self.crowd.comes_back(self.person))
            self.meets()
        raise StopUser


SCENARIO = Scenario(
    "shift_change_reconnect", __doc__, Changing, people=200, seconds=120,
    budgets=(Budget("reconnect → caught up", 5000),),
    own=(("changes", 3, "how many times"), ("alarms", 5, "raised while everybody is away")),
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(SCENARIO.run())
