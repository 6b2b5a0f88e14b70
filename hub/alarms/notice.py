"""An alarm in the few words of an SMS or a notification: who, where, when and what, and no citizen's data."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from hub.ports import Notice
from hub.storage.outbox import Parcel

Say = Callable[..., str]

# How long each is worth hearing; an SMS that comes after that would only frighten.
EXPIRES_IN = 3600
_TITLES = {"alarm": "ALARM", "silent": "ALARM", "assist": "Assist", "watch": "Watch"}


def notice(parcel: Parcel, say: Say, public_url: str | None) -> Notice:
    """The parcel's facts as a recipient reads them, in the words of one catalogue."""
    facts: Mapping[str, Any] = orjson.loads(parcel.body)
    at = datetime.fromtimestamp(facts["raised_at"], UTC).astimezone(ZoneInfo(facts["timezone"]))
    kind = say(_TITLES.get(facts["kind"], facts["kind"]))
    title = say("DRILL – {kind}", kind=kind) if facts["drill"] else kind
    where = ", ".join(part for part in (facts["place"], facts["unit"]) if part)
    text = say("{who} at {time}: {where}", who=facts["by"], time=f"{at:%H.%M}", where=where or say("place unknown"))
    return Notice(
        id=f"{parcel.subject}:{parcel.recipient}:{parcel.channel}:{parcel.round}",
        title=title,
        text=text,
        tag=parcel.subject,
        url=f"{public_url}/alarms/{parcel.subject}" if public_url else None,
        expires_in=EXPIRES_IN,
        drill=bool(facts["drill"]),
        quiet=bool(facts.get("quiet")),
        answers=(("coming", say("I am coming")), ("cannot", say("I cannot"))),
        unsent=say("Your answer did NOT arrive: open the hub and answer there."),
    )
