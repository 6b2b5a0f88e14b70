"""The screens that a person opens in a browser, and the files that those screens fetch."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from hub.clock import Clock
from hub.escalation.rules import RuleBook
from hub.people.access import Principal
from hub.people.site import Person, Place, Site, Unit
from hub.web.render import Renderer

LANGUAGE_COOKIE = "hub_language"
_A_YEAR = 31_536_000
_FOR_EVER = f"public, max-age={_A_YEAR}, immutable"
# The service worker shows what came in a message and speaks to its own hub; it loads nothing.
_WORKER_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
    "X-Content-Type-Options": "nosniff",
}
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# The order in which the staff page offers the kinds that every institution has; its own come after.
_ORDER = ("assist", "silent", "watch")

Authenticate = Callable[[Request], Awaitable[Principal | None]]


@dataclass(frozen=True, slots=True)
class Pages:
    """What the screens need from the hub: who asks, their institution, its rules, and the moment."""

    authenticate: Authenticate
    site: Callable[[str], Awaitable[Site]]
    book: Callable[[Site], RuleBook]
    clock: Clock
    renderer: Renderer
    faults: Callable[[str], Awaitable[Sequence[str]]]

    async def login(self, request: Request) -> Response:
        if await self._person(request) is not None:
            return RedirectResponse("/", 303)
        return self._page(request, "login.html")

    async def staff(self, request: Request) -> Response:
        return await self._signed_in(request, "staff.html")

    async def alarms(self, request: Request) -> Response:
        return await self._signed_in(request, "alarms.html")

    async def alarm(self, request: Request) -> Response:
        return await self._signed_in(request, "alarm.html", alarm=request.path_params["id"])

    async def health(self, request: Request) -> Response:
        """How the hub is, for people; it says nothing about anybody."""
        language = self.renderer.language(request.cookies.get(LANGUAGE_COOKIE))
        return self._page(request, "health.html", faults=await self.faults(language))

    async def language(self, request: Request) -> Response:
        """Remembers the language in this browser and goes back to where the person was."""
        asked = self.renderer.language(request.path_params["language"])
        response = RedirectResponse(_path_here(request.query_params.get("next")), 303)
        response.set_cookie(LANGUAGE_COOKIE, asked, max_age=_A_YEAR, samesite="lax", httponly=True)
        return response

    async def worker(self, _request: Request) -> Response:
        """The service worker, at the top so that it is every page's; a browser asks anew whether it has changed."""
        return FileResponse(self.renderer.static / "sw.js", media_type="text/javascript", headers=_WORKER_HEADERS)

    async def texts(self, request: Request) -> Response:
        language = request.path_params["language"]
        if language != self.renderer.language(language):
            raise HTTPException(404)
        headers = {"Cache-Control": _FOR_EVER}
        return Response(self.renderer.words(language), media_type="application/json", headers=headers)

    async def _signed_in(self, request: Request, template: str, **values: Any) -> Response:
        found = await self._person(request)
        if found is None:
            return RedirectResponse(f"/login?next={quote(request.url.path)}", 303)
        site, person = found
        kinds = self.book(site).kinds
        extra = [kind for kind in kinds if kind not in ("alarm", *_ORDER)]
        return self._page(
            request,
            template,
            me=person,
            institution=site.institution,
            units=_places_by_unit(site, person),
            all_units=list(site.units.values()),
            kinds=[kinds[kind] for kind in (*_ORDER, *extra)],
            kind_labels={kind: kinds[kind].label or kind for kind in extra},
            **values,
        )

    async def _person(self, request: Request) -> tuple[Site, Person] | None:
        principal = await self.authenticate(request)
        if principal is None or principal.person is None:
            return None
        site = await self.site(principal.institution)
        person = site.people.get(principal.person)
        return (site, person) if person else None

    def _page(self, request: Request, template: str, **values: Any) -> HTMLResponse:
        language = self.renderer.language(request.cookies.get(LANGUAGE_COOKIE))
        page = self.renderer.page(template, language, self.clock.now(), path=request.url.path, **values)
        return HTMLResponse(page, headers=_PAGE_HEADERS)


def page_routes(
    *,
    authenticate: Authenticate,
    site: Callable[[str], Awaitable[Site]],
    book: Callable[[Site], RuleBook],
    clock: Clock,
    faults: Callable[[str], Awaitable[Sequence[str]]],
) -> list[BaseRoute]:
    """The routes of every screen; the templates and texts are read once, now."""
    renderer = Renderer()
    pages = Pages(authenticate, site, book, clock, renderer, faults)
    return [
        Route("/login", pages.login, name="login"),
        Route("/", pages.staff, name="staff"),
        Route("/alarms", pages.alarms, name="alarms"),
        Route("/alarms/{id}", pages.alarm, name="alarm"),
        Route("/health", pages.health, name="health"),
        Route("/language/{language}", pages.language, name="language"),
        Route("/sw.js", pages.worker, name="worker"),
        Route(f"/static/{renderer.version}/texts/{{language}}.json", pages.texts, name="texts"),
        Mount(f"/static/{renderer.version}", _ForEver(directory=renderer.static), name="static"),
    ]


class _ForEver(StaticFiles):
    """Static files whose address changes with their content, so that no browser need ask for them twice."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_kept(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                message["headers"] = [*message["headers"], (b"cache-control", _FOR_EVER.encode())]
            await send(message)

        await super().__call__(scope, receive, send_kept)


def _places_by_unit(site: Site, person: Person) -> list[tuple[Unit, list[Place]]]:
    """Every unit with its places: the person's own units first, in their order."""
    own = [site.units[unit] for unit in person.units if unit in site.units]
    order = [*own, *(unit for unit in site.units.values() if unit not in own)]
    return [(unit, [place for place in site.places.values() if place.unit == unit.id]) for unit in order]


def _path_here(asked: str | None) -> str:
    """A path on this hub: anything else, such as another host's address, becomes the front page."""
    if asked is None or not asked.startswith("/") or asked.startswith(("//", "/\\")):
        return "/"
    return asked
