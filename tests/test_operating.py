"""docs/operating.md names every setting and every command, so that it cannot fall behind."""

import re
from pathlib import Path

from hub.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")


def test_every_setting_is_explained_and_no_other() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "hub").rglob("*.py"))
    # HUB_EMAIL_URL counts; HUB_SMS_… in a sentence and HUB_{name}_URL in a template do not.
    names = re.compile(r"\bHUB_[A-Z]+(?:_[A-Z]+)*\b(?![_{])")
    assert set(names.findall(PAGE)) == set(names.findall(code))


def test_every_command_is_explained() -> None:
    assert not [name for name in COMMANDS if f"| `hub {name}" not in PAGE]
