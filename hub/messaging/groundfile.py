"""The file in which the grounds stand that something about a citizen may be shared on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from hub.messaging.sharing import CONSENT
from hub.people.tomlfile import TomlFile

SHIPPED = Path(__file__).resolve().parents[2] / "sharing_grounds" / "dk.toml"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Ground:
    """A law's paragraph, in the words of whoever chooses it."""

    id: str
    name: str
    paragraph: str
    since: date


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Ground]:
    """The grounds that come with the hub, in their order."""
    return read(SHIPPED.read_text("utf-8"), SHIPPED.name)


def read(text: str, name: str) -> Mapping[str, Ground]:
    """The grounds of a file; FileProblem names every fault by its line."""
    file = TomlFile(text, name)
    file.known_tables(("ground",))
    found: dict[str, Ground] = {}
    for section in file.many("ground", ("id", "name", "paragraph", "from")):
        which = section.matching("id", _ID, 'write small letters, digits and hyphens, like "care"') or ""
        if which == CONSENT or which in found:
            section.wrong("id", f'"{which}" is there already; call it something else')
        since = section.values.get("from")
        if not isinstance(since, date) or isinstance(since, datetime):
            section.wrong("from", "must be a day; write it without quotes, like 2027-01-01")
            continue
        found[which] = Ground(which, section.needed("name"), section.needed("paragraph"), since)
    file.problems.refuse_if_any()
    return found
