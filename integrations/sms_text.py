"""What fits into a text message: the GSM alphabet and the other one, segments, and what is left out first."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

# 3GPP TS 23.038, 6.2.1: one septet each …
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# … and 6.2.1.1: an escape and one more.
_GSM_EXTENDED = set("\f^{}\\[~]|€")

# What word processors make of plain signs; one of them would turn the whole message into the alphabet of half the room.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2022\u00b7", "*"),
        "\u2026": "...",
    }
)
_CUT = "..."


@dataclass(frozen=True, slots=True)
class Sms:
    """A message as it will be sent."""

    text: str
    gsm: bool
    segments: int


def sms(title: str, text: str, url: str | None = None, most: int = 2) -> Sms:
    """The notice in at most so many segments: title first, the way to answer next, then what text there is room for."""
    head, body, link = plain(title), plain(text), plain(url or "")
    for tail in (link, ""):
        if segments(_lines(head, tail)) <= most:
            return _made(_longest(partial(_lines, head, tail=tail), body, most))
    return _made(_longest(_lines, head, most))


def segments(text: str) -> int:
    """How many messages the network makes of the text; a sign of two units is never split between two of them."""
    gsm = is_gsm(text)
    units = [_septets(sign) if gsm else len(sign.encode("utf-16-be")) // 2 for sign in text]
    alone, part = (160, 153) if gsm else (70, 67)
    if sum(units) <= alone:
        return 1 if units else 0
    count, room = 1, part
    for unit in units:
        if unit > room:
            count, room = count + 1, part
        room -= unit
    return count


def is_gsm(text: str) -> bool:
    """Whether the GSM alphabet has every sign of the text."""
    return _GSM.issuperset(set(text) - _GSM_EXTENDED)


def plain(text: str) -> str:
    """The text with typographer's signs made plain, and without those that a telephone cannot show."""
    composed = unicodedata.normalize("NFC", text).translate(_PLAIN)
    shown = "".join(sign for sign in composed if sign.isspace() or not unicodedata.category(sign).startswith("C"))
    return "\n".join(" ".join(line.split()) for line in shown.splitlines()).strip()


def _septets(sign: str) -> int:
    return 2 if sign in _GSM_EXTENDED else 1


def _lines(*parts: str, tail: str = "") -> str:
    return "\n".join(part for part in (*parts, tail) if part)


def _longest(around: Callable[[str], str], text: str, most: int) -> str:
    """What `around` makes of the text, or of the longest beginning of it that fits."""
    if segments(around(text)) <= most:
        return around(text)
    # A longer beginning never takes less room, so the last that fits is found by halving.
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        half = (fits + too_long) // 2
        if segments(around(text[:half] + _CUT)) <= most:
            fits = half
        else:
            too_long = half
    return around(text[:fits].rstrip() + _CUT if fits else "")


def _made(text: str) -> Sms:
    return Sms(text, is_gsm(text), segments(text))
