"""How a change of an institution is told: to every copy of it, and in the journal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.people.access import Principal
from hub.people.events import SiteSetUp
from hub.people.pushstore import next_site_version
from hub.storage import journal
from hub.storage.database import Transaction
from hub.storage.journal import Entry


async def changed(
    tx: Transaction, by: Principal, now: datetime, event: str, subject: str, facts: Mapping[str, Any]
) -> Entry:
    """The institution has changed in this transaction: who did what is written down, and every copy is out of date."""
    version = await next_site_version(tx, by.institution)
    entry = await journal.append(tx, by.institution, now, event, subject, by.name, {**facts, "version": version})
    tx.announce(SiteSetUp(by.institution, version))
    return entry
