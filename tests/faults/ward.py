"""A ward for hurting the hub in: who is there, rules of seconds, and the hub as a process of its own."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from loadtests.hubprocess import HubProcess

INSTITUTION = "hospitalet"
# Seconds until the next step, by step; past the end stands the last resort.
WAITS = (1, 2, 3)
LAST_WAIT = 2
RULES = f"""\
name = "Rules of seconds"
link_within = 0

[kinds.alarm]
answers_needed = 1
reopen_after = 0

[[kinds.alarm.steps]]
tell = ["on_duty"]
by = ["live"]
receipt_within = 1
next_after = {WAITS[0]}

[[kinds.alarm.steps]]
tell = ["neighbours"]
by = ["live"]
receipt_within = 1
next_after = {WAITS[1]}

[[kinds.alarm.steps]]
tell = ["role:shift_lead"]
by = ["live"]
receipt_within = 1
next_after = {WAITS[2]}

[last_resort]
tell = ["role:manager"]
by = ["live"]
next_after = {LAST_WAIT}
"""
SLOW_RULES = RULES.replace("next_after = ", "next_after = 3600 # ")

PEOPLE = {
    "bo": "staff nord",
    "carl": "staff nord",
    "dina": "staff syd",
    "lone": "shift_lead nord",
    "leif": "manager",
}


def wait_after(step: int) -> int:
    """Seconds that the rules give a step before the next."""
    return WAITS[step] if step < len(WAITS) else LAST_WAIT


def device_of(person: str) -> str:
    return f"telefon-{person}"


def buttons(count: int) -> list[str]:
    return [f"knap-{number}" for number in range(count)]


def written(folder: Path, now: datetime, presses: int, rules: str = RULES) -> Path:
    """The site file of a ward with so many buttons; bo and carl are on duty in it, dina next door."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.toml").write_text(rules, encoding="utf-8")
    site = folder / "site.toml"
    site.write_text("\n".join(_tables(now, presses)), encoding="utf-8")
    return site


def _tables(now: datetime, presses: int) -> Iterator[str]:
    yield f'[institution]\nid = "{INSTITUTION}"\nname = "Afdelingen"\nmunicipality = "29189999"'
    yield 'timezone = "Europe/Copenhagen"\nrules = "rules.toml"'
    yield '[[unit]]\nid = "nord"\nname = "Nord"\nneighbours = ["syd"]\n[[unit]]\nid = "syd"\nname = "Syd"'
    for button in buttons(presses):
        yield f'[[place]]\nid = "stue-{button}"\nunit = "nord"\nname = "Stue {button}"'
        yield f'[[device]]\nid = "{button}"\nkind = "button"\nplace = "stue-{button}"'
    for person, belongs in PEOPLE.items():
        role, *units = belongs.split()
        yield f'[[person]]\nid = "{person}"\nname = "{person.title()}"\nrole = "{role}"\nunits = {units}'
        yield f'[[device]]\nid = "{device_of(person)}"\nkind = "phone"\nperson = "{person}"'
    starts, ends = now - timedelta(hours=1), now + timedelta(hours=12)
    for person, unit in (("bo", "nord"), ("carl", "nord"), ("dina", "syd")):
        yield f'[[shift]]\nperson = "{person}"\nunit = "{unit}"\nduty = "active"'
        yield f"from = {starts.isoformat()}\nto = {ends.isoformat()}"


def hub_in(folder: Path, settings: Mapping[str, str] | None = None) -> HubProcess:
    """A hub over data in the folder."""
    return HubProcess(folder / "data", settings={**quick_in(folder), **(settings or {})})


def quick_in(folder: Path) -> Mapping[str, str]:
    """What lets a program start quickly once it has started before, wherever the tests run."""
    kept = {"PYTHONDONTWRITEBYTECODE": ""}
    if os.environ.get("PYTHONDONTWRITEBYTECODE") and not os.environ.get("PYTHONPYCACHEPREFIX"):
        kept["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    return kept
