"""The course of an incident in sentences: its alarms from the journal, what was in force then, and who has read it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.alarms.events import name_of
from hub.alarms.setting import Setting
from hub.escalation.words import kind_label
from hub.people.site import Site
from hub.storage.journal import Entry
from hub.web import incident_words as words
from hub.web.admin import Visit
from hub.web.incident_words import who
from hub.web.render import Texts

_TELLING = frozenset({"raised", "escalated", "rerouted", "reopened", "became_alarm"})


def tell(entry: Mapping[str, Any], alarm: Mapping[str, Any], kind: str, site: Site, say: Texts) -> str:
    """A row of an alarm's journal in a sentence."""
    name, facts, event = (entry["by"] or {}).get("name") or "", entry["facts"], entry["event"]
    if event in ("sent", "delayed", "not_sent"):
        return _carried(event, facts, name_of(site, facts["to"]) or facts["to"], say)
    if event == "answered":
        said = {"coming": say("{name} is coming."), "arrived": say("{name} is there."), "cannot": say("{name} cannot.")}
        return said.get(facts.get("said", ""), "{name}").replace("{name}", name)
    if event == "raised" and not facts.get("lone"):
        place = alarm.get("place_name") or alarm.get("unit_name") or say("place unknown")
        first = say("{name} pressed {kind} in {place}.", name=name, kind=kind, place=place)
    else:
        first = _plainly(event, facts, name or alarm["raised_by_name"], say)
    return f"{first} {_told(facts, say)}" if event in _TELLING else first


def _plainly(event: str, facts: Mapping[str, Any], name: str, say: Texts) -> str:
    outcome = words.outcome(facts.get("outcome"), facts.get("false_because"), say)
    sentences = {
        "raised": say("{name} was alone and gave no sign of life in time: the hub raised the alarm.", name=name),
        "received": say("It reached {name}'s device.", name=name),
        "shown": say("{name} had it on the screen.", name=name),
        "escalated": say("Too few were coming, so it went on to step {n}.", n=facts.get("step", 0) + 1),
        "rerouted": say("Others have come on duty since."),
        "reopened": say("Nobody had arrived in time, so it was raised again."),
        "became_alarm": say("The watch was not closed in time and became an alarm."),
        "withdrawn": say("{name} withdrew it. Somebody should still check in person.", name=name),
        "duress": say("{name} was forced to withdraw it: the alarm goes on.", name=name),
        "resolved": say("{name} gave the all clear: {outcome}.", name=name, outcome=outcome),
    }
    return sentences.get(event, name)


def _told(facts: Mapping[str, Any], say: Texts) -> str:
    names = ", ".join(one["name"] or one["id"] for one in facts.get("told", ()))
    return say("Told: {names}.", names=names) if names else say("There was nobody to tell.")


def _carried(event: str, facts: Mapping[str, Any], to: str, say: Texts) -> str:
    """What became of a notice that left the house."""
    channels = {"push": say("Notification"), "sms": say("Text message"), "voice": say("Call"), "email": say("E-mail")}
    said = {"channel": channels.get(facts["channel"], facts["channel"]), "name": to}
    if event == "sent":
        return say("{channel} to {name} was sent.", **said)
    if event == "delayed":
        return say("{channel} to {name} did not get through; it is tried again.", **said)
    return say("{channel} to {name} FAILED.", **said)


def course(visit: Visit, alarm: Mapping[str, Any]) -> dict[str, Any]:
    """An alarm's timeline, line by line."""
    texts, site = visit.texts, visit.site
    zone, book = ZoneInfo(site.institution.timezone), Setting.of(site).book.kinds

    def kind(name: str) -> str:
        return kind_label(book[name], texts) if name in book else name

    lines = []
    for entry in alarm["timeline"]:
        at = datetime.fromisoformat(entry["at"])
        said = tell(entry, alarm, kind(entry["facts"].get("kind", alarm["kind"])), site, texts)
        card = entry["facts"].get("card_text")
        lines.append((entry["at"], f"{at.astimezone(zone):%H.%M.%S}", entry["event"], said, card))
    return {
        "id": alarm["id"],
        "title": kind(alarm["kind"]),
        "lines": lines,
        "note": alarm.get("note"),
        "last": alarm.get("resolved_note"),
    }


def in_force(entries: Sequence[Entry], site: Site, rules: Mapping[int, str], say: Texts) -> list[str]:
    """The rules and the roster at the second of the press, as the record's first row keeps them."""
    found = []
    for entry in entries:
        facts = entry.facts
        if entry.event == "incident_opened" and "on_duty" in facts:
            people = ", ".join(
                f"{who(site, person)} ({words.unit_name(site, unit)})" for person, unit, _ in facts["on_duty"]
            )
            found.append(say("On duty then: {names}.", names=people) if people else say("Nobody was on duty then."))
            if (number := facts.get("rules")) is not None:
                found.append(say("The rules then: {name}, version {n}.", name=rules.get(number, ""), n=number))
    return found


def history(visit: Visit, entries: Sequence[Entry], remarks: Mapping[int, str]) -> list[tuple[str, str, str | None]]:
    """Who has done what with the record, and who has read it."""
    say, site = visit.texts, visit.site
    done = {
        "incident_opened": say("The record was begun."),
        "incident_joined": say("Another alarm of the same event was added."),
        "incident_joined_to": say("{name} joined it with another incident, which goes on for both."),
        "incident_parted": say("{name} took something out that was another event."),
        "incident_parted_from": say("{name} took it apart from the other incident again."),
        "incident_changed": say("{name} corrected when, where or what came of it."),
        "incident_prepared": say("{name} prepared a report to others."),
        "incident_signed": say("{name} signed."),
        "incident_reopened": say("{name} opened it again."),
        "incident_held": say("{name} held it, so that nothing is deleted."),
        "incident_hold_lifted": say("{name} lifted the hold."),
        "incident_archived": say("{name} confirmed that the archive has a paper."),
        "case_tagged": say("{name} gave a record for the case system another number."),
        "case_recorded": say("It was recorded for the case system."),
        "case_answered": say("The case system answered."),
        "case_chosen": say("{name} said which case it belongs to."),
        "case_document": say("{name} laid a paper with a record."),
        "case_placed": say("{name} copied a record into the case system."),
        "case_sent_again": say("{name} sent a record to the case system again."),
        "incident_erased": say("A paper was deleted, as its time was over."),
    }
    lines = []
    for entry in entries:
        paper = words.papers(say).get(entry.facts.get("paper", ""), "")
        if entry.event == "incident_written":
            text = say("{name} wrote in: {paper}.", name="{name}", paper=paper)
        elif entry.event == "incident_read":
            read = ", ".join(words.papers(say)[one] for one in entry.facts["papers"]) or say("the timeline only")
            text = say("{name} read: {papers}.", name="{name}", papers=read)
        elif entry.event == "incident_joined" and "from" in entry.facts:
            text = say("{name} joined another incident with it.")
        else:
            text = done.get(entry.event, "")
        name = who(site, entry.actor) if entry.actor else ""
        lines.append((visit.local(entry.at), text.replace("{name}", name), remarks.get(entry.seq)))
    return lines
