"""What a notification may answer with: a token for one alarm and one person, sealed inside the push message.

The page that subscribed may long be closed and its session over; whoever can read the message is the one it was for.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import orjson

from hub.clock import instant, micros
from hub.errors import Unauthenticated
from hub.storage.vault import Keys

PREFIX = "rep_"
LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reply:
    """Who may answer what."""

    institution: str
    alarm: str
    person: str


class Replies:
    """Makes reply tokens, and knows its own again."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def token(self, reply: Reply, now: datetime) -> str:
        """The token for an hour from now."""
        claims = [reply.institution, reply.alarm, reply.person, micros(now + LASTS)]
        body = orjson.dumps(claims)
        return PREFIX + base64.urlsafe_b64encode(_seal(self._keys()[0], body) + body).rstrip(b"=").decode()

    def read(self, token: str, now: datetime) -> Reply:
        """Whose token it is; Unauthenticated if it is none of ours or too old."""
        text = token.removeprefix(PREFIX)
        try:
            whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except ValueError:
            whole = b""
        seal, body = whole[:32], whole[32:]
        if not token.startswith(PREFIX) or not any(hmac.compare_digest(seal, _seal(key, body)) for key in self._keys()):
            raise Unauthenticated("This reply is not from a notification of this hub: open the hub and answer there.")
        institution, alarm, person, ends = orjson.loads(body)
        if now > instant(ends):
            raise Unauthenticated("This notification is too old to answer: open the hub and look there.")
        return Reply(institution, alarm, person)


def _seal(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"reply\0" + body, sha256)
