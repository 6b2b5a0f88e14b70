"""Tokens, passwords and PINs: made here, and kept only as hashes of them."""

import secrets
import unicodedata
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

DEVICE_PREFIX = "dev_"
SESSION_PREFIX = "ses_"

# 46 MiB and one pass, one of the settings that OWASP counts as equal; one lane, because the other core is for alarms.
_HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)


def device_token() -> str:
    return DEVICE_PREFIX + secrets.token_urlsafe(32)


def session_token() -> str:
    return SESSION_PREFIX + secrets.token_urlsafe(32)


def feed_token() -> str:
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """How a token is kept and found: 256 random bits need no salt and no slow hash."""
    return sha256(token.encode(errors="backslashreplace")).hexdigest()


def hashed(secret: str) -> str:
    """What is kept of a password or PIN. Slow by design: call it off the event loop and outside transactions."""
    return _HASHER.hash(_typed(secret))


def fits(kept: str, secret: str) -> bool:
    """Whether `secret` is the one that `kept` was made from. Slow by design, like `hashed`."""
    try:
        return _HASHER.verify(kept, _typed(secret))
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether `kept` was made with weaker settings than today's."""
    return _HASHER.check_needs_rehash(kept)


@cache
def nobodys_hash() -> str:
    """What is checked for a name that nobody has, so that the answer takes as long as a wrong password does."""
    return hashed(secrets.token_urlsafe(16))


def _typed(secret: str) -> bytes:
    # Keyboards differ in how they send an å: as one character, or as an a with a ring.
    return unicodedata.normalize("NFC", secret).encode(errors="surrogatepass")
