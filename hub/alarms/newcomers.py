"""Who has come on duty while an alarm is open: told what their colleagues were told, at once. Pure."""

from dataclasses import replace
from datetime import datetime

from hub.alarms.alarm import Alarm, Change, recipient
from hub.delivery.receipts import Stage
from hub.escalation.plan import Scene, Tell, told_by
from hub.escalation.rules import RuleBook


def rerouted(alarm: Alarm, book: RuleBook, scene: Scene, _now: datetime) -> Change | None:
    """Tells those whom the steps so far would tell now and have not told; None if there is nobody.

    The alarm's clock runs on as it did: that somebody new was told is no reason to wait longer for the next step.
    """
    # Without a clock somebody stands beside the one who pressed, or the rule trusts their word.
    if not alarm.open or alarm.escalates_at is None:
        return None
    steps = book.kind(alarm.kind).steps[: alarm.step + 1]
    if alarm.step >= len(steps):
        steps = (*steps, book.last_resort)
    new: dict[str, Tell] = {}
    for step in steps:
        for tell in told_by(step, scene):
            if recipient(tell) not in alarm.told:
                new.setdefault(recipient(tell), tell)
    if not new:
        return None
    told = {**dict.fromkeys(new, Stage.SENT), **alarm.told}
    return Change("rerouted", replace(alarm, told=told, version=alarm.version + 1), None, tuple(new.values()))
