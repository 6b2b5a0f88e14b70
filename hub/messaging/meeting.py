"""A video meeting that a message invites to: when, and at which address. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from hub.errors import Invalid
from hub.messaging.conversation import looks_like_cpr

LONGEST_ADDRESS = 500
# Shorter words are in any address.
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting on a video service of the municipality's own; its address says nothing of anybody."""

    at: datetime
    url: str = field(repr=False)

    def __post_init__(self) -> None:
        if not is_address(self.url):
            raise Invalid("url: write an address that begins with https://")
        if looks_like_cpr(self.url):
            raise Invalid("url: an address holds no CPR number: make the meeting anew without")


def is_address(url: str) -> bool:
    """Whether a browser could open it, and only over a line that nobody listens to."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.username is None and parts.password is None
    except ValueError:
        return False
    whole = url.isascii() and url.isprintable() and not set(url) & set(' "<>\\^`{|}')
    return parts.scheme == "https" and named and whole and len(url) <= LONGEST_ADDRESS


def names_somebody(url: str, names: Iterable[str]) -> bool:
    """Whether an address seems to hold a CPR number, or a word of what somebody is called."""
    lowered = url.casefold()
    said = {word for name in names for word in re.findall(r"\w+", name.casefold()) if len(word) >= _SHORTEST_NAME}
    return looks_like_cpr(url) or any(word in lowered for word in said)
