"""How a push service knows that a message is from this hub: RFC 8292."""

import base64
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, VapidException  # type: ignore[import-untyped]

# A day is the most that services take; half of it leaves room for a clock that is wrong.
LIFETIME = timedelta(hours=12)
# Signing costs more than all the rest of a send, and a token says nothing but who we are: it is used for an hour.
_RENEWED_AFTER = timedelta(hours=1)
_MOST_TOKENS = 500


class Vapid:
    """Our key, and a token for each push service that is sent to."""

    def __init__(self, private_key: str, subject: str) -> None:
        """Raises ValueError if the key is no P-256 private key, or the subject no mailto: or https:// address."""
        try:
            self._key = _read(private_key)
        except (ValueError, TypeError, VapidException):
            raise ValueError(
                "vapid private_key: give a P-256 private key, as PEM or its 32 bytes in base64url"
            ) from None
        if not isinstance(self._key.private_key.curve, ec.SECP256R1):
            raise ValueError("vapid private_key: the curve must be P-256")  # noqa: TRY004 - a value, not a type
        self._subject = subject
        self._tokens: dict[str, tuple[datetime, str]] = {}
        try:
            self._signed("https://push.example", datetime.fromtimestamp(0).astimezone())
        except VapidException:
            raise ValueError(
                "vapid subject: give mailto: with an address that is read, or https:// and a host"
            ) from None

    @property
    def public_key(self) -> str:
        """What a page subscribes with: its `applicationServerKey`."""
        point = self._key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    def authorization(self, origin: str, now: datetime) -> str:
        """The Authorization header for the service at this origin."""
        signed_at, token = self._tokens.get(origin, (now - LIFETIME, ""))
        if not timedelta() <= now - signed_at < _RENEWED_AFTER:
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            token = self._signed(origin, now)
            self._tokens[origin] = (now, token)
        return token

    def _signed(self, origin: str, now: datetime) -> str:
        claims = {"aud": origin, "exp": int((now + LIFETIME).timestamp()), "sub": self._subject}
        return str(self._key.sign(claims)["Authorization"])


def _read(private_key: str) -> Vapid02:
    if "-----BEGIN" in private_key:
        return Vapid02.from_pem(private_key.strip().encode())
    return Vapid02.from_string(private_key.strip())
