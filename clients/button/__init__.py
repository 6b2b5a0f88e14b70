"""A device's line to the hub, and colleagues who answer as people do."""

from .protocol import HubLine
from .wire import Alarm, Frame, HubLineError, HubUnreachable, NotAHub, Refused, TokenRefused, new_id

__all__ = [
    "Alarm",
    "Frame",
    "HubLine",
    "HubLineError",
    "HubUnreachable",
    "NotAHub",
    "Refused",
    "TokenRefused",
    "new_id",
]
