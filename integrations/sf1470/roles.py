"""What the index calls roles and types: those that are known, and those that an operator adds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.errors import Invalid
from hub.ports import Never

KNOWN = {
    "Ejer": "9e979b84-b846-4472-8622-58007dc63c7e",
    "Ansvarlig": "a1263342-d348-44ba-a566-233f37c4cb67",
    "Primær behandler": "bf1f93ed-9441-4af4-835b-baeb201f3076",
    "Primær part": "d839f26a-d4d1-4441-b2d6-3dbbb12a9404",
    "Primær klasse": "a86c6581-ec85-412d-a655-31a1f1d5b14f",
    "Handlingsklasse": "05ef7011-11a7-4e4c-a46b-3de6aa457fc3",
    "Master": "251c24fd-57b0-4afc-9d73-b063d1957eb3",
    "Afsender": "1b3c6a6d-e977-4491-9bf8-b41ee6999f39",
}
TYPES = {
    "Organisation": "bc6972cd-8f2b-4b9d-8d37-62916d6a71aa",
    "OrgEnhed": "c5fc3b3b-5197-49ee-92e6-ae6ba1957174",
    "Bruger": "85d65133-4b00-460d-992e-3984857b5768",
    "Person": "c189ba35-de4b-4363-a8b7-67f1456cf56f",
    "Klasse": "267235ea-526d-4a18-8001-f2a0e563eba1",
    "IT-system": "29fe1da2-897a-46cd-b635-b9be8e0bffd6",
}
SAG, HIDDEN = "Sag", "Visning undtaget for borger"
"""A type, and a class, that the index has and that no public source names: they come from the operator."""


@dataclass(frozen=True, slots=True)
class Words:
    """Every role, type and class that this hub can name."""

    more: Mapping[str, str] = field(default_factory=dict)

    def role(self, name: str) -> str:
        return self._named(KNOWN | dict(self.more), name)

    def type(self, name: str) -> str:
        return self._named(TYPES | dict(self.more), name)

    def role_of(self, uuid: str) -> str | None:
        """The role that a UUID stands for."""
        return next((name for name, known in (KNOWN | dict(self.more)).items() if known == uuid), None)

    def _named(self, known: Mapping[str, str], name: str) -> str:
        if name not in known:
            raise Never(f'words: the UUID of "{name}" is not known here: add it to the words of the way there.')
        return known[name]

    def __post_init__(self) -> None:
        if any(not value.strip() for value in self.more.values()):
            raise Invalid("words: each has a UUID; take it from Klassifikation (SF1510).")
