"""The desktop program at the command line: enrol this computer, start with the session, run."""

import argparse
import asyncio
import getpass
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from clients.python import HubLineError
from clients.python.over_http import HubCalls
from clients.python.wire import live_address

from .platforms import here
from .settings import HOT_KEY, KIND, NAME, Settings, SettingsProblem, folder, read, write
from .texts import LANGUAGES, texts

T = TypeVar("T")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tryghedshub-desktop", description=__doc__)
    parser.add_argument(
        "--settings", type=Path, default=folder() / NAME, help="the settings file (default %(default)s)"
    )
    autostart = parser.add_mutually_exclusive_group()
    autostart.add_argument("--install-autostart", action="store_true", help="start with each session of this person")
    autostart.add_argument("--remove-autostart", action="store_true", help="no longer start by itself")
    does = parser.add_subparsers(dest="does")
    enrol = does.add_parser("enrol", help="make this computer known to a hub")
    known = "the one-time address that an administrator made for this PC, or the hub's: then it asks for the token"
    enrol.add_argument("hub", help=known)
    enrol.add_argument("--hot-key", default=HOT_KEY, help="what raises an alarm (default %(default)s)")
    enrol.add_argument("--kind", default=KIND, help="what the hot key raises (default %(default)s)")
    enrol.add_argument("--place", default="", help="the place's id, if the computer always stands there")
    enrol.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0], help="default: %(default)s")
    enrol.add_argument("--no-sound", dest="sound", action="store_false", help="alarms are seen here, not heard")
    return parser.parse_args()


def _token() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("The device's token (it is not shown): ").strip()
    return sys.stdin.readline().strip()


async def _enrol(told: argparse.Namespace) -> str:
    hub, _, code = told.hub.rstrip("/").partition("/enrol/")
    live_address(hub)
    token = await _asked(HubCalls(hub, None), lambda calls: calls.enrol(code)) if code else _token()
    settings = Settings(hub, token, told.hot_key, told.kind, told.place, told.language, sound=told.sound)
    identity = await _asked(HubCalls(hub, token), lambda calls: calls.identity())
    write(told.settings, replace(settings, hot_key=str(settings.key)))
    who = identity["person"] or identity["device"]
    return f"This computer is {who} at {identity['institution']}; {settings.key} raises {settings.kind!r}."


async def _asked(calls: HubCalls, question: Callable[[HubCalls], Awaitable[T]]) -> T:
    try:
        return await question(calls)
    finally:
        await calls.close()


def _command(file: Path) -> list[str]:
    """What starts this program again, without a console window of its own."""
    python = Path(sys.executable)
    quiet = python.with_name("pythonw.exe")
    return [str(quiet if quiet.exists() else python), "-P", "-m", "clients.desktop", "--settings", str(file.resolve())]


def _do(told: argparse.Namespace) -> int:
    if told.does == "enrol":
        sys.stdout.write(asyncio.run(_enrol(told)) + "\n")
        return 0
    settings = read(told.settings)
    platform = here()
    if told.install_autostart:
        where = platform.install_autostart(_command(told.settings))
        sys.stdout.write(f"It starts with the session from now on: {where}\n")
        return 0
    if told.remove_autostart:
        sys.stdout.write(f"It no longer starts by itself: {platform.remove_autostart()}\n")
        return 0
    from .app import run  # noqa: PLC0415 - enrolling needs no screen

    return run(settings, told.settings, texts(settings.language), platform)


def main() -> int:
    """Runs one command; what hinders it is one sentence and exit code 1."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        return _do(_arguments())
    except (HubLineError, SettingsProblem, ValueError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
