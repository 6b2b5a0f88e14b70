"""Who plays what: the demonstration's colleagues on their lines to the hub."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from clients.button.colleague import BEHAVIOURS, Colleague, Deed
from clients.python import HubLine

from .site import Player, colleagues, player


class NoSuchColleague(Exception):
    """The one who should be deaf is none of those who could be."""


def behaviours(deaf: str | None) -> Mapping[str, str]:
    """Each colleague's behaviour by id; whoever is made deaf is the one who would have come first."""
    cast = {one.id: one.behaviour for one in colleagues()}
    if deaf is None:
        return cast
    beside = could_be_deaf()
    first = next(one for one in beside if one.behaviour == "quick")
    try:
        chosen = first if deaf == "first" else player(deaf)
    except KeyError:
        raise NoSuchColleague(deaf) from None
    if chosen not in beside:
        raise NoSuchColleague(deaf)
    return {**cast, first.id: chosen.behaviour, chosen.id: "deaf"}


def could_be_deaf() -> tuple[Player, ...]:
    """The colleagues in the raiser's own unit."""
    unit = colleagues()[0].units[0]
    return tuple(one for one in colleagues() if one.units == (unit,))


@asynccontextmanager
async def at_work(
    url: str, tokens: Mapping[str, str], cast: Mapping[str, str], pace: float, told: Callable[[Deed], None]
) -> AsyncIterator[Mapping[str, HubLine]]:
    """All colleagues connected and answering, by their lines; they go home at the end."""
    async with AsyncExitStack() as stack:
        lines: dict[str, HubLine] = {}
        working: list[asyncio.Task[None]] = []
        for who, behaviour in cast.items():
            token = tokens[player(who).device]
            line = lines[who] = await stack.enter_async_context(HubLine(url, token, client="demo 1.0"))
            colleague = Colleague(line, BEHAVIOURS[behaviour], person=who, pace=pace, told=told)
            working.append(asyncio.create_task(colleague.work()))
        try:
            yield lines
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
