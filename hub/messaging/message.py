"""One message: what is said, to what it answers, and what it adds to. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.clock import rfc3339
from hub.errors import Forbidden, Invalid, NotFound
from hub.messaging.attachment import Attachment, Shown, attachment_json
from hub.messaging.conversation import LONGEST, Conversation, Duties
from hub.messaging.meeting import Meeting
from hub.people.site import Site


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody wants to say; their device makes the id, so that the same again is said once."""

    id: str
    text: str = field(repr=False)
    replies_to: int | None = None
    amends: int | None = None
    urgent: bool = False
    longest: int = LONGEST
    at: datetime | None = None
    """When somebody outside wrote it, and what they are called; the house's own people write now."""
    signed: str = field(default="", repr=False)
    attachments: tuple[str, ...] = ()
    """Files that were sent before, by their ids."""
    files: tuple[Attachment, ...] = ()
    """Files that were taken just now."""
    meeting: Meeting | None = None

    def __post_init__(self) -> None:
        if not self.id or not self.text.strip():
            raise Invalid("text: write something")
        if len(self.text) > self.longest:
            raise Invalid(f"text: {len(self.text) - self.longest} characters too long, shorten it")
        if self.amends is not None and (self.urgent or self.replies_to is not None):
            raise Invalid("amends: what is added to a message neither answers another nor is urgent")


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands; nothing of it is ever changed, only added to."""

    number: int
    id: str
    author: str
    at: datetime
    text: str = field(repr=False)
    replies_to: int | None = None
    amends: int | None = None
    urgent: bool = False
    mentions: tuple[str, ...] = ()
    signed: str = field(default="", repr=False)
    """What somebody outside is called, as it was when they wrote."""
    attachments: tuple[Shown, ...] = ()
    meeting: Meeting | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody has taken an urgent message upon them."""

    person: str
    at: datetime


def refuse_unfit(one: Conversation, saying: Saying, by: str, duties: Duties, amended: Message | None) -> None:
    """What is answered must be one's own to read, and what is added to one's own words."""
    if saying.replies_to is not None and not _there(one, saying.replies_to, by, duties):
        raise NotFound("replies_to: there is no such message for you to answer")
    if saying.amends is not None:
        if amended is None or not _there(one, saying.amends, by, duties):
            raise NotFound("amends: there is no such message for you to add to")
        if amended.author != by or amended.amends is not None:
            raise Forbidden("amends: add to a first message of your own; answer the others")


def _there(one: Conversation, number: int, by: str, duties: Duties) -> bool:
    return 1 <= number <= one.last and one.may_read(by, number, duties)


def message_json(message: Message, answered: tuple[Answered, ...], site: Site) -> dict[str, Any]:
    """A message as the protocol shows it."""
    shown: dict[str, Any] = {
        "number": message.number,
        "id": message.id,
        "author": message.author,
        "author_name": author_name(site, message),
        "at": rfc3339(message.at),
        "text": message.text,
        "urgent": message.urgent,
        "mentions": list(message.mentions),
        "attachments": [attachment_json(one) for one in message.attachments],
        "acknowledged": [
            {"person": one.person, "name": name_of(site, one.person), "at": rfc3339(one.at)} for one in answered
        ],
    }
    meets = message.meeting
    rest: dict[str, Any] = {"replies_to": message.replies_to, "amends": message.amends}
    rest["meeting"] = {"at": rfc3339(meets.at), "url": meets.url} if meets is not None else None
    return shown | {name: value for name, value in rest.items() if value is not None}


def author_name(site: Site, message: Message) -> str:
    """What people call whoever wrote a message."""
    return message.signed or name_of(site, message.author)


def name_of(site: Site, who: str) -> str:
    """What people call them; their id once they are gone."""
    return site.people[who].name if who in site.people else who
