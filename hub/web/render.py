"""Turns templates and one catalogue into pages, in Danish or English."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.clock import rfc3339
from hub.web.files import File, files_in

WEB = Path(__file__).resolve().parents[2] / "clients" / "web"
LANGUAGES = ("da", "en")  # the first is what a stranger gets

_TEXT = re.compile(r'^msgid "(.+)"\nmsgstr "(.*)"$', re.MULTILINE)
_SLOT = re.compile(r"\{(\w+)\}")
_SAID = re.compile(r'\bt\(\s*"((?:[^"\\]|\\.)+)"')
_DANISH = re.compile(r"^\+45(\d\d)(\d\d)(\d\d)(\d\d)$")
_IMPORT = re.compile(r"""^(?:import|export)\b[^;]*?["']\./([\w-]+\.js)["']""", re.MULTILINE)
_IMPORT_LATER = re.compile(r"""\bawait import\(["']\./([\w-]+\.js)["']\)""")


@dataclass(frozen=True, slots=True)
class Texts:
    """All words of the interface in one language."""

    language: str
    words: Mapping[str, str]

    def __call__(self, msgid: str, **values: object) -> str:
        """The text for `msgid`, with `{slots}` filled; a text nobody has translated is shown as it was written."""
        return _SLOT.sub(lambda slot: str(values.get(slot[1], slot[0])), self.words.get(msgid) or msgid)


@dataclass(frozen=True, slots=True)
class Modules:
    """What a page's own module imports, for the browser to fetch at once: what it waits for, and the rest."""

    first: list[str]
    later: list[str]

    @classmethod
    def among(cls, sources: Mapping[str, str]) -> "dict[str, Modules]":
        """Those of each page."""
        at_once = {name: _IMPORT.findall(source) for name, source in sources.items()}
        in_time = {name: _IMPORT_LATER.findall(source) for name, source in sources.items()}
        found = {}
        for page in (name for name in sources if name.startswith("page-")):
            first = _reached([page], at_once)
            later = _reached([name for one in first for name in in_time[one]], at_once)
            found[page] = cls(sorted(first - {page}), sorted(later - first))
        return found


class Renderer:
    """The templates, texts and static files as they lay on disk when they were first asked for."""

    def __init__(self) -> None:
        self.static = WEB / "static"
        self._texts = {language: catalogue(language) for language in LANGUAGES}
        self.version = _fingerprint(WEB)
        sources = {path.name: path.read_text(encoding="utf-8") for path in (self.static / "js").glob("*.js")}
        self._modules = Modules.among(sources)
        self._spoken = {text for source in sources.values() for text in _SAID.findall(source)}
        self._pages = Environment(
            loader=FileSystemLoader(WEB / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters["in_pairs"] = in_pairs

    def language(self, asked: str | None) -> str:
        """The language to speak to someone who asked for `asked`."""
        return asked if asked in LANGUAGES else LANGUAGES[0]

    @cached_property
    def files(self) -> Mapping[str, File]:
        """All that pages fetch, the catalogues included."""
        texts = {f"texts/{language}.js": self._words(language) for language in LANGUAGES}
        return files_in(self.static, texts)

    def page(self, template: str, language: str, now: datetime, **values: Any) -> str:
        return self._pages.get_template(template).render(
            t=self._texts[language],
            texts=self._texts,
            language=language,
            languages=LANGUAGES,
            now=rfc3339(now),
            version=self.version,
            modules=self._modules,
            **values,
        )

    def _words(self, language: str) -> bytes:
        """The catalogue as the browser's modules read it, there before they run: only what one of them may say."""
        words = {msgid: text for msgid, text in self._texts[language].words.items() if msgid in self._spoken}
        return b"globalThis.hubWords = " + json.dumps(words, ensure_ascii=False).encode()


@cache
def shipped() -> Renderer:
    """The one that all of this program's pages share."""
    return Renderer()


def _reached(entries: Iterable[str], imports: Mapping[str, Sequence[str]]) -> set[str]:
    found = set(entries)
    ahead = list(found)
    while ahead:
        new = [name for name in imports[ahead.pop()] if name not in found]
        found.update(new)
        ahead += new
    return found


def in_pairs(number: str) -> str:
    """A Danish number as it is read aloud, so that it can be dialled from another phone."""
    return _DANISH.sub(r"\1 \2 \3 \4", number)


@cache
def catalogue(language: str) -> Texts:
    """The words of one language, as they lay on disk when they were first asked for."""
    # Babel reads more than is written there, and would take a tenth of a hub's start; a test holds this to it.
    written = (WEB / "locale" / language / "LC_MESSAGES" / "hub.po").read_text(encoding="utf-8")
    return Texts(language, dict(_TEXT.findall(written)))


def _fingerprint(folder: Path) -> str:
    """Names all that a page may fetch: a browser can keep it for ever and still never mix two releases."""
    digest = sha256()
    for part in ("locale", "static"):
        for path in sorted((folder / part).rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
