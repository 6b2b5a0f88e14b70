"""What has happened to an institution and its people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SiteSetUp:
    """An institution was created or changed: whoever keeps a copy of it must look again."""

    institution: str
    version: int


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A person's session was ended before its time: its open sockets must close."""

    institution: str
    person: str
    session: str
