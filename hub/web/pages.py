"""The screens that a person opens in a browser, and the files that those screens fetch."""

import gzip
from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hub.clock import Clock
from hub.escalation.rules import RuleBook
from hub.people.access import Principal
from hub.people.site import Person, Place, Site, Unit
from hub.web.csp import REPORTS
from hub.web.files import A_YEAR, File, file_answer, packed
from hub.web.render import Renderer, shipped

LANGUAGE_COOKIE = "hub_language"
# The service worker shows what came in a message and speaks to its own hub; it loads no code.
_WORKER_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": f"default-src 'none'; connect-src 'self'; report-uri {REPORTS}",
    "X-Content-Type-Options": "nosniff",
}
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
        f"report-uri {REPORTS}"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
# The order in which the staff page offers the kinds that every institution has; its own come after.
_ORDER = ("assist", "silent", "watch")
# Whom to call where the hub cannot be reached: more than a shaking thumb can choose from helps nobody.
_MOST_NUMBERS = 2

Authenticate = Callable[[Request], Awaitable[Principal | None]]


@dataclass(frozen=True, slots=True)
class Pages:
    """What the screens need from the hub: who asks, their institution, its rules, and the moment."""

    authenticate: Authenticate
    site: Callable[[str], Awaitable[Site]]
    book: Callable[[Site], RuleBook]
    clock: Clock
    renderer: Renderer
    files: Mapping[str, File]
    faults: Callable[[str], Awaitable[Sequence[str]]]

    async def staff(self, request: Request) -> Response:
        return await self.signed_in(request, "staff.html")

    async def alarms(self, request: Request) -> Response:
        return await self.signed_in(request, "alarms.html")

    async def alarm(self, request: Request) -> Response:
        return await self.signed_in(request, "alarm.html", alarm=request.path_params["id"])

    async def duty(self, request: Request) -> Response:
        return await self.signed_in(request, "duty.html")

    async def check(self, request: Request) -> Response:
        return await self.signed_in(request, "check.html")

    async def offline(self, request: Request) -> Response:
        """What a browser keeps for when the hub cannot be reached: for whoever stands there, in every language."""
        return self.page(request, "offline.html")

    async def health(self, request: Request) -> Response:
        """How the hub is, for people; it says nothing about anybody."""
        language = self.renderer.language(request.cookies.get(LANGUAGE_COOKIE))
        return self.page(request, "health.html", faults=await self.faults(language))

    async def language(self, request: Request) -> Response:
        """Remembers the language in this browser and goes back to where the person was."""
        asked = self.renderer.language(request.path_params["language"])
        response = RedirectResponse(path_here(request.query_params.get("next")), 303)
        response.set_cookie(LANGUAGE_COOKIE, asked, max_age=A_YEAR, samesite="lax", httponly=True)
        return response

    async def worker(self, _request: Request) -> Response:
        """The service worker, at the top so that it is every page's; a browser asks anew whether it has changed."""
        return Response(self.files["sw.js"].content, media_type="text/javascript", headers=_WORKER_HEADERS)

    async def file(self, request: Request) -> Response:
        return file_answer(request, self.files)

    async def signed_in(self, request: Request, template: str, *, beside: bool = False, **values: Any) -> Response:
        """A screen for somebody who has signed in; a stranger is sent to do so first.

        What may be very long is written out `beside` the event loop: no alarm waits for a list.
        """
        found = await self._person(request)
        if found is None:
            return RedirectResponse(f"/login?next={quote(request.url.path)}", 303)
        site, person = found
        kinds = self.book(site).kinds
        extra = [kind for kind in kinds if kind not in ("alarm", *_ORDER)]
        made = partial(
            self.page,
            request,
            template,
            me=person,
            institution=site.institution,
            units=_places_by_unit(site, person),
            all_units=list(site.units.values()),
            kinds=[kinds[kind] for kind in (*_ORDER, *extra)],
            kind_labels={kind: kinds[kind].label or kind for kind in extra},
            numbers=[one for one in site.contacts.values() if one.phone][:_MOST_NUMBERS],
            **values,
        )
        return await to_thread(made) if beside else made()

    async def _person(self, request: Request) -> tuple[Site, Person] | None:
        principal = await self.authenticate(request)
        if principal is None or principal.person is None:
            return None
        site = await self.site(principal.institution)
        person = site.people.get(principal.person)
        return (site, person) if person else None

    def page(self, request: Request, template: str, **values: Any) -> Response:
        """A screen in the language that this browser has chosen."""
        language = self.renderer.language(request.cookies.get(LANGUAGE_COOKIE))
        page = self.renderer.page(template, language, self.clock.now(), path=request.url.path, **values)
        content = page.encode()
        return packed(request, content, gzip.compress(content, 5), "text/html", _PAGE_HEADERS)


def page_routes(
    *,
    authenticate: Authenticate,
    site: Callable[[str], Awaitable[Site]],
    book: Callable[[Site], RuleBook],
    clock: Clock,
    faults: Callable[[str], Awaitable[Sequence[str]]],
    more: Sequence[Callable[["Pages"], list[BaseRoute]]] = (),
) -> list[BaseRoute]:
    """The routes of every screen, those of other rooms included; the templates and texts are read once, now."""
    renderer = shipped()
    pages = Pages(authenticate, site, book, clock, renderer, renderer.files, faults)
    return [
        Route("/", pages.staff, name="staff"),
        Route("/alarms", pages.alarms, name="alarms"),
        Route("/alarms/{id}", pages.alarm, name="alarm"),
        Route("/duty", pages.duty, name="duty"),
        Route("/check", pages.check, name="check"),
        Route("/offline", pages.offline, name="offline"),
        Route("/health", pages.health, name="health"),
        Route("/language/{language}", pages.language, name="language"),
        Route("/sw.js", pages.worker, name="worker"),
        Route(f"/static/{renderer.version}/{{path:path}}", pages.file, name="static"),
        *(route for room in more for route in room(pages)),
    ]


def _places_by_unit(site: Site, person: Person) -> list[tuple[Unit, list[Place]]]:
    """Every unit with its places: the person's own units first, in their order."""
    own = [site.units[unit] for unit in person.units if unit in site.units]
    order = [*own, *(unit for unit in site.units.values() if unit not in own)]
    return [(unit, [place for place in site.places.values() if place.unit == unit.id]) for unit in order]


def path_here(asked: str | None) -> str:
    """A path on this hub: anything else, such as another host's address, becomes the front page."""
    if asked is None or not asked.startswith("/") or asked.startswith(("//", "/\\")):
        return "/"
    return asked
