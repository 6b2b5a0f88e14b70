"""The client library: a device's line to the hub."""

from .picture import alarms_in
from .protocol import HubLine
from .wire import (
    Alarm,
    AnswerWord,
    FalseBecause,
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
    "FalseBecause",
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
    "alarms_in",
    "new_id",
]
