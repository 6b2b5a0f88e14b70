"""The case systems that the hub can write for: adapters, made from what an operator has said of each."""

import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from hub.cases.practice import Target
from hub.cases.ways import Link, Ways
from hub.cases.waystore import Way
from hub.clock import Clock
from hub.errors import FileProblem, HubError, Invalid
from hub.people.credentials import fingerprint
from hub.ports import CaseRecord, Classed, Form
from hub.settings import Outside
from integrations import oiorest, sf1470, sf2900
from integrations.casefolder import CaseFolder
from integrations.credentials import Credentials, Service
from integrations.oiorest.service import OioRest
from integrations.sf1470.roles import HIDDEN, SAG, Words
from integrations.sf1470.service import Index
from integrations.sf2900.service import THANKS, Distribution, Kind, read

# What no public source names, and an operator adds; here only so that a record can be shown as it would be.
UNKNOWN_WORDS = ("Oversag", "Visningsklasse", SAG, HIDDEN)
NAME = "Tryghedshub"
OWN = (Target.SF2900, Target.SF1470, Target.OIO)
"""Those that each municipality has its own way to."""
BRING_RECEIPTS = frozenset({Target.SF2900})
_ALWAYS = frozenset({"target", "municipality", "url", "system"})
_CREDENTIALS = frozenset({"certificate", "passphrase", "authority", "token_url", "client_id", "client_secret"})
_MORE: Mapping[Target, frozenset[str]] = {
    Target.SF2900: frozenset({"receiver", "object", "asks_after_hours", "gives_up_after_hours"}),
    Target.SF1470: frozenset({"words"}),
    Target.OIO: frozenset({"words"}),
}


def open_ways(ways: Ways, clock: Clock, outside: Outside) -> None:
    """Says which ways this hub has for everybody, and what makes those that a municipality has of its own."""
    if outside.case_folder is not None:
        ways.everybody[Target.FILE] = Link(CaseFolder(Path(outside.case_folder)))
    ways.opened_by(partial(link, clock=clock, outside=outside))


def waying(text: str, name: str, clock: Clock, outside: Outside) -> tuple[Way, str | None]:
    """The way that a file describes, and the credential of its receipts; Invalid if nothing could be sent by it."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise FileProblem(name, [f"cannot be read: {fault}"]) from None
    if said.get("target") not in [one.value for one in OWN]:
        raise Invalid(f"target: write {' or '.join(OWN)}.")
    if not re.fullmatch(r"[0-9]{8}", str(said.get("municipality")), re.ASCII):
        raise Invalid("municipality: write its CVR number, eight digits in quotes.")
    target = Target(said["target"])
    credential = secrets.token_urlsafe(32) if target in BRING_RECEIPTS else None
    known = fingerprint(credential) if credential is not None else None
    way = Way(said["municipality"], target, said, clock.now(), known)
    link(way, clock=clock, outside=outside)
    return way, credential


def link(way: Way, *, clock: Clock, outside: Outside) -> Link:
    """A municipality's own case system, as an operator has described it; Invalid names what is wrong with that."""
    said = way.settings
    _check_keys(way.target, said)
    given = Credentials(**{key: said[key] for key in _CREDENTIALS if key in said})
    service = Service(said["url"], given, clock, allow_loopback=outside.allow_loopback)
    if way.target is Target.SF1470:
        return Link(Index(service, sf1470.Sender(said["system"], NAME, _words(said)), way.municipality))
    if way.target is Target.OIO:
        return Link(OioRest(service, oiorest.Sender(said["system"], _words(said)), way.municipality))
    sender = sf2900.Sender(way.municipality, said["system"], said.get("receiver"))
    try:
        kind = Kind(said.get("object", Kind.JOURNAL_POST))
    except ValueError:
        raise Invalid(f"object: write {' or '.join(Kind)}.") from None
    asks, gives_up = (_hours(said, key, usual) for key, usual in _PATIENCE.items())
    if asks > gives_up:
        raise Invalid("asks_after_hours, gives_up_after_hours: a system is asked before it is given up.")
    return Link(Distribution(service, sender, kind), read, THANKS, asks, gives_up)


_PATIENCE = {"asks_after_hours": 24.0, "gives_up_after_hours": 72.0}


def _check_keys(target: Target, said: Mapping[str, Any]) -> None:
    missing, known = _ALWAYS - set(said), _ALWAYS | _CREDENTIALS | _MORE[target]
    if missing:
        raise Invalid(f"{', '.join(sorted(missing))}: is missing.")
    if strange := set(said) - known:
        raise Invalid(f"{', '.join(sorted(strange))}: is not known here; there is {', '.join(sorted(known))}.")
    texts = (_ALWAYS | _CREDENTIALS | {"receiver", "object"}) & set(said)
    if wrong := [key for key in sorted(texts) if not isinstance(said[key], str) or not said[key].strip()]:
        raise Invalid(f"{', '.join(wrong)}: write a text.")


def _hours(said: Mapping[str, Any], key: str, usual: float) -> timedelta:
    found = said.get(key, usual)
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 < found <= 24 * 90:
        raise Invalid(f"{key}: write hours, more than 0 and at most 90 days.")
    return timedelta(hours=found)


def _words(said: Mapping[str, Any]) -> Words:
    found = said.get("words", {})
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise Invalid('words: write a table of names and UUIDs, such as "Oversag" = "…".')
    return Words(found)


def verdicts(record: CaseRecord, at: datetime) -> dict[str, str]:
    """Whether each interface would take the record, with made-up UUIDs where the hub knows none."""
    named = replace(record, kle=_named(record.kle), facet=_named(record.facet))
    words = Words({name: _made_up(name) for name in UNKNOWN_WORDS})
    index = sf1470.Sender(_made_up("system"), NAME, words)
    way = sf2900.Sender(record.authority, _made_up("system"))
    rest = oiorest.Sender(_made_up("system"), words)
    cases: dict[str, Callable[[], object]] = {
        "sf1470": lambda: sf1470.imported(named, index, at),
        "oio_rest": lambda: oiorest.case(named, rest, ""),
    }
    told = {name: "–" if record.form is Form.NO_CASE else _verdict(make) for name, make in cases.items()}
    return {"sf2900": _verdict(lambda: sf2900.journal_post(named, way, _made_up("transaction"), at))} | told


def _verdict(make: Callable[[], object]) -> str:
    try:
        make()
    except HubError as refusal:
        return str(refusal)
    return "ok"


def _named(one: Classed) -> Classed:
    return one if one.uuid is not None else replace(one, uuid=_made_up(one.number))


def _made_up(name: str) -> str:
    return str(UUID(bytes=sha256(name.encode()).digest()[:16], version=4))
