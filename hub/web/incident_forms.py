"""What people write about an incident, as forms send it: several lines, kept as they were typed."""

import json
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.incidents.paper import LONGEST, Paper, asked_by, options
from hub.people.entry import Entry
from hub.people.faults import say

# What a form carries besides its answers.
_OF_THE_FORM = ("last", "do", "form")


def answers(entry: Entry, paper: Paper) -> dict[str, str]:
    """The answers to a paper's questions, of those that the form asked."""
    found = {}
    for question in asked_by(paper):
        if question.shared:
            if entry.raw(f"asked-{question.name}"):
                known = [one.value for one in options(question)]
                chosen = entry.some_of(question.name, known)
                found[question.name] = " ".join(one for one in known if one in chosen)
        elif question.name in entry.fields:
            found[question.name] = words(entry, question.name)
    return found


def words(entry: Entry, key: str) -> str:
    """The lines of a field, without what cannot be shown."""
    value = entry.raw(key).replace("\r\n", "\n").strip()
    if len(value) > LONGEST:
        entry.wrong(key, say("This is {n} characters too long: shorten it.", n=len(value) - LONGEST))
    elif not all(line.replace("\t", " ").isprintable() for line in value.split("\n")):
        entry.wrong(key, say("This holds characters that cannot be shown: write it anew."))
    return value


def moment(entry: Entry, key: str, zone: str, now: datetime) -> datetime:
    """When something was, which is not ahead of us."""
    at = entry.moment(key, ZoneInfo(zone)) or now
    if at > now:
        entry.wrong(key, say("This is still to come: write when it happened."))
    return at


def number(entry: Entry, key: str) -> int:
    """Up to which answer the form knew; nothing was known of one that does not say."""
    written = entry.raw(key)
    return int(written) if written.isdecimal() and len(written) < 9 else 0


def as_draft(entry: Entry) -> str:
    """All that was filled in, to be kept for the one who did."""
    kept = {name: list(values) for name, values in entry.fields.items() if name not in ("do", "form")}
    written = any(value.strip() for name, values in kept.items() if name not in _OF_THE_FORM for value in values)
    return json.dumps(kept, ensure_ascii=False) if written else ""


def from_draft(text: str) -> Mapping[str, list[str]]:
    fields: Mapping[str, list[str]] = json.loads(text)
    return fields
