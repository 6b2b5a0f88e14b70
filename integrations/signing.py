"""How a receiver can know that a call came from this hub, and when."""

import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

SHORTEST_KEY = 32


def signed_headers(key: bytes, moment: datetime, body: bytes, once: str) -> dict[str, str]:
    """The headers of one call: what it is, that it is ours, and the name under which it counts once."""
    at = int(moment.timestamp())
    proof = hmac.new(key, b"%d." % at + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "Hub-Signature": f"t={at},v1={proof}",
        # Quoted, since an id may hold letters that a header may not.
        "Idempotency-Key": quote(once, safe=":"),
    }


def check_key(key: bytes, name: str) -> None:
    """Raises ValueError if the key could be guessed."""
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"{name}: give at least {SHORTEST_KEY} random bytes")
