"""Institutions kept in memory, because an alarm must not read a whole one from the disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from hub.errors import NotFound
from hub.people import store
from hub.people.access import Principal
from hub.people.credentials import fingerprint
from hub.people.site import Site
from hub.storage.database import Database, Of, Reader

T = TypeVar("T")

LARGEST = 64
MOST_DEVICES = 20_000


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


@dataclass(frozen=True, slots=True)
class Standing:
    """Whoever asks, and the versions of site and roster under which they do."""

    principal: Principal
    site_version: int
    roster_version: int


class StandingCache:
    """Devices that have shown their token before; each use is checked against the site's version in the database.

    Whatever takes a device's right away also changes the site's version. A session ends without that, and so is looked
    up every time. Safe on both threads, and to be avoided in the same place, as `SiteCache` is.
    """

    def __init__(self, largest: int = MOST_DEVICES) -> None:
        self._largest = largest
        self._kept: dict[str, Standing] = {}
        self._homes: dict[str, str] = {}

    async def get(self, tx: Reader, token: str, now: datetime) -> Standing:
        """Whoever holds this token now; Unauthenticated as by `store.principal`."""
        key = fingerprint(token)
        kept = self._kept.get(key)
        if kept is not None and (kept.principal.expires_at is None or kept.principal.expires_at > now):
            versions = await store.versions(tx, kept.principal.institution)
            if versions is not None and versions[0] == kept.site_version:
                return Standing(kept.principal, *versions)
        principal = await store.principal(tx, token, now)
        versions = await store.versions(tx, principal.institution)
        if versions is None:
            raise NotFound(f'There is no institution "{principal.institution}" in this hub.')
        self._keep_home(key, principal.institution)
        standing = Standing(principal, *versions)
        if principal.session is None:
            if len(self._kept) >= self._largest:
                self._kept = {}  # no order is kept, so that a reconnect storm costs nothing but lookups
            self._kept[key] = standing
        return standing

    def home(self, database: Database, token: str, now: datetime) -> Of:
        """The institution of whoever holds this token, which stays the same for as long as there is the token."""
        return self._homes.get(fingerprint(token)) or partial(self._find_home, database, token, now)

    async def _find_home(self, database: Database, token: str, now: datetime) -> str:
        async with database.read() as tx:
            home = (await store.principal(tx, token, now)).institution
        self._keep_home(fingerprint(token), home)
        return home

    def _keep_home(self, key: str, home: str) -> None:
        if len(self._homes) >= self._largest:
            self._homes = {}
        self._homes[key] = home


def with_newest(kept: Mapping[str, T], key: str, value: T, largest: int) -> dict[str, T]:
    """A new mapping with `value` as its newest entry, without the oldest if it would hold more than `largest`."""
    others = [item for item in kept.items() if item[0] != key]
    return dict([*others[max(0, len(others) - largest + 1) :], (key, value)])
