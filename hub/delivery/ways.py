"""The ways out of the house: which there are, and when whose turn it is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hub.people.addresses import address
from hub.people.site import Site

LIVE = "live"


@dataclass(frozen=True, slots=True)
class Ways:
    """The channels that this hub has, and who needs none of them because a device of theirs is connected."""

    channels: frozenset[str] = frozenset()
    connected: Callable[[str, str], bool] = lambda _institution, _person: False

    def turns(self, site: Site, recipient: str, by: Sequence[str], turn: timedelta) -> Iterator[tuple[str, timedelta]]:
        """The recipient's channels in this order, each after those before it have had their turn."""
        after = timedelta()
        for channel in by:
            if channel == LIVE:
                # Someone outside is called `contact:…` here, as nobody is who is connected.
                if self.connected(site.institution.id, recipient):
                    after += turn
            elif channel in self.channels and address(site, recipient, channel) is not None:
                yield channel, after
                after += turn
