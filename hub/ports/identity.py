"""What the hub asks of those who say who opens a link: a code that it sends itself, or a service such as MitID."""

from typing import Protocol

from hub.ports.letters import Correspondent


class Identity(Protocol):
    """Proves that whoever has opened a link is the one whom it was made for."""

    async def begin(self, link: str, to: Correspondent) -> str | None:
        """Asks them to prove it: where they are sent to do so; None if they are to type what they were sent.

        Raises NotNow or Never if they cannot be asked, and TooManyTries if they were asked too often.
        """
        ...

    async def proves(self, link: str, given: str) -> bool:
        """Whether what they came back with proves it; each answer can be used once. TooManyTries ends the guessing."""
        ...
