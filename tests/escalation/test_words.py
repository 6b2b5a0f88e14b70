"""Rules as people read them, in both languages and in every rule book that comes with the hub."""

import re

import pytest

from hub.alarms.rulebooks import named, shipped
from hub.escalation.rules import load
from hub.escalation.words import in_words, last_words
from hub.web.render import LANGUAGES, catalogue

NAMES = {"jette": "Jette Holm", "central": "Vagtcentralen"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", shipped())
def test_every_shipped_rule_book_reads_without_a_code_word(name: str, language: str) -> None:
    say, book = catalogue(language), load(shipped()[name], name)
    words = in_words(book, NAMES, say)
    said = " ".join(line for kind in words for line in (kind.label, *kind.steps, *kind.rest))
    said += " ".join(last_words(book, NAMES, say))
    assert len(words) == len(book.kinds)
    assert all(kind.steps for kind in words)
    assert not re.search(r"on_duty|role:|shift_lead|next_after|\bpush\b|\blive\b|[{}]", said)
    assert named(name) == book.name


def test_a_step_says_when_whom_and_how() -> None:
    rules = """
        name = "Prøve"
        link_within = 0
        minimum_reach = 0
        [kinds.alarm]
        answers_needed = 2
        reopen_after = 0
        [[kinds.alarm.steps]]
        tell = ["on_duty", "person:jette"]
        by = ["live", "sms"]
        receipt_within = 7
        next_after = 90
        [[kinds.alarm.steps]]
        tell = ["neighbours:sleeping", "contact:central"]
        by = ["voice"]
        next_after = 60
        [last_resort]
        tell = ["role:manager"]
        next_after = 3600
    """
    say, book = catalogue("en"), load(rules, "Prøve")
    alarm = in_words(book, NAMES, say)[0]
    assert alarm.steps == (
        (
            "At once: those awake on duty, Jette Holm, by open screen, text message, "
            "each 7 s after the one before without a receipt."
        ),
        "After 90 s: the sleeping night watch in the neighbouring units, Vagtcentralen, by phone call.",
    )
    assert alarm.rest == ("The steps stop when 2 have answered that they are coming.",)
    assert last_words(book, NAMES, say) == [
        (
            "When nobody else is left: the managers, by open screen, notification, text message, "
            "each 5 s after the one before without a receipt; again every 1 h."
        )
    ]
