"""The ways by which records are handed over while everything goes wrong, each to a stand-in of its kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from clients.demo.hubchild import HubChild
from hub.cases.practice import PROFILES, Practice, Target
from hub.casesystems import BRING_RECEIPTS, UNKNOWN_WORDS
from tests.cases import editions
from tests.cases.bulk import MUNICIPALITY

# A hub asks after this long without a word, and gives up after that: days, where nobody waits for the end of a test.
ASKS, GIVES_UP = 20 / 3600, 75 / 3600
SYSTEM = "ba537e12-8b0c-44b1-9de7-f75803a4e091"


@dataclass(frozen=True, slots=True)
class By:
    """One way, with what is said of it besides where it is."""

    target: Target
    said: Mapping[str, object] = field(default_factory=dict)
    path: str = "/afsend"

    @property
    def tells_later(self) -> bool:
        """Whether receipts come, or all is said at once."""
        return self.target in BRING_RECEIPTS

    @property
    def practice(self) -> Practice:
        """A practice that hands over by it: where only cases are kept, each record is one."""
        if self.tells_later:
            return Practice(target=self.target)
        return replace(PROFILES["single"], target=self.target)


_PATIENCE = {"asks_after_hours": ASKS, "gives_up_after_hours": GIVES_UP}
WAYS = {
    "journalpost": By(Target.SF2900, _PATIENCE),
    "dokument": By(Target.SF2900, _PATIENCE | {"object": "dokument"}),
    "sf1470": By(Target.SF1470),
    "oio_rest": By(Target.OIO, path=""),
}


async def connected(hub: HubChild, folder: Path, port: int, secret: str, by: By) -> str | None:
    """Tells the hub of the case system and of its numbers; the credential of its receipts, if it brings any."""
    for file, content in (("kle.csv", editions.CSV_2025), ("facets.csv", editions.FACETS)):
        (folder / file).write_bytes(content)
        await hub.command("kle", "import", str(folder / file), "--edition", editions.DAY_2025.isoformat())
    service = f"http://127.0.0.1:{port}"
    said: dict[str, object] = {"target": by.target.value, "municipality": MUNICIPALITY, "system": SYSTEM}
    said |= {"url": f"{service}{by.path}", "token_url": f"{service}/token", "client_id": "hub", "client_secret": secret}
    lines = [f"{name} = {value!r}" for name, value in (said | dict(by.said)).items()]
    if not by.tells_later:
        lines += ["[words]", *(f"{name!r} = '{UUID(int=n + 1, version=4)}'" for n, name in enumerate(UNKNOWN_WORDS))]
    way = folder / "way.toml"
    way.write_text("\n".join(lines), encoding="utf-8")
    told = (await hub.command("cases", "connect", str(way))).strip().splitlines()
    return told[-1] if by.tells_later else None
