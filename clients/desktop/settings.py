"""What the program knows of its hub and its person, in a file that only the person may read."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from clients.python.wire import live_address

from .hotkey import HotKey
from .texts import LANGUAGES

NAME = "desktop.toml"
HOT_KEY, KIND = "Ctrl+F12", "alarm"


class SettingsProblem(Exception):
    """The settings cannot be used; the text names the file, the field and the mend."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One enrolled PC."""

    hub: str
    token: str
    hot_key: str = HOT_KEY
    kind: str = KIND
    place: str = ""
    language: str = LANGUAGES[0]
    sound: bool = True

    def __post_init__(self) -> None:
        live_address(self.hub)
        HotKey.parse(self.hot_key)
        if not self.token or not self.token.isascii():
            raise ValueError("token: give the device's token, as the hub made it (dev_…)")
        if not self.kind:
            raise ValueError("kind: name what the hot key raises: alarm, assist, silent, watch or one of your own")
        if self.language not in LANGUAGES:
            raise ValueError(f"language: there is no {self.language!r}: write {' or '.join(LANGUAGES)}")

    @property
    def key(self) -> HotKey:
        return HotKey.parse(self.hot_key)


def folder() -> Path:
    """Where this person's programs keep their settings."""
    if os.name == "nt":
        return Path(os.environ["APPDATA"]) / "Tryghedshub"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "tryghedshub"


def read(file: Path) -> Settings:
    """The settings in the file; SettingsProblem if there are none or they are wrong."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsProblem(f"{file} is not there: run `tryghedshub-desktop enrol` first.") from None
    try:
        told = tomllib.loads(text)
        _check(told)
        return Settings(**told)
    except ValueError as problem:
        raise SettingsProblem(f"{file}: {problem}.") from None


def _check(told: Mapping[str, object]) -> None:
    known = [field.name for field in fields(Settings)]
    for name, value in told.items():
        if name not in known:
            raise ValueError(f"{name}: there is no such setting; there are {', '.join(known)}")
        wanted, words = (bool, "true or false") if name == "sound" else (str, "a text in quotes")
        if type(value) is not wanted:
            raise ValueError(f"{name}: write {words}")
    for name in ("hub", "token"):
        if name not in told:
            raise ValueError(f"{name}: is missing; run `tryghedshub-desktop enrol` again")


def write(file: Path, settings: Settings) -> None:
    """Writes the file anew, readable by its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in asdict(settings).items())
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
        written.write(text)
    fresh.replace(file)
