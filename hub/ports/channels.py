"""What the hub asks of a way out of the house: one notice to one recipient."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hub.errors import HubError


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said to one recipient over an outside channel: no citizen's data, ever."""

    id: str
    """The same at every retry, so that a service that knows idempotency sends it once."""
    title: str
    text: str
    tag: str
    """The alarm: a newer notice with the same tag replaces the older on the recipient's screen."""
    url: str | None = None
    expires_in: int = 3600
    """Seconds after which it is of no use any more."""
    drill: bool = False
    quiet: bool = False
    """Whether the screen that the recipient looks at is to shake and shine rather than sound."""
    reply: str | None = None
    """What the recipient's own device may answer with, where the channel is sealed from everyone else."""
    answers: tuple[tuple[str, str], ...] = ()
    """What one tap can say, where the channel has buttons: the protocol's word, and the words on the button."""
    unsent: str | None = None
    """What the device says when it could not deliver such an answer."""


class Trouble(StrEnum):
    """What kept a service from taking something, as far as that can be told."""

    AWAY = "away"
    """It cannot be reached, or does not answer in time."""
    BUSY = "busy"
    """It asks us to come again."""
    CLOSED = "closed"
    """It lets us not in: the address or the credentials are wrong, or theirs are."""
    STRANGE = "strange"
    """It answered what makes no sense."""
    OURS = "ours"
    """It is we who failed."""


class NotNow(HubError):
    """The service could not take it this time; it may the next."""

    status = 503
    code = "not_now"
    title = "The channel did not take it"

    def __init__(self, detail: str, retry_after: float | None = None, trouble: Trouble = Trouble.AWAY) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.trouble = trouble


class Never(HubError):
    """The service refuses this address or this notice for good: the next channel must do."""

    status = 502
    code = "never"
    title = "The channel refuses it for good"


class Channel(Protocol):
    """One way out of the house. `send` returns when the service has taken the notice, which is not yet being heard."""

    @property
    def name(self) -> str:
        """As the rules name it: push, sms, voice, email, teams or webhook."""
        ...

    async def send(self, notice: Notice, address: str) -> str | None:
        """Hands the notice over for `address`; the service's own reference, if it gives one. Raises NotNow or Never."""
        ...

    async def close(self) -> None: ...
