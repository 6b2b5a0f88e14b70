"""Institutions kept in memory, because an alarm must not read a whole one from the disk."""

from collections.abc import Mapping
from typing import TypeVar

from hub.errors import NotFound
from hub.people import store
from hub.people.site import Site
from hub.storage.database import Reader

T = TypeVar("T")

LARGEST = 64


class SiteCache:
    """The newest `Site` of each institution; each use is checked against the version in the database.

    The writer's thread and the event loop may both use it: a `Site` never changes once it is made, and the mapping
    that holds them is replaced whole, so a reader sees the old one or the new one. Two that miss at once both
    load, and either result is right, for its version says so.

    Never use it in a transaction that itself changes the site: were that rolled back, its version would be given again.
    """

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._sites: dict[str, Site] = {}

    async def get(self, tx: Reader, institution: str, version: int | None = None) -> Site:
        """The site as of `version`, which the caller has read in `tx`, or else is read here."""
        if version is None:
            versions = await store.versions(tx, institution)
            if versions is None:
                raise NotFound(f'There is no institution "{institution}" in this hub.')
            version = versions[0]
        kept = self._sites.get(institution)
        if kept is not None and kept.version == version:
            return kept
        site = await store.site(tx, institution)
        self._sites = with_newest(self._sites, institution, site, self._largest)
        return site


def with_newest(kept: Mapping[str, T], key: str, value: T, largest: int) -> dict[str, T]:
    """A new mapping with `value` as its newest entry, without the oldest if it would hold more than `largest`."""
    others = [item for item in kept.items() if item[0] != key]
    return dict([*others[max(0, len(others) - largest + 1) :], (key, value)])
