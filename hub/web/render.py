"""Turns templates and one catalogue into pages, in Danish or English."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.clock import rfc3339
from hub.web.files import File, files_in

WEB = Path(__file__).resolve().parents[2] / "clients" / "web"
LANGUAGES = ("da", "en")  # the first is what a stranger gets

_SLOT = re.compile(r"\{(\w+)\}")
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
    def of(cls, entry: str, sources: Mapping[str, str]) -> "Modules":
        first = _reached([entry], sources)
        later = _reached([name for one in first for name in _IMPORT_LATER.findall(sources[one])], sources)
        return cls(sorted(first - {entry}), sorted(later - first))


class Renderer:
    """The templates, texts and static files as they lay on disk when the hub started."""

    def __init__(self, folder: Path = WEB) -> None:
        self.static = folder / "static"
        self._texts = {language: catalogue(language, folder) for language in LANGUAGES}
        self.version = _fingerprint(folder)
        sources = {path.name: path.read_text(encoding="utf-8") for path in (self.static / "js").glob("*.js")}
        self._modules = {name: Modules.of(name, sources) for name in sources if name.startswith("page-")}
        self._spoken = "\n".join(sources.values())
        self._pages = Environment(
            loader=FileSystemLoader(folder / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters["in_pairs"] = in_pairs

    def language(self, asked: str | None) -> str:
        """The language to speak to someone who asked for `asked`."""
        return asked if asked in LANGUAGES else LANGUAGES[0]

    def files(self) -> dict[str, File]:
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


def _reached(entries: Iterable[str], sources: Mapping[str, str]) -> set[str]:
    found = set(entries)
    ahead = list(found)
    while ahead:
        new = [name for name in _IMPORT.findall(sources[ahead.pop()]) if name not in found]
        found.update(new)
        ahead += new
    return found


def in_pairs(number: str) -> str:
    """A Danish number as it is read aloud, so that it can be dialled from another phone."""
    return _DANISH.sub(r"\1 \2 \3 \4", number)


def catalogue(language: str, folder: Path = WEB) -> Texts:
    """The words of one language, as they lay on disk now."""
    with (folder / "locale" / language / "LC_MESSAGES" / "hub.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    return Texts(language, {str(message.id): str(message.string) for message in catalogue if message.id})


def _fingerprint(folder: Path) -> str:
    """Names all that a page may fetch: a browser can keep it for ever and still never mix two releases."""
    digest = sha256()
    for part in ("locale", "static"):
        for path in sorted((folder / part).rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
