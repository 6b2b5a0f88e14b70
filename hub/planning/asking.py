"""The form of a plan as the plan file that it stands for; who wants more than the form says writes that below it."""

import re
from collections.abc import Iterator
from datetime import date

from hub.people.entry import Entry
from hub.people.faults import say

# What its faults are said of.
NAME = "plan"
ROWS = 4
DAYS = (7, 14, 21, 28)
SECONDS = (30, 60, 120, 300)
MOST_OF_A_KIND = 99
LONGEST_MORE = 20_000
WEEKDAYS, WEEKEND = ("mon", "tue", "wed", "thu", "fri"), ("sat", "sun")
_COUNTS = (("weekday", WEEKDAYS), ("weekend", WEEKEND))
FIELDS = (
    *("unit", "first", "days", "seconds", "more"),
    *(f"{key}-{row}" for row in range(1, ROWS + 1) for key in ("kind", "from", "to", "weekday", "weekend", "sleeping")),
)
_KIND = re.compile(r"[\w.-]{1,40}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def asked(entry: Entry, unit: str) -> str:
    """The plan file; what is wrong with the form stands beside its fields."""
    first = _day(entry)
    days = entry.one_of("days", [str(n) for n in DAYS])
    seconds = entry.one_of("seconds", [str(n) for n in SECONDS])
    more = entry.raw("more").replace("\r\n", "\n")
    if len(more) > LONGEST_MORE:
        entry.wrong("more", say("This is {n} characters too long: shorten it.", n=len(more) - LONGEST_MORE))
    lines = ["[plan]", f"from = {first}", f"days = {days or DAYS[-1]}", f"seconds = {seconds or SECONDS[0]}"]
    found = [line for row in range(1, ROWS + 1) for line in _row(entry, row, unit)]
    if not found and "[[need]]" not in more:
        entry.wrong("weekday-1", say("Write how many are needed on at least one kind of shift."))
    return "\n".join([*lines, *found, more, ""])


def _row(entry: Entry, row: int, unit: str) -> Iterator[str]:
    """One kind of shift, and how many are needed of it."""
    counts = [(entry.whole(f"{key}-{row}", MOST_OF_A_KIND), days) for key, days in _COUNTS]
    if not any(count for count, _ in counts):
        return
    kind, begins, ends = (entry.raw(f"{key}-{row}").strip() for key in ("kind", "from", "to"))
    if not _KIND.fullmatch(kind):
        entry.wrong(f"kind-{row}", say("Write what the shift is called, in one word."))
        return
    for key, said in (("from", begins), ("to", ends)):
        if not _CLOCK.fullmatch(said):
            entry.wrong(f"{key}-{row}", say("Write a time, such as 07:00."))
            return
    yield from ("[[kind]]", f'id = "{kind}"', f"from = {begins}:00", f"to = {ends}:00")
    if entry.raw(f"sleeping-{row}"):
        yield 'duty = "sleeping"'
    for count, days in counts:
        if count:
            named = ", ".join(f'"{day}"' for day in days)
            yield from ("[[need]]", f'unit = "{unit}"', f'kind = "{kind}"', f"weekdays = [{named}]", f"count = {count}")


def _day(entry: Entry) -> date:
    try:
        return date.fromisoformat(entry.raw("first"))
    except ValueError:
        entry.wrong("first", say("Choose the first day of the plan."))
        return date(2000, 1, 1)
