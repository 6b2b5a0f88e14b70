"""A browser's push subscription, as its page gave it to us: three values that somebody else wrote."""

import base64
import json
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from cryptography.hazmat.primitives.asymmetric import ec

from hub.ports import Never

LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where the push service takes messages for one browser, and the keys that only this browser can open."""

    endpoint: str
    p256dh: str
    auth: str

    def __post_init__(self) -> None:
        if not isinstance(self.endpoint, str):
            raise TypeError("endpoint: a URL is asked for")
        if len(_decoded(self.auth)) != 16:
            raise ValueError("auth: 16 bytes are asked for")
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(self.p256dh))


def subscription(address: str) -> Subscription:
    """Reads what `PushSubscription.toJSON()` wrote. Raises Never if it is not that."""
    try:
        found = json.loads(address[:LONGEST])
        return Subscription(found["endpoint"], found["keys"]["p256dh"], found["keys"]["auth"])
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Never("The push subscription cannot be used: switch notifications on anew", gone=True) from None


def is_one_of(host: str, services: tuple[str, ...]) -> bool:
    """Whether the host is a known push service, or below one that is written with a star."""
    return any(fnmatchcase(host, service) for service in services)


def is_service_name(text: str) -> bool:
    """Whether it names one host, or with *. in front all hosts below a domain of at least two labels."""
    return re.fullmatch(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+", text) is not None


def _decoded(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]+=*", text):
        raise ValueError("not base64url")
    bare = text.rstrip("=")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
