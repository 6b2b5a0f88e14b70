"""The case systems that the hub can write for: adapters, made from what an operator has said of each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from hub.cases.practice import Target
from hub.errors import HubError
from hub.ports import CaseRecord, CaseSystem, Classed, Form
from hub.settings import Outside
from integrations import sf1470, sf2900
from integrations.casefolder import CaseFolder
from integrations.sf1470.roles import HIDDEN, SAG, Words

# What no public source names, and an operator adds; here only so that a record can be shown as it would be.
UNKNOWN_WORDS = ("Oversag", "Visningsklasse", SAG, HIDDEN)


def case_systems(outside: Outside) -> dict[Target, CaseSystem]:
    """The case systems that this hub is set up to write to."""
    return {Target.FILE: CaseFolder(Path(outside.case_folder))} if outside.case_folder is not None else {}


def verdicts(record: CaseRecord, at: datetime) -> dict[str, str]:
    """Whether each interface would take the record, with made-up UUIDs where the hub knows none."""
    named = replace(record, kle=_named(record.kle), facet=_named(record.facet))
    index = sf1470.Sender(_made_up("system"), "Tryghedshub", Words({name: _made_up(name) for name in UNKNOWN_WORDS}))
    way = sf2900.Sender(record.authority, _made_up("system"))
    return {
        "sf2900": _verdict(lambda: sf2900.journal_post(named, way, _made_up("transaction"), at)),
        "sf1470": "–" if record.form is Form.NO_CASE else _verdict(lambda: sf1470.imported(named, index, at)),
    }


def _verdict(make: Callable[[], bytes]) -> str:
    try:
        make()
    except HubError as refusal:
        return str(refusal)
    return "ok"


def _named(one: Classed) -> Classed:
    return one if one.uuid is not None else replace(one, uuid=_made_up(one.number))


def _made_up(name: str) -> str:
    return str(UUID(bytes=sha256(name.encode()).digest()[:16], version=4))
