"""Phone numbers as people write them, and as the telephone network does."""

import re

DENMARK = "45"
_SEPARATORS = re.compile(r"[ \u00a0().\-/]")
_DANISH = re.compile(r"[2-9][0-9]{7}")
_ABROAD = re.compile(r"[1-9][0-9]{7,14}")


def msisdn(text: str) -> str | None:
    """The number in E.164 without the plus, or None if it is none that can be called from here.

    Short numbers are none: an alarm must never ring 112 by itself.
    """
    bare = _SEPARATORS.sub("", text.strip())
    if _DANISH.fullmatch(bare):
        return DENMARK + bare
    if bare.startswith(DENMARK) and len(bare) == 10:
        bare = "+" + bare
    international = re.fullmatch(r"(?:\+|00)([0-9]+)", bare)
    if international is None:
        return None
    number = international[1]
    if number.startswith(DENMARK):
        return number if _DANISH.fullmatch(number[2:]) else None
    return number if _ABROAD.fullmatch(number) else None
