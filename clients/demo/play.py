"""Plays the demonstration: one story in the terminal, or an institution to try by hand."""

import asyncio
import json
import secrets
import shutil
import signal
import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from rich.console import Console
from rich.table import Table

from clients.button.colleague import Deed
from clients.python import HubLine, new_id

from . import site
from .casesystem import LEADER, case_system, hands_one_over
from .cast import at_work, behaviours, could_be_deaf
from .hubchild import HubChild, check_port
from .screen import Screen
from .story import PLAIN, WITH_ONE_DEAF, Step, StepMissing, Story, timeline_whole
from .texts import Words

SHORT_SECONDS = Path(__file__).with_name("short_seconds.toml")
MARK = "demonstration.json"
PATIENCE = 16  # seconds for the story, so that it and the start of a hub fit in 20
BRISK = 0.3  # the pace of people in the terminal's story

_WORDS = ("skov", "lampe", "vinter", "kaffe", "ravn", "skib", "mose", "fyr", "regn", "uld", "bro", "hest", "gran")


@dataclass(frozen=True, slots=True)
class Play:
    """What was asked for on the command line."""

    words: Words
    deaf: str | None = None
    data: Path = Path("data/demo")
    host: str = "127.0.0.1"
    port: int = 8000
    password: str = ""

    @property
    def rules(self) -> str:
        return str(SHORT_SECONDS) if self.deaf else "botilbud"


class ForeignFolder(Exception):
    """The data folder holds something that the demonstration did not make."""


async def tell_once(play: Play, console: Console) -> None:
    """Tells the story in the terminal; StepMissing if it did not go as it should."""
    cast = behaviours(play.deaf)
    screen = Screen(console, play.words, site.colleagues(), cast)
    console.rule(play.words["title"])
    with tempfile.TemporaryDirectory(prefix="tryghedshub-demo-") as folder:
        console.print(play.words["starting"].format(site=site.NAME))
        hub = HubChild(Path(folder))
        tokens = await _set_up(hub, play, secrets.token_urlsafe(12))
        async with hub, at_work(hub.url, tokens, cast, BRISK, screen.deed):
            raiser = site.player(site.RAISER)
            async with HubLine(hub.url, tokens[raiser.device], client="demo 1.0") as line:
                unit = dict(site.UNITS)[raiser.units[0]]
                console.print(play.words["once_title"].format(raiser=raiser.name, unit=unit))
                await press_and_follow(line, story_of(play, WITH_ONE_DEAF if play.deaf else PLAIN), screen, PATIENCE)


def story_of(play: Play, steps: Sequence[Step]) -> Story:
    """A story that begins now."""
    hearers = len(could_be_deaf()) - (1 if play.deaf else 0)
    return Story(new_id(), perf_counter_ns(), steps, hearers)


