"""The demonstration on a cluster: a hub is killed while an alarm runs, and whether anybody noticed is counted."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import perf_counter_ns

import httpx
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from clients.python import HubLine

from . import site
from .cast import at_work, behaviours
from .cluster import Cluster, running
from .hubchild import check_port
from .play import (
    BRISK,
    SHORT_SECONDS,
    Play,
    fresh_folder,
    made_up_password,
    press_and_follow,
    story_of,
    teller,
    told_to_stop,
    welcome,
)
from .screen import Screen, in_seconds
from .story import WITH_ONE_KILLED, Step, Story
from .witness import Verdict, Witness, judged

PATIENCE = 90  # seconds for the story, which ends when the killed hub is there again
LOOKER = "kirsten"  # whose page stands open in a browser
BREATH = 1.5  # seconds that somebody who looks on has seen the alarm before the hub dies
SINKS_IN = 0.1  # by then everybody who had a line to a dead hub knows


class SomebodyNoticed(Exception):
    """A screen missed something or had it twice, or the alarm went on too late."""


class ClusterScreen(Screen):
    """The story, and below it what every screen noticed of the hub's death."""

    def __init__(self, console: Console, play: Play, cast: Mapping[str, str], seen: Sequence[Witness]) -> None:
        super().__init__(console, play.words, site.colleagues(), cast)
        self.heard = asyncio.Event()
        self.killed_at = 0
        self._seen = seen

    def moved(self) -> None:
        super().moved()
        if self.story is not None and Step.HEARD in self.story.happened:
            self.heard.set()

    def __rich__(self) -> RenderableType:
        return Group(super().__rich__(), Text(), self.lines())

    def lines(self) -> Table:
        """Who got how much, and who was without a line for how long."""
        table = Table(title=self.words["lines"], title_justify="left")
        for key in ("line", "events", "back"):
            table.add_column(self.words[key])
        for one in self._seen:
            back = ", ".join(in_seconds(at - self.killed_at) for at in one.back_at)
            table.add_row(one.name, str(len(one.heard)), back or self.words["never_gone"])
        return table


async def tell_once(play: Play, console: Console) -> None:
    """Tells the story in the terminal; StepMissing or SomebodyNoticed if it did not go as it should."""
    console.rule(play.words["title"])
    console.print(play.words["cluster_starting"].format(site=site.NAME))
    cast, seen, password = behaviours("first"), list[Witness](), secrets.token_urlsafe(12)
    screen = ClusterScreen(console, play, cast, seen)
    with tempfile.TemporaryDirectory(prefix="tryghedshub-demo-") as folder:
        written = site.site_toml(datetime.now(site.ZONE), password, str(SHORT_SECONDS))
        async with (
            running(Path(folder), written) as place,
            at_work(place.url, place.tokens, cast, BRISK, screen.deed) as lines,
            _page(place.url, password) as page,
            HubLine(place.url, place.tokens[site.player(site.RAISER).device], client="demo 1.0") as line,
        ):
            seen += _witnesses(play, {**lines, LOOKER: page, site.RAISER: line})
            story = story_of(replace(play, deaf="first"), WITH_ONE_KILLED)

            async def strike() -> None:
                await screen.heard.wait()
                # The raiser's own hub, so that they are among those who could notice.
                await _strike(play, place, place.proxy.newest, seen, _noted(screen, story))

            async with _watching(seen):
                timeline = await press_and_follow(line, story, screen, PATIENCE, strike)
                await asyncio.gather(*(one.caught_up(timeline) for one in seen))
    console.print(screen.lines())
    _say(play, console, judged(play.words, timeline, seen))


def _noted(screen: ClusterScreen, story: Story) -> Callable[[Step, Sequence[str]], None]:
    def note(step: Step, names: Sequence[str]) -> None:
        at = perf_counter_ns()
        if step is Step.KILLED:
            screen.killed_at = at
        story.note(step, at, names)
        screen.moved()

    return note


