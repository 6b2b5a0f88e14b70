"""The client library: a device's line to the hub."""

from .protocol import HubLine
from .wire import (
    Alarm,
    AnswerWord,
    Frame,
    GivenAnswer,
    HubLineError,
    HubUnreachable,
    Identity,
    NotAHub,
    OnDuty,
    Outcome,
    Reach,
    Refused,
    Stage,
    TokenRefused,
    new_id,
)

__all__ = [
    "Alarm",
    "AnswerWord",
    "Frame",
    "GivenAnswer",
    "HubLine",
    "HubLineError",
    "HubUnreachable",
    "Identity",
    "NotAHub",
    "OnDuty",
    "Outcome",
    "Reach",
    "Refused",
    "Stage",
    "TokenRefused",
    "new_id",
]
