"""A worker: the same parts without HTTP. It sends what is due, when a hub wakes it and when it looks by itself."""

import asyncio
import signal
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from uuid import uuid4

import click
import structlog
import uvloop

from hub.cases.handover import HandOver
from hub.casesystems import open_ways
from hub.channels import load_push, ways_out
from hub.chores import Chores
from hub.clock import Clock, SystemClock
from hub.cluster.hints import Hints
from hub.cluster.queue import CRITICAL, REST, Woken
from hub.delivery.post import Post
from hub.errors import Invalid
from hub.join import join_post
from hub.log import configure
from hub.people.cache import SiteCache
from hub.settings import Settings
from hub.storage.database import Database
from hub.storage.resealing import following
from hub.storage.vault import open_vault
from hub.telemetry.opening import open_telemetry
from hub.web.render import LANGUAGES, catalogue

# What is under way when the worker is told to end has so long.
FINISHES_WITHIN = timedelta(seconds=5)

_log = structlog.get_logger("hub.worker")


def work(settings: Settings) -> None:
    """Sends until SIGTERM or Ctrl-C, and says when it is ready."""
    if not settings.several:
        raise Invalid(
            "HUB_DATABASE_URL: a worker shares its database with the hubs, which a SQLite file is not made for: "
            "write postgresql+asyncpg://user:password@host/name, or let hub serve alone do the sending."
        )
    configure(settings.log_format)
    uvloop.run(_work(settings, SystemClock()))


async def _work(settings: Settings, clock: Clock) -> None:
    told = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, told.set)
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.database_url)
        stack.push_async_callback(database.close)
        channels = await ways_out(settings, database, clock)
        for channel in channels.values():
            stack.push_async_callback(channel.close)
        sites, say, chores = SiteCache(), catalogue(LANGUAGES[0]), Chores(clock)
        cases = HandOver(database, clock, open_vault(settings.data), sites, say)
        open_ways(cases.ways, clock, settings.outside)
        stack.push_async_callback(cases.ways.close)
        stack.push_async_callback(chores.stop)
        hints = Hints(settings.redis_url, uuid4().hex, clock) if settings.redis_url is not None else None
        telemetry = open_telemetry(settings, clock, database)
        stack.push_async_callback(telemetry.close)
        if settings.metrics_port is not None:
            numbers = telemetry.metrics.told_at(settings.host, settings.metrics_port)
            click.echo(f"Numbers on {stack.enter_context(numbers)}")
        tell = hints.carry if hints is not None else lambda _envelopes: None
        post = join_post(settings, clock, database, sites, channels, say, tell, carried=telemetry.watch.carried)
        chores.start("post", post.carry_on)
        if "push" in channels:
            chores.start("loading", load_push)
        chores.start("cases", cases.run)
        chores.start("keys", following(settings, clock, database).run)
        if settings.redis_url is not None and hints is not None:
            stack.push_async_callback(hints.close)
            chores.start("speaking", hints.speak)
            chores.start("beat", hints.beat)
            for queue in (CRITICAL, REST):
                chores.start(queue, Woken(settings.redis_url, queue, clock, post.sweep).run)
        click.echo(f"Ready to send by {', '.join(sorted(channels)) or 'no channel: none is set up'}")
        await told.wait()
        _log.info("ending: what is under way is sent first")
        await _finish(post)


async def _finish(post: Post) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(FINISHES_WITHIN.total_seconds()):
            await post.finish()
            return
    _log.warning("told to end before all was sent: what is left is sent by others when its lease runs out")
