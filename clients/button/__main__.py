"""A button, a listener or a simulated colleague at the command line."""

import argparse
import asyncio
import json
import os
import sys
from time import perf_counter

from clients.python import HubLine, HubLineError

from .colleague import BEHAVIOURS, Colleague, Deed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m clients.button", description=__doc__)
    parser.add_argument("--hub", default="http://127.0.0.1:8000", help="the hub's address (default %(default)s)")
    parser.add_argument("--token", default=os.environ.get("HUB_TOKEN"), help="the device's token (default: $HUB_TOKEN)")
    parser.add_argument("--patience", type=float, default=10.0, help="seconds to try before giving up")
    does = parser.add_subparsers(dest="does", required=True)
    press = does.add_parser("press", help="raise an alarm and say when it is stored")
    press.add_argument("kind", help="alarm, assist, silent, watch or another of the institution's kinds")
    press.add_argument("--place")
    press.add_argument("--note")
    press.add_argument("--drill", action="store_true", help="practice: told as such, and kept apart")
    press.add_argument("--follow", action="store_true", help="stay until all clear")
    does.add_parser("listen", help="print every frame as one line of JSON")
    colleague = does.add_parser("colleague", help="answer alarms as a person would")
    colleague.add_argument("--as", dest="behaviour", choices=sorted(BEHAVIOURS), default="quick")
    colleague.add_argument("--person", default="", help="whose device it is: their own alarms are left alone")
    arguments = parser.parse_args()
    if not arguments.token:
        parser.error("give the device's token with --token or in HUB_TOKEN")
    return arguments


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def _press(line: HubLine, told: argparse.Namespace) -> None:
    heard = line.frames()
    pressed = perf_counter()
    alarm = await line.raise_alarm(told.kind, told.place, note=told.note, drill=told.drill)
    _say(f"stored {alarm['id']} after {(perf_counter() - pressed) * 1000:.1f} ms")
    async for frame in heard:
        if not told.follow:
            return
        if frame.get("type") == "heard" and frame["alarm"] == alarm["id"]:
            _say("heard by " + ", ".join(f"{who['name']} ({who['stage']})" for who in frame["by"]))
        elif frame.get("type") == "alarm" and frame["alarm"]["id"] == alarm["id"]:
            answers = ", ".join(
                f"{given.get('name', given['person'])}: {given['answer']}" for given in frame["alarm"]["answers"]
            )
            _say(f"{frame['event']} {answers}".rstrip())
            if frame["event"] == "resolved":
                return


async def _listen(line: HubLine) -> None:
    async for frame in line.frames():
        _say(json.dumps(frame, ensure_ascii=False))


def _deed(deed: Deed) -> None:
    _say(f"{deed.what} {deed.alarm} {deed.detail}".rstrip())


async def _run(told: argparse.Namespace) -> None:
    async with HubLine(told.hub, told.token, patience=told.patience) as line:
        match told.does:
            case "press":
                await _press(line, told)
            case "listen":
                await _listen(line)
            case _:
                await Colleague(line, BEHAVIOURS[told.behaviour], person=told.person, told=_deed).work()


def main() -> int:
    """Runs one command; a hub that does not answer or will not is one sentence and exit code 1."""
    told = _arguments()
    try:
        asyncio.run(_run(told))
    except (HubLineError, ValueError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
