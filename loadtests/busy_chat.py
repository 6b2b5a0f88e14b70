"""Busy talk: a few alarms are open, and everybody keeps saying whether they come or cannot.

An answer goes the same way as a message does, and before it: it is written down, and everybody is told.
"""

import random
import sys

from .locusts import PersonUser, between, task
from .scenario import Budget, Scenario


class Talking(PersonUser):
    """Changes their mind about one alarm after another."""

    alarms: float
    wait_time = between(0.5, 1.5)

    def on_start(self) -> None:
        """A few raise the alarms that all talk about."""
        super().on_start()
        if self.crowd.people.index(self.person) < self.alarms:
            self.raises()
        self.meets()
        self.coming: set[str] = set()

    @task
    def answers(self) -> None:
        theirs = [alarm for alarm, by in self.crowd.raised.items() if by is not self.person]
        alarm = random.choice(theirs)
        self.coming ^= {alarm}
        self.says(self.person, alarm, "coming" if alarm in self.coming else "cannot")


SCENARIO = Scenario(
    "busy_chat", __doc__, Talking, people=50, seconds=30,
    budgets=(Budget("answer → on one's own screen", 250), Budget("answer → last told", 500)),
    own=(("alarms", 5, "open alarms that are talked about"),),
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(SCENARIO.run())
