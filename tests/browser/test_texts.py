"""One catalogue, two languages: every text that is used is there, and every text that is there is used."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import hub
from hub.web.render import LANGUAGES, WEB, Texts, catalogue

USE = r"""\b%s\(\s*(["'])((?:(?!\1).)*)\1"""
FORBIDDEN = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function")
SLOT = re.compile(r"\{\w+\}")


def used() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    screens = [*(WEB / "templates").rglob("*.html"), *(WEB / "static" / "js").glob("*.js")]
    screens += (WEB.parent / "desktop").glob("*.py")
    for word, paths in (("t", screens), ("say", Path(hub.__file__).parent.rglob("*.py"))):
        for path in paths:
            for use in re.finditer(USE % word, path.read_text(encoding="utf-8")):
                found.setdefault(use[2], set()).add(path.name)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_left_over(language: str) -> None:
    words = catalogue(language).words
    assert {msgid: where for msgid, where in used().items() if not words.get(msgid)} == {}
    assert set(words) - set(used()) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_read_as_babel_reads_it(language: str) -> None:
    with (WEB / "locale" / language / "LC_MESSAGES" / "hub.po").open("rb") as file:
        whole = read_po(file, locale=language, abort_invalid=True)
    assert catalogue(language).words == {message.id: message.string for message in whole if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_the_same_slots(language: str) -> None:
    words = catalogue(language).words
    assert [msgid for msgid, text in words.items() if set(SLOT.findall(msgid)) != set(SLOT.findall(text))] == []


def test_every_text_is_written_where_this_test_can_find_it() -> None:
    for path in (WEB / "static" / "js").glob("*.js"):
        calls = re.findall(r"(?<![\w.])t\((?![\"'])", path.read_text(encoding="utf-8"))
        assert len(calls) == (path.name == "texts.js"), f"{path.name} asks for a text that is not written out"


def test_a_text_fills_its_slots_and_leaves_unknown_ones() -> None:
    t = Texts("da", {"{n} hear {what}": "{what} høres af {n}"})
    assert t("{n} hear {what}", n=3) == "{what} høres af 3"
    assert t("unknown {n}", n=1) == "unknown 1"


def test_modules_are_short_and_write_text_only_as_text() -> None:
    for path in (WEB / "static" / "js").glob("*.js"):
        module = path.read_text(encoding="utf-8")
        assert len(module.splitlines()) < 300, path.name
        assert not FORBIDDEN.search(module), path.name
    for path in (WEB / "templates").rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|<style|\|\s*safe\b|<script(?![^>]*\ssrc=)", page), path.name