async def press_and_follow(
    line: HubLine,
    story: Story,
    screen: Screen,
    patience: float,
    beside: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> Sequence[Mapping[str, Any]]:
    """Presses, and follows the story to its end while `beside` goes on; the hub's own record of it."""
    frames = line.frames()
    screen.story = story
    timeline: Sequence[Mapping[str, Any]] = []
    going_on = asyncio.create_task(beside()) if beside is not None else None
    with screen.shown():
        try:
            async with asyncio.timeout(patience):
                await line.raise_alarm("alarm", "vaerelse-3", id=story.alarm)
                async for frame in frames:
                    if story.hear(frame, perf_counter_ns()):
                        screen.moved()
                    if story.over:
                        break
                timeline = (await line.calls.alarm(story.alarm))["timeline"]
                if timeline_whole(timeline, story.steps):
                    story.note(Step.TIMELINE, perf_counter_ns())
                    screen.moved()
                if going_on is not None:
                    await going_on
        except TimeoutError:
            pass
        finally:
            if going_on is not None:
                going_on.cancel()
    screen.console.print(screen.record(timeline), screen.measured())
    if (missing := story.missing()) is not None:
        raise StepMissing(missing, patience)
    return timeline


async def serve(play: Play, console: Console) -> int:
    """Runs the institution with its simulated colleagues until it is told to stop; the exit code."""
    cast = behaviours(play.deaf)
    check_port(play.host, play.port)
    # The made-up case system listens on this machine.
    outside = {"HUB_OUTBOUND_LOOPBACK": "yes"}
    hub = HubChild(fresh_folder(play), host=play.host, port=play.port, settings=outside)
    password = play.password or made_up_password()
    console.print(play.words["starting"].format(site=site.NAME))
    tokens = await _set_up(hub, play, password)

    async with case_system(hub), hub, at_work(hub.url, tokens, cast, 1.0, teller(play, console)):
        asked = told_to_stop()
        await hands_one_over(hub.url, password, datetime.now(site.ZONE))
        welcome(play, console, hub.url, cast, password)
        console.print(play.words["case"].format(leader=site.player(LEADER).name, url=hub.url))
        ended, stopped = asyncio.create_task(hub.ended()), asyncio.create_task(asked.wait())
        await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            stopped.cancel()
            console.print(play.words["hub_ended"].format(log=hub.log), hub.last_words(), sep="\n")
            return 1
        console.print(play.words["stopping"])
        ended.cancel()
    return 0


def teller(play: Play, console: Console) -> Callable[[Deed], None]:
    """Says each thing that a colleague does, as they do it."""

    def told(deed: Deed) -> None:
        did = play.words[f"did_{deed.what}"].format(detail=deed.detail)
        console.print(f"{datetime.now(site.ZONE):%H:%M:%S}  {site.player(deed.who).name} {did}", style="cyan")

    return told


def fresh_folder(play: Play) -> Path:
    """The data folder, empty: what an earlier demonstration left in it is removed, and nothing else ever is."""
    folder = play.data.resolve()
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise ForeignFolder(play.words["foreign_folder"].format(folder=folder))
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(json.dumps({"made_by": "clients.demo"}) + "\n", encoding="utf-8")
    return folder


def made_up_password() -> str:
    """A new password that is easy to read and type."""
    return "-".join(secrets.choice(_WORDS) for _ in range(3)) + f"-{secrets.randbelow(90) + 10}"


async def _set_up(hub: HubChild, play: Play, password: str) -> Mapping[str, str]:
    file = hub.data / "site.toml"
    file.touch(mode=0o600)  # it holds the password
    file.write_text(site.site_toml(datetime.now(site.ZONE), password, play.rules), encoding="utf-8")
    return await hub.setup(file)


def told_to_stop() -> asyncio.Event:
    """Set when somebody wants the demonstration to end."""
    asked = asyncio.Event()
    for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(which, asked.set)
    return asked


def welcome(play: Play, console: Console, url: str, cast: Mapping[str, str], password: str) -> None:
    """Says where to sign in, as whom, and who will answer."""
    words, unit = play.words, dict(site.UNITS)["nord"]
    console.rule(f"{words['title']}: {site.NAME}")
    console.print(words["open"].format(url=url))
    table = Table("", "", "", "", show_header=True)
    for column, key in zip(table.columns, ("name", "username", "password", "is"), strict=True):
        column.header = words[key]
    for one in site.PLAYERS:
        if one.signs_in:
            table.add_row(one.name, one.id, password, words[one.role].format(unit=unit))
    console.print(table)
    console.print(words["try"].format(raiser=site.player(site.RAISER).name))
    for one in site.colleagues():
        likes = "neighbour" if one.units != ("nord",) else "deaf_one" if cast[one.id] == "deaf" else cast[one.id]
        console.print(f"  {one.name} {words[likes].format(unit=unit)}", style="cyan")
    until = f"{site.roster_ends(datetime.now(site.ZONE)):%H:%M}"
    console.print(words["until"].format(until=until, data=play.data.resolve()), words["stop"], sep="\n")
