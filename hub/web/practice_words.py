"""What case practice is said in: each key, each choice, and what follows from it, in plain words."""

from collections.abc import Mapping

from hub.cases.practice import (
    Area,
    Party,
)
from hub.cases.recording import Waits
from hub.ports import Sensitivity
from hub.web.render import Texts

Choice = tuple[str, str, str]
"""A value, what it is called, and what follows from it."""


def areas(say: Texts) -> dict[Area, str]:
    return {
        Area.CARE: say("Care of the elderly"),
        Area.ADULTS: say("Social work with adults"),
        Area.YOUNG: say("Children and young people"),
        Area.WORK: say("Work environment (the staff's own)"),
    }


def profiles(say: Texts) -> dict[str, str]:
    return {
        "care_long": say("One long citizen case for care"),
        "social_long": say("One long citizen case for social work"),
        "care_and_social": say("One long citizen case for care and social work together"),
        "fs3_long": say("One long case for each area (FS3)"),
        "per_area": say("A case for each area, with incidents as cases under it"),
        "single": say("Single cases: each incident is a case of its own"),
        "youth_to_thirty": say("Opened in 6th grade and closed at 30"),
    }


def details(say: Texts) -> tuple[Choice, ...]:
    return (
        ("0", say("A number and a neutral title"), say("Nobody learns there what it is about. They must ask.")),
        ("1", say("Also what sort it is, where and when"), say("Enough to find it again. No word of what happened.")),
        ("2", say("Also a summary"), say("What was written first goes along, to everybody who may read it there.")),
    )


def parties(say: Texts) -> list[tuple[str, str]]:
    return [
        (Party.NONE.value, say("Nobody")),
        (Party.RESIDENT.value, say("The resident")),
        (Party.EMPLOYEE.value, say("The employee")),
    ]


def sensitivities(say: Texts) -> list[tuple[str, str]]:
    return [
        (Sensitivity.OPEN.value, say("Not confidential")),
        (Sensitivity.CONFIDENTIAL.value, say("Confidential")),
        (Sensitivity.SENSITIVE.value, say("Sensitive")),
        (Sensitivity.VIP.value, say("VIP")),
    ]


def waits(say: Texts) -> Mapping[Waits, str]:
    return {
        Waits.FOR_CASE: say("Waits until somebody has said which case it belongs to."),
        Waits.FOR_PARTY: say("Waits until somebody has said which citizen it is about."),
    }
