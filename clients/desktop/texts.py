"""The words on the screen, from the catalogue that the pages are written with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.lists import format_list
from babel.messages.pofile import read_po

WEB = Path(__file__).resolve().parents[1] / "web"
LANGUAGES = ("da", "en")  # the first is what a stranger gets

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Texts:
    """All words of the program in one language."""

    language: str
    words: Mapping[str, str]

    def __call__(self, msgid: str, **values: object) -> str:
        """The text for `msgid`, with `{slots}` filled; a text nobody has translated is shown as it was written."""
        return _SLOT.sub(lambda slot: str(values.get(slot[1], slot[0])), self.words.get(msgid) or msgid)

    def names(self, names: list[str]) -> str:
        """Mette, Jonas og Lone."""
        return format_list(names, locale=self.language)


def texts(language: str) -> Texts:
    """The words of one language, as they lay on disk now."""
    with (WEB / "locale" / language / "LC_MESSAGES" / "hub.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    return Texts(language, {str(message.id): str(message.string) for message in catalogue if message.id})
