"""What a unit does at an alarm in its own words, and whether alarms sound there: changed by hand."""

from collections.abc import Mapping
from hashlib import sha256

from hub.alarms.setting import rule_book
from hub.errors import NotFound
from hub.people import cardstore
from hub.people.cardstore import Written
from hub.people.desk import Change
from hub.people.faults import FieldProblem, say
from hub.people.site import Card

# What can be read at a glance by somebody who runs.
LONGEST = 600


async def write(change: Change, unit: str, texts: Mapping[str, str], quiet: bool) -> None:
    """Puts a card in force for each kind that is named, and keeps those before it; an empty text takes one away."""
    if unit not in change.site.units:
        raise NotFound(f"There is no unit {unit!r} here any more.")
    strangers = texts.keys() - rule_book(change.site.rules, change.of).kinds.keys()
    if strangers:
        raise NotFound(f"{', '.join(sorted(strangers))}: the rules here have no such kind of alarm")
    too_long = [kind for kind, text in texts.items() if len(text) > LONGEST]
    if too_long:
        raise FieldProblem({one: say("A card has at most {n} characters: shorten it.", n=LONGEST) for one in too_long})
    last = {one.kind: one.card for one in reversed(await cardstore.history(change.tx, change.of, unit))}
    for kind, text in texts.items():
        before = last.get(kind, Card(0, ""))
        if text != before.text:
            card = Card(before.version + 1, text)
            await cardstore.add(change.tx, change.of, unit, Written(kind, card, change.by.name, change.now))
            facts = {"kind": kind, "card": card.version, "digest": sha256(text.encode()).hexdigest()}
            await change.note("card_written", f"unit:{unit}", facts, in_file=False)
    if quiet != change.site.units[unit].quiet:
        await cardstore.set_quiet(change.tx, change.of, unit, quiet)
        await change.note("unit_quietened", f"unit:{unit}", {"quiet": quiet}, in_file=False)
