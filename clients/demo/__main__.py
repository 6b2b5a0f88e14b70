"""Tryghedshub with a made-up institution and simulated colleagues: to try by hand, or told once in the terminal."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from clients.python import HubLineError

from .cast import NoSuchColleague, could_be_deaf
from .child import DidNotStart
from .hubchild import PortTaken
from .play import ForeignFolder, Play, serve, tell_once
from .play_cluster import SomebodyNoticed
from .play_cluster import serve as serve_on_cluster
from .play_cluster import tell_once as tell_once_on_cluster
from .story import Step, StepMissing
from .texts import LANGUAGES, Words

EXPECTED = (
    StepMissing,
    SomebodyNoticed,
    NoSuchColleague,
    DidNotStart,
    HubLineError,
    ForeignFolder,
)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hub demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="tell the story once in the terminal, measured; then end")
    parser.add_argument("--cluster", action="store_true", help="on two hubs, of which one is killed during the alarm")
    parser.add_argument("--deaf", metavar="NAME|first", help="make this colleague deaf, so that the alarm must go on")
    parser.add_argument("--lang", choices=sorted(LANGUAGES), default="da")
    data = Path(os.environ.get("HUB_DATA", "data")) / "demo"
    parser.add_argument(
        "--data", type=Path, default=data, help="a folder of its own, made anew each time (%(default)s)"
    )
    parser.add_argument("--host", default=os.environ.get("HUB_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("HUB_PORT", "8000")))
    parser.add_argument("--password", default="", help="for the people who sign in (default: a new one each time)")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Plays; 0 only if everything that should happen did."""
    asked = _arguments(words)
    text = LANGUAGES[asked.lang]
    play = Play(text, asked.deaf, asked.data, asked.host, asked.port, asked.password)
    console = Console(highlight=False)
    try:
        if not asked.once:
            return asyncio.run(serve_on_cluster(play, console) if asked.cluster else serve(play, console))
        asyncio.run(tell_once_on_cluster(play, console) if asked.cluster else tell_once(play, console))
    except EXPECTED as problem:
        console.print(_sentence(problem, text), style="bold red", markup=False)
        return 2 if isinstance(problem, NoSuchColleague) else 1
    except KeyboardInterrupt:
        return 130
    console.print(text["all_happened"], style="bold green")
    return 0


def _sentence(problem: Exception, text: Words) -> str:
    match problem:
        case StepMissing():
            return text["missing"].format(step=_step(problem.step, text), seconds=round(problem.within))
        case NoSuchColleague():
            names = ", ".join(one.first_name for one in could_be_deaf())
            return text["deaf_choices"].format(name=problem, names=names)
        case PortTaken():
            return text["port_taken"].format(host=problem.host, port=problem.port, other=problem.port + 1)
    return str(problem)


def _step(step: Step, text: Words) -> str:
    return text.get(f"{step.value}_soon", text[step.value]).format(count=len(could_be_deaf()), names="…")


if __name__ == "__main__":
    sys.exit(main())
