"""The only place where the parts are joined: settings and a clock become a hub that serves."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, cast

import click
import uvicorn
import uvloop
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from hub import __version__
from hub.alarms.setting import rule_book
from hub.casesystems import open_ways
from hub.channels import heartbeat, load_push, proof_ways, scanner, ways_out
from hub.clock import Clock, SystemClock
from hub.errors import HubError, Unauthenticated
from hub.foreign.boxes import close_mailboxes, open_mailboxes
from hub.health import ballast
from hub.health.faults import faults, lesser
from hub.join import join
from hub.log import configure
from hub.people.access import Principal
from hub.people.enrolment import new_institution_words
from hub.people.site import Site
from hub.people.store import institutions, principal
from hub.proof.carrying import Carrier
from hub.roster.chores import Polling
from hub.settings import Settings
from hub.sources import source
from hub.storage.database import Database
from hub.storage.resealing import following
from hub.storage.vault import open_vault
from hub.web import (
    acute,
    api,
    attachments,
    case_receipts,
    conversations,
    csp,
    drills,
    duty,
    enrol,
    health,
    lone,
    roster,
    sessions,
    sharing,
    swaps,
    wall,
)
from hub.web import push as push_api
from hub.web.admin_routes import admin_routes
from hub.web.asyncapi import asyncapi
from hub.web.case_list import case_list_routes
from hub.web.case_overview import overview_routes
from hub.web.case_place import place_routes
from hub.web.case_register import register_routes
from hub.web.cases import case_routes
from hub.web.citizens import citizen_routes
from hub.web.credentials import token_of
from hub.web.door import door_routes
from hub.web.edge import Edge
from hub.web.enrol import enrol_routes
from hub.web.holes import hole_routes
from hub.web.incident_retention import retention_routes
from hub.web.incidents import incident_routes
from hub.web.kle import kle_routes
from hub.web.link import link_routes
from hub.web.live import Live
from hub.web.mailboxes import mailbox_routes
from hub.web.meetings import meeting_routes
from hub.web.message_keeping import keeping_routes
from hub.web.messages import message_routes
from hub.web.outside import outside_routes
from hub.web.pages import page_routes
from hub.web.planning import planning_routes
from hub.web.plans import plan_routes
from hub.web.practice import practice_routes
from hub.web.problems import document, fields_in_words, problem
from hub.web.render import LANGUAGES, catalogue
from hub.web.rest import rest_routes
from hub.web.risks import risk_routes
from hub.web.roster_desk import roster_desk_routes
from hub.web.roster_feed import feed_routes
from hub.web.roster_files import roster_file_routes
from hub.web.roster_page import roster_page_routes
from hub.web.services import Services
from hub.web.socket_door import Doorkeeper, drain, lift_limit, live_socket
from hub.web.swap_page import swap_routes

ROOMS = (
    acute,
    api,
    attachments,
    case_receipts,
    conversations,
    csp,
    drills,
    duty,
    enrol,
    lone,
    roster,
    swaps,
    sessions,
    sharing,
    push_api,
    health,
    wall,
)
# Every room's pages, beside those that all have.
MORE_PAGES = (
    door_routes,
    admin_routes,
    enrol_routes,
    wall.wall_routes,
    plan_routes,
    hole_routes,
    planning_routes,
    rest_routes,
    roster_page_routes,
    feed_routes,
    roster_desk_routes,
    roster_file_routes,
    retention_routes,
    incident_routes,
    kle_routes,
    practice_routes,
    case_list_routes,
    register_routes,
    place_routes,
    overview_routes,
    case_routes,
    acute.acute_routes,
    risk_routes,
    citizen_routes,
    swap_routes,
    outside_routes,
    link_routes,
    message_routes,
    meeting_routes,
    keeping_routes,
    mailbox_routes,
)


def build_app(settings: Settings, clock: Clock) -> FastAPI:
    """The hub as an ASGI application; whoever serves it puts its parts into `app.state.services`."""
    app = FastAPI(
        title="Tryghedshub", version=__version__, docs_url=None, redoc_url=None, exception_handlers=_refusals()
    )
    app.add_middleware(cast(Any, Edge), public_url=settings.public_url)
    for room in ROOMS:
        # As they stand: what is included is taken apart once more in each app, and looked up twice at each request.
        app.router.routes.extend(room.router.routes)
    app.add_route("/asyncapi.json", lambda _request: JSONResponse(asyncapi()), include_in_schema=False)
    app.router.routes.extend(_pages(app, clock))
    return app


def _look_at_rosters(services: Services) -> None:
    """Starts the chore that reads the rosters of other systems."""
    settings, clock = services.settings, services.clock
    opened = partial(source, clock=clock, allow_loopback=settings.outside.allow_loopback)
    polling = Polling(services.database, clock, open_vault(settings.data), opened)
    services.chores.start("rosters", polling.run)


def _pages(app: FastAPI, clock: Clock) -> Sequence[Any]:
    async def authenticate(request: Request) -> Principal | None:
        token, _ = token_of(request.headers.get("authorization"), request.headers.get("cookie"))
        if token is None:
            return None
        services: Services = app.state.services
        try:
            async with services.database.read() as tx:
                return await principal(tx, token, clock.now())
        except Unauthenticated:
            return None

    async def wrong(language: str) -> Sequence[str]:
        services: Services = app.state.services
        reading, say = await services.vigil.reading(), catalogue(language)
        return [*faults(reading, say), *lesser(reading, say)]

    async def site(institution: str) -> Site:
        services: Services = app.state.services
        async with services.database.read() as tx:
            return await services.sites.get(tx, institution)

    return page_routes(
        authenticate=authenticate,
        site=site,
        book=lambda of: rule_book(of.rules, of.institution.id),
        clock=clock,
        faults=wrong,
        more=MORE_PAGES,
    )


def _refusals() -> dict[Any, Callable[[Request, Any], Coroutine[Any, Any, Response]]]:
    async def expected(_request: Request, error: HubError) -> Response:
        return problem(error)

    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        return document(422, "invalid", "Something in the request must be mended", fields_in_words(error.errors()))

    async def plain(_request: Request, error: HTTPException) -> Response:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
        return document(error.status_code, code, error.detail, error.detail, headers=error.headers)

    async def unexpected(_request: Request, _error: Exception) -> Response:
        detail = "The hub failed at this; the operator can read why in its log. Try again."
        return document(500, "error", "The hub failed", detail)

    return {HubError: expected, RequestValidationError: invalid, HTTPException: plain, Exception: unexpected}


def serve(settings: Settings) -> None:
    """Serves in the foreground until SIGTERM or Ctrl-C, and says when it is ready."""
    configure(settings.log_format)
    uvloop.run(_serve(settings, SystemClock()))


async def _serve(settings: Settings, clock: Clock) -> None:
    async with _at_work(settings, clock) as services:
        app = build_app(settings, clock)
        app.state.services = services
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=cast(Any, Doorkeeper(lift_limit())),
            ws=live_socket(Live(services)),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=4096,
            timeout_graceful_shutdown=5,
        )
        await _Server(config, drains=settings.several, begun=lambda url: _begun(services, url)).serve()


@asynccontextmanager
async def _at_work(settings: Settings, clock: Clock) -> AsyncIterator[Services]:
    """All parts, while the block lasts; what keeps the hub from serving is raised before anything listens."""
    async with AsyncExitStack() as last, AsyncExitStack() as stack:
        database = await Database.open(settings.database_url)
        stack.push_async_callback(database.close)
        ways = await ways_out(settings, database, clock)
        for channel in ways.values():
            stack.push_async_callback(channel.close)
        outside, elsewhere = heartbeat(settings.outside), proof_ways(settings.outside, ways)
        ballast.lay(settings.data)
        services = await join(settings, clock, database, ways, catalogue(LANGUAGES[0]))
        # Closing the database writes what waits, and that is counted too.
        last.push_async_callback(services.telemetry.close)
        stack.push_async_callback(services.others.close)
        stack.push_async_callback(services.cases.ways.close)
        stack.push_async_callback(close_mailboxes, services)
        stack.push_async_callback(services.chores.stop)
        _look_at_rosters(services)
        open_ways(services.cases.ways, clock, settings.outside)
        open_mailboxes(services)
        services.messages.attaching.scanner = scanner(settings.outside)
        services.chores.start("keys", following(settings, clock, database).run)
        if elsewhere:
            carrier = Carrier(database, clock, elsewhere, catalogue(LANGUAGES[0]))
            services.chores.start("checkpoints out", carrier.run)
        if outside is not None:
            stack.push_async_callback(outside.close)
            beat = outside.beat
            services.chores.start("heartbeat", lambda: services.vigil.beat(beat))
        yield services


async def _begun(services: Services, url: str) -> None:
    """Says where a hub with nobody in it is given its first institution and administrator, and loads the rest."""
    if services.push_key is not None:
        services.chores.start("loading", load_push)
    async with services.database.read() as tx:
        if await institutions(tx):
            return
    click.echo(new_institution_words(services.settings.public_url or url, await services.enrolments.for_institution()))


class _Server(uvicorn.Server):
    """The web server, saying on standard output when and where it is ready, and ending well when it is told to."""

    def __init__(self, config: uvicorn.Config, *, drains: bool, begun: Callable[[str], Awaitable[None]]) -> None:
        super().__init__(config)
        self._drains = drains
        self._begun = begun

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        for server in getattr(self, "servers", ()):
            for socket in server.sockets:
                host, port = socket.getsockname()[:2]
                click.echo(f"Ready on http://{host}:{port}")
                await self._begun(f"http://{host}:{port}")

    async def shutdown(self, sockets: Any = None) -> None:
        if self._drains:
            for server in self.servers:
                server.close()
            await drain(self.server_state.connections, lambda: self.force_exit)
        await super().shutdown(sockets)
        # The server would raise the signal once more when all is done, and the exit code would say "killed".
        self._captured_signals.clear()