def _say(play: Play, console: Console, verdict: Verdict) -> None:
    if verdict.problems:
        raise SomebodyNoticed("\n".join([play.words["noticed"], *verdict.problems]))
    late = f"{verdict.late.total_seconds():.2f} s"
    console.print(play.words["nobody_noticed"].format(events=verdict.events, late=late), style="bold green")


async def serve(play: Play, console: Console) -> int:
    """Runs the institution on a cluster until it is told to stop; each alarm costs a hub its life."""
    check_port(play.host, play.port)
    folder, cast, password = fresh_folder(play), behaviours(play.deaf), play.password or made_up_password()
    console.print(play.words["cluster_starting"].format(site=site.NAME))
    written = site.site_toml(datetime.now(site.ZONE), password, play.rules)
    async with (
        running(folder, written, play.host, play.port) as place,
        at_work(place.url, place.tokens, cast, 1.0, teller(play, console)) as lines,
        _page(place.url, password) as page,
    ):
        seen = _witnesses(play, {**lines, LOOKER: page})
        asked = told_to_stop()
        welcome(play, console, place.url, cast, password)
        async with _watching(seen):
            hammer = asyncio.create_task(_hammer(play, console, place, seen))
            stopped = asyncio.create_task(asked.wait())
            await asyncio.wait([hammer, stopped], return_when=asyncio.FIRST_COMPLETED)
            if hammer.done():
                stopped.cancel()
                await hammer
            console.print(play.words["stopping"])
            hammer.cancel()
    return 0


async def _hammer(play: Play, console: Console, place: Cluster, seen: Sequence[Witness]) -> None:
    """Kills the hubs in turn, one for each alarm, and says when who is back."""

    def note(step: Step, names: Sequence[str]) -> None:
        line = play.words[step.value].format(names=", ".join(names))
        console.print(f"{datetime.now(site.ZONE):%H:%M:%S}  {line}", style="bold yellow")

    struck: set[str] = set()
    while True:
        raised = {alarm for one in seen for alarm in one.raised}
        if raised <= struck:
            seen[0].moved.clear()
            await seen[0].moved.wait()
            continue
        struck |= raised
        await asyncio.sleep(BREATH)
        await _strike(play, place, place.proxy.newest, seen, note)


async def _strike(
    play: Play, place: Cluster, which: int, seen: Sequence[Witness], note: Callable[[Step, Sequence[str]], None]
) -> None:
    """Kills one hub, waits until all who were connected to it are back, and starts it again."""
    name = play.words["node"].format(number=which + 1)
    before = {one.who: len(one.back_at) for one in seen}

    def is_back(one: Witness) -> bool:
        return len(one.back_at) > before[one.who]

    note(Step.KILLED, [name])
    killed = perf_counter_ns()
    await place.nodes[which].kill()
    await asyncio.sleep(SINKS_IN)
    lost = [one for one in seen if is_back(one) or not one.line.connected]
    while not all(map(is_back, lost)):
        seen[0].moved.clear()
        await seen[0].moved.wait()
    note(Step.RESUMED, [f"{one.name} {in_seconds(one.back_at[-1] - killed)}" for one in lost])
    await place.nodes[which].start()
    note(Step.RESTARTED, [name])


def _witnesses(play: Play, lines: Mapping[str, HubLine]) -> list[Witness]:
    names = {who: site.player(who).name for who in lines}
    names[LOOKER] = play.words["page"].format(name=names[LOOKER])
    moved = asyncio.Event()
    return [Witness(who, names[who], line, moved) for who, line in lines.items()]


@asynccontextmanager
async def _watching(seen: Sequence[Witness]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one.work()) for one in seen]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _page(url: str, password: str) -> AsyncIterator[HubLine]:
    """What a page in a browser has: a live socket with the session that somebody signed in for."""
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, trust_env=False) as browser:
        signed_in = await browser.post("/api/session", json={"username": LOOKER, "password": password})
        signed_in.raise_for_status()
        session = browser.cookies["hub_session"]
    async with HubLine(url, session, client="demo 1.0") as line:
        yield line
