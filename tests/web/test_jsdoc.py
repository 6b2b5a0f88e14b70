"""The types that page modules are written with are those of the hub's models."""

import re

from hub.web.jsdoc import FILE, jsdoc
from hub.web.render import WEB

USED = re.compile(r'import\("[./]*/frames\.js"\)\.(\w+)')


def test_the_types_are_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == jsdoc(), "make them anew: python -m hub.web.jsdoc"


def test_modules_name_only_types_that_there_are() -> None:
    made = set(re.findall(r"\} (\w+) \*/$", jsdoc(), re.MULTILINE))
    named = {name for path in (WEB / "static" / "js").glob("*.js") for name in USED.findall(path.read_text("utf-8"))}
    assert named
    assert named <= made
