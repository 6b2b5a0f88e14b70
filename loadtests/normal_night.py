"""A normal night: devices that beat, now and then an alarm that a colleague goes to, and now and then a drill."""

import random
import sys

from .locusts import PersonUser, task
from .scenario import Budget, Scenario


class OnNightDuty(PersonUser):
    """Has a quiet night most of the time."""

    every: float

    def wait_time(self) -> float:
        """Seconds between two alarms of one person, so that one comes every so often in the whole house."""
        return random.uniform(0, 2) * self.every * len(self.crowd.people)

    def on_start(self) -> None:
        """The night begins quietly."""
        super().on_start()
        self.pauses(self.wait_time())

    @task(3)
    def is_helped(self) -> None:
        alarm = self.raises()
        colleague = random.choice([one for one in self.crowd.people if one is not self.person])
        self.says(colleague, alarm, "coming")
        self.says(colleague, alarm, "arrived")
        self.clears(alarm)

    @task(1)
    def practises(self) -> None:
        self.clears(self.raises(drill=True))


SCENARIO = Scenario(
    "normal_night", __doc__, OnNightDuty, people=200, seconds=60,
    budgets=(Budget("press → accepted", 100), Budget("press → last told", 500)),
    own=(("every", 2, "seconds between two alarms in the whole house, on average"),),
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(SCENARIO.run())
