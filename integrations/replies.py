"""What a service's answer means for the notice: taken, not now, or never."""

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from hub.ports import Never, NotNow, Trouble
from integrations.outbound import Reply

# Longer than this no notice of ours is worth waiting for, whatever a service asks.
LONGEST_WAIT = 3600.0
# Too slow, too early, too many: the other 4xx will be the same next time.
_TRY_AGAIN = {408, 425, 429}


def must_be_taken(reply: Reply, now: datetime) -> None:
    """Returns if the service has taken the notice; raises NotNow or Never otherwise."""
    status = reply.status
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise Never(f"{reply.host} answered {status}, which sends elsewhere: give the URL that it ends at")
    if 400 <= status < 500 and status not in _TRY_AGAIN:
        raise Never(f"{reply.host} refused it for good ({status})")
    trouble = Trouble.STRANGE if status == 500 else Trouble.BUSY
    raise NotNow(f"{reply.host} did not take it this time ({status})", retry_after(reply, now), trouble)


def retry_after(reply: Reply, now: datetime) -> float | None:
    """The seconds that the service asks us to wait, if it says so in a way that makes sense."""
    said = reply.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        return min(float(said), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT)


def said(reply: Reply) -> Any:
    """The answer's JSON, or None if there is none to be read."""
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def reference(value: Any) -> str | None:
    """A service's own name for what it took, if it is one that can be kept and shown."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 0 < len(value) <= 200 and value.isascii() and value.isprintable():
        return value
    return None


def plain(text: str, most: int = 300) -> str:
    """A service's own words as a person may be shown them: one line of what can be printed, and not too much."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 20 * most]).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
