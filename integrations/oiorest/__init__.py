"""A case as OIO's standard for cases has it in JSON, the form in which LoRa keeps one; and as it changes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hub.errors import Invalid
from hub.ports import CaseRecord, Form, Never
from integrations.caserecords import noted
from integrations.sf1470.roles import Words

UUID = re.compile(r"[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}")
FOREVER = "infinity"
FACTS, STATES, RELATIONS = "attributter", "tilstande", "relationer"
Json = Mapping[str, Any]
Effects = Sequence[Json]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the hub is there."""

    system: str
    words: Words = field(default_factory=Words)
    """What the house's own classes and types are called there, by their names."""

    def __post_init__(self) -> None:
        if not UUID.fullmatch(self.system):
            raise Invalid(f'system: "{self.system}" is no UUID; write its 36 characters.')


def case(record: CaseRecord, sender: Sender, note: str) -> dict[str, Any]:
    """The case with all that it was and is. Never where it is none, or points at what has no UUID."""
    if record.form is Form.NO_CASE:
        raise Never("target: only cases are kept there; let the practice make one of it, or send it elsewhere.")
    since = _effect(record.steps[0].since, None, sender)
    about = "\r\n".join(part for part in (noted(record), record.status) if part)
    facts = {"brugervendtnoegle": record.number, "sagsnummer": record.number, "titel": record.title}
    facts |= {"beskrivelse": about} | ({"kassationskode": record.keep} if record.keep is not None else {})
    return {
        "note": note,
        FACTS: {"sagegenskaber": [facts | {"virkning": since}]},
        STATES: {"sagfremdrift": _states(record, sender)},
        RELATIONS: _relations(record, sender, since),
    }


def _states(record: CaseRecord, sender: Sender) -> list[Json]:
    """Each state until the next; one that was over as it began never held."""
    ends = [*(one.since for one in record.steps[1:]), None]
    return [
        {"fremdrift": one.progress.value, "virkning": _effect(one.since, end, sender)}
        for one, end in zip(record.steps, ends, strict=True)
        if end is None or end > one.since
    ]


def _relations(record: CaseRecord, sender: Sender, since: Json) -> dict[str, list[Json]]:
    found = {
        "ejer": _to(f"urn:oio:cvr-nr:{record.authority}", "Organisation"),
        "ansvarlig": _to(record.unit, "OrganisationEnhed"),
        "primaerklasse": _class(record.kle.number, record.kle.uuid),
        "handlingsklasse": _class(record.facet.number, record.facet.uuid),
    }
    if record.party is not None:
        found["primaerpart"] = _to(record.party.urn, "Bruger" if record.party.is_employee else "Person")
    if record.case is not None:
        found["oversag"] = _to(record.case, "Sag")
    if record.hidden:
        found["sikkerhedsklasse"] = _to(sender.words.type("Visning undtaget for borger"), "Klasse")
    return {name: [one | {"virkning": since}] for name, one in found.items()}


def _class(number: str, uuid: str | None) -> dict[str, str]:
    if uuid is None:
        raise Never(f"kle: no edition that was imported has the UUID of {number}; import one that has (SF1510).")
    return _to(uuid, "Klasse")


def _to(what: str, kind: str) -> dict[str, str]:
    return {"urn" if what.startswith("urn:") else "uuid": what, "objekttype": kind}


def _effect(since: datetime, until: datetime | None, sender: Sender) -> Json:
    return {
        "from": moment(since),
        "to": moment(until) if until is not None else FOREVER,
        "aktoerref": sender.system,
        "aktoertypekode": "ItSystem",
    }


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def followed(before: Json, now: Json, at: datetime) -> dict[str, Any]:
    """The case as it is kept from now on: what is another than before begins now, and what it was has an end."""
    merged: dict[str, Any] = {"note": now["note"], STATES: now[STATES]}
    for part in (FACTS, RELATIONS):
        names = {**before.get(part, {}), **now[part]}
        merged[part] = {
            name: effects
            for name in names
            if (effects := _follow(before.get(part, {}).get(name, ()), now[part].get(name, ()), at))
        }
    return merged


def _follow(before: Effects, now: Effects, at: datetime) -> list[Json]:
    """One kind of thing: the same goes on as it did."""
    over = [one for one in before if one["virkning"]["to"] != FOREVER]
    open_ = [one for one in before if one["virkning"]["to"] == FOREVER]
    same = [old for old in open_ if any(_said(old) == _said(new) for new in now)]
    new = [one for one in now if all(_said(one) != _said(old) for old in same)]
    ended = [_until(one, at) for one in open_ if one not in same]
    begun = [_from(one, at) if before else one for one in new]
    return [*over, *ended, *same, *begun]


def _said(one: Json) -> Json:
    return {key: value for key, value in one.items() if key not in ("virkning", "indeks")}


def _until(one: Json, at: datetime) -> Json:
    return {**one, "virkning": {**one["virkning"], "to": moment(at)}}


def _from(one: Json, at: datetime) -> Json:
    return {**one, "virkning": {**one["virkning"], "from": moment(at)}}
