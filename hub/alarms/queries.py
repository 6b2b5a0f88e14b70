"""What can be asked about alarms: pages of them, and one with its timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from hub.alarms import store
from hub.alarms.actions import Alarms
from hub.alarms.alarm import Alarm
from hub.alarms.audience import seen_by
from hub.alarms.events import alarm_json, name_of
from hub.clock import rfc3339
from hub.errors import Invalid, NotFound
from hub.people import access, cardstore
from hub.people.access import Principal
from hub.people.site import Site
from hub.storage import journal
from hub.storage.database import Reader

PAGE = 50


async def page(tx: Reader, alarms: Alarms, by: Principal, only_open: bool, before: str | None) -> dict[str, Any]:
    """The alarms that the caller may see, newest first, and the cursor of the next page if there is one."""
    site = (await alarms.setting(tx, by.institution)).site
    start = _cursor(before)
    shown: list[dict[str, Any]] = []
    while found := await store.page(tx, by.institution, only_open, start, PAGE):
        for alarm in found:
            if may_see(by, alarm):
                shown.append(seen_by(by, alarm, alarm_json(alarm, site)))
            if len(shown) == PAGE:
                return {"alarms": shown, "next": f"{alarm.raised_at:%Y-%m-%dT%H:%M:%S.%fZ}~{alarm.id}"}
        start = (found[-1].raised_at, found[-1].id)
    return {"alarms": shown}


def _cursor(before: str | None) -> tuple[datetime, str] | None:
    if before is None:
        return None
    at, _, alarm = before.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not alarm:
        raise Invalid("before: send the `next` of the page before, as it was")
    return moment, alarm


def may_see(by: Principal, alarm: Alarm) -> bool:
    return access.may_see_alarm(by, alarm.unit, alarm.raised_by, alarm.told)


async def one(tx: Reader, alarms: Alarms, by: Principal, which: str) -> dict[str, Any]:
    """One alarm and all that the journal holds about it; NotFound for those who may not know of it."""
    alarm = await store.find(tx, by.institution, which)
    if alarm is None or not may_see(by, alarm):
        raise NotFound("No such alarm here.")
    site = (await alarms.setting(tx, by.institution)).site
    entries = await journal.about(tx, by.institution, which)
    if alarm.under_duress and by.name == alarm.raised_by:
        entries = _until_forced(entries)
    written = await cardstore.history(tx, by.institution, alarm.unit) if alarm.unit is not None else []
    cards = {(one.kind, one.card.version): one.card.text for one in written}
    return seen_by(by, alarm, alarm_json(alarm, site)) | {"timeline": _timeline(entries, site, cards)}


def _until_forced(entries: Sequence[journal.Entry]) -> list[journal.Entry]:
    """The timeline as the one who was forced to withdraw may see it: it ends there."""
    end = next(index for index, entry in enumerate(entries) if entry.event == "duress")
    return [*entries[:end], replace(entries[end], event="withdrawn", facts={})]


def _timeline(
    entries: Sequence[journal.Entry], site: Site, cards: Mapping[tuple[str, int], str]
) -> list[dict[str, Any]]:
    """The rows with names, and with the words of each instruction card where it was first shown."""
    lines: list[dict[str, Any]] = []
    shown: set[tuple[str, int]] = set()
    for entry in entries:
        by = {"id": entry.actor, "name": name_of(site, entry.actor)} if entry.actor else None
        told = [{"id": who, "name": name_of(site, who)} for who in entry.facts.get("told", ())]
        facts = dict(entry.facts) | ({"told": told} if told else {})
        card = (facts.get("kind", ""), facts.get("card", 0))
        if card in cards and card not in shown:
            facts["card_text"] = cards[card]
            shown.add(card)
        lines.append({"seq": entry.seq, "at": rfc3339(entry.at), "event": entry.event, "by": by, "facts": facts})
    return lines
