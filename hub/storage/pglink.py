"""How the hub holds on to a PostgreSQL server: its connections, and what their failures mean to a person."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import asyncpg
from asyncpg import InterfaceError, InternalClientError, PostgresError

from hub.errors import Invalid, Unavailable
from hub.storage.database import T

Link: TypeAlias = asyncpg.Connection
Links: TypeAlias = asyncpg.Pool

# Nobody who presses waits longer than this for a server that does not answer.
PATIENCE = 5
# Beginning is no work: a server that has not answered by then is not heard any more, nor is a hub that says nothing.
SILENCE = 3
# What is wrong with the statement or its values, and not with the server: the program's own fault.
_OURS = ("22", "23", "42")
TROUBLE = (InterfaceError, InternalClientError, PostgresError, OSError, TimeoutError)
_SETTINGS = {
    "application_name": "tryghedshub",
    # An accepted alarm is on the disk, whatever the server does by itself.
    "synchronous_commit": "on",
    "lock_timeout": f"{PATIENCE}s",
    "statement_timeout": f"{PATIENCE}s",
    # A hub that froze, or was cut off, lets go of its institution's order after this.
    "idle_in_transaction_session_timeout": f"{SILENCE}s",
    # What stands between forgets a connection on which nothing is said at night, and a machine without power says
    # nothing more: so each is asked for a sign of life, and one that gives none is closed.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


class DatabaseFailed(Unavailable):
    """The server did not do it, or nobody knows whether it did."""


def address(url: str) -> str:
    """The URL as it may be shown: without its user and password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def server(url: str) -> str:
    """The URL as the driver reads it."""
    return f"postgresql://{url.partition('://')[2]}"


async def connect(url: str) -> Link:
    """One connection without any limit of time, to change the schema with."""
    try:
        return await asyncpg.connect(server(url), timeout=PATIENCE, server_settings={"application_name": "tryghedshub"})
    except ValueError:  # whose text could hold the password
        raise Invalid(
            "HUB_DATABASE_URL: the address cannot be read: write it like postgresql+asyncpg://user:password@host/name, "
            "with what is not a letter or digit in user and password written as %40 and the like"
        ) from None
    except TROUBLE as error:
        raise Unavailable(
            f"{address(url)} is not a database the hub can open ({reason(error)}): "
            "start the server, or mend HUB_DATABASE_URL."
        ) from error


async def links(url: str, most: int, known: Callable[[Link], None], **settings: str) -> Links:
    """So many connections, each made, and told to `known`, when it is first needed and again whenever it was lost."""

    async def made(link: Link) -> None:
        known(link)

    return await asyncpg.create_pool(
        server(url),
        min_size=0,
        max_size=most,
        # Kept for good: a press after a quiet night must not wait for a new connection.
        max_inactive_connection_lifetime=0,
        max_queries=2**62,
        statement_cache_size=1024,
        max_cached_statement_lifetime=0,
        # The server's own limits come first; this is for one that cannot be heard any more.
        command_timeout=PATIENCE + 1,
        timeout=SILENCE,
        init=made,
        reset=_nothing_to_reset,
        server_settings=_SETTINGS | settings,
    )


async def _nothing_to_reset(_link: Any) -> None:
    """Every transaction was ended by whoever began it, and no session is changed: a round trip is saved."""


async def asked(ask: Callable[..., Awaitable[T]], *words: Any, **how: Any) -> T:
    """The server's answer; DatabaseFailed if there is none, or none that has to do with what was asked."""
    try:
        return await ask(*words, **how)
    except TROUBLE as error:
        if isinstance(error, ValueError) or str(getattr(error, "sqlstate", ""))[:2] in _OURS:
            raise
        raise failed(error) from error


def failed(error: BaseException, what: str = "Nothing was stored: get help another way") -> DatabaseFailed:
    """What a person is told when the server failed them."""
    return DatabaseFailed(
        f"The hub's database did not do this ({reason(error)}). {what}, and tell the operator to look at the "
        "PostgreSQL server that HUB_DATABASE_URL names."
    )


def reason(error: BaseException) -> str:
    return str(error).rstrip(".") or type(error).__name__
