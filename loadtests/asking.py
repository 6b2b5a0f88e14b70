"""What every measuring command asks alike, and how it ends."""

import argparse
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from clients.demo.child import DidNotStart

from .nodes import DATABASES
from .picture import picture
from .report import Report
from .rounds import RoundBroken
from .swarm import NotConnected

# Places on this machine.
_NOT_TOLD = {"data", "json", "picture", "site", "tokens"}


def add_where(parser: argparse.ArgumentParser) -> None:
    """Adds what it is measured on, and where the figures go."""
    parser.add_argument("--nodes", type=int, default=1, help="hubs; more than one share PostgreSQL and Valkey")
    parser.add_argument("--database", choices=DATABASES, help="of one hub (default sqlite)")
    parser.add_argument("--hub-cores", type=int, nargs="+", default=[0], help="of every hub; of the servers all")
    parser.add_argument("--own-core", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path("data"), help="where to measure: on a real disk")
    parser.add_argument("--json", metavar="FILE", help="also write the figures here; - is standard output")
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="also draw them")


def settled(asked: argparse.Namespace) -> argparse.Namespace:
    """Fills in what follows from the rest."""
    asked.database = asked.database or ("sqlite" if asked.nodes == 1 else "postgres")
    if asked.nodes < 1 or (asked.nodes > 1 and asked.database == "sqlite"):
        raise SystemExit("--nodes: one hub, or several over --database postgres")
    asked.data.mkdir(parents=True, exist_ok=True)
    return asked


def told(asked: argparse.Namespace) -> dict[str, object]:
    """What was asked for, as the report says it."""
    # A load much above 0 on two cores: somebody else was measured.
    return {key: value for key, value in vars(asked).items() if value is not None and key not in _NOT_TOLD} | {
        "load before": round(os.getloadavg()[0], 1)
    }


def ended(asked: argparse.Namespace, measure: Callable[[argparse.Namespace], Awaitable[Report]]) -> int:
    """Measures and prints; 0 if every budget that applies was kept, 2 if it could not be measured."""

    async def run() -> Report:
        return await measure(asked)

    try:
        report = uvloop.run(run())
    except (DidNotStart, NotConnected, RoundBroken) as problem:
        print(problem, file=sys.stderr)
        return 2
    text = json.dumps(report.json(), ensure_ascii=False, indent=2)
    if asked.json == "-":
        print(text)
    else:
        print(report.text())
        if asked.json:
            Path(asked.json).write_text(text, encoding="utf-8")
    if asked.picture:
        asked.picture.write_text(picture({asked.picture.stem: report.json()}), encoding="utf-8")
    return 0 if all(figure.kept is not False for figure in report.figures) else 1
