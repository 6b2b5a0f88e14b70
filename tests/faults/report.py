"""How every run with faults ends: its hub stops in order, and its figures are told in a few lines."""

from collections.abc import Mapping

from clients.demo.hubchild import HubChild


def table(told: Mapping[str, str]) -> str:
    """A figure a line, its name before it."""
    width = max(map(len, told))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in told.items())


async def ends(*hubs: HubChild) -> tuple[str, list[str]]:
    """Stops the hubs; what the last of them says of the journal, and what was not as it should be."""
    faults = []
    for hub in hubs:
        await hub.stop()
        if await hub.ended() != 0:
            faults.append(f"the exit code of {hub.data.name} was {await hub.ended()}")
    journal = (await hubs[-1].command("verify-journal")).strip()
    return journal, faults if journal.endswith("rows, whole") else [*faults, journal]
