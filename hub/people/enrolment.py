"""A code that is used once: it makes a phone somebody's, a person signed in, a substitute known for one shift."""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from hub.errors import HubError
from hub.people.faults import Text, say
from hub.people.site import DeviceKind
from hub.storage.vault import Keys

ID_BYTES, SEAL_BYTES = 9, 16  # what is guessed at is the seal


class Purpose(StrEnum):
    """What a code is good for."""

    INSTITUTION = "institution"
    PASSWORD = "password"  # noqa: S105 - the name of a purpose
    DEVICE = "device"
    SUBSTITUTE = "substitute"


LASTS = {
    Purpose.INSTITUTION: timedelta(days=1),
    Purpose.PASSWORD: timedelta(days=7),
    Purpose.DEVICE: timedelta(minutes=30),
    Purpose.SUBSTITUTE: timedelta(minutes=30),
}


class CodeGone(HubError):
    """The code was never given, was used, or is too old."""

    status = 410
    code = "code_gone"
    title = "This code cannot be used"

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One code: for what, for whom, until when, and what came of it."""

    id: str
    institution: str | None
    purpose: Purpose
    made_at: datetime
    expires_at: datetime
    made_by: str | None = None
    kind: DeviceKind | None = None
    person: str | None = None
    place: str | None = None
    name: str | None = None
    unit: str | None = None
    until: datetime | None = None
    used_at: datetime | None = None
    became: str | None = None

    def refuse_if_gone(self, now: datetime) -> None:
        """CodeGone says why it cannot be used, and where to get another."""
        if self.used_at is not None:
            raise CodeGone(say("This code has been used: each is good for one time. Ask for a new one."))
        if self.expires_at <= now or (self.until is not None and self.until <= now):
            raise CodeGone(say("This code is too old: ask for a new one."))


class Codes:
    """Makes a code of an enrolment's id, and knows its own again; what lies in the database opens nothing."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def code(self, which: str) -> str:
        return _code(self._keys()[0], which)

    def id_in(self, code: str) -> str:
        """The enrolment that the code stands for; CodeGone if this hub never gave it."""
        which = code[: ID_BYTES * 4 // 3]
        given = code.encode(errors="backslashreplace")
        # What an older key has signed is good until it expires.
        if not any(hmac.compare_digest(_code(key, which).encode(), given) for key in self._keys()):
            raise CodeGone(say("This is no code of this hub: scan it once more, or ask for a new one."))
        return which


def _code(key: bytes, which: str) -> str:
    seal = hmac.digest(key, b"enrolment\0" + which.encode(errors="backslashreplace"), sha256)[:SEAL_BYTES]
    return which + base64.urlsafe_b64encode(seal).rstrip(b"=").decode()


def new_institution_words(url: str, code: str) -> str:
    """What the operator reads, and passes on to whoever is to be the first administrator."""
    return f"Set up an institution in a browser, once and within a day: {url}/enrol/{code}"
