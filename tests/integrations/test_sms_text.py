import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.sms_text import is_gsm, plain, segments, sms

LINK = "https://hub.solgaarden.example/a/019a8f1c"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a", 1),
        ("æ" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        # 153 is odd: an escaped sign that would straddle the end moves to the next segment whole.
        ("€" * 152, 2),
        ("€" * 153, 3),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ł" * 70, 1),
        ("ł" * 71, 2),
        ("ł" * 134, 2),
        ("ł" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        # 67 is odd too, and half of a surrogate pair is nothing.
        ("😀" * 66, 2),
        ("😀" * 67, 3),
    ],
)
def test_segments_are_counted_as_the_network_counts_them(text: str, count: int) -> None:
    assert segments(text) == count


def test_danish_is_gsm_and_a_letter_that_is_not_makes_the_whole_message_so() -> None:
    assert is_gsm("Gå til Nørre Å, stue 3: Mette når ikke §4 é € {æøå}")
    assert not is_gsm("Łukasz")
    assert not is_gsm("stue 3 😀")


def test_what_a_word_processor_made_is_made_plain() -> None:
    assert plain("\u201cStue\u00a03\u201d \u2013 gå\u2026") == '"Stue 3" - gå...'
    assert plain("a\u030a") == "å"
    assert plain("  to   ord \r\n\r\n  næste\tlinje \x00\u200b\ud800") == "to ord\n\nnæste linje"


def test_a_notice_that_fits_is_sent_as_it_is() -> None:
    made = sms("ALARM Nord", "Freja, stue 3", LINK)
    assert made.text == f"ALARM Nord\nFreja, stue 3\n{LINK}"
    assert (made.gsm, made.segments) == (True, 1)


def test_a_long_text_is_cut_and_the_title_and_the_link_are_not() -> None:
    made = sms("ALARM Nord", "Freja i stue 3. " * 40, LINK)
    assert made.text.startswith("ALARM Nord\nFreja i stue 3.")
    assert made.text.endswith(f"...\n{LINK}")
    assert made.segments == 2
    assert segments(made.text + "xxxxx") > 2 or len(made.text) > 295


def test_a_link_that_takes_the_room_of_the_title_is_left_out_whole() -> None:
    made = sms("ALARM " + "Nord " * 50, "Freja", "https://a.example/" + "x" * 200)
    assert made.text.startswith("ALARM Nord")
    assert "https" not in made.text
    assert made.text.endswith("Freja")


def test_a_title_that_is_too_long_by_itself_is_cut() -> None:
    made = sms("ALARM " * 100, "Freja", LINK)
    assert made.text.startswith("ALARM ALARM")
    assert made.text.endswith("...")
    assert made.segments == 2


def test_another_alphabet_has_less_room() -> None:
    made = sms("ALARM Łukasz", "Freja i stue 3. " * 40, LINK)
    assert (made.gsm, made.segments) == (False, 2)
    assert made.text.startswith("ALARM Łukasz\nFreja")
    assert made.text.endswith(LINK)


@given(st.text(max_size=400), st.text(max_size=600), st.none() | st.just(LINK))
def test_never_more_than_two_segments_and_always_the_title_first(title: str, text: str, url: str | None) -> None:
    made = sms(title, text, url)
    assert made.segments <= 2
    assert made.segments == segments(made.text)
    assert made.gsm == is_gsm(made.text)
    head = plain(title)
    assert made.text.startswith(head) or head.startswith(made.text.removesuffix("...").rstrip())
    made.text.encode("utf-8")
